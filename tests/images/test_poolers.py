"""Backups through a pooler: in session mode as without one; where transactions share connections, refused."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from .cluster import SMALL, Cluster
from .pgbouncer import pooled
from .pod import Pod

Pods = Callable[..., Pod]

# What the program or pg_dump sets, and an application would then work with.
SETTINGS = (
    "search_path",
    "row_security",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "client_encoding",
)
# Of a pool's. All are asked at once, so that none is left out.
CONNECTIONS = 4


@pytest.fixture(scope="module", params=["transaction", pytest.param("statement", marks=pytest.mark.slow)])
def shared(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Cluster]:
    with pooled(cluster, request.param, default_pool_size=str(CONNECTIONS)) as found:
        yield found


def settings(through: Cluster) -> list[list[str]]:
    """Of every connection to the server that the pool has."""
    names = ", ".join(f"current_setting('{name}')" for name in SETTINGS)
    query = f"SELECT pg_backend_pid(), {names} FROM pg_sleep(1)"
    asked = [
        subprocess.Popen(
            ("psql", "-X", "-A", "-t", "-c", query),
            env={**through.environment, "PGDATABASE": SMALL},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(CONNECTIONS)
    ]
    rows = [process.communicate()[0].strip().split("|") for process in asked]
    assert len({row[0] for row in rows}) == CONNECTIONS, rows
    return [row[1:] for row in rows]


@pytest.mark.changes_the_database
@pytest.mark.parametrize("auth", ["scram-sha-256", pytest.param("trust", marks=pytest.mark.slow)])
def test_session_mode_is_as_good_as_none(pod: Pod, cluster: Cluster, auth: str) -> None:
    rows = cluster.rows(pod.database)
    with pooled(cluster, "session", auth_type=auth) as through:
        pod.variables["PGPORT"] = str(through.port)
        pod.back_up()
        verified = pod.run("verify")
        assert verified.code == 0, (verified.events, verified.errors)
        cluster.sql(pod.database, "DROP TABLE customer CASCADE")
        restored = pod.run("restore", "--replace")
        assert restored.code == 0, (restored.events, restored.errors)
        assert cluster.rows(pod.database) == rows


@pytest.mark.parametrize("command", ["backup", pytest.param("restore", marks=pytest.mark.slow)])
def test_where_transactions_share_connections_it_is_refused(pod: Pod, shared: Cluster, command: str) -> None:
    before = settings(shared)
    assert all(row == before[0] for row in before)
    if command == "restore":
        pod.back_up()
        pod.s3.requests.clear()
    keys = pod.s3.keys(pod.bucket)
    databases = pod.cluster.databases()
    result = pod.run(command, PGPORT=str(shared.port), RESTORE_REPLACE="true")
    assert result.code in (2, 3), (result.events, result.errors)
    assert len(result.mails) == 1
    for told in ("pooler", "another connection", "session", "the server itself"):
        assert told in result.reason, result.reason
    assert pod.s3.keys(pod.bucket) == keys
    assert not [asked for asked in pod.s3.requests if asked[0] in ("PUT", "POST")]
    assert pod.cluster.databases() == databases
    # With pg_dump's search_path, which is empty, an application would not find its tables.
    assert settings(shared) == before


@pytest.mark.slow
def test_a_busy_pool_is_found_to_be_one(pod: Pod, shared: Cluster) -> None:
    # Other clients take the server's connections in turn.
    clients = [
        subprocess.Popen(
            ("sh", "-c", "while :; do echo 'SELECT count(*) FROM customer;'; done | psql -X -q -o /dev/null"),
            env={**shared.environment, "PGDATABASE": SMALL},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(CONNECTIONS + 2)
    ]
    try:
        result = pod.run("backup", PGPORT=str(shared.port))
    finally:
        for client in clients:
            os.killpg(client.pid, 9)
            client.wait()
    assert result.code in (2, 3), (result.events, result.errors)
    assert "pooler" in result.reason
    assert pod.s3.keys(pod.bucket) == []
    assert all(row[0] == '"$user", public' for row in settings(shared))
