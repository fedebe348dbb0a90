"""Folders and processes of a user that is not root, as whom PostgreSQL refuses to run and pods never run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

_NOBODY = 65534

# A checkout may lie where only root may look; the capability is to read, and none to write.
AS_USER = (
    (
        shutil.which("setpriv") or "setpriv",
        f"--reuid={_NOBODY}",
        f"--regid={_NOBODY}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
    )
    if os.geteuid() == 0
    else ()
)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """pytest's own are below one that only root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-backup-"))
    try:
        give(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def give(path: Path) -> Path:
    """To the user that the processes run as."""
    if AS_USER:
        os.chown(path, _NOBODY, _NOBODY)
    return path


def new_folder(path: Path) -> Path:
    path.mkdir()
    return give(path)
