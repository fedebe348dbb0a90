"""BackupCronJob: a Postgres database to S3."""

from collections.abc import Iterator
from datetime import timedelta

from constructs import Construct

from ._calls import checked, value_object
from ._container import Container
from ._cron_job import LONGEST_NAME, NOT_EVICTED, cron_job, longest_pause, schedule_problems
from ._datastore import Datastore, ExternalDatastore
from ._engine import POSTGRES_KEYS
from ._manifest import Manifest
from ._monitoring import alert, alerts
from ._network import Internet
from ._pod import Pod
from ._pods import Pods
from ._secrets import Secret
from ._values import Image, Monitoring, Resources, Storage
from ._volume import Volume
from ._workload import Client

_WORK_FOLDER = "/var/backup"
_AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET")
_SMTP_KEYS = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM")


@value_object
class S3:
    """The bucket that keeps the backups.

    Args:
        secret: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and S3_BUCKET; mounted as files.
        prefix: what precedes every key; the namespace and the database follow.
        encryption: the server-side encryption that is asked for; default AES256.
    """

    secret: Secret
    prefix: str = "postgres"
    encryption: str = "AES256"

    def problems(self) -> Iterator[str]:
        yield from self.secret.problems()
        yield from self.secret.missing(_AWS_KEYS)
        if self.encryption not in ("AES256", "aws:kms"):
            yield f"encryption {self.encryption!r} is not one that S3 knows; write AES256 or aws:kms"


@value_object
class Email:
    """Who is told of a failure, and through which server.

    Args:
        to: the recipient.
        secret: SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD and SMTP_FROM; mounted as files.
        port: the TCP port that NetworkPolicies open; SMTP_PORT must be the same.
    """

    to: str
    secret: Secret
    port: int = 587

    def problems(self) -> Iterator[str]:
        yield from self.secret.problems()
        yield from self.secret.missing(_SMTP_KEYS)
        if self.to.count("@") != 1:
            yield f"to {self.to!r} is not an address; write e.g. devops@example.com"


class BackupCronJob(Client):
    """A CronJob that backs up a Postgres database to S3, and mails when it fails.

    Emits ServiceAccount, NetworkPolicy and CronJob; a PrometheusRule when monitored. Started by hand as well:
    `kubectl create job --from=cronjob/NAME`. The program's side of the contract is docs/contract.md.

    Args:
        source: the database; the connections to it, to DNS, to S3 and to the mail server are opened.
        image: has the program: `python -m postgres_backup backup`.
        resources: of its pod.
        schedule: a cron expression of five fields.
        time_zone: in which it is read; an IANA name, default UTC.
        retention_days: days that a backup is kept, 1 or more; default 90.
        keep_newest: the newest backups are kept whatever their age; default 7.
        destination: the bucket.
        notify: who is told of a failure.
        work_volume: made for each run and gone with it; must hold a dump.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
        deadline: seconds after which a run is ended; default three hours.
        monitoring: whether and where the Prometheus Operator is; default not.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: Datastore | ExternalDatastore,
        image: Image,
        resources: Resources,
        schedule: str,
        destination: S3,
        notify: Email,
        work_volume: Storage,
        time_zone: str = "Etc/UTC",
        retention_days: int = 90,
        keep_newest: int = 7,
        deadline: int = 3 * 3600,
        monitoring: Monitoring | None = None,
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(
            scope,
            id,
            component="backup",
            longest_name=LONGEST_NAME,
            pods=pods,
            options={
                "image": image,
                "resources": resources,
                "destination": destination,
                "notify": notify,
                "work_volume": work_volume,
                "monitoring": monitoring,
            },
        )
        pod = Pod(
            main=Container(
                name=id,
                image=image,
                resources=resources,
                command=("python", "-m", "postgres_backup"),
                args=("backup",),
                env={
                    **_libpq(source),
                    "POSTGRES_SECRET": source.secret.directory,
                    "AWS_SECRET": destination.secret.directory,
                    "SMTP_SECRET": notify.secret.directory,
                    "MAIL_TO": notify.to,
                    "BACKUP_NAMESPACE": self.namespace or "",
                    "BACKUP_PREFIX": destination.prefix,
                    "BACKUP_ENCRYPTION": destination.encryption,
                    "BACKUP_RETENTION_DAYS": str(retention_days),
                    "BACKUP_KEEP_NEWEST": str(keep_newest),
                    "BACKUP_WORK_FOLDER": _WORK_FOLDER,
                },
                scratch={"/tmp": "64Mi"},
                # One Secret may serve two purposes, and is mounted once.
                secret_files=[*dict.fromkeys((source.secret, destination.secret, notify.secret))],
                # A volume of the pod's own: a dump may be larger than what a node has to spare.
                volumes={_WORK_FOLDER: Volume.ephemeral(work_volume)},
            ),
            annotations=NOT_EVICTED,
            # SIGTERM must leave time to abort an upload and to send the mail.
            grace=60,
            fields={"restartPolicy": "Never"},
        )
        self._source, self._schedule, self._time_zone = source, schedule, time_zone
        self._at_least_1 = {"retention_days": retention_days, "keep_newest": keep_newest, "deadline": deadline}
        self.cron_job = cron_job(
            self,
            self.labels,
            self._template(pod),
            schedule=schedule,
            time_zone=time_zone,
            suspended=False,
            deadline=deadline,
            retries=2,
        )
        self.connect_to(source, Internet(443), Internet(notify.port))
        self.alerts = _alerts(self, schedule, monitoring) if monitoring else None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from schedule_problems(self._schedule, self._time_zone)
        yield from (f"source: {problem}" for problem in self._source.secret.missing(POSTGRES_KEYS))
        if isinstance(self._source, Datastore) and self._source.namespace != self.namespace:
            yield (
                f"source: {self._source.name} is in the namespace {self._source.namespace}, as is its Secret, which "
                "the pod cannot read there; put the backup into that chart"
            )
        for option, number in self._at_least_1.items():
            if number < 1:
                yield f"{option}: {number} is below 1"


def _libpq(source: Datastore | ExternalDatastore) -> dict[str, str]:
    """Where the server is, in libpq's own variables."""
    address = {"PGHOST": source.host, "PGPORT": str(source.port)}
    if not source.tls:
        return {**address, "PGSSLMODE": "prefer"}
    return {**address, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": source.ca_certificates or "system"}


def _alerts(backup: BackupCronJob, schedule: str, monitoring: Monitoring) -> Manifest:
    """A dead man's switch, for a Job that was never started sends no mail: two hours for a run that is due."""
    hours = int((longest_pause(schedule) + timedelta(hours=2)).total_seconds() / 3600)
    where = f'{{namespace="{backup.namespace}",cronjob="{backup.name}"}}'
    succeeded = f"kube_cronjob_status_last_successful_time{where}"
    rule = alert(
        "BackupTooOld",
        f"time() - {succeeded} > {hours} * 3600 or absent({succeeded})",
        minutes=10,
        severity="critical",
        summary=f"the newest backup by {backup.name} is older than {hours} hours, or there is none",
    )
    return alerts(backup, backup.labels, monitoring, [rule])
