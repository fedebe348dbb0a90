"""PostgreSQL from its official image."""

from collections.abc import Mapping

from ..config.secret import Secret
from ..pods.volumes.volume import Volume
from .engine import Engine

POSTGRES_KEYS = ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB")


def engine(secret: Secret, configuration: Mapping[str, str], shared_memory: str) -> Engine:
    """PostgreSQL, with its data in a folder below the mount.

    The volume's root holds lost+found, which initdb refuses (docker-library/postgres issue 361). SIGTERM lets the
    server finish its checkpoint: two minutes.

    Args:
        shared_memory: the size of /dev/shm, where parallel queries share memory.
    """
    user, database = (f'"$(cat {secret.file(key)})"' for key in ("POSTGRES_USER", "POSTGRES_DB"))
    return Engine(
        component="database",
        port=5432,
        port_name="postgres",
        data_path="/var/lib/postgresql/data",
        # On TCP: while initdb runs, the image serves its own socket, and pg_isready there would be too early.
        ready=("sh", "-c", f"exec pg_isready --host=127.0.0.1 --username={user} --dbname={database}"),
        grace=120,
        keys=POSTGRES_KEYS,
        rereads_secret=False,
        configuration=configuration,
        args=[word for name, value in configuration.items() for word in ("-c", f"{name}={value}")],
        env={
            "PGDATA": "/var/lib/postgresql/data/pgdata",
            **{f"{key}_FILE": secret.file(key) for key in POSTGRES_KEYS},
        },
        scratch={"/tmp": "64Mi", "/var/run/postgresql": "16Mi"},
        volumes={"/dev/shm": Volume.empty_dir(shared_memory, memory=True)},
    )
