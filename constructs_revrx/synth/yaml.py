"""Manifests as YAML text that every YAML parser reads as the same values."""

import io
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from yaml._yaml import CEmitter
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.resolver import Resolver

# Texts that PyYAML would leave without quotes, but kubectl's parser (go-yaml 2, resolve.go) takes for other values.
_ALSO_BOOLEAN = re.compile(r"[yYnN]$")
_ALSO_NUMBER = re.compile(r"[-+]?(0[xXoObB][0-9a-fA-F_]+|(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9_]+)?)$")

# What is taken for another value than a text, by its first character.
_OTHER_VALUES = {first: [pattern for _, pattern in pairs] for first, pairs in Resolver.yaml_implicit_resolvers.items()}
for _first in "yYnN":
    _OTHER_VALUES.setdefault(_first, []).append(_ALSO_BOOLEAN)
for _first in "-+.0123456789":
    _OTHER_VALUES.setdefault(_first, []).append(_ALSO_NUMBER)

_BEGIN: tuple[Event, ...] = (StreamStartEvent(), DocumentStartEvent(explicit=False))
_END: tuple[Event, ...] = (DocumentEndEvent(explicit=False), StreamEndEvent())
_MAPPING = MappingStartEvent(None, None, implicit=True, flow_style=False)
_MAPPING_END = MappingEndEvent()
_LIST = SequenceStartEvent(None, None, implicit=True, flow_style=False)
_LIST_END = SequenceEndEvent()

# A few hundred texts make up most of what is written.
_REMEMBERED = 2**12


def dump(manifest: Mapping[str, Any]) -> str:
    """The YAML document of one object, its keys in their order. A value that stands in two places is written twice.

    As events, given straight to libyaml: PyYAML's nodes between the two would take three times as long.
    """
    stream = io.StringIO()
    emit = CEmitter(stream, allow_unicode=True, width=2**31 - 1).emit
    for event in _BEGIN:
        emit(event)
    _emit(emit, manifest)
    for event in _END:
        emit(event)
    return stream.getvalue()


def _emit(emit: Callable[[Event], None], value: object) -> None:
    if isinstance(value, str):
        emit(_text(value))
    elif isinstance(value, dict):
        emit(_MAPPING)
        for key, item in value.items():
            emit(_text(key))
            _emit(emit, item)
        emit(_MAPPING_END)
    elif isinstance(value, list | tuple):
        emit(_LIST)
        for item in value:
            _emit(emit, item)
        emit(_LIST_END)
    else:
        emit(ScalarEvent(None, None, (True, False), _plain(value)))


@lru_cache(_REMEMBERED)
def _text(text: str) -> ScalarEvent:
    is_plain = not any(pattern.match(text) for pattern in _OTHER_VALUES.get(text[:1], ()))
    # Lines as lines, so that a changed line of a configuration file is one line of a diff.
    style = "|" if "\n" in text else None
    # libyaml takes no subclass of str, such as a key that is a member of an enumeration.
    return ScalarEvent(None, "tag:yaml.org,2002:str", (is_plain, True), str.__str__(text), style=style)


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    # YAML 1.1 takes 1e-07 for a text.
    return text if "e" not in text or "." in text else text.replace("e", ".0e")
