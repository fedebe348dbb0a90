"""Calls that do not fit their signature raise a ManifestError where they stand, with all that is wrong with them.

What is public is walked by its signatures, so that an option added tomorrow is tested without a word here.
"""

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import constructs_revrx
import pytest
from constructs_revrx import (
    Autoscaling,
    Connectable,
    Host,
    Image,
    Internet,
    ManifestError,
    Pods,
    Probe,
    Problem,
    Resources,
    Secret,
    Synthesis,
    synth,
)
from cdk8s import App, Chart
from constructs import Construct

from ..properties.shop import RECIPES, Recipe, web_service, worker

# Of each type that options have, and of some that none has.
VALUES: list[Any] = [
    *(None, True, 0, 3, 1.5, "", "x", "5", b"x", object(), Image, lambda: None),
    *([], ["x"], [1], [None], (), ("x",), ("x", "y"), ("x", 1), (1, 2, 3), {}, {"a": "x"}, {"a": 1}, {1: "x"}, {"x"}),
    *(Image("a:1"), Host("a.example.com"), Secret("a", ("K",)), Autoscaling(minimum=1, maximum=2), Internet()),
    *([Image("a:1")], {"a": Image("a:1")}, iter("x"), ManifestError([])),
]


# Whether a value is a Protocol's is told by those that use its members.
ANYTHING = (Any, Connectable)


