"""Containers: beside a workload's own, before it, and sidecars."""

from typing import Any

import pytest
from constructs_revrx import (
    Container,
    Probe,
    Resources,
    Shutdown,
    target_kubernetes,
)
from cdk8s import App, Chart

from kubecheck.evaluators.pod_resources import NOTHING, of_pod
from kubecheck.objects.fields import Object

from ..properties.shop import (
    PROGRAMS,
    SIDECAR,
    SMALL,
    TAGGED,
    Recipe,
    container,
    containers,
    pod_template,
    web_service,
)

every_program = pytest.mark.parametrize("recipe", PROGRAMS.values(), ids=PROGRAMS)
LITTLE = Resources(cpu=("10m", "20m"), memory=("16Mi", "32Mi"), ephemeral_storage=("8Mi", "16Mi"))


def extra(**options: Any) -> Container:
    return Container(**{"name": "extra", "image": TAGGED, "resources": LITTLE, **options})


def made(recipe: Recipe, chart: Chart, option: str, one: Container) -> Any:
    """What becomes of it as an entry of `containers` or `init_containers`."""
    workload = recipe(chart, **{option: [one]})
    assert list(workload.problems()) == []
    (found,) = (each for each in containers(pod_template(workload)) if each["name"] == one.name)
    return found


@every_program
@pytest.mark.parametrize("option", ["containers", "init_containers"])
def test_it_is_hardened_as_the_workloads_own(chart: Chart, recipe: Recipe, option: str) -> None:
    workload = recipe(chart, **{option: [extra()]})
    own, other = container(workload), containers(pod_template(workload))[1]
    assert other["securityContext"] == own["securityContext"] != {}
    assert (other["image"], other["imagePullPolicy"]) == ("ghcr.io/shop/app:1.4.2", "Always")
    assert other["resources"] == LITTLE.manifest
    assert other["volumeMounts"] == [{"name": "extra-tmp", "mountPath": "/tmp"}]


@every_program
def test_they_keep_their_order_and_come_after_the_workloads_own(chart: Chart, recipe: Recipe) -> None:
    beside, before = ([extra(name=name) for name in names] for names in (("z", "a"), ("y", "b")))
    spec = pod_template(recipe(chart, containers=beside, init_containers=before))["spec"]
    assert [each["name"] for each in spec["containers"]] == [recipe.id, "z", "a"]
    assert [each["name"] for each in spec["initContainers"]] == ["y", "b"]


@every_program
def test_without_them_there_is_not_even_an_empty_list(chart: Chart, recipe: Recipe) -> None:
    assert "initContainers" not in pod_template(recipe(chart))["spec"]


def test_nothing_is_asked_of_it_by_default(chart: Chart) -> None:
    found = made(web_service, chart, "containers", extra(ports={"extra": 9999}))
    assert not {"startupProbe", "readinessProbe", "livenessProbe", "lifecycle"} & found.keys()


