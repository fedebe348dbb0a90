"""The table of `make bench-backup`: backup and verify beside plain pg_dump and pg_restore, on the same data.

Each round runs every case once, so that a slow minute of the machine falls on all. The fastest of each is told: on a
machine that others use too, the rest is their time.
"""

import argparse
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.images import cluster as postgres
from tests.images.cluster import Cluster
from tests.images.places import temporary_folder
from tests.images.pod import Pod
from tests.images.postgres import DEFAULT
from tests.images.s3 import store
from tests.images.smtp import smtp

MIB = 2**20
DATABASE = "bench"

# About 1 MiB: text and JSON that compress to less than half, as rows do.
MEBIBYTE = """
INSERT INTO entry (at, name, payload)
    SELECT '2026-01-01'::timestamptz + n * interval '1 minute', md5((random() * 1000)::int::text),
        jsonb_build_object('user', n % 9973, 'token', md5(random()::text), 'state', 'delivered', 'amount', random())
    FROM generate_series(1, 4700 * {mib}) n
"""


def fill(cluster: Cluster, mib: int) -> float:
    """Returns the size that PostgreSQL tells, in MiB."""
    cluster.create(DATABASE)
    cluster.sql(DATABASE, "CREATE TABLE entry (id bigserial PRIMARY KEY, at timestamptz, name text, payload jsonb)")
    cluster.sql(DATABASE, MEBIBYTE.format(mib=mib))
    cluster.sql(DATABASE, "CREATE INDEX ON entry (at); VACUUM ANALYZE entry; CHECKPOINT")
    return int(cluster.sql(DATABASE, f"SELECT pg_database_size('{DATABASE}')")) / MIB


@contextmanager
def watched(process: subprocess.Popen[bytes]) -> Iterator[list[float]]:
    """The peak of what a process and those that it starts hold in memory, in MiB; a throw-away server's left out."""
    peak = [0.0]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.02):
            try:
                root = psutil.Process(process.pid)
                tree = [root, *root.children(recursive=True)]
                sizes = [each.memory_info().rss for each in tree if each.name() != "postgres"]
            except psutil.NoSuchProcess:
                continue
            peak[0] = max(peak[0], sum(sizes) / MIB)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def command(pod: Pod, name: str) -> tuple[float, float]:
    """Seconds and peak MiB of a command of the program."""
    started = time.monotonic()
    process = pod.start(name)
    with watched(process) as peak:
        result = pod.finish(process, timeout=3600)
    seconds = time.monotonic() - started
    assert result.code == 0, (result.events, result.errors)
    return seconds, peak[0]


def plain(cluster: Cluster, *arguments: str) -> tuple[float, float]:
    started = time.monotonic()
    process = subprocess.Popen(
        (str(DEFAULT.program(arguments[0])), *arguments[1:]), env={**cluster.environment, "PGDATABASE": DATABASE}
    )
    with watched(process) as peak:
        assert process.wait() == 0
    return time.monotonic() - started, peak[0]


def restore(cluster: Cluster, dump: Path, *options: str) -> tuple[float, float]:
    cluster.create("restored")
    try:
        return plain(cluster, "pg_restore", *options, "--dbname=restored", str(dump))
    finally:
        cluster.sql("postgres", "DROP DATABASE restored")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make bench-backup", description=__doc__)
    parser.add_argument("--mib", type=int, default=1024, help="size of the database (1024)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is run (3)")
    options = parser.parse_args(arguments)
    with (
        temporary_folder() as folder,
        tempfile.TemporaryDirectory() as ours,
        postgres.cluster() as cluster,
        store() as s3,
        smtp(folder) as mail,
    ):
        size = fill(cluster, options.mib)
        dump = Path(ours, "dump")
        s3.client.create_bucket(Bucket="backups")
        pod = Pod(folder, cluster, s3, mail, DATABASE, "backups")
        pod.variables["BACKUP_S3_TIMEOUT"] = "60"
        cases: dict[str, Callable[[], tuple[float, float]]] = {
            "pg_dump -Fc": lambda: plain(cluster, "pg_dump", "-Fc", f"--file={dump}"),
            "backup": lambda: command(pod, "backup"),
            "pg_restore": lambda: restore(cluster, dump),
            "verify": lambda: command(pod, "verify"),
        }
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for _ in range(options.rounds):
            for name, case in cases.items():
                runs[name].append(case())
        print(f"a database of {size:.0f} MiB, a dump of {dump.stat().st_size / MIB:.0f} MiB, {options.rounds} rounds\n")
        print("| | seconds | MB/s | ratio | peak MiB |\n|---|---|---|---|---|")
        for name, against in (
            ("pg_dump -Fc", ""),
            ("backup", "pg_dump -Fc"),
            ("pg_restore", ""),
            ("verify", "pg_restore"),
        ):
            seconds = min(run[0] for run in runs[name])
            peak = max(run[1] for run in runs[name])
            ratio = f"{seconds / min(run[0] for run in runs[against]):.2f}" if against else ""
            print(f"| {name} | {seconds:.1f} | {size * MIB / 1e6 / seconds:.1f} | {ratio} | {peak:.0f} |")


if __name__ == "__main__":
    main()