def fits(value: object, hint: Any) -> bool:
    """What an annotation says, put plainly. Typeguard 2.13, at hand, passes over `X | Y` and Mapping's items."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if hint in ANYTHING or kind is Literal:
        return hint in ANYTHING or value in inner
    if kind in (Union, UnionType):
        return any(fits(value, member) for member in inner)
    if (hint is int and isinstance(value, bool)) or not isinstance(value, kind) or (inner and isinstance(value, str)):
        return False
    if kind is tuple and inner[-1] is not Ellipsis:
        return len(value) == len(inner) and all(map(fits, value, inner))  # type: ignore[arg-type]
    if isinstance(value, Mapping) and inner:
        return all(fits(key, inner[0]) and fits(item, inner[1]) for key, item in value.items())
    return all(fits(item, inner[0]) for item in value) if inner else True  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Option:
    """An option of a construct."""

    recipe: Recipe
    name: str
    hint: Any

    def __str__(self) -> str:
        return f"{self.recipe.id}.{self.name}"


@dataclass(frozen=True)
class Field:
    """A field of a value that an option holds."""

    value: Any
    name: str
    hint: Any

    def __str__(self) -> str:
        return f"{type(self.value).__name__}.{self.name}"


def function_of(recipe: Recipe) -> Callable[..., Any]:
    return recipe.make.__init__ if inspect.isclass(recipe.make) else recipe.make  # type: ignore[misc]


def options() -> Iterator[Option]:
    for recipe in RECIPES.values():
        hints = get_type_hints(function_of(recipe))
        yield from (Option(recipe, name, hints[name]) for name in recipe.options)


def fields_of_values() -> Iterator[Field]:
    """One of each class."""
    app = App()
    found: dict[type, Any] = {}
    for number, recipe in enumerate(RECIPES.values()):
        for value in recipe.every(recipe.chart(app, f"c{number}")).values():
            one = value[0] if isinstance(value, list) and value else value
            if is_dataclass(one):
                found.setdefault(type(one), one)
    for cls, value in found.items():
        yield from (Field(value, name, hint) for name, hint in get_type_hints(cls).items())


OPTIONS = list(options())


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_a_value_of_another_type_is_refused_with_its_option(app: App, option: Option) -> None:
    refused = [value for value in VALUES if not fits(value, option.hint)]
    chart = option.recipe.chart(app)
    others = option.recipe.fewest(chart)
    for value in refused:
        with pytest.raises(ManifestError) as caught:
            option.recipe.make(chart, option.recipe.id, **{**others, option.name: value})
        assert caught.value.__cause__ is None
        assert caught.value.problems
        for problem in caught.value.problems:
            assert problem.place == f"{chart.node.path}/{option.recipe.id}"
            assert problem.option == option.name
            assert problem.text.partition("; ")[2], "no way out"
            assert "\n" not in str(problem)
    assert refused or {option.hint, *get_args(option.hint)} & {*ANYTHING}


@pytest.mark.parametrize("field", list(fields_of_values()), ids=str)
def test_a_value_is_not_made_with_a_field_of_another_type(field: Field) -> None:
    refused = [value for value in VALUES if not fits(value, field.hint)]
    for value in refused:
        with pytest.raises(ManifestError) as caught:
            replace(field.value, **{field.name: value})
        assert caught.value.problems
        for problem in caught.value.problems:
            assert problem.place.endswith(f": {type(field.value).__name__}")
            assert problem.text.startswith(field.name)
            assert problem.text.partition("; ")[2], "no way out"
    assert refused or {field.hint, *get_args(field.hint)} & {*ANYTHING}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_construct_tells_unknown_missing_and_wrong_options_together(app: App, recipe: Recipe) -> None:
    required = [name for name, default in recipe.options.items() if default is inspect.Parameter.empty]
    call = recipe.make.__qualname__
    with pytest.raises(ManifestError) as caught:
        recipe.make(recipe.chart(app), 5, **{f"{required[0]}s": 1, "quite_another": 2})
    texts = [str(problem) for problem in caught.value.problems]
    assert "id: 5 is not text; write '5'" in texts
    assert f"{call} has no option {required[0]}s; did you mean {required[0]}?" in texts
    assert f"{call} has no option quite_another; it has scope, id, {', '.join(recipe.options)}" in texts
    assert [text.split()[2] for text in texts if " lacks " in text] == [f"{name}," for name in sorted(required[1:])]
    assert {problem.place for problem in caught.value.problems} == {f"{recipe.id and 'production'}/5"}


@pytest.mark.parametrize("scope", [None, "production", App], ids=repr)
def test_a_scope_that_is_no_construct_is_refused(scope: object) -> None:
    with pytest.raises(ManifestError) as caught:
        web_service(scope)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert problem.place.endswith(": WebService")
    assert problem.option == "scope"
    assert problem.text.endswith(" is not a Construct; give one") or "give a Construct" in problem.text


def test_a_call_that_fits_not_even_the_scope_is_told_with_the_constructs_name() -> None:
    with pytest.raises(ManifestError, match=r": WebService: 7 problems\n") as caught:
        constructs_revrx.WebService()  # type: ignore[call-arg]
    assert "WebService lacks image, an Image; give image=…" in {problem.text for problem in caught.value.problems}


def test_too_many_values_without_a_name_are_refused(chart: Chart) -> None:
    with pytest.raises(ManifestError) as caught:
        constructs_revrx.ConfigMap(chart, "settings", {"A": "1"})  # type: ignore[misc]
    assert str(caught.value) == (
        "production/settings: 1 problem\n"
        "  ConfigMap takes 2 values without a name, not 3; write ConfigMap(scope, id, data=…)"
    )


@pytest.mark.parametrize(
    ("make", "texts"),
    [
        (lambda: Autoscaling(minumum=2, maximum=3), ["Autoscaling has no option minumum; did you mean minimum?"]),  # type: ignore[call-arg]
        (
            lambda: Autoscaling(2, 3),  # type: ignore[misc]
            ["Autoscaling takes no values without a name, not 2; write Autoscaling(minimum=…, maximum=…)"],
        ),
        (
            lambda: Autoscaling(minimum="2", maximum=None),  # type: ignore[arg-type]
            [
                "minimum is '2', which is not a whole number; write 2",
                "maximum is None, which is not a whole number; give one",
            ],
        ),
        (lambda: Autoscaling(minimum=1), ["Autoscaling lacks maximum, a whole number; give maximum=…"]),  # type: ignore[call-arg]
        (lambda: Image("a:1", reference="b:1"), ["Image has reference twice; give it once"]),  # type: ignore[misc]
        (
            lambda: Host("a", "/", 5),  # type: ignore[call-arg]
            ["Host takes 2 values without a name, not 3; write Host(name, path)"],
        ),
        (lambda: Probe.http("/", perod=3), ["Probe.http has no option perod; did you mean period?"]),  # type: ignore[call-arg]
        (lambda: Probe.http(80), ["path is 80, which is not text; write '80'"]),  # type: ignore[arg-type]
        (
            lambda: Probe.exec(["test", "-f", "/ready"]),  # type: ignore[arg-type]
            ["command is ['test', '-f', '/ready'], which is not text; give text"],
        ),
        (lambda: Secret("keys", ["A"]), ["keys is ['A'], which is not a tuple of texts; write ('A',)"]),  # type: ignore[arg-type]
        (lambda: Host("\ud83d"), ["name is '\\ud83d', which is not text, for half of a character is in it; give text"]),
        (lambda: Secret("keys", "A"), ["keys is 'A', which is one text; give a tuple of texts"]),  # type: ignore[arg-type]
        (
            lambda: Resources(cpu=("1", 2), memory=("1Gi",)),  # type: ignore[arg-type]
            [
                "cpu has 2, which is not text or None; write '2'",
                "memory is ('1Gi',), which is not a pair (text, text); give one",
            ],
        ),
        (
            lambda: Pods(labels={"a": 1, 2: "b"}, service_account="a"),  # type: ignore[dict-item, arg-type]
            [
                "labels: a is 1, which is not text; write '1'",
                "labels: key is 2, which is not text; write '2'",
                "service_account is 'a', which is not a ServiceAccount; write ServiceAccount(…)",
            ],
        ),
    ],
)
def test_a_value_whose_call_does_not_fit_raises_there_with_all_that_is_wrong(make: Any, texts: list[str]) -> None:
    with pytest.raises(ManifestError) as caught:
        make()
    assert [str(problem) for problem in caught.value.problems] == sorted(texts)


def test_a_value_is_told_with_the_line_of_its_call_and_a_factory_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    with pytest.raises(ManifestError) as caught:
        Probe.http(80)  # type: ignore[arg-type]
    line = caught.tb.tb_lineno
    assert [problem.place for problem in caught.value.problems] == [f"test_calls.py:{line}: Probe.http"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ManifestError) as caught:
        replace(Internet(443), port="80")  # type: ignore[arg-type]
    place = f"{Path(__file__)}:{caught.tb.tb_lineno}: Internet"
    assert [problem.place for problem in caught.value.problems] == [place]


def test_code_that_stands_in_no_file_is_told_without_one() -> None:
    with pytest.raises(ManifestError, match=r"\AInternet: 1 problem\n"):
        exec("Internet('80')", {"Internet": Internet})


def test_all_wrong_options_of_a_construct_are_told_at_once(chart: Chart) -> None:
    with pytest.raises(ManifestError) as caught:
        web_service(chart, hosts=[Host("shop.example.com"), "api.example.com"], port="8000", replicas=None)
    assert str(caught.value) == (
        "production/backend: 3 problems\n"
        "  hosts: 'api.example.com' is not a Host; write Host('api.example.com')\n"
        "  port: '8000' is not a whole number; write 8000\n"
        "  replicas: None is not a whole number or an Autoscaling; "
        "write a whole number or Autoscaling(minimum=…, maximum=…)"
    )


@pytest.mark.parametrize("value", [Image("a:1"), Probe.http("/"), Autoscaling(minimum=1, maximum=2), Pods()], ids=repr)
def test_a_value_can_be_copied_pickled_and_compared(value: Any) -> None:
    for same in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert same == value
        assert same.problems
        assert type(same) is type(value)


def test_what_connect_to_is_given_is_checked(chart: Chart) -> None:
    client = worker(chart)
    with pytest.raises(ManifestError) as caught:
        client.connect_to(to=Internet())  # type: ignore[call-arg]
    assert caught.value.problems == (Problem("production/mailer", "connect_to has no option to; it has none"),)


def test_what_synth_is_given_is_checked(app: App) -> None:
    with pytest.raises(ManifestError) as caught:
        synth(app, "production", external="Secret/shop/a", public=[5], strict=True)  # type: ignore[call-arg, arg-type]
    assert str(caught.value).partition(": ")[2] == (
        "synth: 4 problems\n"
        "  apps: 'production' is not an App; give an App\n"
        "  external: 'Secret/shop/a' is one text; give a set of texts\n"
        "  public: 5 is not text; write '5'\n"
        "  synth has no option strict; it has external, public, waivers"
    )


def test_a_call_that_fits_is_not_changed(chart: Chart) -> None:
    assert Autoscaling(minimum=1, maximum=2) == Autoscaling(maximum=2, minimum=1, cpu=70)
    assert hash(Image("a:1")) == hash(Image(reference="a:1"))
    assert repr(Host("a", path="/b")) == "Host(name='a', path='/b', path_type='Prefix')"
    assert replace(Internet(443), port=80) == Internet(80)
    assert str(inspect.signature(Image)) == "(reference: str) -> None"
    with pytest.raises(AttributeError):
        Internet().port = 1  # type: ignore[misc]


def public_functions() -> Iterator[tuple[str, Any]]:
    for name in constructs_revrx.__all__:
        member = getattr(constructs_revrx, name)
        if not inspect.isclass(member):
            yield name, member
        elif issubclass(member, Construct):
            for owner in member.__mro__:
                for attribute, function in (
                    vars(owner).items() if owner.__module__.startswith("constructs_revrx") else ()
                ):
                    own = attribute == "__init__" and owner is member
                    plain = getattr(function, "__func__", function)
                    if inspect.isfunction(plain) and (own or not attribute.startswith("_")):
                        yield f"{name}.{attribute}", plain


# Those without arguments.
@pytest.mark.parametrize(
    "function",
    [
        pytest.param(function, id=name)
        for name, function in public_functions()
        if len(inspect.signature(function).parameters) > 1
    ],
)
def test_every_public_call_is_checked(function: Any) -> None:
    assert hasattr(function, "__wrapped__"), "decorate it with @checked"


def classes_in(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and not get_args(hint):
        yield hint
    for argument in get_args(hint):
        yield from classes_in(argument)


def values() -> set[type]:
    """Every dataclass that an option holds, and what these hold."""
    found: set[type] = set()
    wanted = [cls for option in OPTIONS for cls in classes_in(option.hint)]
    while wanted:
        cls = wanted.pop()
        if cls not in found and is_dataclass(cls):
            found.add(cls)
            wanted += [inner for hint in get_type_hints(cls).values() for inner in classes_in(hint)]
    return found


def test_every_value_in_an_option_is_checked_when_it_is_made() -> None:
    public = {vars(constructs_revrx)[name] for name in constructs_revrx.__all__}
    results = {Problem, Synthesis}
    dataclasses = {cls for cls in public if inspect.isclass(cls) and is_dataclass(cls)} - results | values()
    for cls in dataclasses:
        with pytest.raises(ManifestError, match=f"{cls.__name__} has no option unknown; "):
            cls(unknown=1)
