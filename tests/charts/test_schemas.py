"""Every object of dist/ and of the constructs, against the schemas of each supported Kubernetes release, and of the
CRDs in tests/crds."""

from dataclasses import replace
from pathlib import Path

import pytest
from constructs_revrx import External, Monitoring
from cdk8s import App
from jsonschema import Draft202012Validator

from charts.bootstrap import Bootstrap
from charts.environment import AcmeIssuer, Environment
from charts.production import PRODUCTION
from charts.revrx import RevRx

from ..constructs_revrx.properties.shop import RECIPES
from .dist import FOLDERS, Object, documents, named, wrong
from .schemas import NEWEST, RELEASES, crds, minor, problems, strict

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
    """Each construct from the fewest options, and from every one."""
    app = App(outdir=str(tmp_path_factory.mktemp("constructs")))
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


def test_every_crd_is_of_an_object_here(dist: list[Object], variants: list[Object], constructs: list[Object]) -> None:
    kinds = {(o["apiVersion"].rpartition("/")[0], o["kind"]) for o in [*dist, *variants, *constructs]}
    assert set(crds()) <= kinds


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


def test_fields_that_a_crd_preserves_are_free() -> None:
    application = named(documents("argocd"), "Application", "revrx-production")
    assert problems(wrong(application, "spec.source.helm", {"valuesObject": {"any": {"thing": 1}}}), NEWEST) == []
    assert problems(wrong(application, "spec.source.helm", {"values": 1}), NEWEST) != []


def test_where_a_crd_takes_a_number_or_text_it_takes_nothing_else(variants: list[Object]) -> None:
    rule = named(variants, "PrometheusRule", "backend")
    expression = "spec.groups.0.rules.0.expr"
    assert problems(wrong(rule, expression, 1), NEWEST) == problems(wrong(rule, expression, "up"), NEWEST) == []
    assert problems(wrong(rule, expression, True), NEWEST) != []


@pytest.mark.parametrize(
    ("field", "value", "valid"),
    [
        pytest.param({"type": "string", "default": "x"}, {}, True, id="the API server fills in a default"),
        pytest.param({"type": "string"}, {}, False, id="without a default it is missing"),
        pytest.param({"type": "string", "nullable": True}, {"field": None}, True, id="nullable"),
        pytest.param({"type": "string"}, {"field": None}, False, id="not nullable"),
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
