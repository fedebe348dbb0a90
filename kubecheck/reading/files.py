"""The files that arguments name: each of them, in folders all that may hold manifests, and what stands in their way."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .documents import Broken

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"
STDIN_NAME = "stdin"

# Text becomes ten times as much in memory. etcd takes 1.5 MB an object, so this is no file of manifests.
LARGEST = 512 * 1024 * 1024

KUSTOMIZATIONS = {"kustomization.yaml", "kustomization.yml", "Kustomization"}


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


@dataclass(frozen=True)
class Missing:
    """What cannot be read, and why."""

    name: str
    broken: Broken


@dataclass(frozen=True)
class Note:
    """What was left out on purpose, or is worth knowing about a folder."""

    name: str
    text: str


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
            yield Missing(argument, _refusal(error))
            continue
        yield from _in_folder(argument, seen) if is_folder else _file(argument, seen)


def _stdin() -> Found:
    name = STDIN_NAME
    if sys.stdin is None:
        return Missing(name, Broken("it is closed; pipe manifests in, or name a file"))
    try:
        return _whole(name, sys.stdin.buffer.read(LARGEST + 1))
    except OSError as error:
        return Missing(name, _refusal(error))


def _in_folder(folder: str, seen: set[tuple[int, int]]) -> Iterator[Found]:
    is_empty = True
    for path, found in _below(folder):
        is_empty = is_empty and isinstance(found, Note)
        if found is None:
            yield from _file(path, seen, folder)
        else:
            yield found
    if is_empty:
        yield Missing(folder, Broken(f"no file in it ends in {', '.join(SUFFIXES)}; name a folder with manifests"))


def _below(folder: str) -> Iterator[tuple[str, Missing | Note | None]]:
    """The path of each file that may hold manifests, and of what is to be said about others."""
    # A stack, for folders in folders may be deeper than calls in calls.
    waiting: list[str | os.DirEntry[str]] = [folder]
    while waiting:
        each = waiting.pop()
        path = each if isinstance(each, str) else os.path.normpath(each.path)
        if isinstance(each, str) or each.is_dir(follow_symlinks=False):
            inside, told = _inside(path)
            waiting += reversed(inside)
            for found in told:
                yield path, found
        elif each.is_symlink() and _is_folder(path):
            text = "it is a link to a folder, which kubectl does not follow; name it to have it checked"
            yield path, Note(path, text)
        elif path.endswith(SUFFIXES):
            yield path, None


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _inside(folder: str) -> tuple[list[os.DirEntry[str]], list[Missing | Note]]:
    """What is to be looked at in a folder, and what is to be said about it."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted(
                (entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name
            )
    except OSError as error:
        return [], [Missing(folder, _refusal(error))]
    found: list[Missing | Note] = []
    inside = [entry for entry in inside if not entry.name.startswith(".")]
    names = {entry.name for entry in inside}
    if names & KUSTOMIZATIONS:
        command = f"kubectl kustomize {folder} | python -m kubecheck -"
        found.append(Note(folder, f"kustomize puts it together; check what comes of it: `{command}`"))
    if {"Chart.yaml", "templates"} <= names:
        # Templates that happen to be YAML are no objects either.
        inside = [entry for entry in inside if entry.name != "templates"]
        command = f"helm template {folder} | python -m kubecheck -"
        found.append(Missing(folder, Broken(f"Helm makes objects of this chart; check what comes of it: `{command}`")))
    return inside, found


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
        yield Missing(path, _refusal(error))
    else:
        yield _whole(path, data, folder)


def _whole(name: str, data: bytes, folder: str = "") -> Found:
    if len(data) > LARGEST:
        return Missing(name, Broken(f"it is larger than {LARGEST // 2**20} MiB; split it"))
    return File(name, data, folder)


def _refusal(error: OSError | ValueError) -> Broken:
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return Broken("there is no such file or folder; mend the name, or the link")
    if isinstance(error, PermissionError):
        return Broken("you may not read it; change its permissions, or leave it out")
    return Broken(f"it cannot be read: {error.strerror}; mend it, or leave it out")
