"""What was started, written down, so that nothing stays when `make dev` itself is killed.

`python -m development.leftovers FOLDER` is the guard of a run: it waits for the run's end, which it sees by its
standard input, and ends what the run did not. A run that finds processes of an earlier one, whose guard was killed as
well, does the same before it starts.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Started:
    """A process that leads a group of its own.

    born: its start, for a number is given again to others.
    ends_by: the signal that ends it well.
    patience: seconds that it may take for that.
    """

    name: str
    pid: int
    born: float
    ends_by: int
    patience: float

    def alive(self) -> list[psutil.Process]:
        """It and its children, also when it is gone itself: the number of a group that lives is not given again."""
        try:
            leader = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            leader = None
        if leader and abs(leader.create_time() - self.born) > 1:
            return []
        return [process for process in psutil.process_iter() if self._is_member(process)]

    def _is_member(self, process: psutil.Process) -> bool:
        try:
            ours = os.getpgid(process.pid) == self.pid and process.create_time() >= self.born - 1
            return ours and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.Error):
            return False


class Ledger:
    """The file with what runs, in the order of its start."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "processes.json"

    def write(self, started: Iterable[Started]) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps([asdict(each) for each in started], indent=1), encoding="utf-8")
        new.replace(self._file)

    def read(self) -> list[Started]:
        try:
            return [Started(**each) for each in json.loads(self._file.read_text(encoding="utf-8"))]
        except (FileNotFoundError, ValueError, TypeError):
            return []


def end(folder: Path) -> list[str]:
    """Whatever still runs of what is written down, the latest first. Gives the names of what did."""
    ledger, ended = Ledger(folder), []
    for each in reversed(ledger.read()):
        if not (alive := each.alive()):
            continue
        ended.append(each.name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, each.ends_by)
        until = time.monotonic() + each.patience
        while alive and any(process.pid == each.pid for process in alive) and time.monotonic() < until:
            time.sleep(0.05)
            alive = each.alive()
        if alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            psutil.wait_procs(alive, timeout=1)  # their ports are free then
    ledger.write([])
    return ended


def guard(folder: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    end(folder)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
