"""WebService: what its pods are asked, and how patiently."""

import pytest
from constructs_revrx import Probe
from cdk8s import Chart

from ..properties.shop import container, web_service


def test_is_ready_when_the_health_path_answers(chart: Chart) -> None:
    probe = container(web_service(chart, health_path="/api/health"))["readinessProbe"]
    assert probe == {
        "httpGet": {"path": "/api/health", "port": "http"},
        "periodSeconds": 5,
        "timeoutSeconds": 3,
        "failureThreshold": 3,
    }


def test_liveness_asks_no_path_by_default(chart: Chart) -> None:
    probe = container(web_service(chart))["livenessProbe"]
    assert probe == {"tcpSocket": {"port": "http"}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}


@pytest.mark.parametrize(
    ("probe", "asked"),
    [
        pytest.param(Probe.http("/alive"), {"httpGet": {"path": "/alive", "port": "http"}}, id="http"),
        pytest.param(Probe.tcp(), {"tcpSocket": {"port": "http"}}, id="tcp"),
        pytest.param(Probe.exec("shop", "alive"), {"exec": {"command": ["shop", "alive"]}}, id="exec"),
        pytest.param(Probe.grpc(), {"grpc": {"port": 8000}}, id="grpc"),
        pytest.param(Probe.grpc("shop.Alive"), {"grpc": {"port": 8000, "service": "shop.Alive"}}, id="grpc-service"),
    ],
)
@pytest.mark.parametrize("option", ["startup", "readiness", "liveness"])
def test_a_probe_asks_what_it_is_told_on_the_services_port(
    chart: Chart, option: str, probe: Probe, asked: dict[str, object]
) -> None:
    only = container(web_service(chart, **{option: probe}))
    assert only[f"{option}Probe"] == {**asked, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3}


@pytest.mark.parametrize("option", ["startup", "readiness", "liveness"])
def test_a_probe_may_ask_another_port(chart: Chart, option: str) -> None:
    backend = web_service(chart, ports={"admin": 9000}, **{option: Probe.http("/ok", port="admin")})
    assert container(backend)[f"{option}Probe"]["httpGet"] == {"path": "/ok", "port": "admin"}
    assert list(backend.problems()) == []


def test_liveness_may_ask_the_same_of_another_port(chart: Chart) -> None:
    probes = {"readiness": Probe.tcp(), "liveness": Probe.tcp(port="admin")}
    assert list(web_service(chart, ports={"admin": 9000}, **probes).problems()) == []


def test_a_probe_that_is_none_is_left_out(chart: Chart) -> None:
    backend = web_service(chart, liveness=Probe.none("restarts by itself"))
    assert "livenessProbe" not in container(backend)
    assert list(backend.problems()) == []


@pytest.mark.parametrize("liveness", [None, Probe.http("/alive", failures=6)])
def test_liveness_is_another_question_than_readiness_and_more_patient(chart: Chart, liveness: Probe | None) -> None:
    only = container(web_service(chart, liveness=liveness))
    live, ready = only["livenessProbe"], only["readinessProbe"]
    assert live.get("httpGet") != ready["httpGet"]
    assert live["periodSeconds"] * live["failureThreshold"] > ready["periodSeconds"] * ready["failureThreshold"]


def test_has_two_minutes_to_start(chart: Chart) -> None:
    only = container(web_service(chart))
    probe = only["startupProbe"]
    assert probe["httpGet"] == only["readinessProbe"]["httpGet"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 120
    assert probe["timeoutSeconds"] == 3


def test_grpc_is_asked_by_its_health_protocol(chart: Chart) -> None:
    only = container(web_service(chart, protocol="grpc", health_path=None, port=9000))
    assert only["startupProbe"] == {
        "grpc": {"port": 9000},
        "periodSeconds": 3,
        "timeoutSeconds": 3,
        "failureThreshold": 40,
    }
    assert only["readinessProbe"]["grpc"] == {"port": 9000}
    assert only["livenessProbe"]["tcpSocket"] == {"port": "http"}


def test_health_may_be_at_the_root_when_liveness_asks_no_path(chart: Chart) -> None:
    assert list(web_service(chart, health_path="/").problems()) == []


APART = {"health_path": "/health", "ready_path": "/ready"}


def test_with_a_ready_path_readiness_asks_that(chart: Chart) -> None:
    probe = container(web_service(chart, **APART))["readinessProbe"]
    assert probe == {
        "httpGet": {"path": "/ready", "port": "http"},
        "periodSeconds": 5,
        "timeoutSeconds": 3,
        "failureThreshold": 3,
    }


def test_with_a_ready_path_a_process_that_hangs_is_noticed_and_a_busy_one_has_a_minute_to_answer(chart: Chart) -> None:
    probe = container(web_service(chart, **APART))["livenessProbe"]
    assert probe == {
        "httpGet": {"path": "/health", "port": "http"},
        "periodSeconds": 10,
        "timeoutSeconds": 10,
        "failureThreshold": 6,
    }


def test_a_pod_has_started_when_its_process_works_so_that_one_which_waits_for_a_dependency_is_not_restarted(
    chart: Chart,
) -> None:
    assert container(web_service(chart, **APART))["startupProbe"]["httpGet"]["path"] == "/health"


@pytest.mark.parametrize("option", ["startup", "readiness", "liveness"])
def test_a_probe_that_is_given_comes_before_both_paths(chart: Chart, option: str) -> None:
    only = container(web_service(chart, **APART, **{option: Probe.http("/mine")}))
    assert only[f"{option}Probe"]["httpGet"]["path"] == "/mine"


def test_a_ready_path_changes_nothing_but_readiness_and_liveness(chart: Chart) -> None:
    with_it, without = (
        container(web_service(Chart(chart, id, namespace="shop"), **options))
        for id, options in (("with", APART), ("without", {}))
    )
    assert {key for key in with_it if with_it[key] != without[key]} == {"readinessProbe", "livenessProbe"}
