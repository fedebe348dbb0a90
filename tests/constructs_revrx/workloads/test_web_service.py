"""WebService: what it emits, how it ends, and what it refuses."""

import pytest
from constructs_revrx import Autoscaling, ClusterIP, Headless, Host, NginxIngress, Probe, Shutdown
from cdk8s import Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import MONITORING, container, objects, pod_template, web_service


def test_minimal(chart: Chart, snapshot: SnapshotAssertion) -> None:
    web_service(chart)
    assert chart.to_json() == snapshot


def test_everything(chart: Chart, snapshot: SnapshotAssertion) -> None:
    web_service.everything(chart)
    assert chart.to_json() == snapshot


KINDS = ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"]


@pytest.mark.parametrize(
    ("options", "more"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"replicas": Autoscaling(minimum=1, maximum=2)}, ["HorizontalPodAutoscaler"], id="autoscaler"),
        pytest.param({"hosts": [Host("shop.example.com")]}, ["Ingress", "NetworkPolicy"], id="hosts"),
        pytest.param({"monitoring": MONITORING}, ["PrometheusRule", "ServiceMonitor"], id="monitoring"),
    ],
)
def test_emits_what_is_asked_for_and_no_more(chart: Chart, options: dict[str, object], more: list[str]) -> None:
    assert sorted(o["kind"] for o in objects(web_service(chart, **options))) == sorted(KINDS + more)


def test_objects_have_the_id_as_their_name(chart: Chart) -> None:
    names = {o["metadata"]["name"] for o in objects(web_service.everything(chart))}
    assert names == {"backend", "backend-acme-solver", "backend-uploads"}


def test_what_was_not_asked_for_is_none(chart: Chart) -> None:
    backend = web_service(chart)
    assert backend.autoscaler is None
    assert backend.routes == backend.redirects == backend.middlewares == ()
    assert backend.servers_transport is None
    assert backend.acme_solver_policy is None
    assert backend.service_monitor is None
    assert backend.alerts is None


def test_the_service_is_inside_the_cluster_and_leads_to_the_port(chart: Chart) -> None:
    backend = web_service(chart, port=8123)
    assert container(backend)["ports"] == [{"name": "http", "containerPort": 8123, "protocol": "TCP"}]
    spec = backend.service.to_json()["spec"]
    assert spec["type"] == "ClusterIP"
    assert "clusterIP" not in spec
    assert spec["ports"] == [{"name": "http", "port": 8123, "targetPort": "http", "protocol": "TCP"}]


def test_more_ports_are_on_the_container_and_the_service_by_name(chart: Chart) -> None:
    backend = web_service(chart, ports={"metrics": 9090, "grpc": 9000})
    assert [(port["name"], port["containerPort"]) for port in container(backend)["ports"]] == [
        ("http", 8000),
        ("metrics", 9090),
        ("grpc", 9000),
    ]
    assert backend.service.to_json()["spec"]["ports"] == [
        {"name": name, "port": port, "targetPort": name, "protocol": "TCP"}
        for name, port in (("http", 8000), ("metrics", 9090), ("grpc", 9000))
    ]


def test_a_client_in_the_cluster_may_stay_with_a_pod(chart: Chart) -> None:
    spec = web_service(chart, cluster_ip=ClusterIP(session_affinity=86_400)).service.to_json()["spec"]
    assert spec["sessionAffinity"] == "ClientIP"
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 86_400}}
    assert "sessionAffinity" not in web_service(chart, "other").service.to_json()["spec"]


def test_a_headless_service_has_no_address(chart: Chart) -> None:
    spec = web_service(chart, cluster_ip=Headless()).service.to_json()["spec"]
    assert (spec["type"], spec["clusterIP"]) == ("ClusterIP", "None")


@pytest.mark.parametrize(
    ("protocol", "app_protocol"),
    [("http", None), ("grpc", "kubernetes.io/h2c"), ("websocket", "kubernetes.io/ws")],
)
def test_the_service_says_what_is_spoken_on_its_port(chart: Chart, protocol: str, app_protocol: str | None) -> None:
    health_path = None if protocol == "grpc" else "/health"
    backend = web_service(chart, protocol=protocol, health_path=health_path)
    assert list(backend.problems()) == []
    (port,) = backend.service.to_json()["spec"]["ports"]
    assert port.get("appProtocol") == app_protocol


def test_of_other_ports_nothing_is_said(chart: Chart) -> None:
    first, other = web_service(chart, protocol="websocket", ports={"metrics": 9090}).service.to_json()["spec"]["ports"]
    assert first["appProtocol"] == "kubernetes.io/ws"
    assert "appProtocol" not in other


def test_the_url_is_that_of_the_service(chart: Chart) -> None:
    backend = web_service(chart, port=8123)
    assert backend.url == "http://backend:8123"
    assert backend.service.name == "backend"


