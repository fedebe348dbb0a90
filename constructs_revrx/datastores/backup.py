"""BackupCronJob: a Postgres database to S3, the proof that it restores, and the way back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from constructs import Construct

from ..config.config_map import ConfigMap
from ..config.secret import Secret
from ..core.calls import checked
from ..core.manifest import Manifest
from ..pods.container import Container, Files
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.resources import Resources
from ..pods.scheduling import Pods
from ..pods.storage import ExistingClaim, Storage
from ..pods.volume import Volume
from ..workloads.cron_job import (
    LATE_CLAIM,
    LONGEST_NAME,
    NOT_EVICTED,
    cron_job,
    longest_pause,
    schedule_problems,
    time_zone_problems,
)
from ..workloads.monitoring import Monitoring, alert, alerts
from ..workloads.workload import Client
from .datastore import Datastore, ExternalDatastore
from .email import Email
from .external import CertificateAuthority
from .postgres import POSTGRES_KEYS
from .s3 import S3

_WORK_FOLDER = "/var/backup"

# All that the program ends with by itself: it has tried again what may pass, and mailed once. Another pod is for one
# that was killed, for memory or with its node. After 4, suspiciously small, it would do harm: it would find itself as
# large as the first, and delete what is old.
_FINAL_CODES = (1, 2, 3, 4, 5)


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

    Args:
        source: the database; the connections to it, to DNS, to S3 and to the mail server are opened.
        image: has the program: `python -m postgres_backup backup`.
        resources: of each pod.
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
        pods: more of the pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
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
        verify_volume: Storage | ExistingClaim,
        verify_schedule: str = "0 4 * * 0",
        watch_schedule: str = "0 6 * * *",
        time_zone: str = "Etc/UTC",
        retention_days: int | None = 90,
        keep_newest: int = 7,
        deadline: int = 3 * 3600,
        monitoring: Monitoring | None = None,
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(
            scope,
            id,
            component="backup",
            # Kubernetes' limit is for the longest of the four names.
            longest_name=LONGEST_NAME - len("-restore"),
            pods=pods,
            options={
                "image": image,
                "resources": resources,
                "destination": destination,
                "notify": notify,
                "verify_volume": verify_volume,
                "monitoring": monitoring,
            },
        )
        self._source, self._time_zone = source, time_zone
        self._authorities = {"source": _authority(source), "destination": destination.ca_certificates}
        self._schedules = {"schedule": schedule, "verify_schedule": verify_schedule, "watch_schedule": watch_schedule}
        self._at_least_1 = {"retention_days": retention_days, "keep_newest": keep_newest, "deadline": deadline}
        program = _Program(
            image=image,
            resources=resources,
            # Which database is meant, in which bucket, and whom to tell: what every command asks for.
            env={
                "POSTGRES_SECRET": source.secret.directory,
                **destination.env,
                "SMTP_SECRET": notify.secret.directory,
                "MAIL_TO": notify.to,
                "BACKUP_NAMESPACE": self.namespace or "",
            },
            source=source,
            store_authority=destination.ca_certificates,
            reads=(destination.reads, notify.reads),
            time_zone=time_zone,
            deadline=deadline,
        )
        outside = (*destination.endpoints, notify.server)
        max_age, max_age_verified = _hours(schedule), _hours(verify_schedule)
        retention = {"BACKUP_RETENTION_DAYS": str(retention_days or 0), "BACKUP_KEEP_NEWEST": str(keep_newest)}
        self.cron_job = program.cron_job(
            self,
            "backup",
            schedule=schedule,
            connects=True,
            env=retention,
        )
        self.connect_to(source, *outside)
        self.verify = _Command(self, f"{id}-verify", pods=pods)
        self.verify.cron_job = program.cron_job(self.verify, "verify", schedule=verify_schedule, volume=verify_volume)
        self.verify.connect_to(*outside)
        self.watch = _Command(self, f"{id}-watch", pods=pods)
        self.watch.cron_job = program.cron_job(
            self.watch, "watch", schedule=watch_schedule, env={"BACKUP_MAX_AGE_HOURS": str(max_age)}
        )
        self.watch.connect_to(*outside)
        self.restore = _Command(self, id.removesuffix("-backup") + "-restore", pods=pods)
        self.restore.cron_job = program.cron_job(self.restore, "restore", connects=True)
        self.restore.connect_to(source, *outside)
        self.alerts = _alerts(self, max_age, max_age_verified, monitoring) if monitoring else None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        for option, schedule in self._schedules.items():
            yield from schedule_problems(schedule, option)
        yield from time_zone_problems(self._time_zone)
        yield from (f"source: {problem}" for problem in self._source.secret.missing(POSTGRES_KEYS))
        if isinstance(self._source, Datastore) and self._source.namespace != self.namespace:
            yield (
                f"source: {self._source.name} is in the namespace {self._source.namespace}, as is its Secret, which "
                "the pod cannot read there; put the backup into that chart"
            )
        for option, authority in self._authorities.items():
            config_map = authority and authority.config_map
            if isinstance(config_map, ConfigMap) and config_map.namespace != self.namespace:
                yield (
                    f"{option}: its certificates are in {config_map.name} in the namespace {config_map.namespace}, "
                    "where the pod cannot read them; make a ConfigMap in the backup's chart too"
                )
        for option, number in self._at_least_1.items():
            if number is not None and number < 1:
                yield f"{option}: {number} is below 1"


class _Command(Client):
    """One of the program's other commands. Its options are the backup's, which tells what is wrong with them."""

    cron_job: Manifest
    _claim_annotations = LATE_CLAIM

    def __init__(self, scope: Construct, id: str, *, pods: Pods) -> None:
        super().__init__(scope, id, component="backup", longest_name=LONGEST_NAME, pods=pods, options={})

    def problems(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True, kw_only=True)
class _Program:
    """What all commands have in common."""

    image: Image
    resources: Resources
    env: Mapping[str, str]
    source: Datastore | ExternalDatastore
    store_authority: CertificateAuthority | None
    reads: Sequence[Mapping[Secret, Sequence[str]]]
    time_zone: str
    deadline: int

    def cron_job(
        self,
        client: BackupCronJob | _Command,
        command: str,
        *,
        schedule: str | None = None,
        volume: Storage | ExistingClaim | None = None,
        connects: bool = False,
        env: Mapping[str, str] = {},
    ) -> Manifest:
        """A command's CronJob, suspended without a schedule; connects: to the database."""
        server = _libpq(self.source) if connects else {}
        folder = {"BACKUP_WORK_FOLDER": _WORK_FOLDER} if volume else {}
        # The name of the database is part of the keys in the bucket; its password is for those that connect.
        database = {self.source.secret: POSTGRES_KEYS if connects else ("POSTGRES_DB",)}
        pod = Pod(
            main=Container(
                name=client.name,
                image=self.image,
                resources=self.resources,
                command=("python", "-m", "postgres_backup"),
                args=(command,),
                env={**server, **env, **self.env, **folder, "BACKUP_CRON_JOB": client.name},
                scratch={"/tmp": "64Mi"},
                config_files=_certificates(_authority(self.source) if connects else None, self.store_authority),
                volumes={
                    **({_WORK_FOLDER: Volume.claim(volume)} if volume else {}),
                    **_secret_files(database, *self.reads),
                },
            ),
            annotations=NOT_EVICTED,
            # SIGTERM must leave time to abort an upload and to send the mail.
            grace=60,
            fields={"restartPolicy": "Never"},
        )
        return cron_job(
            client,
            client.labels,
            client._template(pod),
            schedule=schedule,
            time_zone=self.time_zone,
            deadline=self.deadline,
            # A verification is in time next week, and half a restore is not to be repeated unseen.
            retries=2 if command == "backup" else 0,
            final_codes=_FINAL_CODES if command == "backup" else (),
        )


