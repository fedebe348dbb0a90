"""PgBouncer before a server: connections of applications that share the server's."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from .cluster import PASSWORD, USER, Cluster
from .places import AS_USER, give, temporary_folder
from .ports import free_port

# Debian's lies where only administrators look.
_PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def pooled(cluster: Cluster, mode: str, **settings: str) -> Iterator[Cluster]:
    """The server as those see it who connect through the pool.

    mode: session, transaction or statement: for how long a connection of the server belongs to a client.
    """
    if _PROGRAM is None:
        pytest.skip("PgBouncer is not here: apt-get install pgbouncer")
    with temporary_folder() as folder:
        users, configuration, log = (folder / name for name in ("users", "pgbouncer.ini", "log"))
        users.write_text(f'"{USER}" "{PASSWORD}"\n')
        through = replace(cluster, port=free_port())
        options = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(through.port),
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": str(users),
            "pool_mode": mode,
            # What startup parameters it refuses is left as it is by default: all but a few.
            **settings,
        }
        lines = [f"{name} = {value}" for name, value in options.items()]
        text = f"[databases]\n* = host=127.0.0.1 port={cluster.port}\n[pgbouncer]\n" + "\n".join(lines) + "\n"
        configuration.write_text(text)
        for file in (users, configuration):
            give(file)
        with log.open("wb") as output:
            process = subprocess.Popen((*AS_USER, _PROGRAM, configuration), stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 30
            while subprocess.run(("pg_isready", "-q"), env=through.environment, check=False).returncode:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield through
        finally:
            process.kill()
            process.wait()
