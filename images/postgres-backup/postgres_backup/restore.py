"""restore: a backup takes the place of a database, in one step at the end."""

import tempfile
from datetime import datetime
from pathlib import Path

from . import choice, contents, extensions
from .cron import SCHEMA, Jobs, has_jobs
from .failure import Failure, Misconfigured
from .keys import Folder
from .loading import describe, load, quoted
from .log import Log
from .manifest import Manifest
from .pooler import refuse_transaction_pooling
from .server import Server, Session, client_version, image_for, major
from .storage import Store

# Its pg_restore, and every later one, does so at its beginning (PostgreSQL 17 release notes).
_SETS_TRANSACTION_TIMEOUT = 17

# PostgreSQL cuts longer names off, in silence.
_LONGEST_NAME = 63

# What new connections of an application may get between that its old ones were ended and the rename.
_RENAME_ATTEMPTS = 10


def restore(
    *,
    server: Server,
    store: Store,
    folder: Folder,
    key: str | None,
    before: datetime | None,
    into: str | None,
    replace: bool,
    owners: bool,
    despite_differences: bool,
    wait: float,
    now: datetime,
    log: Log,
) -> Manifest:
    """Restore into a new database, check it, and rename it at the end.

    Args:
        key, before: which backup; by default the newest complete one.
        into: the database's name; by default that of the Secret.
        replace: whether it may take the place of one that is not empty, which is then kept under another name.
        owners: whether objects belong to whom they belonged to; the roles must be there.
        despite_differences: whether what was restored is taken although its rows are not those of the manifest.
    Raises:
        Failure: the database is as it was.
    """
    manifest = choice.chosen(store, folder, key=key, before=before)
    target = into or server.database
    server.wait(wait)
    # No one can rename a database that he is connected to.
    maintenance = Server({**server.environment, "PGDATABASE": "template1" if target == "postgres" else "postgres"})
    refuse_transaction_pooling(maintenance)
    _check_versions(maintenance, manifest)
    there = _exists(maintenance, target)
    tables = _tables(server, target) if there else 0
    if tables and not replace:
        raise Failure(
            f"{target} is not empty, it has {tables} tables; to put the backup in its place give --replace "
            "(RESTORE_REPLACE=true), to look at it beside, --into another name (RESTORE_INTO)"
        )
    stamp = f"{now:%Y%m%d%H%M%S}"
    new = _name(target, f"_restoring_{stamp}")
    options = () if owners else ("--no-owner", "--no-privileges")
    with tempfile.TemporaryDirectory() as lists:
        jobs = Jobs(maintenance, store, manifest, Path(lists)) if has_jobs(manifest) else None
        try:
            load(
                maintenance,
                store,
                manifest,
                new,
                log,
                options=(*options, *jobs.left_out) if jobs else options,
                without=SCHEMA if jobs else None,
                despite_differences=despite_differences,
            )
            with maintenance.session(new) as session:
                # Row counts for the planner, without which the first queries after a restore take their time.
                session.do("ANALYZE")
            if owners:
                describe(maintenance, manifest, new)
            old = _name(target, f"_replaced_{stamp}") if there else None
            _rename(maintenance, new=new, target=target, old=old)
        except BaseException:
            _drop(maintenance, new, log)
            raise
        if jobs:
            jobs.restore(target, log, options)
    if old and not tables:
        _drop(maintenance, old, log)
    kept = {"kept": old, "drop_with": f"DROP DATABASE {quoted(old)}"} if old and tables else {}
    log.event("restored", key=manifest.key, database=target, rows=manifest.contents.rows, **kept)
    return manifest


def _check_versions(maintenance: Server, manifest: Manifest) -> None:
    """What would otherwise show only half-way.

    Raises:
        Misconfigured: pg_restore here cannot read the dump, or says what the server does not know.
        Failure: the server lacks an extension.
    """
    client = client_version(maintenance.environment)
    if major(client) < major(manifest.client_version):
        raise Misconfigured(
            f"{manifest.key} was written by pg_dump {manifest.client_version}, and pg_restore here is {client}; "
            f"{image_for(manifest.client_version)}"
        )
    with maintenance.session() as session:
        version = session.ask("SELECT current_setting('server_version')")
        lacking = extensions.missing(session, manifest.database)
    if major(client) >= _SETS_TRANSACTION_TIMEOUT > major(version):
        raise Misconfigured(
            f"pg_restore {client} sets transaction_timeout, which the server, PostgreSQL {version}, does not know; "
            f"{image_for(version)}"
        )
    if lacking:
        raise Failure(
            f"{manifest.key} has the extensions {', '.join(lacking)}, which the server at {maintenance.address} lacks; "
            "install them there, or restore into a server that has them"
        )


def _exists(maintenance: Server, database: str) -> bool:
    with maintenance.session() as session:
        return database in session.ask("SELECT jsonb_agg(datname) FROM pg_database")


def _tables(server: Server, database: str) -> int:
    with server.session(database) as session:
        return len(session.ask(contents.TABLES.format(of_extensions="false")))


def _rename(maintenance: Server, *, new: str, target: str, old: str | None) -> None:
    """Both names in one transaction: there is a database of that name at any time."""
    for attempt in range(1, _RENAME_ATTEMPTS + 1):
        try:
            with maintenance.session() as session:
                # A pooler keeps connections to it when ours have ended.
                _disconnect(session, new)
                if old is None:
                    session.do(_rename_statement(new, target))
                else:
                    _disconnect(session, target)
                    session.do("BEGIN", _rename_statement(target, old), _rename_statement(new, target), "COMMIT")
            return
        except Failure as failure:
            if attempt == _RENAME_ATTEMPTS:
                raise Failure(f"{target} could not be renamed; stop what connects to it ({failure})") from None


def _rename_statement(name: str, new_name: str) -> str:
    return f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(new_name)}"


def _disconnect(session: Session, database: str) -> None:
    name = "'" + database.replace("'", "''") + "'"
    session.ask(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = {name}")


def _drop(maintenance: Server, database: str, log: Log) -> None:
    """Never hides why it is dropped."""
    try:
        with maintenance.session() as session:
            session.do(f"DROP DATABASE IF EXISTS {quoted(database)} WITH (FORCE)")
    except Failure as failure:
        log.error("database-not-dropped", database=database, reason=str(failure))


def _name(target: str, ending: str) -> str:
    cut = target.encode()[: _LONGEST_NAME - len(ending)].decode(errors="ignore")
    return cut + ending
