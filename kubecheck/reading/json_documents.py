"""Documents in JSON that are no YAML."""

import json
import re
from collections.abc import Iterator
from typing import Any

from .documents import Broken, Chunk, Document
from .yaml_documents import DEEPEST, yaml_documents

_LOOKS_LIKE_JSON = re.compile(r'\s*\{\s*["}]')
_SPACE = re.compile(r"[ \t\r\n]*")


def documents(chunk: Chunk) -> list[Document | Broken]:
    """What a part of a text holds, in YAML or JSON.

    JSON is YAML, so that one reader, which knows all lines, is enough, but for several objects one after the other, a
    character that is two escapes, and keys of more than 1,024 characters.
    """
    found = list(yaml_documents(chunk))
    if _LOOKS_LIKE_JSON.match(chunk.text) and any(isinstance(each, Broken) for each in found):
        return list(_json_documents(chunk))
    return found


def _json_documents(chunk: Chunk) -> Iterator[Document | Broken]:
    text, at = chunk.text, _after_space(chunk.text, 0)
    while at < len(text):
        line = chunk.above + text.count("\n", 0, at) + 1
        try:
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            yield Broken(f"this is no JSON: {error.msg}; mend it", chunk.above + error.lineno, error.colno)
            return
        except RecursionError:
            value, end = None, at
        except ValueError as error:  # NaN; an integer of thousands of digits
            yield Broken(f"this is no JSON: {error}; mend it", line)
            return
        if end == at or _is_too_deep(value):
            yield Broken(f"this is nested deeper than {DEEPEST} levels, as no object is; take some out", line)
            return
        yield Document(value, line)
        at = _after_space(text, end)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is none of its numbers")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
