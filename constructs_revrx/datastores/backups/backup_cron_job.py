"""BackupCronJob: a Postgres database to S3, the proof that it restores, and the way back."""

from collections.abc import Iterator
from datetime import timedelta

from constructs import Construct

from ...config.config_map import ConfigMap
from ...core.errors import OptionProblem
from ...core.manifest import Manifest
from ...core.options import keywords_of
from ...workloads.cron_job import LONGEST_NAME, longest_pause
from ...workloads.monitoring import Monitoring, alert, alerts
from ...workloads.workload import Client
from ..datastore import Datastore
from .command import Command, authority, command_cron_job
from .options import BackupCronJobOptions


class BackupCronJob(Client):
    """CronJobs that back up a Postgres database to S3, prove that the backups restore, restore them, and watch.

    Emits for each a CronJob, a ServiceAccount and a NetworkPolicy; a PersistentVolumeClaim to verify in; a
    PrometheusRule when monitored:

    - NAME backs up, then deletes what is too old.
    - NAME-verify restores the newest backup into a server of its own that is then thrown away, and compares.
    - NAME-watch mails when the newest backup is too old, for a Job that never started mails nothing.
    - NAME-restore, for postgres-backup postgres-restore, is suspended: a person starts it.

    Each mails when it fails, and is started by hand with `kubectl create job --from=cronjob/NAME`. The program's side
    of the contract is docs/contract.md, the runbook docs/backups.md.

    No pod has a volume of its own: one that has ended keeps it until its Job leaves the history, so that a quota which
    held one dump kept the fifth backup waiting for ever. NAME and NAME-restore stream between database and bucket;
    NAME-verify has one PersistentVolumeClaim, NAME-verify-data, which every run uses again.

    Its options are the fields of BackupCronJobOptions.
    """

    @keywords_of(BackupCronJobOptions)
    def __init__(self, scope: Construct, id: str, options: BackupCronJobOptions) -> None:
        # Kubernetes' limit is for the longest of the four names.
        longest_name = LONGEST_NAME - len("-restore")
        super().__init__(scope, id, component="backup", longest_name=longest_name, options=options)
        self._source = options.source
        self._authorities = {"source": authority(options.source), "destination": options.destination.ca_certificates}
        max_age, max_age_verified = _max_age(options.schedule), _max_age(options.verify_schedule)
        self.cron_job = command_cron_job(
            self,
            "backup",
            options,
            schedule=options.schedule,
            connects=True,
            env={
                "BACKUP_RETENTION_DAYS": str(options.retention_days or 0),
                "BACKUP_KEEP_NEWEST": str(options.keep_newest),
            },
        )
        self.verify = Command(self, f"{id}-verify", options)
        self.verify.cron_job = command_cron_job(
            self.verify, "verify", options, schedule=options.verify_schedule, volume=options.verify_volume
        )
        self.watch = Command(self, f"{id}-watch", options)
        self.watch.cron_job = command_cron_job(
            self.watch, "watch", options, schedule=options.watch_schedule, env={"BACKUP_MAX_AGE_HOURS": str(max_age)}
        )
        self.restore = Command(self, id.removesuffix("-backup") + "-restore", options)
        self.restore.cron_job = command_cron_job(self.restore, "restore", options, connects=True)
        self.alerts = _alerts(self, max_age, max_age_verified, options.monitoring) if options.monitoring else None

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        if isinstance(self._source, Datastore) and self._source.namespace != self.namespace:
            text = (
                f"{self._source.name} is in the namespace {self._source.namespace}, as is its Secret, which the pod "
                "cannot read there; put the backup into that chart"
            )
            yield OptionProblem("source", text)
        for option, known in self._authorities.items():
            config_map = known and known.config_map
            if isinstance(config_map, ConfigMap) and config_map.namespace != self.namespace:
                text = (
                    f"its certificates are in {config_map.name} in the namespace {config_map.namespace}, where the pod "
                    "cannot read them; make a ConfigMap in the backup's chart too"
                )
                yield OptionProblem(option, text)


def _max_age(schedule: str) -> int:
    """Hours after which the newest backup is too old: the longest pause of the schedule, and two for the run."""
    return int((longest_pause(schedule) + timedelta(hours=2)).total_seconds() / 3600)


def _alerts(backup: BackupCronJob, hours: int, hours_verified: int, monitoring: Monitoring) -> Manifest:
    """That the last success is too long ago, for a Job that was never started sends no mail."""
    rules = [
        alert(
            name,
            f"time() - {succeeded} > {limit} * 3600 or absent({succeeded})",
            minutes=10,
            severity=severity,
            summary=f"the newest {what} by {job} is older than {limit} hours, or there is none",
        )
        for name, what, job, limit, severity in (
            ("BackupTooOld", "backup", backup.name, hours, "critical"),
            ("BackupNotVerified", "verified backup", backup.verify.name, hours_verified, "warning"),
        )
        for succeeded in (
            f'kube_cronjob_status_last_successful_time{{namespace="{backup.namespace}",cronjob="{job}"}}',
        )
    ]
    return alerts(backup, backup.labels, monitoring, rules)
