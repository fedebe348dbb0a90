"""SuspendedCronJob: an operation that a person or a pipeline starts, such as a migration."""

from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from ..config.secret import Secret
from ..core.calls import checked
from ..pods.container import DEFAULT_SCRATCH, Container, Files, Source
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.resources import Resources
from ..pods.scheduling import Pods
from ..pods.volume import Volume
from .cron_job import LATE_CLAIM, LONGEST_NAME, NOT_EVICTED, cron_job
from .workload import Client


class SuspendedCronJob(Client):
    """A Job's template, started by `kubectl create job --from=cronjob/NAME`.

    A bare Job in a folder that is applied would run at each apply, or fail to change, for Jobs are immutable.
    Emits ServiceAccount, NetworkPolicy and a CronJob that never starts by itself.

    Args:
        image, resources, args, env, env_from, secret_files, config_files, scratch, volumes: as for WebService.
        containers, init_containers: as for WebService. The Job ends when all containers have ended; one that does not
            end by itself is a sidecar: in init_containers, with restart_policy="Always".
        command: what the container runs.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
        deadline: seconds after which the Job is ended; default an hour.
        retries: how often a pod that failed is made anew; default never: half an operation may be unsafe to repeat.
    """

    _claim_annotations = LATE_CLAIM

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
        config_files: Mapping[str, Files] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
        volumes: Mapping[str, Volume] | None = None,
        containers: Sequence[Container] = (),
        init_containers: Sequence[Container] = (),
        deadline: int = 3600,
        retries: int = 0,
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(scope, id, component="operation", longest_name=LONGEST_NAME, pods=pods, options={})
        pod = Pod(
            main=Container(
                name=id,
                image=image,
                resources=resources,
                command=command,
                args=args,
                env=env or {},
                env_from=env_from,
                secret_files=secret_files,
                config_files=config_files or {},
                scratch=scratch,
                volumes=volumes or {},
            ),
            containers=containers,
            init_containers=init_containers,
            annotations=NOT_EVICTED,
            fields={"restartPolicy": "Never"},
        )
        self._deadline, self._retries = deadline, retries
        self.cron_job = cron_job(
            self,
            self.labels,
            self._template(pod),
            schedule=None,
            time_zone="Etc/UTC",
            deadline=deadline,
            retries=retries,
        )

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from self._pod.problems(self.namespace, self.kubernetes)
        if self._deadline < 1:
            yield f"deadline: {self._deadline} is below 1"
        if self._retries < 0:
            yield f"retries: {self._retries} is negative; give 0 for none"
