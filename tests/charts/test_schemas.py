"""Every object of dist/ and of the constructs, against the schemas of each supported Kubernetes release, and against
ours of custom resources, which accept nothing that those of the projects do not."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import External, GatewayRoute, Monitoring
from cdk8s import App
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from charts.bootstrap import Bootstrap
from charts.environment import AcmeIssuer, Environment
from charts.production import PRODUCTION
from charts.revrx import RevRx

from ..constructs_revrx.properties.shop import RECIPES, ROUTERS
from .custom_resources import CRDS, KINDS, Kind, definition
from .dist import FOLDERS, Object, documents, named, wrong
from .schemas import NEWEST, RELEASES, minor, problems, strict
from .shapes import ANYTHING, Shape, UpTo, Value

every_release = pytest.mark.parametrize("release", RELEASES)


def everything(env: Environment, folder: Path) -> list[Object]:
    """What an environment's deployers and administrators apply."""
    revrx = RevRx(App(outdir=str(folder)), env)
    objects: list[Object] = revrx.to_json()
    guards: list[Object] = Bootstrap(App(outdir=str(folder)), env, deploys=revrx).to_json()
    return objects + guards


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    """Production on RDS and ElastiCache; production with what the Prometheus Operator and cert-manager read."""
    rds = External(host="postgres.example.com", cidrs=("10.20.0.0/16",))
    managed = replace(PRODUCTION, postgres=rds, redis=External(host="redis.example.com", cidrs=("10.30.0.0/16",)))
    watched = replace(PRODUCTION, monitoring=Monitoring(), acme_issuer=AcmeIssuer(email="devops@example.com"))
    folder = tmp_path_factory.mktemp("variants")
    return [*everything(managed, folder), *everything(watched, folder)]


@pytest.fixture(scope="module")
def dist() -> list[Object]:
    return documents(*FOLDERS)


@pytest.fixture(scope="module")
def constructs(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    """Each construct from the fewest options, and from every one; and a route of gRPC that sets headers."""
    app = App(outdir=str(tmp_path_factory.mktemp("constructs")))
    headers = {"request_headers": {"X-Shop": "shop"}, "response_headers": {"X-Served-By": "shop"}}
    route = GatewayRoute(gateway="public", namespace="gateways", **headers)
    ROUTERS["gateway-grpc"].everything(ROUTERS["gateway-grpc"].chart(app, "headers"), ingress=route)
    for name, recipe in RECIPES.items():
        recipe(recipe.chart(app, f"{name}-fewest"))
        recipe.everything(recipe.chart(app, f"{name}-every"))
    return [o for chart in app.charts for o in chart.to_json()]


def test_the_releases_are_those_from_1_27_to_1_37_without_a_gap() -> None:
    assert [minor(release) for release in RELEASES] == [(1, number) for number in range(27, 38)]


@every_release
def test_every_object_of_dist_is_valid(release: str, dist: list[Object]) -> None:
    assert [problem for o in dist for problem in problems(o, release)] == []


@every_release
def test_every_object_of_the_variants_is_valid(release: str, variants: list[Object]) -> None:
    assert [problem for o in variants for problem in problems(o, release)] == []


@every_release
def test_every_object_of_the_constructs_is_valid(release: str, constructs: list[Object]) -> None:
    assert [problem for o in constructs for problem in problems(o, release)] == []


def test_every_field_of_our_custom_resources_is_in_an_object_here(
    dist: list[Object], variants: list[Object], constructs: list[Object]
) -> None:
    objects = [*dist, *variants, *constructs]
    for kind in KINDS:
        specs = [o["spec"] for o in objects if (o["apiVersion"], o["kind"]) == (kind.api_version, kind.kind)]
        assert (kind, {*fields(kind.spec)} - {path for spec in specs for path in fields(spec)}) == (kind, set())


def fields(value: Any, path: str = "") -> Iterator[str]:
    """The path of each field of a shape, or of an object."""
    if isinstance(value, dict) and not isinstance(value, Value):
        for name, field in value.items():
            yield f"{path}.{name.removesuffix('!')}"
            yield from fields(field, f"{path}.{name.removesuffix('!')}")
    for item in [value.shape] if isinstance(value, UpTo) else value if isinstance(value, list) else []:
        yield from fields(item, path)


BACKEND = ("Deployment", "backend")
FETCHED = ("ExternalSecret", "backend-secret")


@pytest.mark.parametrize(
    ("o", "path", "value"),
    [
        pytest.param(BACKEND, "spec.replica", 2, id="unknown field"),
        pytest.param(BACKEND, "spec.template.spec.containers.0.pullPolicy", "Always", id="unknown field in a list"),
        pytest.param(BACKEND, "metadata.label", {}, id="unknown field of metadata"),
        pytest.param(BACKEND, "spec.minReadySeconds", "5", id="text for a number"),
        pytest.param(BACKEND, "apiVersion", "apps/v1beta1", id="version that is gone"),
        pytest.param(BACKEND, "kind", "Deploymint", id="unknown kind"),
        pytest.param(FETCHED, "spec.refreshIntervall", "1h", id="custom: unknown field"),
        pytest.param(FETCHED, "spec.data.0.remoteRef.name", "x", id="custom: unknown field in a list"),
        pytest.param(FETCHED, "metadata.label", {}, id="custom: unknown field of metadata"),
        pytest.param(FETCHED, "spec.refreshInterval", 1, id="custom: number for text"),
        pytest.param(FETCHED, "spec.target.creationPolicy", "Always", id="custom: not of the enumeration"),
        pytest.param(FETCHED, "spec.data.0.remoteRef", {}, id="custom: required field missing"),
        pytest.param(FETCHED, "apiVersion", "external-secrets.io/v1beta1", id="custom: version not served"),
        pytest.param(FETCHED, "kind", "ExternalSecrets", id="custom: unknown kind"),
    ],
)
def test_every_release_finds_the_one_mistake(o: tuple[str, str], path: str, value: object) -> None:
    valid = named(documents("production"), *o)
    mistaken = wrong(valid, path, value)
    for release in RELEASES:
        assert problems(valid, release) == []
        (problem,) = problems(mistaken, release)
        assert problem.startswith("revrx/")


def test_what_users_hand_through_is_free(constructs: list[Object]) -> None:
    store = next(o for o in constructs if o["kind"] == "SecretStore")
    assert problems(wrong(store, "spec.provider", {"any": {"thing": 1}}), NEWEST) == []
    assert problems(wrong(store, "spec.provider", "aws"), NEWEST) != []


@pytest.mark.parametrize(
    ("field", "value", "valid"),
    [
        pytest.param({"type": "string", "default": "x"}, {}, True, id="the API server fills in a default"),
        pytest.param({"type": "string"}, {}, False, id="without a default it is missing"),
        pytest.param({"type": "string", "nullable": True}, {"field": None}, True, id="nullable"),
        pytest.param({"type": "string"}, {"field": None}, False, id="not nullable"),
        pytest.param({"x-kubernetes-int-or-string": True}, {"field": 1}, True, id="a number for int or string"),
        pytest.param({"x-kubernetes-int-or-string": True}, {"field": "1"}, True, id="text for int or string"),
        pytest.param({"x-kubernetes-int-or-string": True}, {"field": 1.5}, False, id="a fraction for int or string"),
        pytest.param({"type": "object"}, {"field": {"any": 1}}, False, id="an object without fields takes none"),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
            {"field": {"any": {"b": 1}}},
            False,
            id="unknown field of a map's value",
        ),
    ],
)
def test_a_structural_schema_is_read_as_the_api_server_reads_it(field: Object, value: Object, valid: bool) -> None:
    schema = strict({"type": "object", "properties": {"field": field}, "required": ["field"]})
    assert Draft202012Validator(schema).is_valid(value) is valid


