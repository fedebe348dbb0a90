"""Every public value: it does not change, and the tests use each of its fields."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import constructs_revrx
import pytest
from constructs_revrx import (
    Container,
    Fallback,
    Host,
    Image,
    Problem,
    Resources,
    Secret,
    Storage,
    Synthesis,
    Volume,
    Waiver,
)
from cdk8s import App, Chart
from constructs_revrx.core.component import problems_of

from ..properties.shop import RECIPES, SIDECAR, redis

# What synth is given and gives, not constructs.
OF_SYNTH = (Problem, Synthesis, Waiver)


VALUES = {
    name: kind
    for name, kind in vars(constructs_revrx).items()
    if inspect.isclass(kind) and is_dataclass(kind) and kind not in OF_SYNTH
}


def values(option: object) -> Iterator[Any]:
    """The values in an option, those in values among them."""
    if is_dataclass(option):
        yield option
        for field in fields(option):
            yield from values(getattr(option, field.name))
    elif isinstance(option, Mapping):
        for item in option.values():
            yield from values(item)
    elif isinstance(option, list | tuple):
        for item in option:
            yield from values(item)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Every value of every `everything`, and of every connection."""
    app = App(outdir=str(tmp_path_factory.mktemp("dist")))
    options = [recipe.every(recipe.chart(app, id)) for id, recipe in RECIPES.items()]
    guarded = redis(Chart(app, "connected", namespace="shop")).endpoint
    by_role = constructs_revrx.S3(bucket="backups", region="eu-central-1")  # instead of a Secret, which `every` has
    inside = constructs_revrx.S3(url="http://redis:6379", store=guarded)
    return [*values([*options, SIDECAR]), constructs_revrx.Internet(587), guarded, by_role, inside]


@pytest.mark.parametrize("name", VALUES)
def test_everything_uses_every_field_in_another_way_than_the_default(used: list[Any], name: str) -> None:
    found = [value for value in used if type(value) is VALUES[name]]
    assert found
    for field in fields(VALUES[name]):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert any(getattr(value, field.name) != default for value in found), field.name


@pytest.mark.parametrize("kind", VALUES.values(), ids=VALUES)
def test_a_value_does_not_change(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


NO_HOST = "is not a host name; write lower-case labels with dots between, e.g. app.example.com"


def test_each_of_several_values_tells_its_own_problem() -> None:
    assert list(problems_of([Host("shop"), Host("good.example.com"), Host("api")])) == [
        f"'shop' {NO_HOST}",
        f"'api' {NO_HOST}",
    ]


def test_a_value_in_a_field_is_told_with_the_field_and_in_a_dict_with_the_key() -> None:
    container = Container(
        name="proxy",
        image=Image("proxy:1.0"),
        resources=Resources(cpu=("2", "1"), memory=("1Gi", "1Gi")),
        env_from=[Secret("s", ())],
        volumes={"/data": Volume.claim(Storage(size="1GB"))},
    )
    assert [text.partition("; ")[0] for text in problems_of([container])] == [
        "proxy: env_from: s has no keys",
        "proxy: volumes: /data: claim: size '1GB' is not a positive quantity",
        "proxy: resources: cpu request 2 exceeds its limit 1",
    ]


def test_what_is_no_value_has_no_problem() -> None:
    assert list(problems_of([None, "shop", 1, 0.5, {"a": [True]}])) == []
    assert list(problems_of(Fallback(replicas=-1))) == ["replicas -1 is negative"]
