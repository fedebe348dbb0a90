"""The shell of a server's container, as `kubectl exec` gives it, beside a server that runs here."""

from collections.abc import Mapping
from pathlib import Path

from .cluster import Cluster

# What `kubectl exec [-it] POD -n NAMESPACE -- COMMAND` starts in the pod, started here.
_KUBECTL = """#!/bin/sh
pod=
while [ "$1" != -- ]; do case $1 in postgres*) pod=$1 ;; esac; shift; done
shift
exec {folder}/$pod "$@"
"""


def kubectl(folder: Path, clusters: Mapping[str, Cluster], database: str) -> str:
    """A PATH with a kubectl that can only exec. clusters: by the names of their pods. database: POSTGRES_DB."""
    for pod, cluster in clusters.items():
        environment = cluster.environment
        user, name = folder / f"{pod}-user", folder / f"{pod}-db"
        user.write_text(environment["PGUSER"])
        name.write_text(database)
        # The container's own socket asks for no password.
        given = {
            "PATH": f"{cluster.postgres.path}:$PATH",
            "POSTGRES_USER_FILE": user,
            "POSTGRES_DB_FILE": name,
            "PGHOST": environment["PGHOST"],
            "PGPORT": environment["PGPORT"],
            "PGPASSFILE": _password(folder, environment["PGPASSWORD"]),
        }
        exports = "\n".join(f'export {key}="{value}"' for key, value in given.items())
        _program(folder / pod, f'#!/bin/sh\n{exports}\nexec "$@"\n')
    _program(folder / "kubectl", _KUBECTL.format(folder=folder))
    return f"{folder}:/usr/bin:/bin"


def _password(folder: Path, password: str) -> Path:
    file = folder / "pgpass"
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def _program(file: Path, script: str) -> None:
    file.write_text(script)
    file.chmod(0o755)