def test_pauses_ten_seconds_before_it_stops_listening(chart: Chart) -> None:
    assert container(web_service(chart))["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "10"]}}}


@pytest.mark.parametrize("shutdown", [Shutdown(pause=10, drain=30), Shutdown(pause=15, drain=120)])
def test_the_grace_period_is_longer_than_pause_and_drain(chart: Chart, shutdown: Shutdown) -> None:
    backend = web_service(chart, shutdown=shutdown)
    grace = pod_template(backend)["spec"]["terminationGracePeriodSeconds"]
    assert grace == shutdown.pause + shutdown.drain + 5
    assert container(backend)["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", str(shutdown.pause)]


def test_by_default_it_has_thirty_seconds_to_finish_requests(chart: Chart) -> None:
    assert pod_template(web_service(chart))["spec"]["terminationGracePeriodSeconds"] == 45


@pytest.mark.parametrize("port", [1024, 65535])
def test_ports_that_need_no_privileges_are_accepted(chart: Chart, port: int) -> None:
    assert list(web_service(chart, port=port).problems()) == []


UNPRIVILEGED = "is not from 1024 to 65535; below that a program needs privileges it does not have"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"port": 1023}, f"port: 1023 {UNPRIVILEGED}", id="privileged-port"),
        pytest.param({"port": 65536}, f"port: 65536 {UNPRIVILEGED}", id="port-too-high"),
        pytest.param({"health_path": "health"}, "health_path: 'health' does not begin with '/'", id="health-path"),
        pytest.param({"liveness": Probe.http("alive")}, "liveness: path 'alive' does not begin with '/'", id="path"),
        pytest.param(
            {"readiness": Probe.exec()}, "readiness: exec has no command; give it, a text an argument", id="no-command"
        ),
        pytest.param(
            {"startup": Probe.none(" ")}, "startup: none has no reason; say why nothing need be asked", id="no-reason"
        ),
        pytest.param({"startup": Probe.tcp(failures=0)}, "startup: failures 0 is below 1", id="failures"),
        pytest.param({"startup": Probe.tcp(period=0)}, "startup: period 0 is below 1", id="period"),
        pytest.param({"startup": Probe.tcp(timeout=0)}, "startup: timeout 0 is below 1", id="timeout"),
        pytest.param(
            {"health_path": "/health", "liveness": Probe.http("/health", period=60)},
            "liveness: it asks what readiness asks, so what makes pods unready would also restart them; ask less",
            id="liveness-is-readiness",
        ),
        pytest.param({"metrics_path": "metrics"}, "metrics_path: 'metrics' does not begin with '/'", id="metrics-path"),
        pytest.param(
            {"replicas": Autoscaling(minimum=5, maximum=3)},
            "replicas: minimum 5 exceeds maximum 3; raise maximum or lower minimum",
            id="replicas",
        ),
        pytest.param(
            {"hosts": [Host("shop.example.com"), Host("shop.example.com", "v1")]},
            "hosts: path 'v1' does not begin with '/'",
            id="hosts",
        ),
        pytest.param(
            {"ingress": NginxIngress(body_size="10MB")},
            "ingress: body_size '10MB' is not a size in nginx's units; write e.g. 10m",
            id="ingress",
        ),
        pytest.param(
            {"protocol": "grpc"},
            "health_path: gRPC has none, its pods are asked by the gRPC health protocol; give None",
            id="grpc-health-path",
        ),
        pytest.param(
            {"protocol": "grpc", "health_path": None, "ready_path": "/ready"},
            "ready_path: gRPC has none, its pods are asked by the gRPC health protocol; leave it out",
            id="grpc-ready-path",
        ),
        pytest.param({"ready_path": "ready"}, "ready_path: 'ready' does not begin with '/'", id="ready-path"),
        pytest.param(
            {"health_path": "/health", "ready_path": "/health"},
            "ready_path: /health is the health_path, so what makes pods unready would also restart them; "
            "give another, or leave it out",
            id="ready-path-is-health-path",
        ),
        pytest.param(
            {"health_path": "/health", "ready_path": "/ready", "readiness": Probe.http("/health")},
            "liveness: it asks what readiness asks, so what makes pods unready would also restart them; ask less",
            id="readiness-is-the-health-path",
        ),
        pytest.param(
            {"health_path": None},
            "health_path: is None; give the path that answers 200 to GET when a pod can serve",
            id="no-health-path",
        ),
        *(
            pytest.param(
                {"cluster_ip": ClusterIP(session_affinity=seconds)},
                f"cluster_ip: session_affinity {seconds} is not from 1 to 86400 seconds",
                id=f"affinity-{seconds}",
            )
            for seconds in (0, 86_401)
        ),
        pytest.param(
            {"shutdown": Shutdown(pause=0, drain=-1)},
            "shutdown: drain -1 is negative; give seconds, 0 for none",
            id="shutdown",
        ),
    ],
)
def test_refuses(chart: Chart, options: dict[str, object], problem: str) -> None:
    assert list(web_service(chart, **options).problems()) == [problem]
