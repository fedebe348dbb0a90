"""The command line: `python -m postgres_backup backup | verify | restore | list | watch`."""

import os
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import TypeVar

import click

from . import configuration, mail
from .backup import back_up, check_size
from .cgroup import limits
from .choice import complete
from .configuration import Environment
from .failure import Failure, Misconfigured, Terminated
from .keys import Backup, Folder
from .log import Log
from .manifest import Manifest
from .restore import restore
from .retention import delete_expired
from .server import Server
from .storage import Store
from .verify import verify
from .watch import watch

EXIT_CODES = """\b
Exit codes:
  0    done
  1    a bug, with its trace
  2    wrong arguments, variables or mounted files
  3    not done, for the reason given; what was there is as it was
  4    no backup, or one that is too old, too small, damaged, or does not restore
  5    verify could not be tried: this image lacks what the backup needs
  143  ended by SIGTERM
"""


T = TypeVar("T")

# What a pod is stopped with, as its image says, and a terminal.
_ENDS = (signal.SIGTERM, signal.SIGINT)


def _now() -> datetime:
    return datetime.now(UTC)


class Pod:
    """What the variables and files of the pod say, read when a command asks for it."""

    def __init__(self, variables: Mapping[str, str], log: Log) -> None:
        self.variables, self.log = variables, log

    @property
    def folder(self) -> Folder:
        with Environment(self.variables) as environment:
            return Folder(
                environment.text("BACKUP_PREFIX", "postgres"),
                environment.text("BACKUP_NAMESPACE"),
                configuration.database(self.variables),
            )

    @property
    def store(self) -> Store:
        return Store.connect(configuration.bucket(self.variables), self.log)

    @property
    def server(self) -> Server:
        return Server(configuration.server(self.variables))

    def number(self, name: str, default: int, *, minimum: int = 1) -> int:
        with Environment(self.variables) as environment:
            return environment.number(name, default, minimum=minimum)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def program() -> None:
    """Back up a PostgreSQL database to S3, prove that the backups restore, and restore them.

    Where the server, the bucket and the mail server are is said by variables and mounted files: docs/contract.md.
    """


@program.command("backup", epilog=EXIT_CODES)
@click.option(
    "--reason",
    envvar="BACKUP_REASON",
    show_envvar=True,
    default="scheduled",
    show_default=True,
    help="Part of the key: why this backup is made, e.g. before-1.4.2.",
)
@click.pass_obj
def backup_command(pod: Pod, reason: str) -> None:
    """Dump, check, upload, and delete what is older than BACKUP_RETENTION_DAYS.

    By default 90; 0 leaves deleting to the bucket's lifecycle. The BACKUP_KEEP_NEWEST newest, by default 7, stay. What
    fails for a reason that may pass is tried BACKUP_TRIES times, by default 3, BACKUP_TRY_PAUSE_SECONDS apart, by
    default 60.
    """
    folder, store, server = pod.folder, pod.store, pod.server
    days = pod.number("BACKUP_RETENTION_DAYS", 90, minimum=0)
    keep_newest = pod.number("BACKUP_KEEP_NEWEST", 7)
    wait = pod.number("BACKUP_WAIT_SECONDS", 300)

    def make() -> tuple[Manifest, Backup | None]:
        before = complete(store, folder)
        made = back_up(server=server, store=store, folder=folder, reason=reason, wait=wait, now=_now, log=pod.log)
        return made, before[-1] if before else None

    manifest, previous = _tried(pod, make)
    check_size(manifest, previous)
    if days:
        delete_expired(store=store, folder=folder, ours=_now(), days=days, keep_newest=keep_newest, log=pod.log)
    pod.log.event("backed-up", key=manifest.key, bytes=manifest.bytes, rows=manifest.contents.rows)


def _tried(pod: Pod, make: Callable[[], T]) -> T:
    """Once more where another try may help: in this pod, so that only the last one is told by mail."""
    tries = pod.number("BACKUP_TRIES", 3)
    pause = pod.number("BACKUP_TRY_PAUSE_SECONDS", 60, minimum=0)
    for number in range(1, tries):
        try:
            return make()
        except (Failure, OSError) as failure:
            if isinstance(failure, Failure) and failure.exit_code != Failure.exit_code:
                raise
            pod.log.event("tried", number=number, of=tries, reason=str(failure), pause_seconds=pause)
        time.sleep(pause)
    return make()


@program.command("verify", epilog=EXIT_CODES)
@click.pass_obj
def verify_command(pod: Pod) -> None:
    """Restore the newest backup into a throw-away server, and compare it with its manifest."""
    verify(
        store=pod.store,
        folder=pod.folder,
        work_folder=configuration.work_folder(pod.variables),
        limits=limits(),
        log=pod.log,
    )


