"""Values: what each says is wrong with it, told by the construct with the option's name."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import constructs_revrx
import pytest
from constructs_revrx import (
    External,
    Heartbeat,
    Host,
    Image,
    ManifestError,
    Monitoring,
    Problem,
    Resources,
    Secret,
    Shutdown,
    Storage,
    Synthesis,
    Waiver,
)
from cdk8s import App, Chart

from ..properties.shop import RECIPES, SIDECAR, external, redis, web_service

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


REFERENCE = "is not an image reference; write name:tag or name@sha256:<64 hex digits>"
MOVES = "can change under a running pod; give a version or a digest"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "reference",
    [
        "postgres:16-alpine",
        "ghcr.io/shop/app:1.4.2",
        "registry.example.com:5000/shop/app:v1",
        "my_registry/my-app.d/x:1.0_rc-1",
        f"shop/app@{DIGEST}",
        f"shop/app:1.4.2@{DIGEST}",
        f"shop/app:latest@{DIGEST}",
        "app:" + "a" * 128,
    ],
)
def test_an_image_with_a_version_or_a_digest_is_accepted(reference: str) -> None:
    assert list(Image(reference).problems()) == []


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        pytest.param("shop/app", f"shop/app {MOVES}", id="no-tag"),
        pytest.param("shop/app:latest", f"shop/app:latest {MOVES}", id="latest"),
        pytest.param("registry:5000/shop/app", f"registry:5000/shop/app {MOVES}", id="port-and-no-tag"),
        pytest.param("", f"'' {REFERENCE}", id="empty"),
        pytest.param("shop/App:1", f"'shop/App:1' {REFERENCE}", id="upper-case"),
        pytest.param("shop/app:", f"'shop/app:' {REFERENCE}", id="empty-tag"),
        pytest.param("shop/app:1 ", f"'shop/app:1 ' {REFERENCE}", id="space"),
        pytest.param("/shop/app:1", f"'/shop/app:1' {REFERENCE}", id="begins-with-slash"),
        pytest.param("app@sha256:abc", f"'app@sha256:abc' {REFERENCE}", id="short-digest"),
        pytest.param(f"app@md5:{'0' * 64}", f"'app@md5:{'0' * 64}' {REFERENCE}", id="another-digest"),
    ],
)
def test_another_image_is_refused(reference: str, problem: str) -> None:
    assert list(Image(reference).problems()) == [problem]


@pytest.mark.parametrize(
    "reference", ["https://ghcr.io/app:1", "app:1:2", "shop//app:1", "shop/a..b:1", "app:-1", "app:" + "a" * 129]
)
def test_an_image_that_no_registry_has_is_refused(reference: str) -> None:
    assert list(Image(reference).problems()) == [f"{reference!r} {REFERENCE}"]


def test_an_image_is_pulled_always_unless_a_digest_fixes_it() -> None:
    assert Image("app:1").pull_policy == "Always"
    assert Image(f"app:1@{DIGEST}").pull_policy == "IfNotPresent"


QUANTITY = "is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"
SIZES = {"cpu": ("1", "1"), "memory": ("1Gi", "1Gi"), "ephemeral_storage": ("1Gi", "1Gi")}


@pytest.mark.parametrize(
    ("resources", "problems"),
    [
        pytest.param({"cpu": ("500m", "0.5")}, [], id="equal"),
        pytest.param({"memory": ("512Mi", "2Gi")}, [], id="smaller-number-greater-unit"),
        pytest.param({"cpu": ("1", "none")}, [f"cpu 'none' {QUANTITY}"], id="limit"),
        pytest.param({"cpu": ("none", "1")}, [f"cpu 'none' {QUANTITY}"], id="request"),
        pytest.param({"memory": ("0", "-1Gi")}, [f"memory '0' {QUANTITY}", f"memory '-1Gi' {QUANTITY}"], id="both"),
        pytest.param({"ephemeral_storage": ("1GB", "1Gi")}, [f"ephemeral_storage '1GB' {QUANTITY}"], id="storage"),
        pytest.param(
            {"memory": ("2Gi", "512Mi")},
            ["memory request 2Gi exceeds its limit 512Mi; raise the limit or lower the request"],
            id="memory-over-limit",
        ),
        pytest.param(
            {"cpu": ("1001m", "1"), "ephemeral_storage": ("1025Mi", "1Gi")},
            [
                "cpu request 1001m exceeds its limit 1; raise the limit or lower the request",
                "ephemeral_storage request 1025Mi exceeds its limit 1Gi; raise the limit or lower the request",
            ],
            id="all",
        ),
    ],
)
def test_resources(resources: dict[str, tuple[str, str]], problems: list[str]) -> None:
    assert list(Resources(**{**SIZES, **resources}).problems()) == problems


def test_a_container_may_write_a_gibibyte_to_disk_by_default() -> None:
    assert Resources(cpu=("1", "1"), memory=("1Gi", "1Gi")).ephemeral_storage == ("256Mi", "1Gi")


def test_storage() -> None:
    assert list(Storage(size="20Gi").problems()) == []
    assert list(Storage(size="20GB").problems()) == [f"size '20GB' {QUANTITY}"]


NO_HOST = "is not a host name; write lower-case labels with dots between, e.g. app.example.com"


LONG = ".".join(["a" * 63] * 3)


@pytest.mark.parametrize(
    "name", ["example.com", "a-b.c1.example.com", "*.example.com", "a" * 63 + ".example.com", f"{LONG}.{'a' * 61}"]
)
def test_a_host_name_is_accepted(name: str) -> None:
    assert list(Host(name).problems()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "localhost",
        "Shop.example.com",
        "shop_1.example.com",
        "-shop.example.com",
        "shop-.example.com",
        "shop..example.com",
        "shop.example.com.",
        "shop.*.com",
        "https://shop.example.com",
        "shop.example.com:443",
        "shop.example.com/",
        "a" * 64 + ".example.com",
        f"{LONG}.{'a' * 62}",
    ],
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    assert list(Host(name).problems()) == [f"{name!r} {NO_HOST}"]
    assert list(External(host=name, cidrs=("10.0.0.0/8",)).problems()) == [f"{name!r} {NO_HOST}"]


def test_a_wildcard_is_a_host_to_answer_to_and_none_to_connect_to() -> None:
    assert list(Host("*.example.com").problems()) == []
    assert list(External(host="*.example.com", cidrs=("10.0.0.0/8",)).problems()) == [f"'*.example.com' {NO_HOST}"]


def test_an_address_is_no_host_name() -> None:
    assert list(Host("10.0.0.1").problems()) == [f"'10.0.0.1' {NO_HOST}"]


def test_a_host_answers_to_everything_below_its_path() -> None:
    assert Host("example.com").path == "/"
    assert list(Host("example.com", "/v1").problems()) == []
    assert list(Host("example.com", "v1").problems()) == ["path 'v1' does not begin with '/'"]


def test_a_host_may_answer_to_its_path_alone() -> None:
    assert Host("example.com").path_type == "Prefix"
    assert list(Host("example.com", "/v1", path_type="Exact").problems()) == []
    with pytest.raises(ManifestError, match="path_type is 'Regex', which is not 'Prefix' or 'Exact'"):
        Host("example.com", "/v1", path_type="Regex")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["//", "/a//b", "/./a", "/a/../b", "/a/..", "/a/.", "/a%2Fb", "/a%2fb"])
def test_a_path_that_kubernetes_refuses_is_refused(path: str) -> None:
    (problem,) = Host("example.com", path).problems()
    assert problem.startswith(f"path {path!r} has ")


@pytest.mark.parametrize("path", ["/a.b", "/.well-known", "/a..b", "/...", "/a/"])
def test_a_path_with_dots_in_its_names_is_a_path(path: str) -> None:
    assert list(Host("example.com", path).problems()) == []


def test_an_external_server_without_addresses_is_refused() -> None:
    assert list(External(host="db.example.com", cidrs=()).problems()) == [
        "cidrs is empty, so no pod could reach db.example.com; give the subnets it lives in, e.g. 10.0.0.0/16"
    ]


def test_heartbeat() -> None:
    assert list(Heartbeat(max_age_minutes=1).problems()) == []
    assert list(Heartbeat(max_age_minutes=0).problems()) == ["max_age_minutes 0 is below 1, the unit of find -mmin"]


def test_shutdown() -> None:
    assert list(Shutdown(pause=0, drain=0).problems()) == []
    assert list(Shutdown(pause=-1, drain=-2).problems()) == [
        "pause -1 is negative; give seconds, 0 for none",
        "drain -2 is negative; give seconds, 0 for none",
    ]


@pytest.mark.parametrize(("pause", "drain"), [(0, 0), (10, 30), (0, 300)])
def test_the_grace_period_is_longer_than_pause_and_drain(pause: int, drain: int) -> None:
    assert Shutdown(pause=pause, drain=drain).grace == pause + drain + 5


def test_monitoring_is_that_of_kube_prometheus_stack_by_default() -> None:
    assert Monitoring() == Monitoring(namespace="monitoring", labels={"release": "kube-prometheus-stack"})


@pytest.mark.parametrize("namespace", ["", "Monitoring", "a.b", "a" * 64])
def test_monitoring_is_in_a_namespace_that_can_be(namespace: str) -> None:
    assert list(Monitoring(namespace=namespace).problems()) == [
        f"namespace: {namespace!r} is not a namespace's name; use at most 63 lower-case letters, digits and '-'"
    ]


def test_monitoring_labels_are_labels_and_none_of_the_library_s() -> None:
    assert list(Monitoring(labels={"app.kubernetes.io/name": "prometheus", "a b": ""}).problems()) == [
        "labels: app.kubernetes.io/name is the library's own, and selectors may rest on it; "
        "choose a key of yours, e.g. team",
        "labels: 'a b' is not a label's key; write e.g. team or example.com/team",
    ]


def test_a_storage_class_has_a_name_that_kubernetes_accepts() -> None:
    assert list(Storage(size="1Gi", storage_class="GP3").problems()) == [
        "storage_class: 'GP3' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]


def test_each_of_several_values_tells_its_own_problem(chart: Chart) -> None:
    backend = web_service(
        chart,
        hosts=[Host("shop"), Host("good.example.com"), Host("api")],
        env_from=[Secret("a", ()), Secret("b", ())],
    )
    assert sorted(backend.problems()) == [
        "env_from: a has no keys; name those that the program reads",
        "env_from: b has no keys; name those that the program reads",
        f"hosts: 'api' {NO_HOST}",
        f"hosts: 'shop' {NO_HOST}",
    ]


def test_an_external_server_tells_the_problems_of_its_address(chart: Chart) -> None:
    address = External(host="db", cidrs=())
    assert list(external(chart, address=address).problems()) == [
        f"address: 'db' {NO_HOST}",
        "address: cidrs is empty, so no pod could reach db; give the subnets it lives in, e.g. 10.0.0.0/16",
    ]


def test_without_a_cpu_limit_only_the_request_is_stated() -> None:
    resources = Resources(cpu=("250m", None), memory=("1Gi", "1Gi"))
    assert list(resources.problems()) == []
    assert {side: {k: v for k, v in sizes.items() if v} for side, sizes in resources.manifest.items()} == {
        "limits": {"ephemeral-storage": "1Gi", "memory": "1Gi"},
        "requests": {"cpu": "250m", "ephemeral-storage": "256Mi", "memory": "1Gi"},
    }
