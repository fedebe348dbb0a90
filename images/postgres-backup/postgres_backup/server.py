"""A PostgreSQL server, through its client programs."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import Failure, Misconfigured
from .programs import Running, run, running

_PSQL = ("psql", "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")

# Seconds that pg_dump waits for a table that a migration has locked.
_LOCK_WAIT = 600


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
        stdin = self._psql.process.stdin
        assert stdin is not None
        try:
            stdin.write(text.encode(errors="surrogateescape"))
            stdin.flush()
        except BrokenPipeError:
            self._fail()

    def _line(self) -> str:
        stdout = self._psql.process.stdout
        assert stdout is not None
        if line := stdout.readline():
            return line.decode(errors="surrogateescape")
        self._fail()
        raise AssertionError("psql ended with 0 before its input did")

    def _fail(self) -> None:
        self._psql.process.wait()
        raise Failure(f"the server refused: {self._psql.last_words()}")


@dataclass(frozen=True)
class Server:
    """Where a server is.

    environment: of its client programs: libpq's variables, with PGDATABASE the database that is meant.
    """

    environment: Mapping[str, str]

    @property
    def database(self) -> str:
        return self.environment["PGDATABASE"]

    def wait(self, seconds: float) -> None:
        """Until it accepts connections: a pod's first ones may be refused until its NetworkPolicy is in force.

        Raises:
            Failure: after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while not self.accepts_connections():
            if time.monotonic() >= deadline:
                host, port = (self.environment.get(name, "") for name in ("PGHOST", "PGPORT"))
                raise Failure(
                    f"no server accepts connections at {host}:{port} since {seconds:.0f} s; is it running, and does a "
                    "NetworkPolicy let this pod through?"
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

    @contextmanager
    def session(self, database: str | None = None) -> Iterator[Session]:
        environment = {
            **self.environment,
            "PGDATABASE": database or self.database,
            "PGCLIENTENCODING": "UTF8",
            # What the role or the database has set would end a long count, or hide rows from it.
            "PGOPTIONS": "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c row_security=off",
        }
        with running(_PSQL, environment, pipes=True) as psql:
            session = Session(psql)
            if session.ask("SELECT getdatabaseencoding()") == "SQL_ASCII":
                # Its names may be no UTF-8, which the server would refuse to send as such.
                session.do("SET client_encoding TO SQL_ASCII")
            yield session

    @contextmanager
    def dumping(self, path: Path, snapshot: str) -> Iterator[Running]:
        """pg_dump of the database at a snapshot, under way."""
        command = (
            "pg_dump",
            "--no-password",
            "--format=custom",
            # zlib's frames have checksums, so that reading the dump back finds a flipped byte; those that pg_dump
            # writes with zstd have none.
            "--compress=gzip",
            f"--lock-wait-timeout={_LOCK_WAIT}s",
            f"--snapshot={snapshot}",
            f"--file={path}",
        )
        with running(command, self.environment) as pg_dump:
            yield pg_dump

    def load(self, path: Path, database: str, *, jobs: int, options: tuple[str, ...] = ()) -> None:
        """Restore a dump into an empty database; it stops at the first error."""
        command = (
            "pg_restore",
            "--no-password",
            "--exit-on-error",
            f"--jobs={jobs}",
            f"--dbname={_conninfo(database)}",
            *options,
            str(path),
        )
        run(command, self.environment)


@contextmanager
def reading_back(path: Path, environment: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """A dump is read to its end: --list finds neither a truncated nor a damaged one. What it yields waits for the end.

    Raises:
        Failure: from what it yields; the dump is damaged.
    """
    with running(("pg_restore", "--file=/dev/null", str(path)), environment) as pg_restore:

        def finish() -> None:
            try:
                pg_restore.finish()
            except Failure as failure:
                raise Failure(f"the dump cannot be read back: {failure}") from None

        yield finish


def _conninfo(database: str) -> str:
    """As text, a name with '=' in it would be taken for more than a name."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
