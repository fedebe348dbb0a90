"""A PostgreSQL server, through its client programs."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .failure import Failure, Misconfigured
from .programs import Running, run, running, said

_PSQL = ("psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")

# Seconds that pg_dump waits for a table that a migration has locked.
_LOCK_WAIT = 600

# So that backup takes no longer than pg_dump by itself at its default (6), for a dump 6 % larger: docs/performance.md.
_COMPRESSION = 3

# What the role or the database has set would end a long count, or hide rows from it. By SET: poolers refuse startup
# options (PgBouncer documentation, ignore_startup_parameters).
_TIMEOUTS = """
    SELECT count(set_config(name, '0', false)) FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout',
        'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')
"""


# Its pg_restore, and every later one, begins with it (PostgreSQL 17 release notes), and says so where that is all.
_SETS_TRANSACTION_TIMEOUT = 17
_ONLY_TRANSACTION_TIMEOUT = (
    'unrecognized configuration parameter "transaction_timeout"',
    "errors ignored on restore: 1",
)

# What libpq says of a certificate, and the way out.
_CERTIFICATES = {
    "certificate verify failed": (
        "PGSSLROOTCERT lacks the authority of the server's certificate; give its bundle, External(ca_certificates=…): "
        "docs/constructs/datastore.md"
    ),
    "does not match host name": "PGHOST must be a name that stands in the server's certificate",
    "root certificate file": "there is no file that PGSSLROOTCERT names; mount it by External(ca_certificates=…)",
}


class Session:
    """A connection that is asked one question after the other."""

    def __init__(self, psql: Running) -> None:
        self._psql = psql

    def ask(self, query: str) -> Any:
        """The value of a query of one row and one column, of the type jsonb: that is always one line of text."""
        self._write(f"SELECT to_jsonb(({query}));\n")
        return json.loads(self._line())

    def do(self, *statements: str) -> None:
        """Carry out statements, and wait until it is done."""
        for statement in (*statements, "SELECT 'null'"):
            self._write(f"{statement};\n")
        self._line()

    def _write(self, text: str) -> None:
        try:
            self._psql.input.write(text.encode(errors="surrogateescape"))
            self._psql.input.flush()
        except BrokenPipeError:
            self._fail()

    def _line(self) -> str:
        if line := self._psql.output.readline():
            return line.decode(errors="surrogateescape")
        self._fail()
        raise AssertionError("psql ended with 0 before its input did")

    def _fail(self) -> None:
        self._psql.process.wait()
        raise Failure(f"the server refused: {_hinted(self._psql.last_words())}")


@dataclass(frozen=True)
class Server:
    """Where a server is.

    environment: of its client programs: libpq's variables, with PGDATABASE the database that is meant.
    """

    environment: Mapping[str, str]

    @property
    def database(self) -> str:
        return self.environment["PGDATABASE"]

    @property
    def address(self) -> str:
        return ":".join(self.environment.get(name, "") for name in ("PGHOST", "PGPORT"))

    def wait(self, seconds: float) -> None:
        """Until it accepts connections: a pod's first ones may be refused until its NetworkPolicy is in force.

        Raises:
            Failure: after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while not self.accepts_connections():
            refusal = self._refusal()
            if any(text in refusal for text in _CERTIFICATES):
                # pg_isready tells no reason, and waiting makes no certificate valid.
                raise Failure(f"the server refused: {_hinted(refusal)}")
            if time.monotonic() >= deadline:
                raise Failure(
                    f"no server accepts connections at {self.address} since {seconds:.0f} s; is it running, and does a "
                    f"NetworkPolicy let this pod through? ({refusal})"
                )
            time.sleep(1)

    def accepts_connections(self) -> bool:
        try:
            run(("pg_isready", "--quiet", "--timeout=3"), self.environment)
        except Misconfigured:
            raise
        except Failure:
            return False
        return True

    def _refusal(self) -> str:
        """Why there is no connection, in psql's words."""
        with running((*_PSQL, "--command=SELECT 1"), self.environment) as psql:
            psql.process.wait()
            return psql.last_words()

    @contextmanager
    def plain_session(self, database: str | None = None) -> Iterator[Session]:
        """As the role and the database have it set."""
        environment = {**self.environment, "PGDATABASE": database or self.database, "PGCLIENTENCODING": "UTF8"}
        with running(_PSQL, environment, reads=True, writes=True) as psql:
            yield Session(psql)

    @contextmanager
    def session(self, database: str | None = None) -> Iterator[Session]:
        """One whose queries take the time that they need, and see every row."""
        with self.plain_session(database) as session:
            session.ask(_TIMEOUTS)
            session.do("SET row_security TO off")
            if session.ask("SELECT getdatabaseencoding()") == "SQL_ASCII":
                # Its names may be no UTF-8, which the server would refuse to send as such.
                session.do("SET client_encoding TO SQL_ASCII")
            yield session

    @contextmanager
    def dumping(self, snapshot: str, encoding: str) -> Iterator[Running]:
        """pg_dump of the database at a snapshot, under way; the dump is its output.

        encoding: the database's own. By default it would be that of the connection, which a role's settings change.
        """
        command = (
            "pg_dump",
            "--no-password",
            "--format=custom",
            # gzip, which every pg_restore reads.
            f"--compress={_COMPRESSION}",
            f"--lock-wait-timeout={_LOCK_WAIT}s",
            f"--snapshot={snapshot}",
            f"--encoding={encoding}",
        )
        with running(command, self.environment, writes=True) as pg_dump:
            yield pg_dump

    @contextmanager
    def loading(self, database: str, *, options: tuple[str, ...] = ()) -> Iterator[Running]:
        """pg_restore into an empty database, under way; it reads the dump, and stops at the first error.

        But for one: into a server of 16 or older pg_restore of 17 or newer goes on after it has set what that server
        does not know, which is its first command; `finish_loading` sees that there was no other error.
        """
        stop = () if self._lacks_transaction_timeout(database) else ("--exit-on-error",)
        command = ("pg_restore", "--no-password", *stop, f"--dbname={_conninfo(database)}", *options)
        with running(command, self.environment, reads=True) as pg_restore:
            yield pg_restore

    def _lacks_transaction_timeout(self, database: str) -> bool:
        if major(client_version(self.environment)) < _SETS_TRANSACTION_TIMEOUT:
            return False
        with self.session(database) as session:
            return major(session.ask("SELECT current_setting('server_version')")) < _SETS_TRANSACTION_TIMEOUT


