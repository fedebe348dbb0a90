"""A Postgres in the /dev/shm that Datastore.postgres gives it: a parallel join, and a parallel VACUUM, find room there.

Sizes, arguments and what is read of settings are those of the construct, which .venv runs; the server is a real one, in
a mount namespace whose /dev/shm has that size.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .cluster import USER, Cluster
from .places import AS_USER, ROOT, temporary_folder
from .ports import free_port
from .postgres import Postgres, wheel

pytestmark = pytest.mark.slow

if os.geteuid() != 0 or subprocess.run(("unshare", "-m", "true"), capture_output=True, check=False).returncode:
    pytest.skip("only root may mount a /dev/shm of another size", allow_module_level=True)

NO_ROOM = "could not resize shared memory segment"

JOIN = {"work_mem": "64MB"}
# That of autovacuum is said, for thrice 1GB would not fit the limit below.
VACUUM = {"maintenance_work_mem": "1GB", "autovacuum_work_mem": "64MB"}

_MANIFEST = """
import json, sys
from constructs_revrx import Datastore, Image, Resources, Secret, Storage
from cdk8s import App, Chart

asked = json.load(sys.stdin)
datastore = Datastore.postgres(
    Chart(App(outdir=asked["folder"]), "production", namespace="shop"),
    "postgres",
    image=Image("postgres:16"),
    resources=Resources(cpu=("1", "1"), memory=("1Gi", "2Gi")),
    storage=Storage(size="20Gi"),
    secret=Secret("postgres-secret", ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB")),
    configuration=asked["configuration"],
)
problems = list(datastore.problems())
print("; ".join(problems) if problems else json.dumps(datastore.stateful_set.to_json()))
"""
_READINGS = """
import json, sys
from constructs_revrx.datastores.postgres_settings import Settings

pairs = [(name, Settings({name: text})) for name, text in json.load(sys.stdin)]
print(json.dumps([None if any(read.problems()) else read.number(name) for name, read in pairs]))
"""
_PARAMETERS = """
import json
from constructs_revrx.datastores.postgres_settings import _PARAMETERS

print(json.dumps({name: parameter._asdict() for name, parameter in _PARAMETERS.items()}))
"""


def of_library(code: str, asked: object = None) -> Any:
    """What the code prints where the library is installed."""
    done = subprocess.run(
        (ROOT / ".venv/bin/python", "-c", code),
        input=json.dumps(asked),
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Settings:
    """args: of the server; mebibytes: of its /dev/shm."""

    args: Sequence[str]
    mebibytes: int


@cache
def _emitted(configuration: str) -> Settings:
    with temporary_folder() as folder:
        manifest = of_library(_MANIFEST, {"folder": str(folder), "configuration": json.loads(configuration)})
    spec = manifest["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    (name,) = [mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == "/dev/shm"]
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == name]
    assert volume["emptyDir"]["medium"] == "Memory"
    size = re.fullmatch(r"(\d+)Mi", volume["emptyDir"]["sizeLimit"])
    assert size
    return Settings(container.get("args", []), int(size[1]))


def emitted(**configuration: str) -> Settings:
    return _emitted(json.dumps(configuration))


class Server:
    """The data of a Postgres, that is started with settings."""

    def __init__(self, postgres: Postgres, data: Path) -> None:
        self.postgres, self.data = postgres, data
        subprocess.run(
            (*AS_USER, postgres.program("initdb"), f"--pgdata={data}", f"--username={USER}", "--auth=trust", "-N"),
            check=True,
            capture_output=True,
        )

    @contextmanager
    def started(self, args: Sequence[str], mebibytes: int) -> Iterator[Cluster]:
        found = Cluster(free_port(), self.postgres)
        # Plans of parallel hash joins, of indexes of any size; and nothing of others in the memory, or on the disk.
        ours = {
            "port": found.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.data,
            "fsync": "off",
            "autovacuum": "off",
            "max_wal_size": "8GB",
            "enable_mergejoin": "off",
            "parallel_setup_cost": 0,
            "parallel_tuple_cost": 0,
            "min_parallel_table_scan_size": 0,
            "min_parallel_index_scan_size": 0,
        }
        mount = f'mount -t tmpfs -o size={mebibytes}m,mode=1777 tmpfs /dev/shm && exec "$@"'
        pairs = [f"--{name}={value}" for name, value in ours.items()]
        command = (*AS_USER, self.postgres.program("postgres"), "-D", self.data, *args, *pairs)
        process = subprocess.Popen(("unshare", "-m", "sh", "-c", mount, "sh", *command), stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while subprocess.run(("pg_isready", "-q"), env=found.environment, check=False).returncode:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server is not ready after a minute"
                time.sleep(0.1)
            yield found
        finally:
            process.send_signal(2)  # SIGINT: its connections are closed, and its journal needs no replay
            process.wait()


@pytest.fixture(scope="module", params=[16, 17, 18])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with temporary_folder() as folder:
        yield Server(wheel(request.param), folder / "data")


def said(cluster: Cluster, *commands: str) -> str:
    """What psql prints of them, errors too."""
    done = subprocess.run(
        ("psql", "-X", "-q", "-A", "-t", *(word for command in commands for word in ("-c", command))),
        env={**cluster.environment, "PGDATABASE": "postgres"},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.stdout + done.stderr


# A hash table of 4,500,000 rows is as large as work_mem of 64MB, times hash_mem_multiplier, of each of three processes.
# The planner expects a two-hundredth of it, so that it grows as the rows come: what takes most.
TABLE = "CREATE TABLE word AS SELECT n AS id, md5(n::text) AS text FROM generate_series(1, 4500000) n; ANALYZE word"
QUERY = (
    "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(*), sum(length(b.text)) "
    "FROM word a JOIN (SELECT * FROM word WHERE id % 1 = 0) b USING (id)"
)


def test_a_parallel_hash_join_finds_room(server: Server) -> None:
    defaults, settings = emitted(), emitted(**JOIN)
    with server.started(settings.args, defaults.mebibytes) as cluster:
        cluster.sql("postgres", TABLE)
        assert NO_ROOM in said(cluster, QUERY), "in the /dev/shm of the defaults there is room as well"
    with server.started(settings.args, settings.mebibytes) as cluster:
        plan = said(cluster, QUERY)
    assert "Parallel Hash Join" in plan
    assert "ERROR" not in plan
    used = re.search(r"Batches: 1 .*Memory Usage: (\d+)kB", plan)
    assert used, plan
    assert int(used[1]) > 64 * 2 * 3 * 1024 * 0.9, "it was not as large as it may be"


def test_defaults_have_room_for_their_join(server: Server) -> None:
    defaults = emitted()
    with server.started(defaults.args, defaults.mebibytes) as cluster:
        cluster.sql("postgres", "DROP TABLE IF EXISTS word; " + TABLE.replace("4500000", "280000"))
        plan = said(cluster, QUERY)
    assert "Parallel Hash Join" in plan
    assert "ERROR" not in plan


# Until 16 its row addresses are an array, for as many as a table of that size may have or maintenance_work_mem holds;
# since 17 they are packed, and no table that a test has time for fills 128Mi.
@pytest.mark.parametrize("server", [16], indirect=True)
def test_a_parallel_vacuum_finds_room(server: Server) -> None:
    defaults, settings = emitted(), emitted(**VACUUM)
    vacuum = ("DELETE FROM page WHERE id % 10 = 0", "VACUUM (PARALLEL 2, VERBOSE) page")
    with server.started(settings.args, defaults.mebibytes) as cluster:
        cluster.sql(
            "postgres",
            "CREATE TABLE page (id int, other int, text text STORAGE PLAIN); "
            "INSERT INTO page SELECT n, n % 7, repeat('x', 4100) FROM generate_series(1, 87500) n; "
            "CREATE INDEX ON page (id); CREATE INDEX ON page (other)",
        )
        assert NO_ROOM in said(cluster, *vacuum), "in the /dev/shm of the defaults there is room as well"
    with server.started(settings.args, settings.mebibytes) as cluster:
        report = said(cluster, *vacuum)
    assert re.search(r"launched \d+ parallel vacuum worker", report), report
    assert "ERROR" not in report


TEXTS = [
    *(
        "64MB",
        " 64 MB ",
        "+64MB",
        "1.5GB",
        "1e2MB",
        ".5GB",
        "5.GB",
        "0x10000",
        "0200000",
        "65536",
        "65536.5",
        "0.001TB",
    ),
    *(
        "67108864B",
        "67108863B",
        "30.1GB",
        "2047GB",
        "63.9",
        "64kB",
        "64\t\n",
        "010.5MB",
        "0x40 MB",
        "1E2kB",
        "2147483647",
    ),
    *(
        "64mb",
        "64Mi",
        "64M",
        "64 M B",
        "",
        " ",
        "much",
        "08",
        "0x",
        "64,5MB",
        "1e",
        "1eMB",
        "--64MB",
        "- 64MB",
        "64MB.",
        "٦٤MB",
    ),
    *("-1", "-64MB", "63", "1e99GB", "2147483648", "inf", "nan", "64\u2009MB", "99999999999999999999"),
]
FACTORS = ["2", " 2.5 ", "1e1", "1", "1000", "010", "0x2", "0.99", "1000.1", "two", "2x", "2kB", "", "1e999", "-2"]


def test_settings_are_read_as_the_server_reads_them(server: Server) -> None:
    pairs = [*(("work_mem", text) for text in TEXTS), *(("hash_mem_multiplier", text) for text in FACTORS)]
    ours = of_library(_READINGS, pairs)
    theirs: list[float | None] = []
    with server.started([], 128) as cluster:
        for name, text in pairs:
            quoted = "'" + text.replace("'", "''") + "'"
            answer = said(cluster, f"SET {name} = {quoted}", f"SELECT setting FROM pg_settings WHERE name = '{name}'")
            size = 1024 if name == "work_mem" else 1
            theirs.append(None if "ERROR" in answer else float(answer) * size)
    different = [(pair, our, their) for pair, our, their in zip(pairs, ours, theirs, strict=True) if our != their]
    assert different == []


def test_defaults_units_and_bounds_are_the_servers(server: Server) -> None:
    parameters = of_library(_PARAMETERS)
    names = ", ".join(f"'{name}'" for name in parameters)
    units = {"8kB": 8192, "kB": 1024, "MB": 1024**2, "": 0}
    with server.started([], 128) as cluster:
        rows = cluster.sql(
            "postgres", f"SELECT name, unit, boot_val, min_val, max_val FROM pg_settings WHERE name IN ({names})"
        ).splitlines()
    assert len(rows) == len(parameters)
    for name, unit, default, least, most in (row.split("|") for row in rows):
        ours = parameters[name]
        assert (ours["unit"], ours["default"]) == (units[unit], float(default)), name
        # What an older or a newer version takes passes; a version may be stricter.
        assert ours["least"] <= float(least), name
        assert ours["most"] >= float(most), name


@pytest.mark.parametrize("server", [16], indirect=True)
def test_a_connection_that_does_nothing_takes_a_mebibyte(server: Server) -> None:
    with server.started([], 128) as cluster:
        session = subprocess.Popen(
            ("psql", "-X", "-q", "-A", "-t"),
            env={**cluster.environment, "PGDATABASE": "postgres"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert session.stdin
        assert session.stdout
        session.stdin.write("SELECT pg_backend_pid();\n")
        session.stdin.flush()
        memory = Path("/proc", session.stdout.readline().strip(), "smaps_rollup").read_text()
        session.communicate()
    own = re.search(r"^Pss_Anon:\s+(\d+) kB", memory, re.MULTILINE)
    assert own
    assert 1024 <= int(own[1]) < 4096
