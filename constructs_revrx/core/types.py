"""Whether a value is of a type and, where it is not, which item of it and what to write instead.

Not by typeguard, which jsii brings (2.13): it stops at the first item, takes True for an int, and passes over `X | Y`
and the items of a Mapping.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from inspect import isclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

_LONGEST_VALUE = 60
_WORDS = {
    str: ("text", "texts"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("True or False", "True or False"),
    NoneType: ("None", "None"),
    Any: ("anything", "anything"),
}
_UNIONS = (Union, UnionType)
_COLLECTIONS = {tuple: "tuple", dict: "dict", Mapping: "dict", Collection: "set"}


def _is_whole(text: str) -> bool:
    """Whether a file can hold it: half of a surrogate pair is no character."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


# Types of which a value may be an instance and still not be meant: True is an int.
_EXACT: dict[Any, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str) and _is_whole(value),
    int: lambda value: type(value) is int or (isinstance(value, int) and not isinstance(value, bool)),
}


@cache
def fits(hint: Any) -> Callable[[Any], bool]:
    """The test of a type."""
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return lambda value: isinstance(value, str) and value in arguments
    if get_origin(hint) in _UNIONS:
        tests = [fits(argument) for argument in arguments]
        return lambda value: any(test(value) for test in tests)
    if arguments:
        return _collection_test(hint)
    if hint in _EXACT:
        return _EXACT[hint]
    if not _is_class(hint):
        return lambda value: True  # noqa: ARG005
    return lambda value: type(value) is hint or isinstance(value, hint)


def _collection_test(hint: Any) -> Callable[[Any], bool]:
    tests = [fits(argument) for argument in get_args(hint) if argument is not Ellipsis]
    first, last = tests[0], tests[-1]
    kind = get_origin(hint)
    if _is_fixed_tuple(hint):
        return lambda value: _outer_fits(hint, value) and all(map(_call, tests, value))
    if issubclass(kind, Mapping):
        # A dict is asked by its type: an abstract class takes five times as long to answer.
        return lambda value: (
            (type(value) is dict or isinstance(value, kind))
            and all(map(first, value))
            and all(map(last, value.values()))
        )
    return lambda value: isinstance(value, kind) and not isinstance(value, str | bytes) and all(map(first, value))


def _call(test: Callable[[Any], bool], value: Any) -> bool:
    return test(value)


def _is_fixed_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple and get_args(hint)[-1] is not Ellipsis


def _is_class(hint: Any) -> bool:
    """Not Any, nor a Protocol, whose members are for those to check who use them."""
    return isclass(hint) and hint is not Any and not getattr(hint, "_is_protocol", False)


def _outer_fits(hint: Any, value: object) -> bool:
    """Whether a value is of a type but for what is inside."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (*_UNIONS, Literal):
        return False
    if not arguments:
        return False
    if _is_fixed_tuple(hint):
        return isinstance(value, tuple) and len(value) == len(arguments)
    return isinstance(value, origin) and not isinstance(value, str | bytes)


def faults(hint: Any, value: object, subject: str = "", verb: str = "is") -> Iterator[str]:
    """What is wrong with a value, down to the item where it is. subject: where the value stands."""
    if fits(hint)(value):
        return
    if get_origin(hint) in _UNIONS:
        hint = next((member for member in get_args(hint) if _outer_fits(member, value)), hint)
    before = f"{subject}: " if subject else ""
    arguments = get_args(hint)
    if not _outer_fits(hint, value):
        told = f"{subject} {verb} {shown(value)}, which is" if subject else f"{shown(value)} is"
        yield f"{told} {_reason(hint, value)}; {_way_out(hint, value)}"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from faults(arguments[0], key, f"{before}key")
            yield from faults(arguments[1], item, f"{before}{key}")
    elif isinstance(value, tuple) and _is_fixed_tuple(hint):
        for argument, item in zip(arguments, value, strict=True):
            yield from faults(argument, item, subject, "has")
    elif isinstance(value, Collection):
        for item in value:
            yield from faults(arguments[0], item, subject, "has")


def _reason(hint: Any, value: object) -> str:
    origin = get_origin(hint)
    if isinstance(value, str) and not _is_whole(value):
        return "not text, for half of a character is in it"
    if isinstance(value, str) and isclass(origin) and issubclass(origin, Collection):
        return "one text"
    return f"not {words(hint)}"


def words(hint: Any, *, many: bool = False) -> str:
    """A type, as people say it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint][many]
    if origin is Literal:
        return _either([repr(argument) for argument in arguments])
    if origin in _UNIONS:
        return _either([words(argument, many=many) for argument in arguments])
    if _is_fixed_tuple(hint):
        return f"{'pairs' if many else 'a pair'} ({', '.join(map(words, arguments))})"
    if arguments:
        name = _COLLECTIONS.get(origin, "list")
        inside = " to ".join(words(argument, many=True) for argument in arguments if argument is not Ellipsis)
        return f"{name}s of {inside}" if many else f"a {name} of {inside}"
    name = getattr(hint, "__name__", str(hint))
    return f"{name}s" if many else f"{'an' if name[0] in 'AEIO' or name == 'S3' else 'a'} {name}"


