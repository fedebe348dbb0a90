"""Questions to the database in the cluster, from within its own pod."""

from .conftest import Staging


def psql(staging: Staging, sql: str, *, database: str = "revrx") -> str:
    """What psql prints: columns divided by '|', a row a line."""
    command = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "revrx", "-d", database, "-f", "-")
    admin = staging.environment.admin
    return admin("exec", "-i", "postgres-0", "--", *command, stdin=sql).removesuffix("\n")
