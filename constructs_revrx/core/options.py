"""The options of a construct, each written once: a field of a value, which the construct takes as keywords."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

from constructs import Construct

from .calls import checked

P = ParamSpec("P")
Self = TypeVar("Self")
Options = TypeVar("Options")
Made = TypeVar("Made")


def keywords_of(
    options: Callable[P, Options],
) -> Callable[
    [Callable[[Self, Construct, str, Options], Made]],
    Callable[Concatenate[Self, Construct, str, P], Made],
]:
    """Let a constructor, or a factory, take the fields of a value as keywords, and give it the value.

        class Worker(Client):
            @keywords_of(WorkerOptions)
            def __init__(self, scope: Construct, id: str, options: WorkerOptions) -> None: ...

        Worker(chart, "mailer", image=Image("shop:1"), command=["celery", "worker"], …)

    Type checkers, `help` and docs/constructs see the keywords, and a call is checked as every other (`checked`).
    """

    def decorate(function: Callable[[Self, Construct, str, Options], Made]) -> Any:
        @wraps(function)
        def take(owner: Self, scope: Construct, id: str, **given: Any) -> Made:
            return function(owner, scope, id, options(**given))  # type: ignore[call-arg]

        _show_keywords(take, options)
        return checked(take)

    return decorate


def keywords(options: object, of: Any) -> dict[str, Any]:
    """Those of the options that a class declares, to be given on."""
    return {each.name: getattr(options, each.name) for each in fields(of)}


def _show_keywords(function: Any, options: Any) -> None:
    """Give a function the signature that it is called with, and say whose fields its keywords are."""
    own = signature(function)
    *before, _ = own.parameters.values()
    hints = get_type_hints(options)
    keywords = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name])
        for field in fields(options)
    ]
    function.__signature__ = own.replace(parameters=[*before, *keywords])
    annotations = {p.name: p.annotation for p in (*before, *keywords) if p.annotation is not Parameter.empty}
    function.__annotations__ = {**annotations, "return": own.return_annotation}
    function.options = options


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return Parameter.empty if field.default is MISSING else field.default