def test_its_probes_ask_its_first_port_or_the_one_they_name(chart: Chart) -> None:
    probes = {
        "startup": Probe.tcp(),
        "readiness": Probe.http("/ready", port="admin"),
        "liveness": Probe.grpc(port="admin"),
    }
    found = made(web_service, chart, "containers", extra(ports={"extra": 9999, "admin": 9998}, **probes))
    assert found["startupProbe"]["tcpSocket"] == {"port": "extra"}
    assert found["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "admin"}
    assert found["livenessProbe"]["grpc"] == {"port": 9998}


def test_its_liveness_may_not_ask_what_readiness_asks(chart: Chart) -> None:
    container = extra(ports={"extra": 9999}, readiness=Probe.tcp(), liveness=Probe.tcp(period=60))
    assert list(web_service(chart, containers=[container]).problems()) == [
        "containers: extra: liveness: it asks what readiness asks, so what makes pods unready would also restart them; "
        "ask less"
    ]


@pytest.mark.parametrize(
    ("mine", "others", "grace"), [((10, 30), (20, 60), 85), ((10, 30), (1, 1), 45), ((0, 300), (10, 30), 305)]
)
def test_the_slowest_container_sets_the_grace_period(
    chart: Chart, mine: tuple[int, int], others: tuple[int, int], grace: int
) -> None:
    own, other = (Shutdown(pause=pause, drain=drain) for pause, drain in (mine, others))
    backend = web_service(chart, shutdown=own, containers=[extra(shutdown=other)])
    assert pod_template(backend)["spec"]["terminationGracePeriodSeconds"] == grace


def test_its_own_pause_comes_before_its_sigterm(chart: Chart) -> None:
    found = made(web_service, chart, "containers", extra(shutdown=Shutdown(pause=7, drain=1)))
    assert found["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "7"]}}}


@pytest.mark.parametrize("version", ["1.29", "1.37"])
@every_program
def test_a_sidecar_is_an_init_container_that_keeps_running(app: App, recipe: Recipe, version: str) -> None:
    target_kubernetes(app, version)
    chart = Chart(app, "production", namespace="shop")
    assert made(recipe, chart, "init_containers", SIDECAR)["restartPolicy"] == "Always"


def test_a_sidecar_may_be_asked_and_may_pause(app: App) -> None:
    target_kubernetes(app, "1.29")
    chart = Chart(app, "production", namespace="shop")
    sidecar = extra(
        restart_policy="Always", ports={"extra": 9999}, startup=Probe.tcp(), shutdown=Shutdown(pause=1, drain=1)
    )
    assert made(web_service, chart, "init_containers", sidecar)["startupProbe"]["tcpSocket"] == {"port": "extra"}


@pytest.mark.parametrize("version", ["1.27", "1.28"])
def test_a_kubernetes_without_sidecars_is_told_so(app: App, version: str) -> None:
    target_kubernetes(app, version)
    chart = Chart(app, "production", namespace="shop")
    assert list(web_service(chart, init_containers=[SIDECAR]).problems()) == [
        f"init_containers: proxy: restart_policy: sidecars came with Kubernetes 1.29, and the chart is for {version}; "
        'say target_kubernetes(app, "1.29") or later, or put it into containers'
    ]


@pytest.mark.parametrize("version", ["1.27", "1.29"])
def test_only_an_init_container_becomes_a_sidecar(app: App, version: str) -> None:
    target_kubernetes(app, version)
    chart = Chart(app, "production", namespace="shop")
    assert list(web_service(chart, containers=[SIDECAR]).problems()) == [
        "containers: proxy: restart_policy: Always is an init container's, which it makes a sidecar; "
        "move it to init_containers"
    ]


def cpu(app: App, *, beside: int = 0, before: tuple[tuple[int, bool], ...] = ()) -> int:
    """What the quota counts of a pod whose own container asks for 100m: millicores."""
    target_kubernetes(app, "1.29")
    chart = Chart(app, "production", namespace="shop")
    several = [
        extra(
            name=f"init-{number}",
            resources=Resources(cpu=(f"{millicores}m", "9"), memory=("1Mi", "1Mi")),
            restart_policy="Always" if is_sidecar else None,
        )
        for number, (millicores, is_sidecar) in enumerate(before)
    ]
    other = [extra(resources=Resources(cpu=(f"{beside}m", "9"), memory=("1Mi", "1Mi")))] if beside else []
    template: Object = pod_template(web_service(chart, resources=SMALL, containers=other, init_containers=several))
    return int(of_pod(template, NOTHING).requests["cpu"] * 1000)


@pytest.mark.parametrize(
    ("beside", "before", "counted"),
    [
        pytest.param(30, (), 130, id="the sum"),
        pytest.param(30, ((50, False),), 130, id="an init container that asks for less"),
        pytest.param(30, ((500, False), (400, False)), 500, id="the init container that asks for most"),
        pytest.param(30, ((40, True),), 170, id="a sidecar runs beside them"),
        pytest.param(0, ((40, True), (100, False)), 140, id="and beside the init containers after it"),
        pytest.param(0, ((40, True), (200, False)), 240, id="which may be most"),
        pytest.param(0, ((200, False), (40, True)), 200, id="but not beside those before it"),
    ],
)
def test_the_quota_counts_a_pod_as_kubernetes_does(
    app: App, beside: int, before: tuple[tuple[int, bool], ...], counted: int
) -> None:
    assert cpu(app, beside=beside, before=before) == counted


@pytest.mark.parametrize("option", ["containers", "init_containers"])
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"name": "Extra"},
            "Extra: 'Extra' is not a container's name; use at most 63 lower-case letters, digits and '-'",
            id="name",
        ),
        pytest.param(
            {"ports": {"extra": 80}},
            "extra: ports: extra 80 is not from 1024 to 65535; below that a program needs privileges it does not have",
            id="ports",
        ),
        pytest.param(
            {"ports": {"eighteen-letters-x": 8080}},
            "extra: ports: 'eighteen-letters-x' is not a port's name; "
            "use at most 15 lower-case letters, digits and '-'",
            id="port",
        ),
    ],
)
def test_refuses(chart: Chart, option: str, options: dict[str, Any], problem: str) -> None:
    assert list(web_service(chart, **{option: [extra(**options)]}).problems()) == [f"{option}: {problem}"]


@pytest.mark.parametrize("probe", ["startup", "readiness", "liveness"])
def test_an_init_container_that_ends_is_not_asked(chart: Chart, probe: str) -> None:
    before = extra(**{probe: Probe.exec("true")})
    assert list(web_service(chart, init_containers=[before]).problems()) == [
        f"init_containers: extra: {probe}: an init container that ends is not asked; leave it out, or make it a sidecar"
    ]


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        pytest.param({}, {"ports": {"b": 2000}}, "containers: 2 are named extra, ", id="names"),
        pytest.param(
            {"ports": {"a": 2000}},
            {"name": "b", "ports": {"b": 2000}},
            "ports: 2000 is extra's a and b's b, and a pod has one address; change one",
            id="numbers",
        ),
        pytest.param(
            {"ports": {"a": 2000}},
            {"name": "b", "ports": {"a": 2001}},
            "ports: a is a port of extra and b, and a Service can mean only one; rename one",
            id="port-names",
        ),
        pytest.param(
            {"scratch": {"/b/c": "1Mi"}},
            {"name": "extra-b", "scratch": {"/c": "1Mi"}},
            "scratch: /b/c and /c give two volumes the name extra-b-c; rename one",
            id="volumes",
        ),
    ],
)
def test_two_of_one_name_or_number_are_refused(
    chart: Chart, one: dict[str, Any], other: dict[str, Any], problem: str
) -> None:
    backend = web_service(chart, containers=[extra(**one)], init_containers=[extra(**other)])
    (found,) = backend.problems()
    assert found.startswith(problem)


def test_a_volumes_name_that_is_too_long_with_the_containers_is_refused(chart: Chart) -> None:
    path = "/" + "a" * 58
    assert list(web_service(chart, containers=[extra(scratch={path: "1Mi"})]).problems()) == [
        f"scratch: {path} is too long for a volume's name; give 63 characters at most"
    ]