@pytest.fixture(scope="module")
def upstream() -> list[Kind]:
    """Those of our kinds whose projects' CRDs are there."""
    found = [kind for kind in KINDS if kind.published.exists()]
    if not found:
        pytest.skip(f"the projects' CRDs are not in {CRDS}; CRDS names another folder (.ci/download-crds)")
    return found


def test_the_projects_accept_every_object(
    upstream: list[Kind], dist: list[Object], variants: list[Object], constructs: list[Object]
) -> None:
    kinds = {(kind.api_version, kind.kind) for kind in upstream}
    objects = [o for o in (*dist, *variants, *constructs) if (o["apiVersion"], o["kind"]) in kinds]
    assert {(o["apiVersion"], o["kind"]) for o in objects} == kinds
    assert [problem for o in objects for problem in problems(o, NEWEST, upstream=True)] == []


def test_the_projects_accept_what_we_accept(upstream: list[Kind]) -> None:
    for kind in upstream:
        accepted_by_its_project(kind)


def accepted_by_its_project(kind: Kind) -> None:
    @settings(max_examples=15, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(spec=drawn(kind.spec))
    def holds(spec: Object) -> None:
        metadata = {"name": "drawn", "namespace": "shop"}
        o = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": spec}
        assert problems(o, NEWEST) == []
        assert problems(o, NEWEST, upstream=True) == []

    holds()


def drawn(shape: Shape) -> st.SearchStrategy[Any]:
    """Anything that fits a shape, as long as it may be; of what users hand through, what the project takes."""
    if shape is ANYTHING:
        return st.just({"aws": {"service": "SecretsManager", "region": "eu-central-1"}})
    if isinstance(shape, Value):
        return _value(shape)
    if isinstance(shape, list | UpTo):
        most, item = shape if isinstance(shape, UpTo) else (100, shape[0])
        longest = drawn(item).map(lambda each: [each] * most)
        return st.lists(drawn(item), min_size=min(1, most), max_size=min(most, 3)) | longest
    return st.fixed_dictionaries(
        {name.removesuffix("!"): drawn(field) for name, field in shape.items() if name.endswith("!")},
        optional={name: drawn(field) for name, field in shape.items() if not name.endswith("!")},
    )


def _value(value: Value) -> st.SearchStrategy[Any]:
    if value["type"] == "boolean":
        return st.booleans()
    if value["type"] == "integer":
        return st.integers(value["minimum"], value["maximum"])
    if value["type"] == "object":
        return st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=2)
    if "enum" in value:
        return st.sampled_from(value["enum"])
    if "pattern" in value:
        texts = st.from_regex(re.compile(value["pattern"].removesuffix("$") + r"\Z", re.ASCII))
        return texts.filter(lambda text: len(text) <= value["maxLength"])
    return st.text(max_size=20) | st.just("x" * 10_000)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_definition_for_an_api_server_is_valid_and_takes_a_status(kind: Kind) -> None:
    crd = definition(kind)
    (version,) = crd["spec"]["versions"]
    assert problems(crd, NEWEST) == []
    assert version["schema"]["openAPIV3Schema"]["properties"].keys() == {
        "apiVersion",
        "kind",
        "metadata",
        "spec",
        "status",
    }
