"""A PostgreSQL server of our own, for as long as a check takes."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .failure import Failure
from .programs import run
from .server import Server

# Seconds in which an empty server starts anywhere.
_PATIENCE = 60

# Nothing here must outlive a crash, so it need not wait for disks; it is reached through its socket only.
# Its memory stays below what the pod is given: docs/contract.md. /dev/shm is 64 MiB in a pod, hence mmap.
_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
autovacuum = off
shared_buffers = 64MB
maintenance_work_mem = 64MB
max_parallel_maintenance_workers = 1
"""


@contextmanager
def throwaway_server(place: Path) -> Iterator[Server]:
    """A server whose data is in a folder, and which is gone at the end of the block.

    initdb refuses to run as root, and as a user without an entry in /etc/passwd.
    """
    # The environment's PGHOST, PGSSLMODE, … are about the server that was backed up.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    data = place / "data"
    locale = {"LC_ALL": "C"}
    run(
        ("initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"),
        {**environment, **locale},
    )
    # Not in the data folder: a socket's path has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-") as sockets, (place / "server.log").open("w+b") as log:
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(sockets=sockets))
        process = subprocess.Popen(
            ("postgres", "-D", str(data)),
            env={**environment, **locale},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            server = Server({**environment, "PGHOST": sockets, "PGUSER": "postgres", "PGDATABASE": "postgres"})
            _wait(server, process, log)
            yield server
        finally:
            # SIGQUIT: at once, without a checkpoint, for its data is thrown away; SIGKILL would leave its children.
            process.send_signal(signal.SIGQUIT)
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not server.accepts_connections():
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            raise Failure(f"the throw-away server did not start: {' | '.join(said[-5:])}")
        time.sleep(0.1)
