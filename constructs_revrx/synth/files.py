"""Writing a set of files, each of them whole at any time."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ManifestError, Problem

# How the name of a file begins that is not yet in its place. It ends in none that kubectl would apply.
_STAGED = ".synth-"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Files that are new, other than before, or gone; each sorted by path."""

    added: tuple[Path, ...]
    changed: tuple[Path, ...]
    removed: tuple[Path, ...]


def replace_files(folders: Iterable[Path], files: Mapping[Path, str], *, made_here: str) -> Changes:
    """Make the folders hold these files, and of those that begin with `made_here` no others.

    All content is first written beside its place, which is where a full disk or Ctrl-C may end the run with nothing
    changed. Then come only renames. A run that ends between two of them leaves whole files, some old, some new, and the
    next run makes them all new. That is enough for what one command makes anew and git has: so there is no way back
    from a half, no lock, and no waiting for the disk.

    Raises:
        ManifestError: the files could not be written.
    """
    folders = sorted(set(folders))
    staged: dict[Path, Path] = {}
    said = "nothing was changed"
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        stale = {path for folder in folders for path in _made_here(folder, made_here)} - files.keys()
        added = {path for path in files if not path.exists()}
        changed = {path for path in files.keys() - added if path.read_bytes() != files[path].encode()}
        try:
            for folder in {path.parent for path in added}:
                folder.mkdir(exist_ok=True)
            for path in added | changed:
                staged[path] = path.with_name(f"{_STAGED}{os.getpid()}-{path.name}.part")
                staged[path].write_text(files[path], encoding="utf-8", newline="\n")
            said = "some files may be new already, so run it again"
            for path in [*staged]:
                staged[path].replace(path)
                del staged[path]
            for path in stale:
                path.unlink(missing_ok=True)
        finally:
            for new in staged.values():
                new.unlink(missing_ok=True)
            for folder in {path.parent for path in added | stale}:
                with contextlib.suppress(OSError):  # it holds files
                    folder.rmdir()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ManifestError([Problem(str(error.filename or folders[0]), f"{reason}; {said}")]) from None
    removed = sorted(path for path in stale if not path.name.startswith(_STAGED))
    return Changes(added=tuple(sorted(added)), changed=tuple(sorted(changed)), removed=tuple(removed))


def _made_here(folder: Path, beginning: str) -> Iterator[Path]:
    """Whatever their extension; and what a run that was killed has left beside its places."""
    wanted = beginning.encode()
    for path in (*folder.glob("*"), *folder.glob("*/*")):
        with contextlib.suppress(OSError):  # not ours to read
            if path.is_file() and (path.name.startswith(_STAGED) or _begins(path, wanted)):
                yield path


def _begins(path: Path, wanted: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(wanted)) == wanted
