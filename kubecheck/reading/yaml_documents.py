"""Documents in YAML: libyaml says what stands there, and here it becomes what kubectl would make of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from . import scalars
from .documents import Broken, Chunk, Document, template_of

# A schema in a CustomResourceDefinition has about 50 levels. Python ends at 1,000, and a check takes some for each.
DEEPEST = 200

_OPEN = object()  # the value of an anchor that has not ended
_MERGE = object()  # the key `<<`
_NO_KEY = object()  # what comes next in a mapping is a key


class _Unfit(yaml.MarkedYAMLError):
    """What YAML allows and kubectl does not. The text has its way out."""

    def __init__(self, text: str, event: Any) -> None:
        super().__init__(problem=text, problem_mark=event.start_mark)


def yaml_documents(chunk: Chunk) -> Iterator[Document | Broken]:
    parser = yaml.CSafeLoader(chunk.text)
    try:
        parser.get_event()
        while isinstance(parser.get_event(), yaml.DocumentStartEvent):
            yield _Composer(chunk).document(parser.get_event)
    except yaml.YAMLError as error:
        yield _broken(error, chunk)


class _Outer(NamedTuple):
    """What surrounds a mapping or list that is being read."""

    container: Any
    key: Any
    anchor: str | None
    decoded: int


class _Composer:
    """Makes values of events, with a stack of its own: no text exhausts that of Python."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._stack: list[_Outer] = []
        self._container: Any = None
        self._key: Any = _NO_KEY
        self._root: Any = None
        self._anchors: dict[str, Any] = {}
        self._sizes: dict[str, int] = {}
        self._decoded = 0
        self._aliased = 0
        # The keys of a mapping that are not merged into it, by its id(); only of those that have merged ones.
        self._own_keys: dict[int, set[str]] = {}
        self._items: dict[int, int] = {}
        self._repeated: list[tuple[int, str]] = []

    def document(self, get_event: Callable[[], Any]) -> Document:
        steps: Mapping[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
        }
        event = get_event()
        line = self._line(event)
        while step := steps.get(type(event)):
            step(event)
            event = get_event()
        return Document(self._root, line, template_of(self._chunk), self._items, self._repeated)

    def _line(self, event: Any) -> int:
        return self._chunk.above + int(event.start_mark.line) + 1

    def _scalar(self, event: Any) -> None:
        value: Any = event.value
        self._decoded += 1
        try:
            if event.tag is not None:
                value = scalars.tagged(event.tag, value)
            elif event.implicit[0]:
                if not value or value[0] in scalars.FIRST_CHARACTERS:
                    value = scalars.plain(value)
                elif value == "<<" and self._key is _NO_KEY and type(self._container) is dict:
                    self._key = _MERGE
                    return
        except ValueError as error:
            raise _Unfit(str(error), event) from None
        if event.anchor is not None:
            self._anchors[event.anchor], self._sizes[event.anchor] = value, 1
        self._add(value, event)

    def _start(self, event: Any) -> None:
        self._decoded += 1
        if len(self._stack) == DEEPEST:
            raise _Unfit(f"this is nested deeper than {DEEPEST} levels, as no object is; take some out", event)
        new: Any = {} if type(event) is yaml.MappingStartEvent else []
        if type(self._container) is list and self._stack[-1].key == "items":
            self._items[id(new)] = self._line(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = _OPEN
        self._stack.append(_Outer(self._container, self._key, event.anchor, self._decoded))
        self._container, self._key = new, _NO_KEY

    def _end(self, event: Any) -> None:
        value = self._container
        self._container, self._key, anchor, decoded = self._stack.pop()
        if anchor is not None:
            self._anchors[anchor], self._sizes[anchor] = value, self._decoded - decoded + 1
        self._add(value, event)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if name not in self._anchors:
            raise _Unfit(f"undefined alias {name!r}; {_way_out('undefined alias')}", event)
        if self._anchors[name] is _OPEN:
            raise _Unfit(f"anchor {name!r} contains itself; write out what is meant", event)
        self._decoded += 1 + self._sizes[name]
        self._aliased += self._sizes[name]
        if _is_excessive(self._aliased, self._decoded):
            raise _Unfit(f"aliases make {self._decoded} values of it, which kubectl refuses; write less of them", event)
        self._add(self._anchors[name], event)

    def _add(self, value: Any, event: Any) -> None:
        container = self._container
        if type(container) is list:
            container.append(value)
        elif container is None:
            self._root = value
        elif self._key is _NO_KEY:
            self._key = self._new_key(value, event)
        elif self._key is _MERGE:
            self._own_keys.setdefault(id(container), set(container))
            container.update(_merged(value, event))
            self._key = _NO_KEY
        else:
            container[self._key] = value
            self._key = _NO_KEY

    def _new_key(self, value: Any, event: Any) -> str:
        try:
            key = value if type(value) is str else scalars.key(value)
        except ValueError as error:
            raise _Unfit(str(error), event) from None
        own_keys = self._own_keys.get(id(self._container), self._container) if self._own_keys else self._container
        if key in own_keys:
            self._repeated.append((self._line(event), key))
        if own_keys is not self._container:
            own_keys.add(key)
        return key


def _merged(value: Any, event: Any) -> dict[str, Any]:
    """Of several the first wins. All of them win over what stands above: YAML says otherwise, and kubectl so."""
    merged: dict[str, Any] = {}
    for each in reversed(value if isinstance(value, list) else [value]):
        if not isinstance(each, dict):
            raise _Unfit("<< merges mappings, and this is none; write *NAME of an anchored mapping", event)
        merged.update(each)
    return merged


def _is_excessive(aliased: int, decoded: int) -> bool:
    """Source: go.yaml.in/yaml/v2, decode.go, allowedAliasRatio."""
    low, high = 400_000, 4_000_000
    allowed = 0.99 - 0.89 * (min(max(decoded, low), high) - low) / (high - low)
    return aliased > 100 and decoded > 1000 and aliased / decoded > allowed


# How libyaml says it, and what usually helps.
_WAYS_OUT = (
    ("mapping values are not allowed", "mend the indentation, or quote a value that has ': ' in it"),
    ("expected ':'", "write `key: value`"),
    ("<document start>", "begin a document with a line ---, and end a bracket or a text before it"),
    ("did not find expected", "mend the indentation, a bracket or a quote, here or above"),
    ("unexpected end of stream", "close the quote"),
    ("undefined alias", "define the anchor above it, or quote a text that begins with '*'"),
    ("while scanning an a", "quote a text that begins with '*' or '&'"),
    ("cannot start any token", "quote a text that begins with '%', '@' or '`'"),
    ("escape", "write the text in single quotes, or \\\\ for a backslash"),
    ("control characters", "take the character out, or write it as an escape in double quotes"),
)


def _way_out(text: str) -> str:
    return next((way_out for words, way_out in _WAYS_OUT if words in text), "mend the YAML")


def _broken(error: yaml.YAMLError, chunk: Chunk) -> Broken:
    text = ", ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that YAML does not have
        before = chunk.text[: getattr(error, "position", 0)]
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        text = str(getattr(error, "reason", error))
    else:
        line, column = mark.line, mark.column
    return Broken(f"{text}{_advice(error, text, chunk, line)}", chunk.above + line + 1, column + 1)


def _advice(error: yaml.YAMLError, text: str, chunk: Chunk, line: int) -> str:
    lines = chunk.text.split("\n")
    if any(each.startswith("<<<<<<< ") for each in lines):
        return "; resolve the merge conflict"
    if any("{{" in each for each in lines[max(0, line - 1) : line + 1]):
        return "; this is a template: check what it becomes, `helm template CHART | python -m kubecheck -`"
    if "cannot start any token" in text and lines[line].lstrip(" ").startswith("\t"):
        return "; indent with spaces: YAML takes no tabs there"
    return "" if isinstance(error, _Unfit) else f"; {_way_out(text)}"
