"""The documents in a text, YAML or JSON, each read for itself: one that is broken leaves the others alone.

Where a document ends is what kubectl says (apimachinery, pkg/util/yaml, YAMLReader): at a line that begins with `---`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SEPARATOR = re.compile(r"^---(?P<rest>.*)$", re.MULTILINE)

# What Helm writes above each document.
_SOURCE = re.compile(r"\s*# Source: (\S.*)")


@dataclass(frozen=True)
class Document:
    """A document and where it stands.

    Args:
        value: what it holds: mappings with texts as keys, lists, texts, numbers, true, false and null.
        line: of its first key.
        template: the file of a chart that Helm says it is from.
        items: the line of each mapping in a list `items`, by its id().
        repeated: lines and keys that stand in their mapping a second time, of which the last is taken.
    """

    value: Any
    line: int
    template: str = ""
    items: Mapping[int, int] = field(default_factory=dict)
    repeated: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Broken:
    """What could not be read, or read whole.

    Args:
        text: in one line the reason and the way out.
        line: counted from 1; 0 when the text is about the whole file.
        column: counted from 1; 0 when nobody knows.
    """

    text: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Chunk:
    """A part of a text that is one document, and the number of lines above it."""

    text: str
    above: int


def chunks(text: str) -> Iterator[Chunk | Broken]:
    start, above, is_separated = 0, 0, True
    for match in _SEPARATOR.finditer(text):
        if is_separated:
            yield Chunk(text[start : match.start()], above)
        above += text.count("\n", start, match.start())
        start = match.end()
        rest = match["rest"].strip()
        is_separated = not rest or rest.startswith("#")
        if not is_separated:
            yield Broken(
                f"after --- stands {_short(rest)!r}, and kubectl takes nothing there but a comment; write it on the "
                "next line",
                above + 1,
                4,
            )
    if is_separated:
        yield Chunk(text[start:], above)


def template_of(chunk: Chunk) -> str:
    match = _SOURCE.match(chunk.text)
    return match[1].strip() if match else ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
