"""The commands of the program postgres-backup, each a CronJob with a policy and an account of its own."""

from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from ...config.secret import Secret
from ...core.errors import OptionProblem
from ...core.manifest import Manifest
from ...networking.server import Server
from ...pods.container import Container
from ...pods.pod import Pod
from ...pods.program import Files
from ...pods.volumes.storage import ExistingClaim, Storage
from ...pods.volumes.volume import Volume
from ...workloads.cron_job import LATE_CLAIM, LONGEST_NAME, NOT_EVICTED, cron_job
from ...workloads.workload import Client
from ..external import CertificateAuthority
from ..postgres import POSTGRES_KEYS
from .options import BackupCronJobOptions

_WORK_FOLDER = "/var/backup"

# The exit codes of the program itself. After none of them another pod is tried: the program has tried again what may
# pass, and has mailed. Another pod is for one that was killed, for memory or with its node. After 4, a backup that is
# suspiciously small, it would do harm: it would find its own as large as that one, and delete what is old.
_FINAL_CODES = (1, 2, 3, 4, 5)


class Command(Client):
    """One of the commands beside the backup itself, of whose options the backup tells what is wrong."""

    cron_job: Manifest
    _claim_annotations = LATE_CLAIM

    def __init__(self, scope: Construct, id: str, options: BackupCronJobOptions) -> None:
        super().__init__(scope, id, component="backup", longest_name=LONGEST_NAME, options=options)

    def problems(self) -> Iterator[OptionProblem]:
        yield from ()


def command_cron_job(
    client: Client,
    command: str,
    options: BackupCronJobOptions,
    *,
    schedule: str | None = None,
    volume: Storage | ExistingClaim | None = None,
    connects: bool = False,
    env: Mapping[str, str] = {},
) -> Manifest:
    """A command's CronJob, suspended without a schedule, and the connections that its pods need.

    Args:
        command: as the program calls it.
        volume: where it may write more than in /tmp.
        connects: whether to the database.
        env: what this command asks for, beside what all do.
    """
    source, destination, notify = options.source, options.destination, options.notify
    folder = {"BACKUP_WORK_FOLDER": _WORK_FOLDER} if volume else {}
    # The name of the database is part of the keys in the bucket; its password is for those that connect.
    database = {source.secret: POSTGRES_KEYS if connects else ("POSTGRES_DB",)}
    pod = Pod(
        main=Container(
            name=client.name,
            image=options.image,
            resources=options.resources,
            command=("python", "-m", "postgres_backup"),
            args=(command,),
            env={
                **(_libpq(source) if connects else {}),
                **env,
                # Which database is meant, in which bucket, and whom to tell: what every command asks for.
                "POSTGRES_SECRET": source.secret.directory,
                **destination.env,
                "SMTP_SECRET": notify.secret.directory,
                "MAIL_TO": notify.to,
                "BACKUP_NAMESPACE": client.namespace or "",
                **folder,
                "BACKUP_CRON_JOB": client.name,
            },
            config_files=_certificates(authority(source) if connects else None, destination.ca_certificates),
            volumes={
                **({_WORK_FOLDER: Volume.claim(volume)} if volume else {}),
                **_secret_files(database, destination.reads, notify.reads),
            },
        ),
        annotations=NOT_EVICTED,
        # SIGTERM must leave time to abort an upload and to send the mail.
        grace=60,
        fields={"restartPolicy": "Never"},
    )
    made = cron_job(
        client,
        client.labels,
        client._template(pod),
        schedule=schedule,
        time_zone=options.time_zone,
        deadline=options.deadline,
        # Only a backup is tried again: a verification can wait for its next time, and after half a restore a person
        # must look first.
        retries=2 if command == "backup" else 0,
        final_codes=_FINAL_CODES if command == "backup" else (),
    )
    client.connect_to(*([source] if connects else []), *destination.endpoints, notify.server)
    return made


def _secret_files(*reads: Mapping[Secret, Sequence[str]]) -> dict[str, Volume]:
    """Folders with the keys that are read, and no others. One Secret may serve two purposes, and is mounted once."""
    keys: dict[Secret, dict[str, None]] = {}
    for purpose in reads:
        for secret, read in purpose.items():
            keys.setdefault(secret, {}).update(dict.fromkeys(read))
    return {
        # Keys are named only where the Secret has others: a named key that is missing keeps the pod from starting, and
        # of one that is not named the program mails.
        secret.directory: Volume.secret(secret, keys=() if read.keys() >= {*secret.keys} else tuple(read))
        for secret, read in keys.items()
    }


def _libpq(source: Server) -> dict[str, str]:
    """Where the server is, in libpq's own variables."""
    address = {"PGHOST": source.host, "PGPORT": str(source.port)}
    if not source.tls:
        return {**address, "PGSSLMODE": "prefer"}
    known = authority(source)
    return {
        **address,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": known.file if known else str(source.ca_certificates or "system"),
    }


def authority(source: Server) -> CertificateAuthority | None:
    """Whose certificates the pods that connect must be given, for no image has them."""
    certificates = source.ca_certificates if source.tls else None
    return certificates if isinstance(certificates, CertificateAuthority) else None


def _certificates(*authorities: CertificateAuthority | None) -> Mapping[str, Files]:
    """The folders with them, to be mounted. One ConfigMap may have those of several, and is mounted once."""
    return {each.directory: each.config_map for each in authorities if each}
