"""SuspendedCronJob: an operation that a person or a pipeline starts, such as a migration."""

from collections.abc import Iterator, Sequence
from dataclasses import field

from constructs import Construct

from ..core.calls import value_object
from ..core.errors import OptionProblem
from ..core.options import keywords, keywords_of
from ..pods.container import Container
from ..pods.pod import Pod
from ..pods.program import Program
from .cron_job import LATE_CLAIM, LONGEST_NAME, NOT_EVICTED, cron_job
from .workload import Client, ProgramOptions


@value_object
class SuspendedCronJobOptions(ProgramOptions):
    """The options of a SuspendedCronJob.

    Args:
        command: what the container runs, in exec form, a text an argument.
        containers: more containers beside it. The Job ends when all have ended; one that does not end by itself is a
            sidecar: in init_containers, with restart_policy="Always".
        deadline: seconds after which the Job is ended; default an hour.
        retries: how often a pod that failed is made anew; default never: half an operation may be unsafe to repeat.
    """

    command: Sequence[str] = field()
    deadline: int = 3600
    retries: int = 0

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.deadline < 1:
            yield OptionProblem("deadline", f"{self.deadline} is below 1")
        if self.retries < 0:
            yield OptionProblem("retries", f"{self.retries} is negative; give 0 for none")


class SuspendedCronJob(Client):
    """A Job's template, started by `kubectl create job --from=cronjob/NAME`.

    A bare Job in a folder that is applied would run at each apply, or fail to change, for Jobs are immutable.
    Emits ServiceAccount, NetworkPolicy and a CronJob that never starts by itself.

    Its options are the fields of SuspendedCronJobOptions.
    """

    _claim_annotations = LATE_CLAIM

    @keywords_of(SuspendedCronJobOptions)
    def __init__(self, scope: Construct, id: str, options: SuspendedCronJobOptions) -> None:
        super().__init__(scope, id, component="operation", longest_name=LONGEST_NAME, options=options)
        pod = Pod(
            main=Container(name=id, image=options.image, resources=options.resources, **keywords(options, Program)),
            containers=options.containers,
            init_containers=options.init_containers,
            annotations=NOT_EVICTED,
            fields={"restartPolicy": "Never"},
        )
        self.cron_job = cron_job(
            self,
            self.labels,
            self._template(pod),
            schedule=None,
            time_zone="Etc/UTC",
            deadline=options.deadline,
            retries=options.retries,
        )

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from self._pod.problems(self.namespace, self.kubernetes)