def _either(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def shown(value: object, depth: int = 3) -> str:
    """A value on one line; of an object only its class, for the rest may differ from run to run."""
    if isinstance(value, str | bytes | int | float | None):
        text = repr(value)
    elif isinstance(value, type):
        text = value.__name__
    elif isinstance(value, set) and depth:
        text = f"{{{', '.join(sorted(shown(item, depth - 1) for item in value))}}}"
    elif not isinstance(value, list | tuple | dict) or not depth:
        text = f"{type(value).__name__}(…)"
    elif isinstance(value, dict):
        text = ", ".join(f"{shown(key, depth - 1)}: {shown(item, depth - 1)}" for key, item in value.items())
        text = f"{{{text}}}"
    else:
        text = ", ".join(shown(item, depth - 1) for item in value)
        text = f"[{text}]" if isinstance(value, list) else f"({text}{',' if len(value) == 1 else ''})"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _way_out(hint: Any, value: object) -> str:
    members = get_args(hint) if get_origin(hint) in _UNIONS else (hint,)
    written = [text for member in members if (text := _converted(member, value))]
    if not written and any(_shape(member) for member in members):
        written = [_shape(member) or words(member) for member in members]
    if written:
        return f"write {_either(written)}"
    wanted = words(hint)
    # The message has just said which type is wanted; of a single text it has not.
    return "give one" if wanted.startswith(("a ", "an ")) and not isinstance(value, str) else f"give {wanted}"


def _converted(hint: Any, value: object) -> str | None:
    """The code that was probably meant."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is str and isinstance(value, int | float):
        return repr(str(value))
    if hint is int and isinstance(value, str | float) and (digits := re.fullmatch(r"(-?[0-9]{1,9})(\.0)?", str(value))):
        return str(int(digits[1]))
    if isinstance(value, str) and _takes_one_text(hint):
        return f"{hint.__name__}({shown(value)})"
    if origin is tuple and isinstance(value, list) and fits(hint)(tuple(value)):
        return shown(tuple(value))
    # Not [text] for a text: a whole command line in one text is several arguments.
    if origin is Sequence and not isinstance(value, str) and fits(arguments[0])(value):
        return f"[{shown(value)}]"
    return None


def _takes_one_text(hint: Any) -> bool:
    needed = _needed(hint)
    return len(needed) == 1 and needed[0].type is str and not needed[0].kw_only


def _shape(hint: Any) -> str | None:
    """How a value is written; None of other classes."""
    if not _is_dataclass(hint):
        return None
    if factories := [name for name, member in vars(hint).items() if isinstance(member, classmethod)]:
        return _either([f"{hint.__name__}.{name}(…)" for name in factories])
    options = [f"{field.name}=…" for field in _needed(hint)] or ["…"] * bool(fields(hint))
    return f"{hint.__name__}({', '.join(options)})"


def _needed(hint: Any) -> list[Field[Any]]:
    """The fields without a default."""
    every = fields(hint) if _is_dataclass(hint) else ()
    return [field for field in every if field.default is MISSING and field.default_factory is MISSING]


def _is_dataclass(hint: Any) -> bool:
    return isclass(hint) and is_dataclass(hint)
