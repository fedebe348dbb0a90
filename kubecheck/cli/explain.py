"""What a check is about, for --explain and --list."""

import textwrap
from collections.abc import Iterator

from ..checks.table import CHECKS
from ..waivers import ANNOTATION
from . import unreadable

_WIDTH = 100
_LONGEST_LINE, _SHOWN = 200, 40


def explained(id: str) -> Iterator[str]:
    """id: of a check, or that of what cannot be read."""
    yield id
    yield ""
    if id == unreadable.ID:
        yield from textwrap.wrap(unreadable.WHY, _WIDTH)
        yield from textwrap.wrap(unreadable.WAY_OUT, _WIDTH)
        return
    check = CHECKS[id]
    yield from textwrap.wrap(check.why, _WIDTH)
    yield from textwrap.wrap(check.way_out, _WIDTH)
    yield ""
    yield "Found in:"
    yield textwrap.indent(abridged(check.bad).rstrip(), "    ")
    yield ""
    yield "Mended:"
    yield textwrap.indent(abridged(check.good).rstrip(), "    ")
    yield ""
    if check.waivable:
        yield "To waive it for an object, annotate that:"
        yield f"    {ANNOTATION}{id}: why it does not matter here"
    else:
        yield "It cannot be waived."


def listed() -> Iterator[str]:
    ids = {**{check.id: check.why for check in CHECKS.values()}, unreadable.ID: unreadable.WHY}
    width = max(map(len, ids))
    for id, why in ids.items():
        yield f"{id.ljust(width)}  {textwrap.shorten(why, _WIDTH - width, placeholder=' …')}"


def abridged(example: str) -> str:
    """An example as it is shown: some are of values that are too long."""
    return "".join(map(_abridged, example.splitlines(keepends=True)))


def _abridged(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_SHOWN]}… ({len(line)} characters)\n"
