"""The variables and mounted files that a pod gives. docs/contract.md lists them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .failure import Misconfigured

# none: for a bucket that encrypts by itself, or a store that refuses to be asked.
ENCRYPTIONS = ("AES256", "aws:kms", "none")
# auto: the path for another store than AWS, which rarely has a host name for each bucket.
ADDRESSINGS = ("auto", "path", "virtual")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Where backups are, and how to get there.

    access_key_id, secret_access_key: None for what the pod's ServiceAccount has: Pod Identity or IRSA.
    endpoint: another store that speaks S3's protocol; None for AWS.
    addressing: whether the bucket is named by the path or by the host.
    encryption: that the store is asked for; None asks for nothing.
    timeout: seconds that the store may be silent.
    attempts: how often a request is made at most.
    """

    name: str
    region: str | None
    access_key_id: str | None
    secret_access_key: str | None
    endpoint: str | None
    addressing: str
    encryption: str | None
    kms_key: str | None
    timeout: int
    attempts: int


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Who is told of failures, and through which server; user is empty where it asks for none."""

    to: str
    host: str
    port: int
    user: str
    password: str
    sender: str


class Environment:
    """Reads variables and files, and tells all that is wrong with them at once.

        with Environment(os.environ) as environment:
            host = environment.text("PGHOST")

    Raises:
        Misconfigured: at the end of the block.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._problems and kind is None:
            raise Misconfigured("; ".join(dict.fromkeys(self._problems)))

    def text(self, name: str, default: str | None = None) -> str:
        value = self._variables.get(name) or default
        if value is None:
            self._problems.append(f"{name} is not set")
        return value or ""

    def number(self, name: str, default: int, *, minimum: int = 1) -> int:
        text = self._variables.get(name) or str(default)
        if text.isascii() and text.isdigit() and int(text) >= minimum:
            return int(text)
        self._problems.append(f"{name} is {text!r}; give a whole number of {minimum} or more")
        return default

    def one_of(self, name: str, values: tuple[str, ...]) -> str:
        value = self._variables.get(name) or values[0]
        if value not in values:
            self._problems.append(f"{name} is {value!r}; give {', '.join(values[:-1])} or {values[-1]}")
        return value

    def optional(self, name: str) -> str | None:
        return self._variables.get(name) or None

    def key(self, secret: str, key: str, default: str | None = None) -> str:
        """A key of a Secret, mounted as a folder of files; secret: the variable that names the folder."""
        folder = self.text(secret)
        if not folder:
            return ""
        file = Path(folder, key)
        if default is not None and not file.exists():
            return default
        try:
            value = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self._problems.append(f"{secret}: {file} cannot be read ({error})")
            return ""
        if not value and default is None:
            self._problems.append(f"{secret}: {file} is empty")
        return value


def database(variables: Mapping[str, str]) -> str:
    with Environment(variables) as environment:
        return environment.key("POSTGRES_SECRET", "POSTGRES_DB")


def server(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of PostgreSQL's programs: what the pod has, with the user and the database of the Secret."""
    with Environment(variables) as environment:
        environment.text("PGHOST")
        return {
            **variables,
            "PGUSER": environment.key("POSTGRES_SECRET", "POSTGRES_USER"),
            "PGPASSWORD": environment.key("POSTGRES_SECRET", "POSTGRES_PASSWORD"),
            "PGDATABASE": environment.key("POSTGRES_SECRET", "POSTGRES_DB"),
            "PGCONNECT_TIMEOUT": variables.get("PGCONNECT_TIMEOUT", "10"),
            "PGAPPNAME": "postgres-backup",
        }


def bucket(variables: Mapping[str, str]) -> Bucket:
    with Environment(variables) as environment:
        with_keys = environment.optional("AWS_SECRET") is not None
        endpoint = environment.optional("AWS_ENDPOINT_URL_S3") or environment.optional("AWS_ENDPOINT_URL")
        encryption = environment.one_of("BACKUP_ENCRYPTION", ENCRYPTIONS)
        addressing = environment.one_of("BACKUP_S3_ADDRESSING", ADDRESSINGS)
        return Bucket(
            name=environment.key("AWS_SECRET", "S3_BUCKET") if with_keys else environment.text("S3_BUCKET"),
            region=environment.key("AWS_SECRET", "AWS_REGION") if with_keys else environment.text("AWS_REGION"),
            access_key_id=environment.key("AWS_SECRET", "AWS_ACCESS_KEY_ID") if with_keys else None,
            secret_access_key=environment.key("AWS_SECRET", "AWS_SECRET_ACCESS_KEY") if with_keys else None,
            endpoint=endpoint,
            addressing=("path" if endpoint else "auto") if addressing == "auto" else addressing,
            encryption=None if encryption == "none" else encryption,
            kms_key=environment.optional("BACKUP_KMS_KEY"),
            timeout=environment.number("BACKUP_S3_TIMEOUT", 60),
            attempts=environment.number("AWS_MAX_ATTEMPTS", 5),
        )


def mail_server(variables: Mapping[str, str]) -> MailServer:
    with Environment(variables) as environment:
        port = environment.key("SMTP_SECRET", "SMTP_PORT", default="587")
        if not port.isdigit():
            raise Misconfigured(f"SMTP_SECRET: SMTP_PORT is {port!r}, which is no port")
        return MailServer(
            to=environment.text("MAIL_TO"),
            host=environment.key("SMTP_SECRET", "SMTP_HOST"),
            port=int(port),
            user=environment.key("SMTP_SECRET", "SMTP_USER", default=""),
            password=environment.key("SMTP_SECRET", "SMTP_PASSWORD", default=""),
            sender=environment.key("SMTP_SECRET", "SMTP_FROM"),
        )


def work_folder(variables: Mapping[str, str]) -> Path:
    """An existing folder that can hold the restored database, and is empty but for what an earlier run left."""
    with Environment(variables) as environment:
        folder = Path(environment.text("BACKUP_WORK_FOLDER"))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Misconfigured(f"BACKUP_WORK_FOLDER: {folder} is not a folder that uid {os.geteuid()} can write to")
    return folder
