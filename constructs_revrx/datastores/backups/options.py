"""What a backup is told: which database, when, where to, whom to mail."""

from collections.abc import Iterator

from ...core.calls import value_object
from ...core.errors import OptionProblem
from ...pods.volumes.storage import ExistingClaim, Storage
from ...workloads.cron_job import schedule_problems, time_zone_problems
from ...workloads.monitoring import Monitoring
from ...workloads.workload import WorkloadOptions
from ..datastore import Datastore
from ..external import ExternalDatastore
from ..postgres import POSTGRES_KEYS
from .email import Email
from .s3 import S3


@value_object
class BackupCronJobOptions(WorkloadOptions):
    """The options of a BackupCronJob.

    Args:
        source: the database; the connections to it, to DNS, to S3 and to the mail server are opened.
        image: has the program: `python -m postgres_backup backup`.
        schedule: a cron expression of five fields.
        verify_schedule: when the newest backup is restored and thrown away; default Sundays at 4.
        watch_schedule: when the age of the newest backup is looked at; default daily at 6, for one that was due at
            night.
        time_zone: in which the schedules are read; an IANA name, default UTC.
        retention_days: days that a backup is kept, 1 or more; default 90. None leaves deleting to the bucket's
            lifecycle, so that the program's role need not be allowed to.
        keep_newest: the newest backups are kept whatever their age; default 7.
        destination: the bucket.
        notify: who is told of a failure.
        verify_volume: where the server runs that is thrown away; must hold the restored database. One verification at a
            time uses it. Its size can grow, where the StorageClass allows it. Or a claim that exists.
        deadline: seconds after which a run is ended; default three hours.
        monitoring: whether and where the Prometheus Operator is; default not.
    """

    source: Datastore | ExternalDatastore
    schedule: str
    destination: S3
    notify: Email
    verify_volume: Storage | ExistingClaim
    verify_schedule: str = "0 4 * * 0"
    watch_schedule: str = "0 6 * * *"
    time_zone: str = "Etc/UTC"
    retention_days: int | None = 90
    keep_newest: int = 7
    deadline: int = 3 * 3600
    monitoring: Monitoring | None = None

    def problems(self) -> Iterator[str]:
        for option in ("schedule", "verify_schedule", "watch_schedule"):
            yield from (OptionProblem(option, problem) for problem in schedule_problems(getattr(self, option)))
        yield from (OptionProblem("time_zone", problem) for problem in time_zone_problems(self.time_zone))
        yield from (OptionProblem("source", problem) for problem in self.source.secret.missing_problems(POSTGRES_KEYS))
        for option in ("retention_days", "keep_newest", "deadline"):
            number = getattr(self, option)
            if number is not None and number < 1:
                yield OptionProblem(option, f"{number} is below 1")
