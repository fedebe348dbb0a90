"""SuspendedCronJob: an operation that a person or a pipeline starts, such as a migration."""

from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from ._calls import checked
from ._config_map import ConfigMap
from ._cron_job import LONGEST_NAME, NOT_EVICTED, cron_job
from ._pod import hardened_pod
from ._pods import Pods
from ._program import DEFAULT_SCRATCH, Program, Source
from ._secrets import Secret
from ._values import Image, Resources
from ._workload import Client


class SuspendedCronJob(Client):
    """A Job's template, started by `kubectl create job --from=cronjob/NAME`.

    A bare Job in a folder that is applied would run at each apply, or fail to change, for Jobs are immutable.
    Emits ServiceAccount, NetworkPolicy and a CronJob that never starts by itself.

    Args:
        image, resources, args, env, env_from, secret_files, config_files, scratch: as for WebService.
        command: what the container runs.
        pods: more of its pods: labels, annotations, nodes, priority, ServiceAccount.
        deadline: seconds after which the Job is ended; default an hour.
        retries: how often a pod that failed is made anew; default never: half an operation may be unsafe to repeat.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        command: Sequence[str],
        resources: Resources,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        env_from: Sequence[Source] = (),
        secret_files: Sequence[Secret] = (),
        config_files: Mapping[str, ConfigMap] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
        deadline: int = 3600,
        retries: int = 0,
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(
            scope,
            id,
            component="operation",
            longest_name=LONGEST_NAME,
            pods=pods,
            options={"image": image, "resources": resources, "env_from": env_from, "secret_files": secret_files},
        )
        self._deadline, self._retries = deadline, retries
        self._program = Program(
            command=command,
            args=args,
            env=env or {},
            env_from=env_from,
            secret_files=secret_files,
            config_files=config_files or {},
            scratch=scratch,
        )
        template = hardened_pod(
            self.labels,
            image=image,
            resources=resources,
            program=self._program,
            pods=pods,
            annotations=NOT_EVICTED,
            restartPolicy="Never",
        )
        self.cron_job = cron_job(
            self,
            self.labels,
            template,
            schedule="0 0 1 1 *",  # required by the API, and without effect on what is suspended
            time_zone="Etc/UTC",
            suspended=True,
            deadline=deadline,
            retries=retries,
        )

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from self._program.problems(self.namespace)
        if self._deadline < 1:
            yield f"deadline: {self._deadline} is below 1"
        if self._retries < 0:
            yield f"retries: {self._retries} is negative; give 0 for none"
