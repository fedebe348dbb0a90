"""A database to back up, and what its backups leave behind in S3 and in the mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import jobs
from .conftest import Staging
from .internet import BUCKET
from .psql import psql


@contextmanager
def letters(staging: Staging) -> Iterator[None]:
    """A table with rows. Afterwards it is gone, and so are Jobs and the databases that restores left."""
    psql(
        staging,
        "DROP TABLE IF EXISTS letters; CREATE TABLE letters (id int PRIMARY KEY, body text NOT NULL);"
        "INSERT INTO letters SELECT n, md5(n::text) FROM generate_series(1, 5000) n",
    )
    staging.internet.mail.mails.clear()
    yield
    staging.internet.s3.fault = None
    jobs.delete_all(staging.environment)
    for name in psql(staging, "SELECT datname FROM pg_database WHERE datname LIKE 'revrx\\_%'").split():
        psql(staging, f'DROP DATABASE "{name}"', database="postgres")
    psql(staging, "DROP TABLE letters")


def subjects(staging: Staging) -> list[str]:
    return [str(mail["Subject"]) for mail in staging.internet.mail.mails]


def manifests(staging: Staging, reason: str) -> list[dict[str, Any]]:
    with staging.cluster.outside():
        return [m for m in staging.internet.s3.manifests(BUCKET) if m["reason"].startswith(reason)]
