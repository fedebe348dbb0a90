"""What the formats share: counts in a line, and texts and paths that are safe in it."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..result import Result


def printable(text: str) -> str:
    """Without characters that end the line, move the cursor or change colours: names and values are anyone's."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def counts(result: Result) -> str:
    return (
        f"{_number(result.objects, 'object')} in {_number(result.files, 'file')}, for Kubernetes {result.kubernetes}: "
        + ", ".join(_counts(result))
    )


def _counts(result: Result) -> Iterator[str]:
    yield _number(len(result.findings), "finding")
    if result.unreadable:
        yield f"{len(result.unreadable)} unreadable"
    if result.unseen:
        yield f"{len(result.unseen)} not seen"


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def repository_path(path: str) -> str:
    """A path as annotations want it: from the root of the repository, which is where a workflow runs, or here."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    try:
        return Path(os.path.normpath(Path.cwd() / path)).relative_to(root).as_posix()
    except ValueError:
        return Path(path).as_posix()
