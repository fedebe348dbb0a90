"""Whether the ports are free, before anything starts."""

import contextlib
import socket
from collections.abc import Sequence

import psutil

from .composition import Port
from .failure import NotStartedError


def check(ports: Sequence[Port]) -> None:
    """All problems at once, each with the variable that chooses another port."""
    problems, taken = [], {port.number for port in ports}
    seen: dict[int, Port] = {}
    for port in ports:
        if other := seen.get(port.number):
            problems.append(f"{port.variable} and {other.variable} are both {port.number}; set one of them to another")
        elif not _is_free(port.number):
            free = next(number for number in range(port.number + 1, 2**16) if number not in taken and _is_free(number))
            taken.add(free)
            problems.append(
                f"port {port.number}, for {port.service}, is taken{_by_whom(port.number)}; stop that, or use another: "
                f"{port.variable}={free} make dev, or that line in .env"
            )
        seen[port.number] = port
    if problems:
        raise NotStartedError("\n".join(problems))


def _is_free(number: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a server that has ended wait for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
        return True


def _by_whom(number: int) -> str:
    """Where the system tells: macOS does not tell others than root."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (number,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
