"""What a scalar in YAML stands for, as kubectl reads it: YAML 1.1 without base 60 and without dates.

Source: sigs.k8s.io/yaml, which kubectl and Helm read manifests with, and go.yaml.in/yaml/v2, resolve.go. PyYAML reads
`1:30` as 90, `y` as a text and `2024-01-01` as a date.
"""

import base64
import binascii
import re
import struct
from functools import lru_cache
from typing import Any

_PREFIX = "tag:yaml.org,2002:"

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NO_NUMBERS = {sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")} | {".nan", ".NaN", ".NAN"}

# What begins otherwise is a text.
FIRST_CHARACTERS = frozenset("0123456789+-.~yYnNtTfFoO")

_INTEGER = re.compile(r"[-+]?(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASES = {"hex": 16, "bin": 2, "oct": 8}

# No number is this long, and Python takes its time with digits, or refuses them.
_LONGEST_NUMBER = 400


@lru_cache(maxsize=4096)
def plain(text: str) -> Any:
    """The value of a scalar that has neither quotes nor a tag.

    Raises:
        ValueError: what is no value in JSON.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text in _NO_NUMBERS:
        raise ValueError(f"{text} is a number that JSON does not have; write it in quotes, if the text is meant")
    if text[0] not in "0123456789+-." or len(text) > _LONGEST_NUMBER:
        return text
    digits = text.replace("_", "")
    number: float | int | None = _integer(digits)
    if number is None and _FLOAT.fullmatch(digits):
        number = as_json(float(digits))
    return text if number is None else number


def _integer(digits: str) -> int | None:
    """None also for what has no room in an int64: it is a float then."""
    match = _INTEGER.fullmatch(digits)
    if match is None:
        return None
    if match.lastgroup is None:
        number = int(digits)
    else:
        number = int(match[match.lastgroup], _BASES[match.lastgroup]) * (-1 if digits[0] == "-" else 1)
    return number if -(2**63) <= number < 2**63 else None


def as_json(number: float) -> float | int | None:
    """A float as it comes out of JSON, where 80.0 is written 80; None when it is beyond what a float can hold."""
    if number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with a tag: of one that YAML does not define, the text.

    Raises:
        ValueError: the text is none that the tag can stand before.
    """
    name = tag.removeprefix(_PREFIX) if tag.startswith(_PREFIX) else ""
    if name == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise ValueError("!!binary stands before what is no base64") from None
    if name not in ("bool", "int", "float", "null"):
        return text
    value = plain(text) if text == "" or text[0] in FIRST_CHARACTERS else text
    kinds = {"bool": (bool,), "int": (int,), "float": (int, float), "null": (type(None),)}
    if type(value) not in kinds[name]:
        raise ValueError(f"{text!r} is no {name}, as the tag !!{name} says")
    return value


def key(value: Any) -> str:
    """The text that a key becomes in JSON.

    Raises:
        ValueError: it is null, a mapping or a list.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{struct.unpack('f', struct.pack('f', value))[0]:.8g}"
    what = "null" if value is None else "a mapping" if isinstance(value, dict) else "a list"
    raise ValueError(f"{what} cannot be a key; write a text, in quotes if need be")
