"""What a folder holds for the checks, and what in it is not applied as it stands: charts, and parts for kustomize."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .documents import Broken
from .kustomization import FILES as KUSTOMIZATIONS
from .kustomization import parts

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Missing:
    """What cannot be read, and why."""

    name: str
    broken: Broken


@dataclass(frozen=True)
class Note:
    """What is worth knowing about a folder, or a link to one."""

    name: str
    text: str


def below(folder: str) -> Iterator[str | Missing | Note]:
    """The path of each file in it, and in all folders below it, that may hold manifests."""
    # A stack, for folders in folders may be deeper than calls in calls.
    waiting: list[str | os.DirEntry[str]] = [folder]
    left_out: set[str] = set()
    while waiting:
        each = waiting.pop()
        path = each if isinstance(each, str) else os.path.normpath(each.path)
        if isinstance(each, str) or each.is_dir(follow_symlinks=False):
            inside, told = _inside(path, left_out)
            waiting += reversed(inside)
            yield from told
        elif each.is_symlink() and _is_folder(path):
            yield Note(path, "it is a link to a folder, which kubectl does not follow; name it to have it checked")
        elif path.endswith(SUFFIXES) and path not in left_out:
            yield path


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _inside(folder: str, left_out: set[str]) -> tuple[list[os.DirEntry[str]], list[Missing | Note]]:
    """What is to be looked at in a folder, and what is to be said about it. left_out: gets the paths of what is not."""
    try:
        with os.scandir(folder) as entries:
            inside = {entry.name: entry for entry in entries if not entry.name.startswith(".")}
    except OSError as error:
        return [], [Missing(folder, refusal(error))]
    found: list[Missing | Note] = []
    for name in KUSTOMIZATIONS & inside.keys():
        patches = {os.path.normpath(f"{folder}/{part}") for part in parts(Path(folder, name))}
        left_out |= patches
        what = "its files, and the patches are left out" if patches else "its files"
        command = f"kubectl kustomize {folder} | python -m kubecheck -"
        found.append(Note(folder, f"kustomize makes objects of {what}; check what comes of it: `{command}`"))
    if {"Chart.yaml", "templates"} <= inside.keys():
        # Templates that happen to be YAML are no objects either; the charts in it are rendered with it.
        del inside["templates"]
        inside.pop("charts", None)
        command = f"helm template {folder} | python -m kubecheck -"
        found.append(Missing(folder, Broken(f"Helm makes objects of this chart; check what comes of it: `{command}`")))
    return [inside[name] for name in sorted(inside)], found


def refusal(error: OSError | ValueError) -> Broken:
    """Why what has this name cannot be read."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return Broken("there is no such file or folder; mend the name, or the link")
    if isinstance(error, PermissionError):
        return Broken("you may not read it; change its permissions, or leave it out")
    return Broken(f"it cannot be read: {error.strerror}; mend it, or leave it out")
