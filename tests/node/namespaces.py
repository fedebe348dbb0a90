"""Network namespaces of Linux: a thread steps into one, and the sockets that it opens there stay there."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000


@contextmanager
def network_of(process: int | None) -> Iterator[None]:
    """In the network of a process, for this thread only: what it opens and starts meanwhile is there.

    process: None for the machine's own, where nothing changes.
    """
    if process is None:
        yield
        return
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        with Path(f"/proc/{process}/ns/net").open("rb") as there:
            _set(there.fileno())
        try:
            yield
        finally:
            _set(before)
    finally:
        os.close(before)


def _set(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, f"setns: {os.strerror(error)}")
