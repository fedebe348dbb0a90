"""Programs that run in the background for as long as a `with` lasts."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

_PR_SET_PDEATHSIG = 1


class Processes:
    """Starts programs and stops them all, the last one first, however the `with` ends.

    folder: NAME.log in it is what a program said.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str | Path, env: Mapping[str, str] | None = None) -> None:
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
                # Ctrl-C reaches a whole process group: etcd would be gone before the API server, which waits for it.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (no other thread starts programs)
            )

    def ended(self) -> list[str]:
        """The programs that are no longer running, each with the last thing it said."""
        return [
            f"{name} ended with {process.returncode}: {self._last_line(name)}"
            for name, process in self._running.items()
            if process.poll() is not None
        ]

    def stop(self) -> None:
        # Not terminate(): an API server takes its time to end well, and nothing here is used again.
        for process in reversed(self._running.values()):
            process.kill()
            process.wait()
        self._running.clear()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _last_line(self, name: str) -> str:
        return (self._log(name).read_text(errors="replace").strip().splitlines() or ["nothing"])[-1]


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on. All are held until the last is found: none comes twice."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def _die_with_parent() -> None:
    # Without it, a control plane outlives a pytest that is itself killed.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
