"""Databases with what few have: each was no backup, or a false alarm, or rows under another name."""

from collections.abc import Callable

import pytest

from .cluster import SMALL, Cluster, quoted
from .pod import Pod
from .postgres import wheel

pytestmark = [pytest.mark.slow, pytest.mark.changes_the_database]
Pods = Callable[..., Pod]

MADE = {
    "a trigger on definitions": "CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    "CREATE EVENT TRIGGER told ON ddl_command_end EXECUTE FUNCTION told()",
    "another encoding of its connections": 'CREATE TABLE "tü" (x text); INSERT INTO "tü" VALUES (\'ü\');'
    "ALTER DATABASE {database} SET client_encoding TO latin1",
    "an empty search_path": "SELECT set_config('search_path', '', false);"
    "ALTER DATABASE {database} SET search_path FROM CURRENT",
    "a role of an odd name": 'CREATE ROLE "of {{database}}"; ALTER ROLE "of {{database}}" IN DATABASE {database} '
    "SET work_mem TO '8MB'",
    "timeouts": "ALTER DATABASE {database} SET lock_timeout TO '1ms';"
    "ALTER DATABASE {database} SET statement_timeout TO '200ms'",
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_it_is_backed_up_verified_and_restored(pod: Pod, made: str) -> None:
    pod.cluster.sql(pod.database, made.format(database=quoted(pod.database)))
    key = pod.back_up()
    for command in (("verify",), ("restore", "--replace", "--backup", key)):
        result = pod.run(*command)
        assert result.code == 0, (result.events, result.errors)


def test_a_trigger_on_logins_is_not_asked(pod_of: Pods, clusters: Callable[..., Cluster]) -> None:
    cluster = clusters(wheel(17))
    cluster.create("greeting", SMALL)
    cluster.sql(
        "greeting",
        "CREATE TABLE login (who text);"
        "CREATE FUNCTION greet() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "'BEGIN INSERT INTO public.login VALUES (session_user); END';"
        "CREATE EVENT TRIGGER greet ON login EXECUTE FUNCTION greet(); ALTER EVENT TRIGGER greet ENABLE ALWAYS",
    )
    pod = pod_of(cluster, "greeting", wheel(17))
    pod.back_up()
    for command in (("verify",), ("restore", "--replace")):
        result = pod.run(*command)
        assert result.code == 0, (result.events, result.errors)
    assert cluster.sql("greeting", "SELECT count(*) > 0 FROM login") == "t"


RENAMED = {
    "schemas": "BEGIN; ALTER SCHEMA live RENAME TO old; ALTER SCHEMA next RENAME TO live;"
    "ALTER SCHEMA old RENAME TO next; COMMIT",
    "a value": "ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'",
}


@pytest.mark.parametrize("renamed", RENAMED.values(), ids=RENAMED)
def test_what_is_renamed_while_rows_are_read_is_no_backup(pod: Pod, renamed: str) -> None:
    pod.cluster.sql(
        pod.database,
        "CREATE TYPE mood AS ENUM ('glad', 'sad');"
        "CREATE SCHEMA live; CREATE TABLE live.t (x mood); INSERT INTO live.t VALUES ('glad');"
        "CREATE SCHEMA next; CREATE TABLE next.t (x mood); INSERT INTO next.t VALUES ('sad');"
        # Dumped first, and more than the pipes hold, so that pg_dump waits before it reads the others.
        "CREATE TABLE aaa AS SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 200000) n, "
        "generate_series(1, 4) m GROUP BY m",
    )
    (pod.folder / "bin").chmod(0o777)
    reached, go_on = pod.folder / "bin/reached", pod.folder / "bin/go-on"
    pod.replace_program("pg_restore", f'touch {reached}; until test -e {go_on}; do sleep 0.05; done; exec "$REAL" "$@"')
    process = pod.start("backup")
    pod.wait_for(reached.exists)
    pod.wait_for(
        lambda: (
            pod.cluster.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'") != "0"
        )
    )
    pod.cluster.sql(pod.database, renamed)
    go_on.touch()
    result = pod.finish(process)
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "were renamed while rows were read" in result.reason or "pg_dump ended" in result.reason
    assert pod.s3.keys(pod.bucket) == []
