"""What a backup's extensions need of the server that it is restored into."""

from collections.abc import Sequence

from .manifest import Database
from .server import Session

# Refuse to be created, or to work, unless their library was loaded at the server's start. For backups of a role that
# may not see shared_preload_libraries (pg_read_all_settings), and of the first format.
_MUST_BE_PRELOADED = ("citus", "pg_cron", "pgaudit", "timescaledb")

# Of a library that is named without a folder (PostgreSQL documentation, 20.11.2, dynamic_library_path).
_LIBRARY = """
    SELECT (pg_stat_file(setting || '/{library}.so', true)).size IS NOT NULL FROM pg_config() WHERE name = 'PKGLIBDIR'
"""


def missing(session: Session, database: Database) -> list[str]:
    """Extensions that the session's server does not have."""
    available = set(session.ask("SELECT coalesce(jsonb_agg(name), '[]') FROM pg_available_extensions"))
    return [extension.name for extension in database.extensions if extension.name not in available]


def libraries(database: Database) -> list[str]:
    """Those to be loaded at the server's start, in the order of the server that was backed up."""
    names = [extension.name for extension in database.extensions]
    return list(dict.fromkeys((*database.preload, *(name for name in _MUST_BE_PRELOADED if name in names))))


def is_installed(session: Session, library: str) -> bool:
    found: bool = session.ask(_LIBRARY.format(library=library.removeprefix("$libdir/").replace("'", "''")))
    return found


def before_restore(database: Database, session: Session) -> None:
    """In the new database, before pg_restore (TimescaleDB documentation, Logical backup)."""
    for version in _timescaledb(database):
        session.do(f"CREATE EXTENSION timescaledb VERSION '{version}'")
        session.ask("SELECT timescaledb_pre_restore()")


def after_restore(database: Database, session: Session) -> None:
    for _ in _timescaledb(database):
        session.ask("SELECT timescaledb_post_restore()")


def _timescaledb(database: Database) -> Sequence[str]:
    return [extension.version for extension in database.extensions if extension.name == "timescaledb"]
