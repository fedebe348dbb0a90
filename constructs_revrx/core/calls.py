"""Calls that do not fit: options that are unknown, missing or of another type, told all together.

Python's own TypeError stops at the first of them, and names the place in the library where it was noticed.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, partial, wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, dataclass_transform, get_type_hints, overload

from constructs import Construct

from .errors import ManifestError, Problem
from .on_demand import path_in
from .types import faults, fits, words

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

# Packages whose frames the stack has between a user's call and the check of it.
_BETWEEN = {"constructs_revrx", "dataclasses", "jsii"}

# Arguments that Python gives, and no user.
_BOUND = ("self", "cls")


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A constructor, method or function that raises when a call does not fit, with all that is wrong with it.

    At once, unlike the problems of values: without sane arguments there is nothing that could be built, and asked by
    `synth`.

    Raises:
        ManifestError: with the path of the construct that was to be made.
    """
    return _check(function, _Call(function))


def _check(function: Callable[P, R], call: "_Call") -> Callable[P, R]:
    @wraps(function)
    def check(*args: P.args, **kwargs: P.kwargs) -> R:
        if not call.fits(args, kwargs):
            raise ManifestError(call.problems(args, kwargs))
        return function(*args, **kwargs)

    return check


@overload
def value_object(cls: type[T]) -> type[T]: ...


@overload
def value_object(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_object(cls: type[T] | None = None, *, kw_only: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """A frozen dataclass whose constructor, and factories, raise when a call does not fit, as `checked` does."""
    return partial(_value, kw_only=kw_only) if cls is None else _value(cls, kw_only=kw_only)


def _value(cls: type[T], *, kw_only: bool) -> type[T]:
    made: Any = dataclass(frozen=True, kw_only=kw_only)(cls)
    made.__init__ = _check(made.__init__, _Call(made.__init__, name=made.__name__, owner=made))
    for name, member in list(vars(made).items()):
        if isinstance(member, classmethod) and not name.startswith("_"):
            function = member.__func__
            call = _Call(function, name=f"{made.__name__}.{name}", owner=made)
            setattr(made, name, classmethod(_check(function, call)))
    return made  # type: ignore[no-any-return]


def _caller() -> str:
    """`FILE:LINE: ` of the call, for what has no construct's path to be told by; empty when that is in no file."""
    frame = sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    if file.name.startswith("<"):
        return ""
    return f"{file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file}:{frame.f_lineno}: "


class _Call:
    """What calls of a function must be like. owner: the value class that it makes."""

    def __init__(self, function: Callable[..., Any], *, name: str = "", owner: type | None = None) -> None:
        self._function, self._owner = function, owner
        parameters = signature(function).parameters.values()
        self._is_method = "self" in signature(function).parameters and function.__name__ != "__init__"
        self._name = name or (function.__name__ if self._is_method else function.__qualname__.removesuffix(".__init__"))
        self._positional = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
        self._names = {*self._positional, *(p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY)}
        self._required = {p.name for p in parameters if p.name in self._names and p.default is Parameter.empty}
        self._more = next((p.name for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None)
        self._any_name = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)

    @cached_property
    def _hints(self) -> Mapping[str, Any]:
        """Read at the first call: some name classes that come later in their module."""
        if self._owner and self._function.__name__ == "__init__":
            return get_type_hints(self._owner)
        return get_type_hints(self._function)

    @cached_property
    def _tests(self) -> Mapping[str, Callable[[Any], bool]]:
        named = {*self._names, self._more}
        return {name: fits(hint) for name, hint in self._hints.items() if name in named}

    def _place(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        given = {**dict(zip(self._positional, args, strict=False)), **kwargs}
        scope = given.get("scope", None if "scope" in self._names else given.get("self"))
        if not isinstance(scope, Construct):
            return f"{_caller()}{self._name}"
        return path_in(scope, str(given.get("id", "")))

    def fits(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        tests, named = self._tests, self._positional[: len(args)]
        rest = args[len(named) :]
        if rest and (self._more is None or not all(map(tests.get(self._more, bool), rest))):
            return False
        for name, value in zip(named, args, strict=False):
            if name in tests and not tests[name](value):
                return False
        for name, value in kwargs.items():
            if name in tests:
                if not tests[name](value):
                    return False
            elif not self._any_name:
                return False
        return self._required <= {*named, *kwargs} and kwargs.keys().isdisjoint(named)

    def problems(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Problem]:
        place = self._place(args, kwargs)
        given = dict(zip(self._positional, args, strict=False))
        rest = args[len(self._positional) :]
        texts = [f"{self._name} has {name} twice; give it once" for name in given if name in kwargs]
        given |= kwargs
        if rest and not self._more:
            texts.append(self._too_many(len(args)))
        else:
            texts += self._missing(given)
        if not self._any_name:
            texts += self._unknown(given)
        wrong = [*given.items(), *((str(self._more), value) for value in rest)]
        return [
            *(Problem(place, text) for text in texts),
            *(problem for name, value in wrong if name in self._tests for problem in self._faults(place, name, value)),
        ]

    def _missing(self, given: Collection[str]) -> Iterator[str]:
        """But not what was probably given under a name that does not exist."""
        misspelt = {self._close(name) for name in given if name not in self._names}
        for name in self._options:
            if name in self._required and name not in given and name not in misspelt:
                yield f"{self._name} lacks {name}, {words(self._hints[name])}; give {name}=…"

    def _unknown(self, given: Collection[str]) -> Iterator[str]:
        for name in given:
            if name not in self._names:
                close = self._close(name)
                way_out = f"did you mean {close}?" if close else f"it has {', '.join(self._options) or 'none'}"
                yield f"{self._name} has no option {name}; {way_out}"

    def _close(self, name: str) -> str | None:
        return next(iter(get_close_matches(name, self._options, n=1)), None)

    def _too_many(self, number: int) -> str:
        unnamed = [name for name in self._positional if name not in _BOUND]
        named = [f"{name}=…" for name in self._options if name in self._required and name not in unnamed]
        own = len(self._positional) - len(unnamed)
        accepted = f"{len(unnamed) or 'no'} value{'s' * (len(unnamed) != 1)}"
        return (
            f"{self._name} takes {accepted} without a name, not {number - own}; "
            f"write {self._name}({', '.join([*unnamed, *named]) or '…'})"
        )

    @property
    def _options(self) -> list[str]:
        return [name for name in self._hints if name in self._names]

    def _faults(self, place: str, name: str, value: object) -> Iterator[Problem]:
        if self._owner:
            # A value does not know which option of a construct it is for.
            return (Problem(place, fault) for fault in faults(self._hints[name], value, name))
        option = self._name if self._is_method else name
        return (Problem(place, fault, option) for fault in faults(self._hints[name], value))
