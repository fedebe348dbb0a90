"""A program of the environment, and how one sees that it serves."""

import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_ANSWERS_WITHIN = 3.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process to run, in a group of its own.

    ready: asked until it is true; what waits for this program starts then. None: it does its work and ends with 0.
    prepare: what must be there before it starts, made where it is not.
    ends_by, in_a_hurry: the signals that end it well, and at once.
    patience: seconds that it may take to end well.
    saved: a folder of Python files; it starts anew when one is saved.
    told: what a person does with it, printed when all is ready.
    """

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None
    prepare: Callable[[], None] = lambda: None
    ends_by: signal.Signals = signal.SIGTERM
    in_a_hurry: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    saved: Path | None = None
    told: str = ""


def answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=_ANSWERS_WITHIN):
                return True
        except (OSError, urllib.error.HTTPError):
            return False

    return ready


def accepts(port: int) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), _ANSWERS_WITHIN):
                return True
        except OSError:
            return False

    return ready


def touches(file: Path) -> Callable[[], bool]:
    """The file is younger than this call: an earlier run may have left one."""
    begun = time.time()

    def ready() -> bool:
        try:
            return file.stat().st_mtime >= begun
        except OSError:
            return False

    return ready
