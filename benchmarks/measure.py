"""Wall time and peak memory of a command with all its processes."""

import contextlib
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Coarse, so that looking costs nothing: the kernel keeps each process' own peak.
_INTERVAL = 0.05


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a command.

    Args:
        seconds: wall time, from start to exit.
        cpu: seconds of all its processes on a processor: what other work on the machine disturbs least.
        mebibytes: the sum of its processes' peaks of resident memory (VmHWM in /proc), Python, Node and whatever they
            start: an upper bound, because they need not peak together and share some pages. 0 where /proc is not.
    """

    seconds: float
    cpu: float
    mebibytes: float


class CommandError(Exception):
    """The command did not do its work; the text says why."""


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None, timeout: float = 600) -> Run:
    """Run a command to its end, its output thrown away.

    Raises:
        CommandError: it returned another status than 0, or took longer than `timeout` seconds.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    peaks: dict[int, int] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watcher.start()
    try:
        _, errors = process.communicate(timeout=timeout)
        seconds = time.perf_counter() - start
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise CommandError(f"not done after {timeout:.0f} s") from None
    finally:
        ended.set()
        watcher.join()
    if process.returncode:
        raise CommandError(f"{' '.join(command[:4])} … returned {process.returncode}: {errors.strip()[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds=seconds, cpu=cpu, mebibytes=sum(peaks.values()) / 1024)


def _watch(pid: int, peaks: dict[int, int], ended: threading.Event) -> None:
    while not ended.wait(_INTERVAL):
        for member in _tree(pid):
            with contextlib.suppress(OSError, StopIteration):
                status = Path(f"/proc/{member}/status").read_text().splitlines()
                peaks[member] = int(next(line.split()[1] for line in status if line.startswith("VmHWM:")))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    yield from _tree(int(child))
