"""verify: the newest backup restores, to what it was made of."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import choice, extensions
from .cgroup import Limits
from .failure import Failure, Misconfigured, StoreFailed, Unproven, Untried
from .keys import Folder
from .loading import create, describe, load, quoted
from .log import Log
from .manifest import Manifest
from .server import client_version, image_for, major
from .storage import Store
from .throwaway import DATABASE, Throwaway, throwaway_server

# How PostgreSQL says that the disk is full or memory is gone; a server that was killed for its memory says nothing.
_SHORTAGES = (
    "No space left on device",
    "could not extend file",
    "out of memory",
    "out of shared memory",
    "server closed the connection unexpectedly",
    "terminating connection",
)

# Below it is all that a run writes, so that the next one can take away what a killed one left.
_PLACE = "verify"


def verify(*, store: Store, folder: Folder, work_folder: Path, limits: Limits, log: Log) -> Manifest:
    """Restore the newest complete backup into a server that is then thrown away.

    Args:
        limits: what the pod may use.
    Raises:
        Unproven: there is no backup, it is damaged, it does not restore, or not to what was backed up.
        Untried: this image lacks what it needs.
        Failure: it could not be tried.
    """
    started = time.monotonic()
    manifest = choice.chosen(store, folder, key=None, before=None)
    with _place(work_folder, log) as place, throwaway_server(place, limits) as throwaway:
        lacking = _prepare(throwaway, manifest, log)
        ready = time.monotonic()
        try:
            create(throwaway.server, manifest, DATABASE)
        except Failure as failure:
            raise Untried(
                f"{manifest.key} could not be tried, for no database of its encoding and locale can be made in this "
                f"image: {failure}; {_TAKE_ANOTHER_IMAGE}"
            ) from None
        try:
            _restore(throwaway, store, manifest, log)
        except (Misconfigured, StoreFailed):
            raise
        except Failure as failure:
            if any(text in str(failure) for text in _SHORTAGES):
                raise Failure(
                    f"{manifest.key} could not be tried, for the throw-away server ran out of what it has: {failure}; "
                    "raise the size of verify_volume, or the memory of resources"
                ) from None
            if lacking and type(failure) is Failure:
                raise Untried(
                    f"{manifest.key} could not be tried, for this image lacks the libraries {', '.join(lacking)}, "
                    f"which the server that was backed up loads at its start: {failure}; {_TAKE_ANOTHER_IMAGE}"
                ) from None
            raise Unproven(f"{manifest.key} does not restore: {failure}") from None
        ended = time.monotonic()
        log.event(
            "verified",
            key=manifest.key,
            bytes=manifest.bytes,
            rows=manifest.contents.rows,
            processors=limits.processors,
            restore_seconds=round(ended - ready, 3),
            # What a restore takes at least: the measured RTO.
            seconds=round(ended - started, 3),
        )
    return manifest


_TAKE_ANOTHER_IMAGE = "make the image from the server's own, which has them"


@contextmanager
def _place(work_folder: Path, log: Log) -> Iterator[Path]:
    """An empty folder of the volume, which one run has at a time: the volume stays from one to the next."""
    lock = os.open(work_folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"another verify is at work in {work_folder}; wait for its end, or delete its Job") from None
        place = work_folder / _PLACE
        if place.exists():
            log.event("leftovers-removed", folder=str(place))
            shutil.rmtree(place)
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(lock)


def _prepare(throwaway: Throwaway, manifest: Manifest, log: Log) -> list[str]:
    """Start the server with the libraries that the backup's extensions need; returns those that are not here.

    Raises:
        Untried: what is not here must be.
    """
    client = client_version(throwaway.server.environment)
    written_by = manifest.client_version or manifest.server_version
    if major(client) < major(written_by):
        raise Untried(
            f"{manifest.key} could not be tried, for it was written by pg_dump {written_by}, and this image has "
            f"PostgreSQL {client}; {image_for(written_by)}"
        )
    wanted = extensions.libraries(manifest.database)
    with throwaway.server.session() as session:
        if missing := extensions.missing(session, manifest.database):
            raise Untried(
                f"{manifest.key} could not be tried, for this image lacks the extensions {', '.join(missing)}; "
                f"{_TAKE_ANOTHER_IMAGE}"
            )
        here = [library for library in wanted if extensions.is_installed(session, library)]
    lacking = [library for library in wanted if library not in here]
    if here:
        try:
            throwaway.restart_with(here)
        except Failure as failure:
            raise Untried(
                f"{manifest.key} could not be tried, for no server starts here with shared_preload_libraries = "
                f"{','.join(here)}: {failure}"
            ) from None
    if wanted:
        log.event("preloaded", libraries=here, lacking=lacking)
    return lacking


def _restore(throwaway: Throwaway, store: Store, manifest: Manifest, log: Log) -> None:
    with throwaway.server.session() as session:
        # Objects belong to them, and policies name them. What they are members of is in no dump, and the owner of a
        # materialized view must be allowed to read its tables.
        roles = (quoted(role) for role in manifest.database.roles if role != "postgres")
        session.do(*(f"CREATE ROLE {role} SUPERUSER" for role in roles))
    # A tablespace is a folder of the other server.
    load(throwaway.server, store, manifest, DATABASE, log, options=("--no-tablespaces",))
    describe(throwaway.server, manifest, DATABASE)
