"""For GitHub Actions: workflow commands that become annotations of the lines, and the counts for the log.

Source: GitHub documentation, Workflow commands for GitHub Actions; actions/toolkit, packages/core/src/command.ts.
"""

from collections.abc import Iterator

from ...reading.files import STDIN_NAME
from ...reading.manifests import Place
from .. import unreadable
from ..result import Result
from .lines import counts, printable, repository_path

_IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def as_github(result: Result) -> Iterator[str]:
    for finding in result.findings:
        yield _error(finding.check, finding.text, finding.place)
    for each in result.unreadable:
        yield _error(unreadable.ID, each.text, Place(each.file, each.line), each.column)
    yield counts(result)


def _error(check: str, text: str, place: Place | None, column: int = 0) -> str:
    properties: dict[str, object] = {}
    if place and place.file == STDIN_NAME:
        where = f"{place.template}: " if place.template else ""
        text = f"{place.file}:{place.line}: {where}{text}"
    elif place:
        properties = {"file": repository_path(place.file), "line": place.line, "col": column}
    properties["title"] = check
    written = ",".join(f"{key}={str(value).translate(_IN_PROPERTY)}" for key, value in properties.items() if value)
    return f"::error {written}::{printable(text).translate(_IN_TEXT)}"
