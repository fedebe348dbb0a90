"""What of an object is not in the schemas of Kubernetes: fields that nothing knows, and values of another type."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from .field_table import API_VERSIONS, TABLE
from .fields import Object
from .pods import is_whole
from .version import NEWEST, OLDEST, SIDECARS, SLEEP_ACTION, Version

# Fields that a version has before they are on, and then drops.
_ON_SINCE = {("Container", "restartPolicy"): SIDECARS, ("LifecycleHandler", "sleep"): SLEEP_ACTION}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "s": (str,),
    "i": (int,),
    "n": (int, float),
    "b": (bool,),
    "q": (str, int, float),
    "p": (str, int),
}
_CALLED = {
    "s": "a text",
    "i": "a whole number",
    "n": "a number",
    "b": "true or false",
    "q": "a quantity",
    "p": "a number or a text",
}


class Field(NamedTuple):
    """type: as in the table."""

    type: str
    first: Version = OLDEST
    last: Version = NEWEST


class Place(NamedTuple):
    """A value in an object, by the value that it is in and its key there."""

    above: "Place | None"
    key: Any

    def __str__(self) -> str:
        if isinstance(self.key, int) and not isinstance(self.key, bool):
            return f"{self.above}[{self.key}]"
        return f"{self.above}.{self.key}" if self.above else str(self.key)


class Deviation(NamedTuple):
    """What the schema does not have.

    Args:
        place: of the value.
        definition: the one that has the field, or should.
        field: None when no version has it.
        value: what stands there.
        wanted: what the type is called when the value is of another; otherwise nothing.
    """

    place: Place
    definition: str
    field: Field | None
    value: Any
    wanted: str = ""


def deviations(o: Object, version: Version) -> Iterator[Deviation]:
    """Of an object of a kind in the table; of one of another kind that Argo Rollouts makes pods of, of its template."""
    found: list[Deviation] = []
    if o["apiVersion"] in API_VERSIONS:
        if o["kind"] in definitions():
            _walk(o, o["kind"], None, version, found)
    elif is_whole(o) and isinstance(spec := o.get("spec"), dict) and isinstance(spec.get("template"), dict):
        _walk(spec["template"], "PodTemplateSpec", Place(Place(None, "spec"), "template"), version, found)
    yield from found


@cache
def definitions() -> Mapping[str, Mapping[str, Field]]:
    """The fields of each definition. Not at import, as it is not needed for each run."""
    found: dict[str, dict[str, Field]] = {}
    for line in TABLE.replace("\n  ", " ").splitlines():
        definition, *fields = line.split()
        found[definition] = dict(map(_field, fields))
    for (definition, name), since in _ON_SINCE.items():
        found[definition][name] = found[definition][name]._replace(first=since)
    return found


def _field(text: str) -> tuple[str, Field]:
    name, _, rest = text.partition(":")
    type, _, span = rest.partition("@")
    first, _, last = span.partition("-")
    return name, Field(type, Version(1, int(first)) if first else OLDEST, Version(1, int(last)) if last else NEWEST)


def _walk(value: Mapping[Any, Any], name: str, place: Place | None, version: Version, found: list[Deviation]) -> None:
    known = definitions()[name]
    for key, inner in value.items():
        here = Place(place, key)
        field = known.get(key)
        if field is None or not field.first <= version <= field.last:
            found.append(Deviation(here, name, field, inner))
        elif inner is not None:
            _typed(inner, field.type, here, name, field, version, found)


def _typed(
    value: Any, type: str, place: Place, name: str, field: Field, version: Version, found: list[Deviation]
) -> None:
    """name, field: where the type stands in the table."""
    if wanted := _wanted(value, type):
        found.append(Deviation(place, name, field, value, wanted))
    elif type.startswith(("[", "{")):
        for key, each in enumerate(value) if type.startswith("[") else value.items():
            if each is not None:
                _typed(each, type[1:-1], Place(place, key), name, field, version, found)
    elif type != "*" and type not in _PYTHON:
        _walk(value, type, place, version, found)


def _wanted(value: Any, type: str) -> str:
    """What the type is called, when the value is of another."""
    if type in _PYTHON:
        is_right = isinstance(value, _PYTHON[type]) and (type == "b" or not isinstance(value, bool))
        return "" if is_right or (type == "i" and _is_whole_number(value)) else _CALLED[type]
    if type.startswith("["):
        return "" if isinstance(value, list) else "a list"
    return "" if type == "*" or isinstance(value, dict) else "a mapping"


def _is_whole_number(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()
