"""A dump becomes a new database, and is compared with what was dumped."""

import hashlib
from itertools import islice

from . import contents, extensions
from .failure import Failure, Unproven
from .log import Log
from .manifest import Manifest
from .server import Server, finish_loading
from .storage import Store


def create(server: Server, manifest: Manifest, database: str) -> None:
    """A new database of that name, with the encoding and locale of the one dumped."""
    with server.session() as session:
        session.do(_named(manifest.database.create, database))


def load(
    server: Server,
    store: Store,
    manifest: Manifest,
    database: str,
    log: Log,
    *,
    options: tuple[str, ...],
    without: str | None = None,
    despite_differences: bool = False,
) -> None:
    """Restore into a new database, and compare.

    Args:
        options: more of pg_restore's.
        without: a schema that they leave out.
        despite_differences: whether one that does not hold what the manifest says is told of and taken.
    Raises:
        Failure: the server refused; the database is half restored.
        Unproven: the dump is damaged, or it is restored and does not hold what was dumped.
    """
    log.event("load-started", key=manifest.key, bytes=manifest.bytes, database=database)
    with server.session(database) as session:
        extensions.before_restore(manifest.database, session)
    stream(server, store, manifest, database, log, options)
    with server.session(database) as session:
        extensions.after_restore(manifest.database, session)
        dumped, there = contents.restored(session).as_in(manifest.contents, without=without)
    differences = list(islice(dumped.differences(there), 20))
    if differences and not despite_differences:
        raise Unproven(f"{manifest.key} restores to something else: {'; '.join(differences)}")
    for difference in differences:
        log.event("differs", key=manifest.key, difference=difference)
    log.event("load-done", database=database, tables=len(there.tables), rows=there.rows)


def stream(server: Server, store: Store, manifest: Manifest, database: str, log: Log, options: tuple[str, ...]) -> None:
    """From the store into pg_restore; what was read of it is compared with what was uploaded."""
    whole, read, is_taken = hashlib.sha256(), 0, True
    with server.loading(database, options=options) as pg_restore:
        for piece in store.pieces(manifest.key):
            whole.update(piece)
            read += len(piece)
            if is_taken:
                try:
                    pg_restore.input.write(piece)
                except BrokenPipeError:
                    # It has failed. Whether the dump or the server is at fault, the rest of the dump tells.
                    is_taken = False
                    log.event("load-failed", reason=pg_restore.last_words(), read=read)
        try:
            pg_restore.input.close()
        except BrokenPipeError:
            is_taken = False
        if (read, whole.hexdigest()) != (manifest.bytes, manifest.sha256):
            raise Unproven(
                f"{manifest.key} is damaged: it has {read} bytes and the sha256 {whole.hexdigest()}, its manifest says "
                f"{manifest.bytes} and {manifest.sha256}; restore another backup, and look for an older version of it"
            )
        log.event("download-done", key=manifest.key, sha256=manifest.sha256)
        finish_loading(pg_restore)
        if not is_taken:
            raise Failure("pg_restore ended with 0 before it had read all of the dump")


def describe(server: Server, manifest: Manifest, database: str) -> None:
    """Give a restored database the settings, grants, comment and owner of the one dumped."""
    with server.session() as session:
        session.do(*(_named(statement, database) for statement in manifest.database.properties))


def quoted(name: str) -> str:
    """As an identifier (PostgreSQL documentation, 4.1.1)."""
    return '"' + name.replace('"', '""') + '"'


def _named(statement: str, database: str) -> str:
    # With the word before it: a role may be called {database} too.
    return statement.replace("DATABASE {database}", f"DATABASE {quoted(database)}", 1)
