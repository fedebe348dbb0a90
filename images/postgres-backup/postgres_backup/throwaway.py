"""A PostgreSQL server of our own, for as long as a check takes."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .cgroup import Limits
from .failure import Failure
from .programs import run
from .server import Server, client_version, major

# Seconds in which an empty server starts anywhere.
_PATIENCE = 60

# The database that a backup is restored into. A name that the server has already, such as `postgres`, is none.
DATABASE = "restored"

# Nothing here must outlive a crash, so it need not wait for disks; it is reached through its socket only. /dev/shm is
# 64 MiB in a pod, hence mmap.
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
shared_buffers = {memory}kB
maintenance_work_mem = {memory}kB
max_worker_processes = {workers}
max_parallel_workers = {processors}
max_parallel_maintenance_workers = {processors}
max_parallel_workers_per_gather = {processors}
"""

# Since 17. A trigger on a login would refuse, or write a row for, each of ours.
_EVENT_TRIGGERS = 17

# What a library needs beside being loaded: pg_cron is created in one database only, and runs no job here.
_PRELOADED = {"pg_cron": f"cron.database_name = '{DATABASE}'\n"}

# Of those, and of what extensions start themselves.
_WORKERS_OF_EXTENSIONS = 16


@contextmanager
def throwaway_server(place: Path, limits: Limits) -> Iterator["Throwaway"]:
    """A server whose data is in a folder, and which is gone at the end of the block.

    initdb refuses to run as root, and as a user without an entry in /etc/passwd.
    """
    # The environment's PGHOST, PGSSLMODE, … are about the server that was backed up.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    data = place / "data"
    run(
        ("initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"),
        environment,
    )
    # Not in the data folder: a socket's path has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="pg-") as sockets:
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_settings(sockets, limits))
            if major(client_version(environment)) >= _EVENT_TRIGGERS:
                settings.write("event_triggers = off\n")
        throwaway = Throwaway(data, sockets, environment)
        try:
            throwaway.start()
            yield throwaway
        finally:
            throwaway.stop()


def _settings(sockets: str, limits: Limits) -> str:
    # Two eighths of the pod's memory, and the rest for what its processes have each, and for the pages of its files.
    memory = min(max(limits.memory // 8, 16 * 2**20), 2**30) // 1024
    # One process restores, and builds an index with one more for each further processor.
    processors = limits.processors - 1
    return _SETTINGS.format(
        sockets=sockets, memory=memory, processors=processors, workers=processors + _WORKERS_OF_EXTENSIONS
    )


class Throwaway:
    """server: how it is reached."""

    def __init__(self, data: Path, sockets: str, environment: dict[str, str]) -> None:
        self._data, self._environment = data, environment
        self.server = Server({**environment, "PGHOST": sockets, "PGUSER": "postgres", "PGDATABASE": "postgres"})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises Failure with its log when it does not come up."""
        with (self._data.parent / "server.log").open("w+b") as log:
            self._process = subprocess.Popen(
                ("postgres", "-D", str(self._data)),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            self._wait(self._process, log)

    def stop(self) -> None:
        if self._process is not None:
            # SIGQUIT: at once, without a checkpoint, for its data is thrown away; SIGKILL would leave its children.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def restart_with(self, libraries: Sequence[str]) -> None:
        """Anew, with libraries that are loaded at its start."""
        assert self._process is not None
        # SIGINT: with a checkpoint, or it would have to recover first.
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"shared_preload_libraries = '{','.join(libraries)}'\n")
            settings.writelines(_PRELOADED.get(library, "") for library in libraries)
        self.start()

    def _wait(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self.server.accepts_connections():
            if process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                said = log.read().decode(errors="replace").strip().splitlines()
                raise Failure(f"the throw-away server did not start: {' | '.join(said[-5:])}")
            time.sleep(0.1)
