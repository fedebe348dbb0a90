"""The program in what it finds in its pod: folders of Secrets, variables, a work folder."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from . import cluster as postgres
from . import smtp as mail
from .cluster import Cluster, quoted
from .places import AS_USER, ROOT, new_folder
from .postgres import DEFAULT, Postgres
from .s3 import S3, Store
from .smtp import Smtp

TIMEOUT = 300


@dataclass(frozen=True)
class Result:
    """How a run ended: its code, its events, its mails, and what else it said."""

    code: int
    events: list[dict[str, Any]]
    mails: list[EmailMessage]
    errors: str

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def event(self, name: str) -> dict[str, Any]:
        found = [event for event in self.events if event["event"] == name]
        assert len(found) == 1, (name, self.events, self.errors)
        return found[0]

    @property
    def reason(self) -> str:
        reason: str = self.event("failed")["reason"]
        return reason


@dataclass(frozen=True)
class Sample:
    """What a backup of the database `small` has put into S3."""

    dump: bytes
    manifest: dict[str, Any]


def manifest_key(key: str) -> str:
    return key.removesuffix(".dump") + ".json"


@dataclass
class Pod:
    """postgres: what its image has."""

    folder: Path
    cluster: Cluster
    s3: S3 | Store
    smtp: Smtp
    database: str
    bucket: str
    postgres: Postgres = DEFAULT
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("secrets", "work", "tmp", "bin"):
            new_folder(self.folder / name)
        self.secret(
            "postgres", POSTGRES_USER=postgres.USER, POSTGRES_PASSWORD=postgres.PASSWORD, POSTGRES_DB=self.database
        )
        self.secret(
            "aws",
            AWS_ACCESS_KEY_ID=self.s3.access_key_id,
            AWS_SECRET_ACCESS_KEY=self.s3.secret_access_key,
            AWS_REGION="us-east-1",
            S3_BUCKET=self.bucket,
        )
        self.secret(
            "smtp",
            SMTP_HOST="localhost",
            SMTP_PORT=str(self.smtp.port),
            SMTP_USER=mail.USER,
            SMTP_PASSWORD=mail.PASSWORD,
            SMTP_FROM="backup@shop.example",
        )
        self.variables = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.cluster.port),
            "PGSSLMODE": "prefer",
            "POSTGRES_SECRET": str(self.folder / "secrets/postgres"),
            "AWS_SECRET": str(self.folder / "secrets/aws"),
            "SMTP_SECRET": str(self.folder / "secrets/smtp"),
            "MAIL_TO": "devops@shop.example",
            "BACKUP_NAMESPACE": "shop",
            "BACKUP_PREFIX": "postgres",
            "BACKUP_ENCRYPTION": "AES256",
            "BACKUP_RETENTION_DAYS": "90",
            "BACKUP_KEEP_NEWEST": "2",
            "BACKUP_WORK_FOLDER": str(self.folder / "work"),
            "BACKUP_CRON_JOB": "postgres-backup",
            "BACKUP_WAIT_SECONDS": "1",
            # Faults are told sooner than a pod would.
            "BACKUP_TRIES": "1",
            "BACKUP_S3_TIMEOUT": "20",
            "AWS_MAX_ATTEMPTS": "2",
        }

    @property
    def prefix(self) -> str:
        return f"postgres/shop/{self.database}/"

    def secret(self, name: str, **keys: str) -> None:
        folder = self.folder / "secrets" / name
        folder.mkdir(exist_ok=True)
        for key, value in keys.items():
            (folder / key).write_text(value)

    def replace_program(self, name: str, script: str) -> None:
        """A shell script in its place, but to tell its version; $REAL is the real one's path."""
        file = self.folder / "bin" / name
        real = f'REAL={self.postgres.program(name)}\n[ "$1" = --version ] && exec "$REAL" "$@"'
        file.write_text(f"#!/bin/sh\n{real}\n{script}\n")
        file.chmod(0o755)

    def start(
        self, *arguments: str, command: Sequence[str] = (sys.executable, "-m", "postgres_backup"), **variables: str
    ) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": f"{self.folder}/bin:{self.postgres.path}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT / "images/postgres-backup"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.folder / "tmp"),
            "AWS_ENDPOINT_URL_S3": self.s3.endpoint,
            "SSL_CERT_FILE": str(self.smtp.certificates),
            **self.variables,
            **variables,
        }
        return subprocess.Popen(
            (*AS_USER, *command, *arguments),
            env={name: value for name, value in environment.items() if value},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes], timeout: float = TIMEOUT) -> Result:
        with process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        events = [json.loads(line) for line in output.decode().splitlines() if line.startswith("{")]
        mails, self.smtp.mails = self.smtp.mails, []
        return Result(process.returncode, events, mails, errors.decode())

    def run(self, *arguments: str, **variables: str) -> Result:
        """A command in this pod; variables: others, or '' for one that is not set."""
        return self.finish(self.start(*arguments, **variables))

    def stopped_at(self, reached: Callable[[], object], *arguments: str, **variables: str) -> Result:
        """A command that gets SIGTERM as soon as a point is reached."""
        process = self.start(*arguments, **variables)
        reached()
        process.terminate()
        return self.finish(process)

    @staticmethod
    def wait_for(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def leftovers(self) -> list[Path]:
        """What the runs left on the volume and in /tmp."""
        return [*(self.folder / "work").iterdir(), *(self.folder / "tmp").iterdir()]

    # Backups that are there already

    def back_up(self, **variables: str) -> str:
        """The key of a new backup's dump."""
        result = self.run("backup", **variables)
        assert result.code == 0, (result.events, result.errors)
        key: str = result.event("backed-up")["key"]
        return key

    def older(self, age: timedelta, sample: Sample) -> str:
        """A complete backup that was made so long ago; the dump's key."""
        born = datetime.now(UTC) - age
        key = f"{self.prefix}{born:%Y/%m/%d}/{born:%Y%m%dT%H%M%S.%fZ}-scheduled.dump"
        manifest = {**sample.manifest, "key": key, "created": born.isoformat()}
        self.s3.write(self.bucket, key, sample.dump, age=age)
        self.s3.write(self.bucket, manifest_key(key), json.dumps(manifest).encode(), age=age)
        return key

    def assert_restorable(self, key: str) -> None:
        """Restores a backup in a pod that nothing is wrong with, into a database beside the others."""
        folder = new_folder(self.folder / "in-order")
        in_order = Pod(folder, self.cluster, self.s3, self.smtp, self.database, self.bucket, self.postgres)
        result = in_order.run("restore", RESTORE_BACKUP=key, RESTORE_INTO=self.bucket)
        assert result.code == 0, (result.events, result.errors)
        assert result.event("restored")["key"] == key
        self.cluster.sql("postgres", f"DROP DATABASE {quoted(self.bucket)}")

    def damage(self, key: str, how: str) -> None:
        """To a dump in S3. how: empty, truncated, or one byte flipped."""
        dump = bytearray(self.s3.read(self.bucket, key))
        if how == "empty":
            dump.clear()
        elif how == "truncated":
            del dump[-500:]
        else:
            dump[len(dump) // 2] ^= 1
        self.s3.write(self.bucket, key, bytes(dump))