@program.command("restore", epilog=EXIT_CODES)
@click.option("--backup", "key", envvar="RESTORE_BACKUP", show_envvar=True, help="The dump's key; default: the newest.")
@click.option(
    "--before",
    envvar="RESTORE_BEFORE",
    show_envvar=True,
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"]),
    help="The last backup that began before this time, in UTC.",
)
@click.option("--into", envvar="RESTORE_INTO", show_envvar=True, help="The database's name; default: POSTGRES_DB.")
@click.option(
    "--replace",
    envvar="RESTORE_REPLACE",
    show_envvar=True,
    is_flag=True,
    help="Take the place of a database that is not empty; that is kept under another name.",
)
@click.option(
    "--owners/--no-owners",
    envvar="RESTORE_OWNERS",
    show_envvar=True,
    default=True,
    help="Whether objects get their owners and grants back; without, they are POSTGRES_USER's.  [default: owners]",
)
@click.option(
    "--tablespaces/--no-tablespaces",
    envvar="RESTORE_TABLESPACES",
    show_envvar=True,
    default=True,
    help="Whether objects lie in their tablespaces again, or all in the server's default one.  [default: tablespaces]",
)
@click.option(
    "--despite-differences",
    envvar="RESTORE_DESPITE_DIFFERENCES",
    show_envvar=True,
    is_flag=True,
    help="Take what was restored although its rows are not those of the manifest; the log tells which differ.",
)
@click.pass_obj
def restore_command(
    pod: Pod,
    key: str | None,
    before: datetime | None,
    into: str | None,
    replace: bool,
    owners: bool,
    tablespaces: bool,
    despite_differences: bool,
) -> None:
    """Restore a backup into a new database, check it, and rename it at the end."""
    restore(
        server=pod.server,
        store=pod.store,
        folder=pod.folder,
        key=key,
        before=before.replace(tzinfo=UTC) if before else None,
        into=into,
        replace=replace,
        owners=owners,
        tablespaces=tablespaces,
        despite_differences=despite_differences,
        wait=pod.number("BACKUP_WAIT_SECONDS", 300),
        now=_now(),
        log=pod.log,
    )


@program.command("list", epilog=EXIT_CODES)
@click.pass_obj
def list_command(pod: Pod) -> None:
    """Show the backups of the database, a line each, the oldest first."""
    folder = pod.folder
    for backup in folder.backups(pod.store.list(str(folder))):
        size = max(stored.size for stored in backup.objects)
        pod.log.event(
            "backup", key=backup.key, began=backup.time, reason=backup.reason, bytes=size, complete=backup.complete
        )


@program.command("watch", epilog=EXIT_CODES)
@click.pass_obj
def watch_command(pod: Pod) -> None:
    """Fail when the newest complete backup is older than BACKUP_MAX_AGE_HOURS, by default 26."""
    watch(
        store=pod.store,
        folder=pod.folder,
        max_age_hours=pod.number("BACKUP_MAX_AGE_HOURS", 26),
        now=_now(),
        log=pod.log,
    )


def main(arguments: list[str], variables: Mapping[str, str]) -> int:
    """Run a command; tell of its failure by mail; return the exit code."""
    log = Log(sys.stdout, _now)
    for number in _ENDS:
        signal.signal(number, _terminate)
    try:
        program(arguments, prog_name="postgres_backup", obj=Pod(variables, log), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as usage:
        usage.show()
        return usage.exit_code
    except click.ClickException as wrong:
        wrong.show()
        failed, code = wrong.format_message(), Misconfigured.exit_code
    except Failure as failure:
        failed, code = str(failure), failure.exit_code
    except OSError as error:
        # The disk is full, a folder is gone: the machine's fault, and no bug.
        failed, code = f"the system refused: {error}", Failure.exit_code
    except Terminated:
        failed, code = "ended by a signal: by its deadline, a drain of its node, or a person", Terminated.exit_code
    except Exception as error:
        traceback.print_exc()
        failed, code = f"a bug: {type(error).__name__}: {error}", 1
    else:
        return 0
    # The mail is sent also by one that is being stopped; a second signal would lose it.
    _ignore_signals()
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    log.error("failed", command=command, reason=failed, exit_code=code)
    _tell(variables, log, command=command, failed=failed, code=code)
    return code


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    # Once: a second one must not interrupt what the first one ends.
    _ignore_signals()
    raise Terminated


def _ignore_signals() -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def _tell(variables: Mapping[str, str], log: Log, *, command: str, failed: str, code: int) -> None:
    """Mail what failed. That it can't be sent is logged, and changes nothing."""
    namespace = variables.get("BACKUP_NAMESPACE", "")
    text = (
        f"{command} in {namespace} did not do what it should (exit code {code}):\n\n{failed}\n\n"
        f"Once the reason is gone, try again with\n\n    {_again(variables, command, namespace)}\n\n"
        "The last lines of its log:\n\n" + "\n".join(log.last) + "\n"
    )
    subject = f"[{namespace}] postgres-backup: {command} failed: {failed[:120]}"
    # A name in SQL_ASCII's bytes is no text that can be sent.
    subject, text = (each.encode(errors="backslashreplace").decode() for each in (subject, text))
    try:
        server = configuration.mail_server(variables)
        mail.send(server, subject=subject, text=text)
    except (Failure, OSError, ValueError) as error:
        log.error("mail-not-sent", reason=f"{type(error).__name__}: {error}")
    else:
        log.event("mail-sent", to=server.to)


def _again(variables: Mapping[str, str], command: str, namespace: str) -> str:
    """The command that starts the same Job: a restore without its variables would take another backup."""
    cron_job = variables.get("BACKUP_CRON_JOB")
    if not cron_job:
        return f"python -m postgres_backup {command}"
    options = ("RESTORE_", "BACKUP_REASON")
    given = [f"{name}={value}" for name, value in sorted(variables.items()) if value and name.startswith(options)]
    if given:
        return shlex.join(("images/postgres-backup/run-job.sh", namespace, cron_job, *given))
    return f"kubectl create job --from=cronjob/{cron_job} {cron_job}-again-$(date +%s) -n {namespace}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
