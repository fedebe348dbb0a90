""".dev: what a run keeps, and who runs there."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from .failure import NotStartedError

FOLDER = ".dev"

# As long as a guard takes at the most to end what a killed run left (leftovers.py).
_CLEARING = 100.0


@contextlib.contextmanager
def held(root: Path) -> Iterator[int]:
    """The folder, for this run alone. Gives the lock's descriptor: whoever inherits it holds the folder too."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(lock, root)
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"process": os.getpid()}).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, root: Path) -> None:
    until, told = time.monotonic() + _CLEARING, False
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder = _holder(lock)
        if holder or time.monotonic() > until:
            who = f"process {holder.pid}, begun {_time(holder.create_time())}" if holder else "what an earlier run left"
            way_out = (
                f"Ctrl-C there, or `kill {holder.pid}`, ends it" if holder else f"see `fuser {root / FOLDER}/lock`"
            )
            raise NotStartedError(f"it runs already in {root}: {who}; {way_out}")
        if not told:
            print("waiting for what a killed run left to end", flush=True)
            told = True
        time.sleep(0.1)


def _holder(lock: int) -> psutil.Process | None:
    """Who wrote the lock's file, if it lives; its guard may hold the lock a little longer."""
    try:
        return psutil.Process(json.loads(os.pread(lock, 1000, 0))["process"])
    except (ValueError, KeyError, psutil.Error):
        return None


def _time(seconds: float) -> str:
    return time.strftime("%H:%M:%S on %d %b", time.localtime(seconds))
