"""backup: a dump that was read back, in S3, with a manifest that is written last."""

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from . import contents
from .failure import Failure, Unproven
from .keys import Backup, Folder, manifest_key
from .log import Log
from .manifest import Contents, Database, Manifest
from .server import Server, reading_back
from .storage import Store, digest

# S3 itself refuses requests that differ by a quarter of an hour (RequestTimeTooSkewed).
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)


def back_up(
    *,
    server: Server,
    store: Store,
    folder: Folder,
    work_folder: Path,
    reason: str,
    wait: float,
    now: Callable[[], datetime],
    log: Log,
) -> Manifest:
    """Dump, check, upload, check, and write the manifest.

    Args:
        wait: seconds that the server is waited for.
    Raises:
        Failure: there is no new backup, and what there was before is untouched.
        Unproven: there is one, and it is suspiciously small.
    """
    created = now()
    key = folder.key(created, reason)
    check_clock(created, store.time(str(folder)))
    server.wait(wait)
    with tempfile.TemporaryDirectory(dir=work_folder) as place:
        path = Path(place, "dump")
        log.event("dump-started", database=server.database)
        started = time.monotonic()
        version, database, held = _dump(server, path)
        log.event("dump-done", bytes=path.stat().st_size, rows=held.rows, seconds=_since(started))
        if not held.rows and not held.large_objects:
            raise Failure(
                f"no table of {server.database} has a row, so there is nothing to back up; if that is not as it "
                "should be, stop what writes to it and restore"
            )
        # Before it is read back and sent, so that both see one file, or the upload finds that it changed.
        found = digest(path)
        started = time.monotonic()
        log.event("read-back-started", sha256=found.sha256)
        with reading_back(path, server.environment) as finish:

            def proven() -> None:
                finish()
                log.event("read-back-done", seconds=_since(started))

            log.event("upload-started", key=key)
            store.upload(path, key, found, proven)
        log.event("upload-done", key=key, seconds=_since(started))
    manifest = Manifest(
        key=key,
        created=created,
        reason=reason,
        namespace=folder.namespace,
        server_version=version,
        bytes=found.bytes,
        sha256=found.sha256,
        database=database,
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


def _dump(server: Server, path: Path) -> tuple[str, Database, Contents]:
    """The server's version and what the dump holds, by one snapshot, so that a busy database is no false alarm."""
    with server.session() as session:
        session.do("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = session.ask("SELECT pg_export_snapshot()")
        with server.dumping(path, snapshot) as pg_dump:
            version = session.ask("SELECT current_setting('server_version')")
            # While pg_dump runs: both read the same tables, so that one finds them in the server's cache.
            described, held = contents.database(session), contents.contents(session)
            pg_dump.finish()
        return version, described, held


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
