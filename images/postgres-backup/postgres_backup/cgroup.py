"""What the pod may use, of processors and memory. The node has more, and what is sized by that gets the pod killed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Over it version 1 says that there is no limit.
_NO_LIMIT = 2**60


@dataclass(frozen=True)
class Limits:
    """processors: at least one, rounded up. memory: in bytes."""

    processors: int
    memory: int


def limits(root: Path = Path("/")) -> Limits:
    """Of the control group that this process is in, and of those around it; by default what the machine has.

    Args:
        root: below which /proc and /sys/fs/cgroup are.
    Source: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max, memory.max), cgroup-v1/memory.rst, and
        scheduler/sched-bwc.rst (cpu.cfs_quota_us).
    """
    processors = min([len(os.sched_getaffinity(0)), *_processors(root)])
    memory = min([_memory_of_machine(root), *_memory(root)])
    return Limits(processors=max(1, processors), memory=memory)


def _processors(root: Path) -> Iterator[int]:
    for folder in _groups(root, ""):
        yield from _read(folder / "cpu.max", _processors_of)
    for folder in _groups(root, "cpu"):
        for quota in _read(folder / "cpu.cfs_quota_us", int):
            for period in _read(folder / "cpu.cfs_period_us", int):
                yield -(-quota // period)


def _memory(root: Path) -> Iterator[int]:
    for folder in _groups(root, ""):
        # "max" is no number.
        yield from _read(folder / "memory.max", int)
    for folder in _groups(root, "memory"):
        yield from _read(folder / "memory.limit_in_bytes", int)


def _processors_of(cpu_max: str) -> int:
    quota, period = map(int, cpu_max.split())
    return -(-quota // period)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's group and of those above it; controller: of version 1, empty for version 2.

    In a container its own group is what /sys/fs/cgroup shows, and the path that /proc tells may not be there.
    """
    mounted = root / "sys/fs/cgroup" / controller
    yield mounted
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            folder = Path(path.lstrip("/"))
            yield from (mounted / each for each in (folder, *folder.parents) if each != Path())


def _read(file: Path, meaning: Callable[[str], int]) -> Iterator[int]:
    """What a file says; nothing where it says that there is no limit: "max", -1, or a very large number."""
    try:
        value = meaning(file.read_text().strip())
    except (OSError, ValueError):
        return
    if 0 < value < _NO_LIMIT:
        yield value


def _memory_of_machine(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text().splitlines():
        name, value = line.split(":", 1)
        if name == "MemTotal":
            return int(value.split()[0]) * 1024
    return _NO_LIMIT
