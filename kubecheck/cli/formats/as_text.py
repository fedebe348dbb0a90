"""For people: what was found under the file that it is in, and at the end the counts."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ...reading.manifests import Place
from .. import unreadable
from ..result import Result
from .lines import counts, printable

_SHOWN = 5
_BOLD, _DIM, _RED, _YELLOW, _GREEN = "1", "2", "31", "33", "32"


class _Row(NamedTuple):
    line: int
    where: str
    check: str
    text: str


def as_text(result: Result, *, colour: bool = False) -> Iterator[str]:
    def paint(text: str, *codes: str) -> str:
        return f"\033[{';'.join(codes)}m{text}\033[0m" if colour else text

    for heading, rows in _groups(result):
        yield paint(printable(heading), _BOLD)
        of_where, of_check = max(len(row.where) for row in rows), max(len(row.check) for row in rows)
        for row in rows:
            where = paint(row.where.rjust(of_where), _DIM)
            yield f"  {where}  {paint(row.check.ljust(of_check), _RED)}  {printable(row.text)}"
        yield ""
    for check, texts in _unseen(result):
        for text in texts[:_SHOWN]:
            yield f"{paint('not seen', _YELLOW)}  {check}: {printable(text)}"
        if len(texts) > _SHOWN:
            yield f"{paint('not seen', _YELLOW)}  {check}: and {len(texts) - _SHOWN} more, which --format json has"
    for note in result.notes:
        yield f"{paint('note', _YELLOW)}  {printable(f'{note.name}: {note.text}')}"
    if result.others:
        shown = ", ".join(result.others[:_SHOWN]) + (", …" if len(result.others) > _SHOWN else "")
        what = "1 file holds" if len(result.others) == 1 else f"{len(result.others)} files hold"
        yield f"{paint('note', _YELLOW)}  {what} no object: {printable(shown)}"
    if result.placed:
        what = "1 object says" if result.placed == 1 else f"{result.placed} objects say"
        yield f"{what} no namespace: taken to be in {printable(result.namespace)} (--namespace names another)"
    yield paint(counts(result), _RED if result.exit_code else _GREEN)


def _unseen(result: Result) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for unseen in result.unseen:
        groups[unseen.check].append(unseen.text)
    yield from groups.items()


def _groups(result: Result) -> Iterator[tuple[str, list[_Row]]]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for finding in result.findings:
        place = finding.place or Place("the command line", 0)
        heading = f"{place.file}: {place.template}" if place.template else place.file
        groups[heading].append(_Row(place.line, str(place.line or ""), finding.check, finding.text))
    for each in result.unreadable:
        where = ":".join(str(number) for number in (each.line, each.column) if number)
        groups[each.file].append(_Row(each.line, where, unreadable.ID, each.text))
    for heading, rows in groups.items():
        yield heading, sorted(rows, key=lambda row: row.line)
