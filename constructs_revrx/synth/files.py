"""Writing a set of files so that there are only ever the old ones or the new."""

import collections
import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import ManifestError, Problem

_STAGING = ".synth-"
_WRITERS = 8
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Files that are new, other than before, or gone; each sorted by path."""

    added: tuple[Path, ...]
    changed: tuple[Path, ...]
    removed: tuple[Path, ...]


def replace_files(folders: Iterable[Path], files: Mapping[Path, str], *, made_here: str) -> Changes:
    """Make the folders hold these files, and of those that begin with `made_here` no others.

    All content is first written beside its place, which is where a full disk or Ctrl-C may end the run with nothing
    changed. Then come only renames, with interrupts held back; if one fails, those before it are undone. A kill -9
    within these few milliseconds leaves whole files, some old, some new, and the next run makes them all new. Runs
    at the same time wait for each other.

    Raises:
        ManifestError: the files could not be written; they are as they were.
    """
    folders = sorted(set(folders))
    try:
        with contextlib.ExitStack() as stack:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(_locked(folder))
                _remove_leftovers(folder)
            stale = {path for folder in folders for path in _made_here(folder, made_here)} - set(files)
            added = {path for path in files if not path.exists()}
            changed = {path for path in files.keys() - added if path.read_bytes() != files[path].encode()}
            if added or changed or stale:
                staging = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_STAGING, dir=folders[0])))
                _replace(staging, {path: files[path] for path in added | changed}, stale)
    except OSError as error:
        place, reason = str(error.filename or folders[0]), error.strerror or str(error)
        raise ManifestError([Problem(place, f"{reason}; nothing was changed")]) from None
    return Changes(added=tuple(sorted(added)), changed=tuple(sorted(changed)), removed=tuple(sorted(stale)))


def _replace(staging: Path, files: Mapping[Path, str], stale: Iterable[Path]) -> None:
    backup: dict[Path, Path] = {}
    new = {path: staging / f"{number}.new" for number, path in enumerate(files)}
    # At the same time: each waits for the disk, which takes the requests of all together.
    with ThreadPoolExecutor(_WRITERS) as pool:
        collections.deque(pool.map(_write, new.values(), files.values()), maxlen=0)
    for number, path in enumerate([*files, *stale]):
        if path.exists():
            backup[path] = staging / f"{number}.old"
            _link(path, backup[path])
    with _interrupts_held_back():
        done: list[Path] = []
        try:
            for path, staged in new.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(path)
                done.append(path)
            for path in stale:
                path.unlink()
                done.append(path)
        except OSError:
            for path in done:
                if path in backup:
                    backup[path].replace(path)
                else:
                    path.unlink()
            raise
        for folder in {path.parent for path in stale}:
            with contextlib.suppress(OSError):  # still holds files
                folder.rmdir()


def _made_here(folder: Path, beginning: str) -> Iterator[Path]:
    for path in (*folder.glob("*.yaml"), *folder.glob("*/*.yaml")):
        if path.is_file() and path.read_bytes().startswith(beginning.encode()):
            yield path


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # or a power cut could leave the name with no content behind it


def _link(path: Path, backup: Path) -> None:
    try:
        os.link(path, backup)
    except OSError:  # a file system without hard links
        shutil.copy2(path, backup)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The lock is on the folder itself, so it leaves no file and dies with its process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_leftovers(folder: Path) -> None:
    """What a run that was killed has staged; whoever holds the lock knows that none is still at work."""
    for staging in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """By handlers, not by a mask: that is one thread's, and jsii's other thread would take the signal."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread sets handlers
        return
    received: list[int] = []
    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for interrupt in received:
            signal.raise_signal(interrupt)
