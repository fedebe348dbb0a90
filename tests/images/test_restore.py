"""restore: the same data in the place of a database, or the database as it was."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .cluster import quoted
from .pod import Pod, Sample, manifest_key

pytestmark = pytest.mark.changes_the_database


def change(pod: Pod, text: str = "DELETE FROM billing.invoice; CREATE TABLE made_later (x int)") -> None:
    pod.cluster.sql(pod.database, text)


def drop(pod: Pod) -> None:
    pod.cluster.sql("postgres", f"DROP DATABASE {quoted(pod.database)}")


def ours(pod: Pod) -> list[str]:
    return sorted(name for name in pod.cluster.databases() if name.startswith(pod.database))


def test_into_a_server_that_has_no_such_database(pod: Pod) -> None:
    rows = pod.cluster.rows(pod.database)
    pod.back_up()
    drop(pod)
    result = pod.run("restore")
    assert (result.code, result.mails) == (0, []), (result.events, result.errors)
    assert pod.cluster.rows(pod.database) == rows
    assert ours(pod) == [pod.database]
    assert pod.leftovers() == []
    # The planner knows what to expect.
    assert pod.cluster.sql(pod.database, "SELECT count(*) FROM pg_stats WHERE tablename = 'customer'") == "3"


@pytest.mark.slow
def test_into_an_empty_database(pod: Pod) -> None:
    rows = pod.cluster.rows(pod.database)
    pod.back_up()
    drop(pod)
    pod.cluster.create(pod.database)
    assert pod.run("restore").code == 0
    assert pod.cluster.rows(pod.database) == rows
    assert ours(pod) == [pod.database]


def test_a_database_that_is_not_empty_is_refused(pod: Pod) -> None:
    pod.back_up()
    change(pod)
    rows = pod.cluster.rows(pod.database)
    result = pod.run("restore")
    assert (result.code, len(result.mails)) == (3, 1)
    assert f"{pod.database} is not empty, it has " in result.reason
    assert pod.cluster.rows(pod.database) == rows


def test_with_replace_the_old_one_is_kept_under_another_name(pod: Pod) -> None:
    rows = pod.cluster.rows(pod.database)
    pod.back_up()
    change(pod)
    changed = pod.cluster.rows(pod.database)
    result = pod.run("restore", "--replace")
    assert result.code == 0, (result.events, result.errors)
    assert pod.cluster.rows(pod.database) == rows
    kept = result.event("restored")["kept"]
    assert ours(pod) == [pod.database, kept]
    assert pod.cluster.rows(kept) == changed
    assert result.event("restored")["drop_with"] == f'DROP DATABASE "{kept}"'


@pytest.mark.slow
def test_variables_say_the_same_as_options(pod: Pod) -> None:
    # `kubectl set env --local` changes a Job's variables, and nothing changes its arguments.
    key = pod.back_up()
    change(pod)
    result = pod.run("restore", RESTORE_REPLACE="true", RESTORE_BACKUP=key, RESTORE_OWNERS="false")
    assert result.code == 0, (result.events, result.errors)
    assert result.event("restored")["key"] == key


@pytest.mark.slow
def test_beside_the_database(pod: Pod) -> None:
    rows = pod.cluster.rows(pod.database)
    pod.back_up()
    change(pod)
    changed = pod.cluster.rows(pod.database)
    beside = f"{pod.database} of yesterday"
    assert pod.run("restore", "--into", beside).code == 0
    assert pod.cluster.rows(beside) == rows
    assert pod.cluster.rows(pod.database) == changed


def test_applications_that_keep_connecting_do_not_prevent_it(pod: Pod) -> None:
    pod.back_up()
    environment = {**pod.cluster.environment, "PGDATABASE": pod.database}
    clients = [
        subprocess.Popen(
            ("sh", "-c", "while :; do psql -c 'SELECT pg_sleep(60)' >/dev/null 2>&1; done"),
            env=environment,
            start_new_session=True,
        )
        for _ in range(3)
    ]
    try:
        result = pod.run("restore", "--replace")
    finally:
        for client in clients:
            os.killpg(client.pid, 9)
            client.wait()
    assert result.code == 0, (result.events, result.errors)


# What others do meanwhile


def held(pod: Pod, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
    """A restore that has its new database, and goes on when there is a file."""
    (pod.folder / "bin").chmod(0o777)
    reached, go_on = pod.folder / "bin/reached", pod.folder / "bin/go-on"
    pod.replace_program("pg_restore", f'touch {reached}; until test -e {go_on}; do sleep 0.05; done; exec "$REAL" "$@"')
    process = pod.start("restore", *arguments)
    pod.wait_for(reached.exists)
    return process, go_on


def test_a_database_that_was_filled_meanwhile_is_not_replaced(pod: Pod) -> None:
    pod.back_up()
    drop(pod)
    pod.cluster.create(pod.database)
    process, go_on = held(pod)
    pod.cluster.sql(pod.database, "CREATE TABLE orders AS SELECT generate_series(1, 5) AS x")
    go_on.touch()
    result = pod.finish(process)
    assert (result.code, len(result.mails)) == (3, 1)
    assert "is not empty, it has 1 tables" in result.reason
    assert pod.cluster.sql(pod.database, "SELECT count(*) FROM orders") == "5"
    assert ours(pod) == [pod.database]


@pytest.mark.slow
@pytest.mark.parametrize(
    "made", ["SELECT lo_create(0)", "CREATE TYPE mood AS ENUM ('glad')", "CREATE VIEW v AS SELECT 1 AS x"]
)
def test_what_is_no_table_is_not_thrown_away_either(pod: Pod, made: str) -> None:
    pod.back_up()
    drop(pod)
    pod.cluster.create(pod.database)
    pod.cluster.sql(pod.database, made)
    result = pod.run("restore")
    assert (result.code, len(result.mails)) == (3, 1)
    assert "is not empty" in result.reason


@pytest.mark.slow
def test_two_at_once_do_each_other_no_harm(pod: Pod) -> None:
    rows = pod.cluster.rows(pod.database)
    pod.back_up()
    change(pod)
    both = [pod.start("restore", "--replace"), pod.start("restore", "--replace")]
    codes = sorted(pod.finish(process).code for process in both)
    assert codes in ([0, 0], [0, 3])
    assert pod.cluster.rows(pod.database) == rows
    assert not [name for name in ours(pod) if "_restoring_" in name]


@pytest.mark.slow
def test_a_restore_that_was_killed_is_told_of(pod: Pod) -> None:
    pod.back_up()
    process, _ = held(pod, "--replace")
    process.kill()
    pod.finish(process)
    (pod.folder / "bin/pg_restore").unlink()
    [left] = [name for name in ours(pod) if "_restoring_" in name]
    result = pod.run("restore", "--replace")
    assert result.code == 0, (result.events, result.errors)
    assert result.event("left-by-another-restore")["database"] == left
    pod.cluster.sql("postgres", f"DROP DATABASE {quoted(left)} WITH (FORCE)")


@pytest.mark.slow
def test_a_database_with_a_subscription_can_be_dropped(pod: Pod) -> None:
    connection = "host=127.0.0.1 port=1 dbname=none"
    options = "connect = false, slot_name = 'held', enabled = false, create_slot = false"
    pod.cluster.sql(pod.database, f"CREATE SUBSCRIPTION s CONNECTION '{connection}' PUBLICATION p WITH ({options})")
    key = pod.back_up()
    manifest = json.loads(pod.s3.read(pod.bucket, manifest_key(key)))
    manifest["contents"]["large_objects"] = 7
    pod.s3.write(pod.bucket, manifest_key(key), json.dumps(manifest).encode())
    result = pod.run("restore", "--replace")
    assert result.code == 4, (result.events, result.errors)
    assert ours(pod) == [pod.database]
    pod.cluster.sql(pod.database, "ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s")


@pytest.mark.slow
def test_a_name_that_would_be_cut_off_is_refused(pod: Pod) -> None:
    pod.back_up()
    result = pod.run("restore", "--into", "x" * 64)
    assert (result.code, len(result.mails)) == (2, 1)
    assert "longer than 63 bytes" in result.reason


# Which backup


@pytest.fixture
def aged(pod: Pod, sample: Sample) -> dict[int, str]:
    return {days: pod.older(timedelta(days=days), sample) for days in (30, 20, 10)}


def restored(pod: Pod, *arguments: str) -> str:
    result = pod.run("restore", "--into", f"{pod.database}_copy", *arguments)
    assert result.code == 0, (result.events, result.errors)
    key: str = result.event("restored")["key"]
    return key


def test_by_default_the_newest_complete_one(pod: Pod, aged: dict[int, str]) -> None:
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(aged[10]))
    assert restored(pod) == aged[20]


@pytest.mark.slow
def test_the_one_that_is_named(pod: Pod, aged: dict[int, str]) -> None:
    assert restored(pod, "--backup", aged[30]) == aged[30]


@pytest.mark.slow
def test_the_last_before_a_time(pod: Pod, aged: dict[int, str]) -> None:
    time = datetime.now(UTC) - timedelta(days=15)
    assert restored(pod, "--before", f"{time:%Y-%m-%dT%H:%M:%SZ}") == aged[20]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--before", "2001-01-01"), 4, "there is no complete backup before 2001-01-01T00:00:00+00:00"),
        (("--before", "yesterday"), 2, "'yesterday' does not match the format"),
        (("--backup", "nosuch.dump"), 4, "there is nothing to read nosuch.json"),
        (("--backup", "nosuch"), 2, "nosuch is not a dump's key"),
        (("--backup", "a.dump", "--before", "2001-01-01"), 2, "a backup is named by one of them"),
    ],
)
def test_none_that_there_is(pod: Pod, arguments: tuple[str, ...], code: int, told: str) -> None:
    rows = pod.cluster.rows(pod.database)
    result = pod.run("restore", "--replace", *arguments)
    assert (result.code, len(result.mails)) == (code, 1)
    assert told in result.reason
    assert pod.cluster.rows(pod.database) == rows


# Faults: the database is as it was


@pytest.fixture
def key(pod: Pod) -> str:
    key = pod.back_up()
    change(pod)
    return key


def refused(pod: Pod, code: int, told: str, **variables: str) -> None:
    rows = pod.cluster.rows(pod.database)
    result = pod.run("restore", "--replace", **variables)
    assert (result.code, len(result.mails)) == (code, 1), (result.events, result.errors)
    assert told in result.reason
    assert pod.cluster.rows(pod.database) == rows
    assert ours(pod) == [pod.database]
    assert pod.leftovers() == []


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "one byte flipped"])
def test_the_dump_is_damaged_in_s3(pod: Pod, key: str, damage: str) -> None:
    pod.damage(key, damage)
    refused(pod, 4, "is damaged")


@pytest.mark.slow
def test_pg_restore_fails_half_way(pod: Pod, key: str) -> None:
    pod.replace_program("pg_restore", '"$REAL" "$@"; echo "pg_restore: error: no more" >&2; exit 1')
    refused(pod, 3, "pg_restore ended with 1: pg_restore: error: no more")


@pytest.mark.slow
def test_it_restores_to_something_else(pod: Pod, key: str) -> None:
    manifest = json.loads(pod.s3.read(pod.bucket, manifest_key(key)))
    manifest["contents"]["large_objects"] = 7
    pod.s3.write(pod.bucket, manifest_key(key), json.dumps(manifest).encode())
    refused(pod, 4, "1 large objects instead of 7")
    # Who knows that the dump is good takes it all the same.
    result = pod.run("restore", "--replace", RESTORE_DESPITE_DIFFERENCES="true")
    assert (result.code, result.mails) == (0, []), (result.events, result.errors)
    assert result.event("differs")["difference"] == "1 large objects instead of 7"
    assert len(pod.cluster.rows(pod.database)["billing.invoice"]) == 700


@pytest.mark.slow
def test_a_role_is_missing(pod: Pod) -> None:
    pod.cluster.sql(pod.database, "CREATE ROLE gone; ALTER TABLE customer OWNER TO gone")
    pod.back_up()
    pod.cluster.sql(pod.database, "REASSIGN OWNED BY gone TO keeper; DROP OWNED BY gone; DROP ROLE gone")
    refused(pod, 3, 'role "gone" does not exist')
    assert pod.run("restore", "--replace", "--no-owners").code == 0


@pytest.mark.slow
def test_wrong_password(pod: Pod, key: str) -> None:
    pod.secret("postgres", POSTGRES_PASSWORD="wrong")
    refused(pod, 3, "password authentication failed")


@pytest.mark.slow
def test_sigterm(pod: Pod, key: str) -> None:
    rows = pod.cluster.rows(pod.database)
    (pod.folder / "bin").chmod(0o777)
    reached = pod.folder / "bin/reached"
    pod.replace_program("pg_restore", f'"$REAL" "$@"; touch {reached}; exec sleep 40')
    result = pod.stopped_at(lambda: pod.wait_for(reached.exists), "restore", "--replace")
    assert (result.code, len(result.mails)) == (143, 1)
    assert pod.cluster.rows(pod.database) == rows
    assert ours(pod) == [pod.database]
