"""Backups of a database that others change meanwhile: what ends with 0 restores, and nobody waits longer for it."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .busy import SCHEMA, Connection, busy, probing
from .cluster import Cluster, quoted
from .pod import Pod

Pods = Callable[..., Pod]

# Seconds that a query may wait longer for a backup than for pg_dump on a machine that others use too.
_SLACK = 1.5

# Until pg_dump has locked the table, and not one that counts its rows; half a minute at most.
_WHEN_LOCKED = """
DO $$ DECLARE began timestamptz := clock_timestamp(); BEGIN
    WHILE clock_timestamp() - began < '30 s' AND NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE relation = 'stock'::regclass AND mode = 'AccessShareLock' AND granted AND query !~ 'count|UPDATE'
    ) LOOP
        PERFORM pg_sleep(0.002), pg_stat_clear_snapshot();
    END LOOP;
END $$;
"""


@pytest.fixture
def changing(cluster: Cluster) -> Iterator[str]:
    name = "changing"
    cluster.create(name)
    cluster.sql(name, SCHEMA.format(rows=20_000))
    yield name
    cluster.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(("seed", "backups"), [(1, 2), pytest.param(2, 100, marks=pytest.mark.slow)])
def test_every_backup_that_ends_with_0_restores(
    pod_of: Pods, cluster: Cluster, changing: str, seed: int, backups: int
) -> None:
    pod = pod_of(cluster, changing)
    codes: list[int] = []
    with busy(cluster, changing, seed):
        for number in range(backups):
            result = pod.run("backup", BACKUP_TRIES="3", BACKUP_TRY_PAUSE_SECONDS="1")
            codes.append(result.code)
            assert result.code in (0, 3), (result.events, result.errors)
            if result.code == 3:
                # A table was dropped under pg_dump's hands, three times.
                assert "pg_dump" in result.reason
                continue
            key = result.event("backed-up")["key"]
            into = f"of_{number}"
            restored = pod.run("restore", RESTORE_BACKUP=key, RESTORE_INTO=into)
            assert restored.code == 0, (restored.events, restored.errors)
            cluster.sql("postgres", f"DROP DATABASE {quoted(into)}")
            if number % 5 == 0:
                verified = pod.run("verify")
                assert verified.code == 0, (verified.events, verified.errors)
    print(f"{backups} backups of a busy database ended with", {code: codes.count(code) for code in set(codes)})
    assert codes.count(0) * 10 >= backups * 9


def test_a_truncate_that_waits_for_the_dump_does_not_make_it_useless(
    pod_of: Pods, cluster: Cluster, changing: str
) -> None:
    # What was told of: rows were counted when it was done, in a snapshot that still had them. pg_dump locks tables in
    # the order in which they were made, and a lock holds it up before the last; who counts rows sees that table first,
    # for ALTER lays the other's entry in the catalogue behind it.
    cluster.sql(changing, "CREATE TABLE held (x int); ALTER TABLE stock SET (fillfactor = 90)")
    pod = pod_of(cluster, changing)
    holding, emptying = Connection(cluster, changing), Connection(cluster, changing)
    holding.run("BEGIN; LOCK TABLE held")
    process = pod.start("backup")
    waiting = threading.Thread(target=emptying.run, args=(_WHEN_LOCKED + "TRUNCATE stock",), daemon=True)
    waiting.start()
    queued = "SELECT count(*) FROM pg_locks WHERE relation = 'stock'::regclass AND NOT granted"
    pod.wait_for(lambda: cluster.sql(changing, queued) == "1")
    holding.run("COMMIT")
    result = pod.finish(process)
    waiting.join()
    for connection in (holding, emptying):
        connection.close()
    assert result.code == 0, (result.events, result.errors)
    assert cluster.sql(changing, "SELECT count(*) FROM stock") == "0"
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    restored = pod.run("restore", RESTORE_INTO="as_it_was")
    assert restored.code == 0, (restored.events, restored.errors)
    [manifest] = pod.s3.manifests(pod.bucket)
    [counted] = [table["rows"] for table in manifest["contents"]["tables"] if table["name"] == "stock"]
    assert cluster.sql("as_it_was", "SELECT count(*) FROM stock") == str(counted)
    # None where pg_dump was begun again.
    assert counted == 1000 or "definitions-changed" in result.names
    cluster.sql("postgres", "DROP DATABASE as_it_was")


@pytest.mark.parametrize("rows", [200_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_queries_wait_no_longer_than_for_pg_dump(pod_of: Pods, cluster: Cluster, folder: Path, rows: int) -> None:
    cluster.create("waiting")
    cluster.sql("waiting", SCHEMA.format(rows=rows))
    pod = pod_of(cluster, "waiting")
    command = ("pg_dump", "--format=custom", "--compress=gzip", f"--file={folder / 'dump'}")
    environment = {**cluster.environment, "PGDATABASE": "waiting"}

    def longest(begin: Callable[[], subprocess.Popen[bytes]], end: Callable[[subprocess.Popen[bytes]], int]) -> float:
        """The longest wait of a query when a TRUNCATE comes while a dump has its locks."""
        migration = Connection(cluster, "waiting")
        statements = _WHEN_LOCKED + "TRUNCATE stock; INSERT INTO stock VALUES (7, 7, 'seven')"
        waiting = threading.Thread(target=migration.run, args=(statements,), daemon=True)
        with probing(cluster, "waiting") as prober:
            waiting.start()
            assert end(begin()) == 0
            waiting.join()
        migration.close()
        return prober.longest

    plain = longest(lambda: subprocess.Popen(command, env=environment), lambda process: process.wait())
    backup = longest(lambda: pod.start("backup"), lambda process: pod.finish(process).code)
    print(f"longest wait of a query: {plain:.2f} s during pg_dump, {backup:.2f} s during backup", file=sys.stderr)
    cluster.sql("postgres", "DROP DATABASE waiting")
    assert backup <= plain * 1.5 + _SLACK
