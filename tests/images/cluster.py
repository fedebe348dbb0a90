"""A PostgreSQL over TCP, with passwords."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .places import AS_USER, give, temporary_folder
from .ports import free_port
from .postgres import DEFAULT, Postgres

USER, PASSWORD = "keeper", "pass word: ü'\\"

# Words, numbers, a sequence, a view, a large object, in two schemas: what is quick to dump, and not empty.
SMALL = "small"
_SMALL_CONTENTS = """
CREATE SCHEMA billing;
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL, since timestamptz DEFAULT now());
INSERT INTO customer (name) SELECT md5(n::text) FROM generate_series(1, 500) n;
CREATE TABLE billing.invoice (id bigint PRIMARY KEY, customer int REFERENCES customer, total numeric(12, 2));
INSERT INTO billing.invoice SELECT n, 1 + n % 500, n / 7.0 FROM generate_series(1, 700) n;
CREATE VIEW billing.turnover AS SELECT customer, sum(total) FROM billing.invoice GROUP BY 1;
SELECT lo_from_bytea(0, decode(repeat('00ff10', 1000), 'hex'));
"""

# A row's partition by hash may be another one after a restore: an enum's hash is that of its number in the catalogue.
_TABLES = """
SELECT coalesce(jsonb_object_agg(name, CASE WHEN by_hash THEN name ELSE 'ONLY ' || name END), '{}')
FROM (
    SELECT format('%I.%I', nspname, relname) AS name, c.oid IN (
        SELECT partrelid FROM pg_partitioned_table WHERE partstrat = 'h'
    ) AS by_hash
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND c.oid NOT IN (
        SELECT inhrelid FROM pg_inherits JOIN pg_partitioned_table ON partrelid = inhparent WHERE partstrat = 'h'
    )
) AS tables
"""


@dataclass(frozen=True)
class Cluster:
    port: int
    postgres: Postgres = DEFAULT

    @property
    def environment(self) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {
            **outside,
            "PATH": f"{self.postgres.path}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": PASSWORD,
            "PGCLIENTENCODING": "UTF8",
        }

    def sql(self, database: str, text: str) -> str:
        """What psql prints: columns divided by '|', a row a line."""
        done = subprocess.run(
            ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"),
            env={**self.environment, "PGDATABASE": database},
            input=text.encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def create(self, name: str, template: str = "template0", more: str = "") -> None:
        self.sql("postgres", f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)} {more}")

    def rows(self, database: str) -> dict[str, list[str]]:
        """Every row of every table, and every large object's bytes: what two equal databases have in common."""
        names = self.sql(database, _TABLES)
        # Their hashes, for a row's bytes need not be text in any encoding.
        queries = {name: f"SELECT md5(t::text) FROM {which} t" for name, which in json.loads(names).items()}
        queries["large objects"] = "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata"
        queries["sequences"] = "SELECT schemaname, sequencename, last_value FROM pg_sequences"
        queries["views"] = "SELECT schemaname, viewname, definition FROM pg_views WHERE schemaname !~ '^pg_|^info'"
        return {name: sorted(self.sql(database, query).splitlines()) for name, query in queries.items()}

    def description(self, database: str, *columns: str) -> str:
        """What belongs to a database and is not in it; columns: more of pg_database."""
        name = "'" + database + "'"
        more = "".join(f", {column}" for column in columns)
        return self.sql(
            "postgres",
            "SELECT pg_get_userbyid(datdba), encoding, datcollate, datctype, shobj_description(oid, 'pg_database')"
            f"{more} FROM pg_database WHERE datname = {name};"
            f"SELECT unnest(datacl)::text FROM pg_database WHERE datname = {name} ORDER BY 1;"
            "SELECT setrole::regrole, unnest(setconfig) FROM pg_db_role_setting s"
            f" JOIN pg_database d ON d.oid = setdatabase WHERE datname = {name} ORDER BY 1, 2",
        )

    def databases(self) -> set[str]:
        return set(self.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate").splitlines())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def cluster(postgres: Postgres = DEFAULT, settings: Mapping[str, object] | None = None) -> Iterator[Cluster]:
    """A server for as long as the block lasts, with the database `small`; settings: more of them."""
    with temporary_folder() as folder:
        data, password, log = folder / "data", folder / "password", folder / "log"
        password.write_text(PASSWORD)
        give(password)
        subprocess.run(
            (
                *AS_USER,
                postgres.program("initdb"),
                f"--pgdata={data}",
                f"--username={USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ),
            check=True,
            capture_output=True,
        )
        found = Cluster(free_port(), postgres)
        all_settings = {
            "port": found.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
            "autovacuum": "off",
            **(settings or {}),
        }
        pairs = [f"--{name}={value}" for name, value in all_settings.items()]
        with log.open("wb") as output:
            process = subprocess.Popen(
                (*AS_USER, postgres.program("postgres"), "-D", data, *pairs), stdout=output, stderr=output
            )
        try:
            _wait(found, process, log)
            found.create(SMALL)
            found.sql(SMALL, _SMALL_CONTENTS)
            yield found
        finally:
            process.send_signal(3)  # SIGQUIT: at once, its children too
            process.wait()


def _wait(cluster: Cluster, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while subprocess.run(("pg_isready", "-q"), env=cluster.environment, check=False).returncode:
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)


def large(cluster: Cluster, folder: Path) -> None:
    """The database `large`: 20 MiB that nothing compresses, so that its dump is sent in three parts."""
    file = folder / "noise"
    file.write_bytes(os.urandom(20 * 2**20))
    give(file)
    cluster.create("large", SMALL)
    cluster.sql("large", f"SELECT lo_import('{file}')")
