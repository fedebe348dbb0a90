"""backup: a dump that was read back, in S3, with a manifest that is written last. Nothing of it touches a disk."""

import hashlib
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import contents
from .counting import Counter
from .definitions import by_which_rows_are_named, definitions
from .failure import Failure, Misconfigured, Unproven
from .keys import Backup, Folder, manifest_key
from .log import Log
from .manifest import Database, Manifest
from .pooler import refuse_transaction_pooling
from .programs import Running
from .pump import Pump
from .server import Server, Session, client_version, image_for, major, reading_back
from .storage import Store
from .upload import Digest, part_size, uploading

# S3 itself refuses requests that differ by a quarter of an hour (RequestTimeTooSkewed).
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)

# How often pg_dump begins anew when definitions changed while it read them, and the seconds between.
_BEGINNINGS = 10
_PAUSE = 1.0


@dataclass(frozen=True)
class _Dump:
    """What is dumped, and pg_dump under way.

    bytes: how much the database takes on the server's disk.
    session, definitions: a connection beside pg_dump's, and what there was when it began.
    """

    version: str
    bytes: int
    database: Database
    pg_dump: Running
    session: Session
    definitions: frozenset[str]

    def check_names(self) -> None:
        """Raises Failure when rows may have been read from another table, or under another name, than was meant."""
        changed = by_which_rows_are_named(self.definitions) - definitions(self.session)
        if changed:
            raise Failure(
                "schemas or values of enumerations were renamed while rows were read, which may be others' now: "
                f"{', '.join(sorted(changed))}. Try again when no migration runs"
            )


def back_up(
    *,
    server: Server,
    store: Store,
    folder: Folder,
    reason: str,
    wait: float,
    now: Callable[[], datetime],
    log: Log,
) -> Manifest:
    """Dump, and at the same time read back and upload; then check, and write the manifest.

    Args:
        wait: seconds that the server is waited for.
    Raises:
        Failure: there is no new backup, and what there was before is untouched.
    """
    created = now()
    key = folder.key(created, reason)
    check_clock(created, store.time(str(folder)))
    server.wait(wait)
    log.event("dump-started", database=server.database)
    started = time.monotonic()
    refuse_transaction_pooling(server)
    client = client_version(server.environment)
    with _dumping(server, client, log) as dump, reading_back(server.environment) as pg_restore:
        counter, whole, sent = Counter(), hashlib.sha256(), 0
        with uploading(store, key) as upload:
            log.event("upload-started", key=key)
            with Pump(dump.pg_dump, pg_restore, counter, part_size(dump.bytes)) as pump:
                for part in pump:
                    whole.update(part)
                    sent += len(part)
                    upload.send(part)
            dump.check_names()
            found = Digest(sent, whole.hexdigest())
            held = contents.counted(server, counter)
            log.event("dump-done", bytes=sent, sha256=found.sha256, rows=held.rows, seconds=_since(started))
            if not held.rows and not held.large_objects:
                raise Failure(
                    f"no table of {server.database} has a row, so there is nothing to back up; if that is not as it "
                    "should be, stop what writes to it and restore"
                )
            upload.complete(found)
        log.event("upload-done", key=key, seconds=_since(started))
    manifest = Manifest(
        key=key,
        created=created,
        reason=reason,
        namespace=folder.namespace,
        server_version=dump.version,
        client_version=client,
        bytes=found.bytes,
        sha256=found.sha256,
        database=dump.database,
        contents=held,
    )
    store.put(manifest_key(key), manifest.to_json())
    log.event("manifest-written", key=manifest_key(key))
    return manifest


def check_clock(ours: datetime, theirs: datetime) -> None:
    """A backup with a wrong date would count as the newest, or be deleted as too old.

    Raises:
        Failure: our clock is not the store's.
    """
    if abs(ours - theirs) > _CLOCKS_MAY_DIFFER:
        raise Failure(
            f"the clock here says {ours:%Y-%m-%d %H:%M:%S} UTC, S3's {theirs:%Y-%m-%d %H:%M:%S}; "
            "nothing is named or deleted by a wrong clock: set the node's, and try again"
        )


def check_size(manifest: Manifest, previous: Backup | None) -> None:
    """Whether as much was backed up as before: a database that was emptied by mistake is a good dump too.

    Raises:
        Unproven: it is less than half as large.
    """
    if previous is None:
        return
    before = max(stored.size for stored in previous.objects)
    if manifest.bytes * 2 < before:
        raise Unproven(
            f"{manifest.key} is complete, but its {manifest.bytes} bytes are less than half of the last one's {before} "
            f"({previous.key}); nothing was deleted. If rows were lost, restore; if not, the next backup is content"
        )


@contextmanager
def _dumping(server: Server, client: str, log: Log) -> Iterator[_Dump]:
    """pg_dump under way, with all that it dumps locked, and defined as it was in its snapshot."""
    for beginning in range(1, _BEGINNINGS + 1):
        with server.session() as session:
            version = session.ask("SELECT current_setting('server_version')")
            if major(version) > major(client):
                raise Misconfigured(
                    f"the server is PostgreSQL {version}, and pg_dump of {client}, which is here, refuses servers "
                    f"newer than itself; {image_for(version)}"
                )
            session.do("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = session.ask("SELECT pg_export_snapshot()")
            before = definitions(session)
            size = session.ask("SELECT pg_database_size(current_database())")
            described, encoding = contents.database(session), session.ask("SELECT getdatabaseencoding()")
            with server.dumping(snapshot, encoding) as pg_dump:
                # It writes when it has locked every table and read every definition (the archive begins with them).
                select.select([pg_dump.output], [], [])
                # In the same connection, for a pool may have two, and pg_dump has the other.
                session.do("COMMIT")
                changed = before - definitions(session)
                if not changed:
                    yield _Dump(version, size, described, pg_dump, session, before)
                    return
        log.event("definitions-changed", beginning=beginning, changed=sorted(changed)[:10])
        time.sleep(_PAUSE)
    raise Failure(
        f"definitions in {server.database} changed each of the {_BEGINNINGS} times that pg_dump read them, so that its "
        f"dump may not restore; the last time: {', '.join(sorted(changed)[:3])}. Try again when no migration runs"
    )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
