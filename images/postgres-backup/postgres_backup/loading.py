"""A dump becomes a new database, and is compared with what was dumped."""

import os
from itertools import islice
from pathlib import Path

from . import contents
from .failure import Unproven
from .log import Log
from .manifest import Manifest
from .server import Server


def load(server: Server, dump: Path, manifest: Manifest, database: str, log: Log, *, options: tuple[str, ...]) -> None:
    """Make a database of that name, with the encoding and locale of the one dumped, and restore into it.

    Args:
        options: more of pg_restore's.
    Raises:
        Failure: the server refused; the database may be there, half restored.
        Unproven: it is restored, and does not hold what was dumped.
    """
    log.event("load-started", database=database)
    with server.session() as session:
        session.do(_named(manifest.database.create, database))
    server.load(dump, database, jobs=os.cpu_count() or 1, options=options)
    with server.session(database) as session:
        differences = list(islice(manifest.contents.differences(contents.contents(session)), 20))
    if differences:
        raise Unproven(f"{manifest.key} restores to something else: {'; '.join(differences)}")
    log.event("load-done", database=database, tables=len(manifest.contents.tables), rows=manifest.contents.rows)


def describe(server: Server, manifest: Manifest, database: str) -> None:
    """Give a restored database the settings, grants, comment and owner of the one dumped."""
    with server.session() as session:
        session.do(*(_named(statement, database) for statement in manifest.database.properties))


def quoted(name: str) -> str:
    """As an identifier (PostgreSQL documentation, 4.1.1)."""
    return '"' + name.replace('"', '""') + '"'


def _named(statement: str, database: str) -> str:
    return statement.replace("{database}", quoted(database), 1)