def _secret_files(*reads: Mapping[Secret, Sequence[str]]) -> dict[str, Volume]:
    """Folders with the keys that are read, and no others. One Secret may serve two purposes, and is mounted once."""
    keys: dict[Secret, dict[str, None]] = {}
    for purpose in reads:
        for secret, read in purpose.items():
            keys.setdefault(secret, {}).update(dict.fromkeys(read))
    return {
        # Without a choice where it has no more: a key that is missing is then told by the program's mail, and keeps no
        # pod from starting.
        secret.directory: Volume.secret(secret, keys=() if read.keys() >= {*secret.keys} else tuple(read))
        for secret, read in keys.items()
    }


def _libpq(source: Datastore | ExternalDatastore) -> dict[str, str]:
    """Where the server is, in libpq's own variables."""
    address = {"PGHOST": source.host, "PGPORT": str(source.port)}
    if not source.tls:
        return {**address, "PGSSLMODE": "prefer"}
    authority = _authority(source)
    return {
        **address,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": authority.file if authority else str(source.ca_certificates or "system"),
    }


def _authority(source: Datastore | ExternalDatastore) -> CertificateAuthority | None:
    """Whose certificates the pods that connect must be given, for no image has them."""
    certificates = source.ca_certificates if source.tls else None
    return certificates if isinstance(certificates, CertificateAuthority) else None


def _certificates(*authorities: CertificateAuthority | None) -> Mapping[str, Files]:
    """The folders with them, to be mounted. One ConfigMap may have those of several, and is mounted once."""
    return {authority.directory: authority.config_map for authority in authorities if authority}


def _hours(schedule: str) -> int:
    """Two hours for a run that is due."""
    return int((longest_pause(schedule) + timedelta(hours=2)).total_seconds() / 3600)


def _alerts(backup: BackupCronJob, hours: int, hours_verified: int, monitoring: Monitoring) -> Manifest:
    """Dead man's switches, for a Job that was never started sends no mail."""
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
