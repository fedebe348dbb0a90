"""What the fields of an object may hold, and how they stand in it."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from math import isfinite
from typing import Any

from .types import shown

_INDEX = re.compile("0|[1-9][0-9]*")
_LARGEST_INDEX = 2**32 - 2

# Fields that a Manifest makes of its options.
OPTIONS = ("metadata", "apiVersion")

# Kubernetes reads whole numbers as 64 bits with a sign.
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def tidy(value: Any) -> Any:
    """The value without the keys that are None, the others in the order of cdk8s, so that code can move freely.

    Numbers are as JavaScript has them: 1.0 is 1.

    Raises:
        TypeError, RecursionError: it is not one that YAML has; `field_problems` tells what and where.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {key: tidy(value[key]) for key in _in_order(value) if value[key] is not None}
    if kind is list or isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    if isinstance(value, Enum):
        return tidy(value.value)
    return str.__str__(value) if isinstance(value, str) else _number(value)


def _number(value: Any) -> int | float:
    if isinstance(value, float) and isfinite(value):
        return int(value) if value.is_integer() else value
    if isinstance(value, int) and _SMALLEST <= value <= _LARGEST:
        return int(value)
    raise TypeError


def _in_order(mapping: Mapping[str, Any]) -> list[str]:
    """Sorted, but as JavaScript does it: by UTF-16, and what may be the index of an array before all else."""
    keys = sorted(mapping)
    if keys and (keys[0] < ":" or not "".join(keys).isascii()):
        keys.sort(key=_javascript_order)
    return keys


def _javascript_order(key: str) -> tuple[bool, int, bytes]:
    if _INDEX.fullmatch(key) and int(key) <= _LARGEST_INDEX:
        return False, int(key), b""
    return True, 0, key.encode("utf-16-be", "surrogatepass")


def field_problems(fields: Mapping[str, Any]) -> Iterator[str]:
    for field in OPTIONS:
        if field in fields:
            yield f"{field}: is made of options; give api_version, name, namespace, labels and annotations instead"
    try:
        for field, value in fields.items():
            yield from _unwritable(field, value)
    except RecursionError:
        yield f"{field}: holds itself, which no file can; give plain values"


def _unwritable(place: str, value: Any) -> Iterator[str]:
    """What is no plain value and so would reach the file as something else, or not at all."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _unwritable(f"{place}.{key}", item)
            else:
                yield f"{place}: key is {shown(key)}, which is not text; write {str(key)!r}"
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _unwritable(f"{place}[{number}]", item)
    elif not isinstance(value, str | int | float | None) or (isinstance(value, float) and not isfinite(value)):
        yield f"{place}: {shown(value)} is not a value that YAML has; give texts, numbers, booleans, lists and mappings"
    elif isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        yield f"{place}: a number of more than 64 bits is none that Kubernetes reads; write it as text"
