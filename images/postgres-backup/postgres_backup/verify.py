"""verify: the newest backup restores, to what it was made of."""

import tempfile
import time
from pathlib import Path

from . import choice
from .failure import Failure, Misconfigured, Unproven
from .keys import Folder
from .loading import describe, load, quoted
from .log import Log
from .manifest import Manifest
from .server import Server
from .storage import Store
from .throwaway import throwaway_server


def verify(*, store: Store, folder: Folder, work_folder: Path, log: Log) -> Manifest:
    """Restore the newest complete backup into a server that is then thrown away.

    Raises:
        Unproven: there is no backup, it is damaged, it does not restore, or not to what was backed up.
        Failure: it could not be tried.
    """
    started = time.monotonic()
    manifest = choice.chosen(store, folder, key=None, before=None)
    with tempfile.TemporaryDirectory(dir=work_folder) as place:
        dump = Path(place, "dump")
        choice.fetch(store, manifest, dump, log)
        downloaded = time.monotonic()
        with throwaway_server(Path(place)) as server:
            ready = time.monotonic()
            try:
                _restore(server, dump, manifest, log)
            except Misconfigured:
                raise
            except Failure as failure:
                raise Unproven(f"{manifest.key} does not restore: {failure}") from None
            log.event(
                "verified",
                key=manifest.key,
                bytes=manifest.bytes,
                rows=manifest.contents.rows,
                download_seconds=round(downloaded - started, 3),
                restore_seconds=round(time.monotonic() - ready, 3),
                # What a restore takes at least: the measured RTO.
                seconds=round(time.monotonic() - started, 3),
            )
    return manifest


def _restore(server: Server, dump: Path, manifest: Manifest, log: Log) -> None:
    with server.session() as session:
        # Objects belong to them, and policies name them.
        session.do(*(f"CREATE ROLE {quoted(role)}" for role in manifest.database.roles if role != "postgres"))
    # A name that the server has already, such as `postgres`, is no database to restore into.
    database = "restored"
    # A tablespace is a folder of the other server.
    load(server, dump, manifest, database, log, options=("--no-tablespaces",))
    describe(server, manifest, database)
