"""pg_cron, which can be created in one database of a server only: the one that cron.database_name names.

A restore goes into a database of another name, which changes names at the end; so what is pg_cron's comes after that.
"""

import re
from pathlib import Path

from .failure import Failure
from .loading import stream
from .log import Log
from .manifest import Manifest
from .programs import running
from .server import Server
from .storage import Store

# In which the extension makes its tables.
SCHEMA = "cron"

# Lines of `pg_restore --list`: the extension, and the rows of its tables, which are its jobs.
_OURS = re.compile(
    r"\d+; \d+ \d+ "
    r"(EXTENSION - pg_cron|COMMENT - EXTENSION pg_cron|ACL - SCHEMA cron|(TABLE DATA|SEQUENCE SET|ACL) cron) .*"
)


class Jobs:
    """A dump's entries, in two lists as `pg_restore --use-list` takes them: what is pg_cron's, and the rest.

    folder: for the lists.
    """

    def __init__(self, server: Server, store: Store, manifest: Manifest, folder: Path) -> None:
        self._server, self._store, self._manifest = server, store, manifest
        self._ours, self._others = folder / "pg_cron.list", folder / "others.list"
        listed = folder / "dump.list"
        command = ("pg_restore", "--list", f"--file={listed}")
        with running(command, server.environment, reads=True) as pg_restore:
            try:
                for piece in store.pieces(manifest.key):
                    pg_restore.input.write(piece)
                pg_restore.input.close()
            except BrokenPipeError:
                pass  # It has read the contents, with which a dump begins, and wants no more.
            pg_restore.finish()
        lines = listed.read_bytes().decode(errors="surrogateescape").splitlines(keepends=True)
        for file, is_ours in ((self._ours, True), (self._others, False)):
            chosen = (line for line in lines if bool(_OURS.fullmatch(line.rstrip("\n"))) == is_ours)
            file.write_bytes("".join(chosen).encode(errors="surrogateescape"))

    @property
    def left_out(self) -> tuple[str, ...]:
        """The option of pg_restore that leaves them out."""
        return (f"--use-list={self._others}",)

    def restore(self, database: str, log: Log, options: tuple[str, ...]) -> None:
        """Into the database that has its name now.

        Raises:
            Failure: the database is restored, and its jobs are not.
        """
        try:
            stream(self._server, self._store, self._manifest, database, log, (*options, f"--use-list={self._ours}"))
        except Failure as failure:
            raise Failure(
                f"{database} is restored, but not the jobs of pg_cron: {failure}; cron.database_name must be "
                f"{database}, and POSTGRES_USER a superuser. Then make the extension and its jobs by hand"
            ) from None


def has_jobs(manifest: Manifest) -> bool:
    return any(extension.name == "pg_cron" for extension in manifest.database.extensions)
