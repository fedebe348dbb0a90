"""What an extension needs of a restore. TimescaleDB is in no registry here: a stand-in asks for what it asks for."""

import os
from collections.abc import Callable, Iterator

import pytest

from . import cluster as postgres
from .cluster import SMALL, Cluster
from .pod import Pod
from .postgres import wheel

Pods = Callable[..., Pod]

# Rows of its own table are dumped but for those that CREATE EXTENSION makes, and are taken only between the two calls
# (TimescaleDB documentation, Logical backup; timescale/timescaledb: sql/restoring.sql).
_SCRIPT = """
CREATE TABLE chunk (id int, name text);
INSERT INTO chunk VALUES (1, 'made with the extension');
SELECT pg_extension_config_dump('chunk', 'WHERE id > 1');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('timescaledb.restoring', true) IS DISTINCT FROM 'on' THEN RAISE 'not restoring'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON chunk FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE FUNCTION timescaledb_pre_restore() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET timescaledb.restoring TO ''on''', current_database());
    RETURN true;
END $$;
CREATE FUNCTION timescaledb_post_restore() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('ALTER DATABASE %I RESET timescaledb.restoring', current_database());
    RETURN true;
END $$;
"""


@pytest.fixture
def server() -> Iterator[Cluster]:
    programs = wheel(17)
    folder = programs.program("pg_config").parents[1]
    [place] = folder.glob("**/extension/plpgsql.control")
    if not os.access(place.parent, os.W_OK):
        pytest.skip(f"a stand-in for an extension needs {place.parent}, which is not ours to write to")
    files = {
        place.with_name("timescaledb.control"): "default_version = '2.99'\nrelocatable = false\nschema = public\n",
        place.with_name("timescaledb--2.99.sql"): _SCRIPT,
    }
    for file, text in files.items():
        file.write_text(text)
    try:
        with postgres.cluster(programs) as found:
            yield found
    finally:
        for file in files:
            file.unlink()


@pytest.mark.slow
def test_timescaledb_is_told_of_a_restore(pod_of: Pods, server: Cluster) -> None:
    restoring = "SET timescaledb.restoring TO 'on'; INSERT INTO chunk VALUES (2, 'a'), (3, 'b')"
    server.sql(SMALL, f"CREATE EXTENSION timescaledb; {restoring}")
    rows = server.rows(SMALL)
    pod = pod_of(server, SMALL, wheel(17))
    pod.back_up()
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    server.sql(SMALL, "DROP TABLE billing.invoice CASCADE")
    restored = pod.run("restore", "--replace")
    assert restored.code == 0, (restored.events, restored.errors)
    assert server.rows(SMALL) == rows
    assert server.sql(SMALL, "SELECT current_setting('timescaledb.restoring', true)") == ""
