"""Apps drawn from the recipes of shop.py: some of each construct's options in any order, or one that is a mistake."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from pathlib import Path as Folder
from typing import Any

from constructs_revrx import Image, Secret, SecretStore, target_kubernetes
from cdk8s import App, YamlOutputType
from hypothesis import strategies as st

from .shop import RECIPES

Draw = Callable[[st.SearchStrategy[Any]], Any]
# The way to a part of a value: fields, keys and numbers.
Path = tuple[Any, ...]


@dataclass(frozen=True)
class Mistake:
    """What stands in a construct's option, or in a part of its value, instead of what is right."""

    option: str
    path: Path
    odd: Any


@dataclass(frozen=True)
class Piece:
    """A construct: its recipe, the options that it is given beside those that it needs, and what is wrong with one."""

    recipe: str
    given: Sequence[str] = ()
    mistake: Mistake | None = None

    @property
    def namespace(self) -> str:
        return self.recipe

    def make(self, app: App, *, backwards: bool) -> Any:
        recipe = RECIPES[self.recipe]
        chart = recipe.chart(app, self.recipe, self.namespace)
        every = recipe.every(chart)
        options = {**recipe.fewest(chart), **{option: every[option] for option in self.given}}
        if self.mistake:
            right = every.get(self.mistake.option)
            options[self.mistake.option] = changed(right, self.mistake.path, self.mistake.odd)
        return recipe.make(chart, recipe.id, **(dict(reversed(options.items())) if backwards else options))


@dataclass(frozen=True)
class Plan:
    """An app. connections: which piece is connected to which, by their numbers."""

    pieces: Sequence[Piece]
    connections: Sequence[tuple[int, int]] = ()
    kubernetes: str | None = None

    def make(self, folder: Folder, *, backwards: bool = False) -> App:
        """backwards: everything is made and given in the opposite order."""
        app = App(outdir=str(folder), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
        if self.kubernetes:
            target_kubernetes(app, self.kubernetes)
        turned = reversed if backwards else iter
        made = {
            number: self.pieces[number].make(app, backwards=backwards) for number in turned(range(len(self.pieces)))
        }
        for client, server in turned(self.connections):
            if hasattr(made[client], "connect_to") and hasattr(made[server], "endpoint"):
                made[client].connect_to(made[server])
        return app


@st.composite
def plans(draw: Draw, name: str) -> Plan:
    """A construct of this recipe, perhaps beside others, that are connected to each other."""
    others = [other for other in RECIPES if _hosts(other) != _hosts(name)]
    names = [name, *draw(st.lists(st.sampled_from(others), max_size=3, unique_by=_hosts))]
    numbers = st.integers(0, len(names) - 1)
    return Plan(
        pieces=[Piece(name, draw(_some_options(name))) for name in names],
        connections=draw(st.lists(st.tuples(numbers, numbers), max_size=4)),
        kubernetes=draw(st.sampled_from([None, "1.30", "1.37"])),
    )


def _hosts(name: str) -> str:
    """The WebServices of all routers answer the same hosts, which one app can have once; an AppNamespace guards one."""
    return "web-service" if name.startswith("web-service") or name == "app-namespace" else name


@st.composite
def _some_options(draw: Draw, name: str) -> list[str]:
    options = [*RECIPES[name].options]
    return draw(st.just(options) | st.lists(st.sampled_from(options), unique=True))  # type: ignore[no-any-return]


@st.composite
def mistaken(draw: Draw, name: str) -> Plan:
    """A plan of one construct, in which one thing is another."""
    every = _every(name)
    option = draw(st.sampled_from([*every]))
    path = draw(st.sampled_from([*_paths(every[option])]))
    right = _at(every[option], path)
    # Half of them of the same type, which annotations let through.
    odd = draw(_LIKE[type(right)] if type(right) in _LIKE and draw(st.booleans()) else _ODD)
    given = draw(st.sampled_from([[*every], []]))
    return Plan([Piece(name, given, Mistake(option, path, odd))])


def _every(name: str) -> Mapping[str, Any]:
    recipe = RECIPES[name]
    options = recipe.every(recipe.chart(App()))
    return {option: options[option] for option in recipe.options if option in options}


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if is_dataclass(value) and not isinstance(value, type):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))
    elif isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _paths(value: Any) -> Iterator[Path]:
    """Of a value and all its parts, but those of a SecretStore's provider, which are the operator's to refuse."""
    yield ()
    if isinstance(value, SecretStore):
        return
    for key, part in _parts(value):
        yield from ((key, *path) for path in _paths(part))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = dict(_parts(value))[key]
    return value


def changed(value: Any, path: Path, odd: Any) -> Any:
    """A copy with another part at the path."""
    if not path:
        return odd
    key, *rest = path
    part = changed(dict(_parts(value))[key], tuple(rest), odd)
    if is_dataclass(value):
        return replace(value, **{key: part})  # type: ignore[type-var]
    if isinstance(value, Mapping):
        return {**value, key: part}
    return type(value)(part if number == key else item for number, item in enumerate(value))


_TEXTS = [
    *("", " ", "-", "a-", "-a", "A", "a_b", "a b", "a.b", "é", "名", "a\nb", "a\tb", "a\0b", "\ud800"),
    *("a" * 54, "a" * 64, "a" * 254, "x" * 300_000, "latest", "a:latest", "a:", "a@sha256:0", "http://a:1"),
    *(
        "512MB",
        "-1",
        "1e3",
        "129e6",
        "0",
        "0Mi",
        "1Gi ",
        "1_000",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "0.1m",
        "9" * 40,
        "1Ei",
    ),
    *("/", "//", "/..", "/a/../b", "/a:b", "/a//b", "a/b", "/tmp", "/tmp/", "/dev", "C:\\a"),
    *("10.0.0.0", "10.0.0.1/16", "10.0.0.0/33", "::/0", "0.0.0.0/0", "fe80::%eth0/64"),
    *("localhost", "a.b.", "*.a.b", "*", "1.2.3.4", "https://a.b", "a.b:80", "xn--a.b", "a..b", "x@y@z"),
    *("60 * * * *", "@daily", "* * * *", "*/0 * * * *", "0 0 31 2 *", "Mars/Base", "../../etc/passwd", "europe/berlin"),
    *(
        "$(A)",
        "$(",
        "${A}",
        "{{ a }}",
        "a: b",
        "- a",
        "#a",
        "'",
        "\\",
        "%",
        "&a",
        "*a",
        "!a",
        "|",
        "---",
        "true",
        "null",
    ),
    *("app.kubernetes.io/name", "a/b/c", "..", ".", "A=b", "AKIAIOSFODNN7EXAMPLE", "http://u:p@h/"),
]
_NUMBERS = [0, 1, -1, 80, 1023, 65535, 65536, 2**31, 2**53, 2**63, 10**30]
_SHAPES = [
    *(None, True, [], {}, (), set(), [""], [None], [[]], {"": ""}, {"a": None}, {1: 2}, (1, 2), ("1", "2", "3")),
    *(b"a", {"a"}, date(2024, 1, 1), object, object(), len, 1j, 0.5, float("nan"), float("inf"), {"a": {"b": []}}),
    *(Image, Image("a:1"), Secret("a", ("A",))),
]
_LIKE = {
    str: st.sampled_from(_TEXTS) | st.text(max_size=8),
    int: st.sampled_from(_NUMBERS) | st.integers(-(2**70), 2**70),
}
_ODD = st.one_of(*_LIKE.values(), st.sampled_from(_SHAPES))