@contextmanager
def reading_back(environment: Mapping[str, str]) -> Iterator[Running]:
    """pg_restore of what is written to it, to SQL: --list finds neither a truncated nor a damaged dump."""
    with running(("pg_restore", "--section=data", "--file=-"), environment, reads=True, writes=True) as pg_restore:
        yield pg_restore


def finish_loading(pg_restore: Running) -> None:
    """Wait for its end. Raises Failure with its last words unless it restored everything."""
    try:
        pg_restore.finish()
    except Failure as failure:
        if not all(words in str(failure) for words in _ONLY_TRANSACTION_TIMEOUT):
            raise


def _hinted(words: str) -> str:
    return words + "".join(f"; {hint}" for text, hint in _CERTIFICATES.items() if text in words)


def client_version(environment: Mapping[str, str]) -> str:
    """Of pg_dump and pg_restore here, e.g. 16.4."""
    text = said(("pg_dump", "--version"), environment)
    match = re.search(r"\d+(\.\d+|devel|beta\d+|rc\d+)?", text)
    return match[0] if match else text.strip()


def major(version: str) -> int:
    """16 of `16.4 (Debian 16.4-1)`; 0 of what tells none."""
    match = re.match(r"\d+", version)
    return int(match[0]) if match else 0


def image_for(version: str) -> str:
    """Which image has the programs of a version."""
    number = major(version)
    return (
        f"take the image whose PostgreSQL is {number}: images/postgres-backup built with "
        f"--build-arg POSTGRES_MAJOR={number}, from postgres:{number}-alpine"
    )


def _conninfo(database: str) -> str:
    """As text, a name with '=' in it would be taken for more than a name."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
