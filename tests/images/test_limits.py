"""verify on a node of many processors: it takes what its pod may use, and no more."""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from postgres_backup.cgroup import limits

from .pod import Pod, Sample

MIB, GIB = 2**20, 2**30
MACHINE = len(os.sched_getaffinity(0))


def read(folder: Path, files: Mapping[str, str]) -> tuple[int, int]:
    for name, text in {"proc/meminfo": "MemTotal: 67108864 kB\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = limits(folder)
    return found.processors, found.memory


VERSION_1_GROUP = "4:memory:/kubepods/pod1\n1:cpu,cpuacct:/kubepods/pod1\n0::/\n"

TREES = {
    "no control groups": ({}, (MACHINE, 64 * GIB)),
    "version 2, in a container": (
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000", "sys/fs/cgroup/memory.max": str(GIB)},
        (1, GIB),
    ),
    "version 2, no limit": (
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000", "sys/fs/cgroup/memory.max": "max"},
        (MACHINE, 64 * GIB),
    ),
    "version 2, a limit of the group above": (
        {
            "proc/self/cgroup": "0::/kubepods/pod1/main\n",
            "sys/fs/cgroup/kubepods/pod1/cpu.max": "100000 100000",
            "sys/fs/cgroup/kubepods/pod1/main/cpu.max": "max 100000",
            "sys/fs/cgroup/kubepods/pod1/main/memory.max": str(2 * GIB),
            "sys/fs/cgroup/kubepods/memory.max": str(8 * GIB),
        },
        (1, 2 * GIB),
    ),
    "version 1, in a container": (
        {
            "proc/self/cgroup": VERSION_1_GROUP,
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": str(512 * MIB),
        },
        (1, 512 * MIB),
    ),
    "version 1, no limit": (
        {
            "proc/self/cgroup": VERSION_1_GROUP,
            "sys/fs/cgroup/cpu/kubepods/pod1/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/kubepods/pod1/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/kubepods/pod1/memory.limit_in_bytes": "9223372036854771712",
        },
        (MACHINE, 64 * GIB),
    ),
    "version 1, seen from the node": (
        {
            "proc/self/cgroup": VERSION_1_GROUP,
            "sys/fs/cgroup/cpu/kubepods/pod1/cpu.cfs_quota_us": "100000",
            "sys/fs/cgroup/cpu/kubepods/pod1/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/kubepods/pod1/memory.limit_in_bytes": str(3 * GIB),
        },
        (1, 3 * GIB),
    ),
}


@pytest.mark.parametrize(("files", "found"), TREES.values(), ids=TREES)
def test_the_smallest_limit_counts(folder: Path, files: Mapping[str, str], found: tuple[int, int]) -> None:
    assert read(folder, files) == found


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of half a processor and 512 MiB, to enter by its file `enter`."""
    folders = [Path("/sys/fs/cgroup", controller, f"backup-{os.getpid()}") for controller in ("cpu", "memory")]
    if os.geteuid() != 0 or not all((folder.parent / "tasks").exists() for folder in folders):
        pytest.skip("a control group of its own needs root and cgroup version 1")
    for folder in folders:
        folder.mkdir()
    cpu, memory = folders
    (cpu / "cpu.cfs_quota_us").write_text("50000")
    (memory / "memory.limit_in_bytes").write_text(str(512 * MIB))
    try:
        yield cpu
    finally:
        for folder in folders:
            folder.rmdir()


@pytest.mark.slow
def test_verify_in_a_pod_of_half_a_processor(pod: Pod, sample: Sample, group: Path) -> None:
    pod.older(timedelta(hours=1), sample)
    (pod.folder / "bin").chmod(0o777)
    told = pod.folder / "bin/told"
    settings = "shared_buffers maintenance_work_mem max_parallel_maintenance_workers"
    pod.replace_program(
        "pg_restore",
        f'for name in {settings}; do psql -Atc "SHOW $name" postgres >> {told}; done; exec "$REAL" "$@"',
    )
    process = pod.start("verify")
    for controller in ("cpu", "memory"):
        Path("/sys/fs/cgroup", controller, group.name, "tasks").write_text(str(process.pid))
    result = pod.finish(process)
    assert result.code == 0, (result.events, result.errors)
    assert result.event("verified")["processors"] == 1
    assert told.read_text().split() == ["64MB", "64MB", "0"]
