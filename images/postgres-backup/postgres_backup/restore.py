"""restore: a backup takes the place of a database, in one step at the end."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from . import choice, extensions
from .cron import SCHEMA, Jobs, has_jobs
from .failure import Failure, Misconfigured
from .keys import Folder
from .loading import create, describe, load, quoted
from .log import Log
from .manifest import Manifest
from .pooler import refuse_transaction_pooling
from .server import Server, Session, client_version, image_for, major
from .storage import Store

# PostgreSQL cuts longer names off, in silence.
_LONGEST_NAME = 63

_MAY_STOP_EVENT_TRIGGERS = """
    SELECT rolsuper AND EXISTS (SELECT FROM pg_settings WHERE name = 'event_triggers')
    FROM pg_roles WHERE rolname = current_user
"""

# All that somebody may have made in a database, but for what came with an extension.
_OBJECTS = """
    WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
    object (class, oid) AS (
        SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours)
            AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL
        SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
        UNION ALL
        SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace IN (SELECT oid FROM ours)
            AND typtype IN ('d', 'e', 'r')
        UNION ALL
        SELECT 'pg_largeobject'::regclass, oid FROM pg_largeobject_metadata
    )
    SELECT count(*) FROM object o WHERE NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e'
    )
"""

_SUBSCRIPTIONS = """
    SELECT coalesce(jsonb_agg(quote_ident(subname)), '[]') FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid
    WHERE datname = current_database()
"""

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
    tablespaces: bool,
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
        tablespaces: whether objects lie where they lay; the tablespaces must be there.
        despite_differences: whether what was restored is taken although its rows are not those of the manifest.
    Raises:
        Failure: the database is as it was.
    """
    target = into or server.database
    if len(target.encode()) > _LONGEST_NAME:
        raise Misconfigured(f"{target} is longer than {_LONGEST_NAME} bytes, where PostgreSQL cuts a name off")
    manifest = choice.chosen(store, folder, key=key, before=before)
    server.wait(wait)
    # No one can rename a database that he is connected to.
    maintenance = Server({**server.environment, "PGDATABASE": "template1" if target == "postgres" else "postgres"})
    refuse_transaction_pooling(maintenance)
    _check_versions(maintenance, manifest)
    there = _exists(maintenance, target)
    if there and not replace:
        _refuse_objects(server, target)
    _tell_of_leftovers(maintenance, target, log)
    # Two at the same second are two.
    stamp = f"{now:%Y%m%d%H%M%S}_{secrets.token_hex(2)}"
    new = _name(target, f"_restoring_{stamp}")
    options: tuple[str, ...] = () if owners else ("--no-owner", "--no-privileges")
    options += () if tablespaces else ("--no-tablespaces",)
    with tempfile.TemporaryDirectory() as lists:
        jobs = Jobs(maintenance, store, manifest, Path(lists)) if has_jobs(manifest) else None
        create(maintenance, manifest, new)
        try:
            with _without_event_triggers(maintenance, new):
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
                _analyze(maintenance, new, log)
            if owners:
                describe(maintenance, manifest, new)
            if there and not replace:
                # An application may have begun to fill it meanwhile.
                _refuse_objects(server, target)
            old = _name(target, f"_replaced_{stamp}") if there else None
            _rename(maintenance, new=new, target=target, old=old)
        except BaseException:
            _drop(maintenance, new, log)
            raise
        if jobs:
            jobs.restore(target, log, options)
    kept = {}
    # Asked of the old one, where nobody looks for it any more: what was written at the last moment is not lost.
    if old and _objects(maintenance, old):
        kept = {"kept": old, "drop_with": f"DROP DATABASE {quoted(old)}"}
    elif old:
        _drop(maintenance, old, log)
    log.event("restored", key=manifest.key, database=target, rows=manifest.contents.rows, **kept)
    return manifest


def _tell_of_leftovers(maintenance: Server, target: str, log: Log) -> None:
    """A restore that was killed could not drop its database, which takes as much of the disk as this one will."""
    with maintenance.session() as session:
        for database in session.ask("SELECT jsonb_agg(datname) FROM pg_database"):
            if database.startswith(_name(target, "_restoring_")):
                log.event("left-by-another-restore", database=database, drop_with=f"DROP DATABASE {quoted(database)}")


def _refuse_objects(server: Server, target: str) -> None:
    if number := _objects(server, target):
        raise Failure(
            f"{target} is not empty, it has {number} tables, views, functions, types or large objects; to put the "
            "backup in its place give --replace (RESTORE_REPLACE=true), to look at it beside, --into another name "
            "(RESTORE_INTO)"
        )


@contextmanager
def _without_event_triggers(maintenance: Server, database: str) -> Iterator[None]:
    """Where the role may: one on logins would write a row for each of ours, or refuse them (since PostgreSQL 17)."""
    with maintenance.session() as session:
        may = session.ask(_MAY_STOP_EVENT_TRIGGERS)
        if may:
            session.do(f"ALTER DATABASE {quoted(database)} SET event_triggers TO off")
    yield
    if may:
        with maintenance.session() as session:
            session.do(f"ALTER DATABASE {quoted(database)} RESET event_triggers")


def _analyze(maintenance: Server, database: str, log: Log) -> None:
    """Row counts for the planner, without which the first queries after a restore take their time."""
    try:
        with maintenance.session(database) as session:
            session.do("ANALYZE")
    except Failure as failure:
        # As of a foreign table whose server is not reached: nothing of the data lacks.
        log.error("not-analyzed", database=database, reason=str(failure))


def _check_versions(maintenance: Server, manifest: Manifest) -> None:
    """What would otherwise show only half-way.

    Raises:
        Misconfigured: pg_restore here cannot read the dump.
        Failure: the server lacks an extension.
    """
    client = client_version(maintenance.environment)
    if major(client) < major(manifest.client_version):
        raise Misconfigured(
            f"{manifest.key} was written by pg_dump {manifest.client_version}, and pg_restore here is {client}; "
            f"{image_for(manifest.client_version)}"
        )
    with maintenance.session() as session:
        lacking = extensions.missing(session, manifest.database)
    if lacking:
        raise Failure(
            f"{manifest.key} has the extensions {', '.join(lacking)}, which the server at {maintenance.address} lacks; "
            "install them there, or restore into a server that has them"
        )


def _exists(maintenance: Server, database: str) -> bool:
    with maintenance.session() as session:
        return database in session.ask("SELECT jsonb_agg(datname) FROM pg_database")


def _objects(server: Server, database: str) -> int:
    with server.session(database) as session:
        number: int = session.ask(_OBJECTS)
        return number


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
        _drop_subscriptions(maintenance, database)
    except Failure as failure:
        # Who may not connect to it may still drop it.
        log.error("subscriptions-not-dropped", database=database, reason=str(failure))
    try:
        with maintenance.session() as session:
            session.do(f"DROP DATABASE IF EXISTS {quoted(database)} WITH (FORCE)")
    except Failure as failure:
        log.error("database-not-dropped", database=database, reason=str(failure))


def _drop_subscriptions(maintenance: Server, database: str) -> None:
    """Otherwise the database cannot be dropped. What they subscribe to is told nothing: their slot is another's."""
    with maintenance.session(database) as session:
        for name in session.ask(_SUBSCRIPTIONS):
            session.do(
                f"ALTER SUBSCRIPTION {name} DISABLE",
                f"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)",
                f"DROP SUBSCRIPTION {name}",
            )


def _name(target: str, ending: str) -> str:
    cut = target.encode()[: _LONGEST_NAME - len(ending)].decode(errors="ignore")
    return cut + ending
