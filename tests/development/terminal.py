"""A program as somebody sees it who started it in a terminal, and what it leaves behind."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import psutil

# Of a machine that is busy with other tests.
PATIENCE = 60


class Terminal:
    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._new: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self._new.put(line.rstrip("\n"))

    @property
    def text(self) -> str:
        while not self._new.empty():
            self.lines.append(self._new.get())
        return "\n".join(self.lines)

    def until(self, pattern: str, seconds: float = PATIENCE) -> re.Match[str]:
        """The first line that has it."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._new.get(timeout=0.1)
            except Empty:
                if time.monotonic() < end and self._reader.is_alive():
                    continue
                raise AssertionError(f"no {pattern!r} in\n{self.text}") from None
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def ctrl_c(self) -> None:
        """To whoever is in the foreground, as a terminal sends it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def close(self) -> None:
        # What it started in its own group holds its output too, as docker compose does.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()

    def ends(self, seconds: float = PATIENCE) -> int:
        code = self.process.wait(timeout=seconds)
        self._reader.join(PATIENCE)
        return code


def below(folder: Path) -> list[psutil.Process]:
    """Processes that work in the folder or whose command names it."""
    found = []
    for process in psutil.process_iter():
        try:
            told = " ".join([process.cwd(), *process.cmdline()])
        except psutil.Error:
            continue
        if str(folder) in told and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def wait_for(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
