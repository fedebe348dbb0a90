"""Label selectors, and what they select.

Source: Kubernetes API reference, LabelSelector and LabelSelectorRequirement.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from .labels import syntax_problems

T = TypeVar("T")

# Each operator, and whether it compares with `values`.
_OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}


class Requirement(NamedTuple):
    """What labels must have. operator: In, NotIn, Exists or DoesNotExist; values are for the first two."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def is_met_by(self, labels: Mapping[str, str]) -> bool:
        if self.operator == "In":
            return self.key in labels and labels[self.key] in self.values
        if self.operator == "NotIn":
            return self.key not in labels or labels[self.key] not in self.values
        return (self.key in labels) == (self.operator == "Exists")

    def __str__(self) -> str:
        """As kubectl writes it."""
        if not _OPERATORS[self.operator]:
            return self.key if self.operator == "Exists" else f"!{self.key}"
        if self.operator == "In" and len(self.values) == 1:
            return f"{self.key}={next(iter(self.values))}"
        return f"{self.key} {self.operator.lower()} ({', '.join(sorted(self.values))})"


@dataclass(frozen=True)
class Selector:
    """Labels are selected that meet all requirements: without any, all are."""

    requirements: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.is_met_by(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ", ".join(map(str, self.requirements)) or "everything"


EVERYTHING = Selector()
NOTHING = Selector((Requirement("", "In"),))


def label_selector(value: Any) -> Selector:
    """A field of type LabelSelector: `{}` selects everything, null nothing, and so does what the API server refuses.

    A field that is optional may mean something else by null: whoever reads it looks before.
    """
    if any(True for _ in _shape_problems(value)):
        return NOTHING
    expressions = value.get("matchExpressions") or []
    return Selector(
        (
            *(Requirement(key, "In", frozenset({label})) for key, label in as_text(value.get("matchLabels")).items()),
            *(Requirement(str(e["key"]), e["operator"], frozenset(_texts(e.get("values")))) for e in expressions),
        )
    )


def of_labels(labels: Any) -> Selector:
    """A field that is a map of labels, such as a Service's selector: without any it selects nothing."""
    return label_selector({"matchLabels": labels}) if labels else NOTHING


def as_text(labels: Any) -> dict[str, str]:
    """Labels, also those that YAML reads as a number or a boolean for want of quotes."""
    return {_text(key): _text(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _texts(values: Any) -> Iterator[str]:
    return map(_text, values or [])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def selector_problems(value: Any) -> Iterator[str]:
    """Why the API server refuses a LabelSelector, with the field; null is none."""
    if value is None:
        return
    problems = list(_shape_problems(value))
    yield from problems
    if problems:
        return
    yield from (f"matchLabels: {problem}" for problem in syntax_problems(value.get("matchLabels") or {}))
    for n, expression in enumerate(value.get("matchExpressions") or []):
        for label in expression.get("values") or [""]:
            pair = {expression["key"]: label}
            yield from (f"matchExpressions[{n}]: {problem}" for problem in syntax_problems(pair))


def _shape_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"is {value!r}, which is no selector; write matchLabels or matchExpressions"
        return
    labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
    if not (labels is None or isinstance(labels, dict)):
        yield f"matchLabels is {labels!r}; write labels and their values"
    if not (expressions is None or isinstance(expressions, list)):
        yield f"matchExpressions is {expressions!r}; write a list of key, operator and values"
        return
    for n, expression in enumerate(expressions or []):
        yield from (f"matchExpressions[{n}]{problem}" for problem in _expression_problems(expression))


def _expression_problems(expression: Any) -> Iterator[str]:
    if not isinstance(expression, dict) or not isinstance(expression.get("key"), str):
        yield f" is {expression!r}, which has no key; write key, operator and values"
        return
    operator, values = expression.get("operator"), expression.get("values")
    if not isinstance(operator, str) or operator not in _OPERATORS:
        yield f": operator is {operator!r}; write {', '.join(_OPERATORS)}"
    elif not (values is None or isinstance(values, list)):
        yield f": values is {values!r}; write a list"
    elif _OPERATORS[operator] and not values:
        yield f": {operator} needs values; write those that are meant"
    elif not _OPERATORS[operator] and values:
        yield f": {operator} takes no values; leave out {values!r}, or write In or NotIn"


class LabelIndex(Generic[T]):
    """Things with labels, of which a selector finds its own without looking at each."""

    def __init__(self, things: Iterable[tuple[Mapping[str, str], T]]) -> None:
        self._things: list[T] = []
        # By key, and by key and value.
        self._places: dict[str | tuple[str, str], set[int]] = defaultdict(set)
        self._known: dict[Selector, Sequence[T]] = {}
        for place, (labels, thing) in enumerate(things):
            self._things.append(thing)
            for pair in labels.items():
                self._places[pair[0]].add(place)
                self._places[pair].add(place)

    def __iter__(self) -> Iterator[T]:
        return iter(self._things)

    def keys(self) -> set[str]:
        return {key for key in self._places if isinstance(key, str)}

    def selected(self, selector: Selector) -> Sequence[T]:
        """In the order in which they were given."""
        if selector not in self._known:
            self._known[selector] = [self._things[place] for place in sorted(self._found(selector))]
        return self._known[selector]

    def _found(self, selector: Selector) -> set[int]:
        wanted = [r for r in selector.requirements if r.operator in ("In", "Exists")]
        unwanted = [r for r in selector.requirements if r.operator not in ("In", "Exists")]
        found = sorted((self._with(r) for r in wanted), key=len) or [set(range(len(self._things)))]
        return set.intersection(*found).difference(*map(self._with, unwanted))

    def _with(self, requirement: Requirement) -> set[int]:
        """The places of those that have the label, with one of the values if there are any."""
        if not _OPERATORS[requirement.operator]:
            return self._places.get(requirement.key, set())
        return set().union(*(self._places.get((requirement.key, value), ()) for value in requirement.values))
