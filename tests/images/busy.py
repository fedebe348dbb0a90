"""Applications and migrations at work on a database, at random moments of a seed."""

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .cluster import Cluster

# Tables that are emptied, rewritten, dropped and made again, beside one that makes a dump take its time, and others for
# which pg_dump takes its time before it has its locks.
SCHEMA = """
CREATE TABLE bulk AS SELECT n AS id, md5(n::text) || md5((n * 7)::text) AS text FROM generate_series(1, {rows}) n;
DO $$ BEGIN
    FOR number IN 1..100 LOOP
        EXECUTE format('CREATE TABLE quiet_%s (x int)', number);
    END LOOP;
END $$;
CREATE TABLE stock (id int PRIMARY KEY, amount int, note text);
INSERT INTO stock SELECT n, n, md5(n::text) FROM generate_series(1, 1000) n;
CREATE TABLE session (id bigserial PRIMARY KEY, who text);
INSERT INTO session (who) SELECT md5(n::text) FROM generate_series(1, 2000) n;
CREATE TABLE event (id int, day int) PARTITION BY LIST (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2);
INSERT INTO event SELECT n, 1 + n % 2 FROM generate_series(1, 1000) n;
CREATE MATERIALIZED VIEW total AS SELECT day, count(*) FROM event GROUP BY 1;
CREATE UNIQUE INDEX ON total (day);
"""

# Each a transaction, or what can be none. {n}: a small number.
STATEMENTS = (
    "TRUNCATE stock; INSERT INTO stock SELECT n, n, 'again' FROM generate_series(1, 900 + {n}) n",
    "TRUNCATE session",
    "INSERT INTO session (who) SELECT 'x' || n FROM generate_series(1, 100 * {n}) n",
    "ALTER TABLE stock ALTER amount TYPE bigint",
    "ALTER TABLE stock ALTER amount TYPE int",
    "ALTER TABLE stock ADD COLUMN IF NOT EXISTS more_{n} int DEFAULT {n}",
    "ALTER TABLE stock DROP COLUMN IF EXISTS more_{n}",
    "CREATE TABLE IF NOT EXISTS made_{n} AS SELECT generate_series(1, 50) AS x",
    "DROP TABLE IF EXISTS made_{n}",
    "DROP TABLE IF EXISTS made_{n}; CREATE TABLE made_{n} (x int, y text); INSERT INTO made_{n} VALUES (1, 'a')",
    "ALTER TABLE event DETACH PARTITION event_2",
    "ALTER TABLE event ATTACH PARTITION event_2 FOR VALUES IN (2)",
    "TRUNCATE event_1; INSERT INTO event SELECT n, 1 FROM generate_series(1, {n}) n",
    "REFRESH MATERIALIZED VIEW total",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY total",
    "VACUUM FULL stock",
    "VACUUM FULL event_1",
    "CLUSTER session USING session_pkey",
    "REINDEX TABLE stock",
    "DELETE FROM session WHERE id % 3 = 0",
    "UPDATE stock SET note = 'later' WHERE id % 5 = {n}",
    "CREATE SCHEMA IF NOT EXISTS extra_{n}; CREATE TABLE IF NOT EXISTS extra_{n}.some (x int)",
    "DROP SCHEMA IF EXISTS extra_{n} CASCADE",
    "ALTER TABLE IF EXISTS made_{n} RENAME TO made_9",
)


# Of all clients together.
PER_SECOND = 10


class Connection:
    """A client that sends one statement after the other, and takes refusals as applications do."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._psql = subprocess.Popen(
            ("psql", "-X", "-q", "-A", "-t", "-o", "/dev/null"),
            env={**cluster.environment, "PGDATABASE": database},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, statement: str) -> float:
        """Seconds until it is done."""
        assert self._psql.stdin
        assert self._psql.stdout
        started = time.monotonic()
        self._psql.stdin.write(f"{statement};\n\\echo done\n")
        self._psql.stdin.flush()
        self._psql.stdout.readline()
        return time.monotonic() - started

    def close(self) -> None:
        self._psql.kill()
        self._psql.communicate()


class Prober:
    """An application's own queries, one after the other; longest: seconds that one of them took."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._connection = Connection(cluster, database)
        self.longest, self._ended = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        while not self._ended.wait(0.005):
            took = self._connection.run("SELECT count(*) FROM stock; UPDATE stock SET note = 'now' WHERE id = 7")
            self.longest = max(self.longest, took)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()


@contextmanager
def probing(cluster: Cluster, database: str) -> Iterator[Prober]:
    prober = Prober(cluster, database)
    try:
        yield prober
    finally:
        prober.close()


@contextmanager
def busy(cluster: Cluster, database: str, seed: int, clients: int = 4) -> Iterator[None]:
    """Statements of several clients for as long as the block lasts."""
    ended = threading.Event()

    def work(number: int) -> None:
        chosen, connection = random.Random(f"{seed} {number}"), Connection(cluster, database)
        while not ended.wait(chosen.expovariate(clients / PER_SECOND)):
            connection.run(chosen.choice(STATEMENTS).format(n=chosen.randint(1, 4)))
        connection.close()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
