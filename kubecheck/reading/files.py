"""The files that arguments name: each of them, in folders all that may hold manifests, and what stands in their way."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .documents import Broken
from .folders import SUFFIXES, Missing, Note, below, refusal

STDIN = "-"
STDIN_NAME = "stdin"

# Text becomes ten times as much in memory. etcd takes 1.5 MB an object, so this is no file of manifests.
LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file with its bytes.

    Args:
        name: as it is shown.
        folder: the argument that it was found in; empty when it is named itself.
    """

    name: str
    data: bytes
    folder: str = ""


Found = File | Missing | Note


def find(arguments: Sequence[str]) -> Iterator[Found]:
    """Each file once, in the order of the arguments, and of names in a folder.

    In a folder these are all that end in SUFFIXES, in the folders below it too, as kubectl's -R has it. What is hidden,
    and links to folders, are left out.
    """
    seen: set[tuple[int, int]] = set()
    for argument in dict.fromkeys(arguments):
        if argument in (STDIN, "/dev/stdin"):
            yield _stdin()
            continue
        try:
            is_folder = stat.S_ISDIR(os.stat(argument).st_mode)  # noqa: PTH116
        except (OSError, ValueError) as error:
            yield Missing(argument, refusal(error))
            continue
        yield from _in_folder(argument, seen) if is_folder else _file(argument, seen)


def _stdin() -> Found:
    name = STDIN_NAME
    if sys.stdin is None:
        return Missing(name, Broken("it is closed; pipe manifests in, or name a file"))
    try:
        return _whole(name, sys.stdin.buffer.read(LARGEST + 1))
    except OSError as error:
        return Missing(name, refusal(error))


def _in_folder(folder: str, seen: set[tuple[int, int]]) -> Iterator[Found]:
    is_empty = True
    for found in below(folder):
        is_empty = is_empty and isinstance(found, Note)
        if isinstance(found, str):
            yield from _file(found, seen, folder)
        else:
            yield found
    if is_empty:
        yield Missing(folder, Broken(f"no file in it ends in {', '.join(SUFFIXES)}; name a folder with manifests"))


def _file(path: str, seen: set[tuple[int, int]], folder: str = "") -> Iterator[Found]:
    try:
        status = os.stat(path)  # noqa: PTH116
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        is_substitution = not folder and path.startswith("/dev/fd/")  # <(helm template …)
        if not stat.S_ISREG(status.st_mode) and not is_substitution:
            text = "it is a device, pipe or socket, which may never end; pipe it in: `… | python -m kubecheck -`"
            yield Missing(path, Broken(text))
            return
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        yield Missing(path, refusal(error))
    else:
        yield _whole(path, data, folder)


def _whole(name: str, data: bytes, folder: str = "") -> Found:
    if len(data) > LARGEST:
        return Missing(name, Broken(f"it is larger than {LARGEST // 2**20} MiB; split it"))
    return File(name, data, folder)
