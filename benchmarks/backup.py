"""The tables of `make bench-backup`: the program beside plain pg_dump and pg_restore, on the same data.

Each round runs every case once, so that a slow minute of the machine falls on all. The fastest of each is told: on a
machine that others use too, the rest is their time. With half a processor, as pods of dist/ have it, the client
programs are in a control group; the server, which is in another pod, is not.
"""

import argparse
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.images import cluster as postgres
from tests.images.busy import probing
from tests.images.cluster import Cluster
from tests.images.places import temporary_folder
from tests.images.pod import Pod
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
    # What the application asks for meanwhile.
    cluster.sql(DATABASE, "CREATE TABLE stock (id int PRIMARY KEY, note text); INSERT INTO stock VALUES (7, 'first')")
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


@dataclass(frozen=True)
class Run:
    """peak: MiB. wait: the longest of another connection's queries, in seconds."""

    seconds: float
    peak: float
    wait: float


class Group:
    """A control group of version 1 that bounds what the processes in it take of the processors."""

    def __init__(self, processors: float) -> None:
        self._folder = Path("/sys/fs/cgroup/cpu", f"bench-{os.getpid()}")
        self._folder.mkdir()
        (self._folder / "cpu.cfs_quota_us").write_text(str(int(processors * 100_000)))

    def add(self, process: int) -> None:
        (self._folder / "tasks").write_text(str(process))

    def close(self) -> None:
        self._folder.rmdir()


class Bench:
    """The cases; group: what client programs run in."""

    def __init__(self, cluster: Cluster, pod: Pod, dump: Path, group: Group | None) -> None:
        self._cluster, self._pod, self._dump, self._group = cluster, pod, dump, group

    def cases(self) -> dict[str, Callable[[], Run]]:
        return {
            "pg_dump -Fc": lambda: self._plain("pg_dump", "-Fc", f"--file={self._dump}"),
            "backup": lambda: self._command("backup"),
            "pg_restore": lambda: self._into_new("pg_restore", "--dbname=restored", str(self._dump)),
            "restore": self._restore,
            "verify": lambda: self._command("verify"),
        }

    def _plain(self, program: str, *arguments: str) -> Run:
        def start() -> subprocess.Popen[bytes]:
            environment = {**self._cluster.environment, "PGDATABASE": DATABASE}
            return subprocess.Popen((str(self._cluster.postgres.program(program)), *arguments), env=environment)

        def end(process: subprocess.Popen[bytes]) -> None:
            assert process.wait() == 0

        return self._timed(start, end)

    def _command(self, *arguments: str) -> Run:
        def end(process: subprocess.Popen[bytes]) -> None:
            result = self._pod.finish(process, timeout=3600)
            assert result.code == 0, (result.events, result.errors)

        return self._timed(lambda: self._pod.start(*arguments), end)

    def _into_new(self, program: str, *arguments: str) -> Run:
        self._cluster.create("restored")
        try:
            return self._plain(program, *arguments)
        finally:
            self._cluster.sql("postgres", "DROP DATABASE restored")

    def _restore(self) -> Run:
        try:
            return self._command("restore", "--into=restored")
        finally:
            self._cluster.sql("postgres", "DROP DATABASE restored")

    def _timed(
        self, start: Callable[[], subprocess.Popen[bytes]], end: Callable[[subprocess.Popen[bytes]], None]
    ) -> Run:
        with probing(self._cluster, DATABASE) as prober:
            started = time.monotonic()
            process = start()
            if self._group:
                self._group.add(process.pid)
            with watched(process) as peak:
                end(process)
            seconds = time.monotonic() - started
        return Run(seconds, peak[0], prober.longest)


def table(bench: Bench, rounds: int, size: float) -> None:
    runs: dict[str, list[Run]] = {name: [] for name in bench.cases()}
    for _ in range(rounds):
        for name, case in bench.cases().items():
            runs[name].append(case())
    print("| | seconds | MB/s | ratio | peak MiB | longest wait of a query, ms |\n|---|---|---|---|---|---|")
    fastest = {name: min(run.seconds for run in of_case) for name, of_case in runs.items()}
    against = {"backup": "pg_dump -Fc", "restore": "pg_restore", "verify": "pg_restore"}
    for name, of_case in runs.items():
        ratio = f"{fastest[name] / fastest[against[name]]:.2f}" if name in against else ""
        peak, wait = max(run.peak for run in of_case), min(run.wait for run in of_case)
        speed = size * MIB / 1e6 / fastest[name]
        print(
            f"| `{name}` | {fastest[name]:.1f} | {speed:.1f} | {ratio} | {peak:.0f} | {wait * 1000:.0f} |", flush=True
        )


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
        for processors in (None, 0.5):
            if processors and not (os.geteuid() == 0 and Path("/sys/fs/cgroup/cpu/tasks").exists()):
                print("half a processor: not measured, for it needs root and control groups of version 1")
                continue
            group = Group(processors) if processors else None
            try:
                print(f"\n{processors or os.cpu_count()} processors, {options.rounds} rounds\n")
                table(Bench(cluster, pod, dump, group), options.rounds, size)
            finally:
                if group:
                    group.close()
        sizes = [head["Size"] for head in s3.client.list_objects_v2(Bucket="backups")["Contents"]]
        print(
            f"\na database of {size:.0f} MiB; pg_dump's dump has {dump.stat().st_size / MIB:.0f} MiB, "
            f"the program's {max(sizes) / MIB:.0f} MiB"
        )


if __name__ == "__main__":
    main()
