"""TraefikIngress: Ingresses, and what Traefik reads from Middlewares, a ServersTransport and the Service."""

from typing import Any

import pytest
from constructs_revrx import Host, StickyCookie, Tls, TraefikIngress, WebService
from cdk8s import Chart

from ..properties.shop import GRPC, Object, objects, web_service

TRAEFIK = "traefik.ingress.kubernetes.io"
HOST = Host("shop.example.com", "/shop")


def reached(chart: Chart, *, service: Any = None, **options: Any) -> WebService:
    made: WebService = web_service(chart, **{"hosts": [HOST], **(service or {})}, ingress=TraefikIngress(**options))
    return made


def annotations(o: Any) -> dict[str, str]:
    found: Object = o.to_json()["metadata"]["annotations"]
    return {name.removeprefix(f"{TRAEFIK}/"): value for name, value in found.items()}


def test_https_leads_to_the_service(chart: Chart) -> None:
    (route,) = reached(chart).routes
    assert annotations(route) == {
        "cert-manager.io/cluster-issuer": "letsencrypt",
        "router.entrypoints": "websecure",
        "router.tls": "true",
    }
    spec = route.to_json()["spec"]
    assert spec["ingressClassName"] == "traefik"
    assert spec["tls"] == [{"hosts": ["shop.example.com"], "secretName": "backend-tls"}]


def test_http_is_redirected_on_the_same_hosts_and_paths(chart: Chart) -> None:
    backend = reached(chart, http_entry_point="http")
    (redirect,), (route,), (middleware,) = backend.redirects, backend.routes, backend.middlewares
    assert redirect.to_json()["spec"]["rules"] == route.to_json()["spec"]["rules"]
    assert "tls" not in redirect.to_json()["spec"]
    assert annotations(redirect) == {
        "router.entrypoints": "http",
        "router.middlewares": "shop-backend-redirect@kubernetescrd",
    }
    assert middleware.to_json()["metadata"]["name"] == "backend-redirect"
    assert middleware.to_json()["spec"] == {"redirectScheme": {"scheme": "https", "permanent": True}}


def test_without_tls_http_leads_to_the_service_and_nothing_is_redirected(chart: Chart) -> None:
    backend = reached(chart, tls=Tls.none("a mesh encrypts"), sticky=StickyCookie())
    assert annotations(backend.routes[0]) == {"router.entrypoints": "web"}
    assert "tls" not in backend.routes[0].to_json()["spec"]
    assert annotations(backend.service)["service.sticky.cookie.secure"] == "false"
    assert backend.redirects == backend.middlewares == ()
    assert backend.acme_solver_policy is None


def test_cert_managers_answer_is_let_through_only_where_it_makes_the_certificate(chart: Chart) -> None:
    policy = reached(chart, controller_namespace="edge").acme_solver_policy
    assert policy is not None
    (rule,) = policy.to_json()["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}]


def test_a_secret_of_someone_else_needs_no_answer_of_cert_manager(chart: Chart) -> None:
    backend = reached(chart, tls=Tls.secret("shop-tls"))
    assert backend.routes[0].to_json()["spec"]["tls"][0]["secretName"] == "shop-tls"
    assert backend.acme_solver_policy is None


@pytest.mark.parametrize("namespace", ["traefik", "edge"])
def test_the_controllers_namespace_and_no_other_may_connect(chart: Chart, namespace: str) -> None:
    backend = reached(chart, controller_namespace=namespace)
    (rule,) = backend.network_policy.to_json()["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}]


@pytest.mark.parametrize(
    ("service", "options", "timeouts"),
    [
        ({}, {}, ("5s", "60s")),
        ({"protocol": "websocket"}, {}, ("5s", "60s")),
        (GRPC, {}, ("5s", "3600s")),
        (GRPC, {"connect_timeout": 3, "response_timeout": 30}, ("3s", "30s")),
    ],
    ids=["http", "websocket", "grpc", "given"],
)
def test_the_service_names_the_transport_with_the_timeouts(
    chart: Chart, service: dict[str, Any], options: dict[str, int], timeouts: tuple[str, str]
) -> None:
    backend = reached(chart, service=service, **options)
    assert backend.servers_transport is not None
    assert backend.servers_transport.to_json()["spec"] == {
        "forwardingTimeouts": {
            "dialTimeout": timeouts[0],
            "responseHeaderTimeout": timeouts[1],
            "idleConnTimeout": "60s",
        }
    }
    assert annotations(backend.service)["service.serverstransport"] == "shop-backend@kubernetescrd"


def test_bodies_have_no_limit_unless_one_is_given(chart: Chart) -> None:
    backend = reached(chart, body_size="2Ki")
    limit = backend.middlewares[0]
    assert limit.to_json()["metadata"]["name"] == "backend-body-size"
    assert limit.to_json()["spec"] == {"buffering": {"maxRequestBodyBytes": 2048}}
    assert annotations(backend.routes[0])["router.middlewares"] == "shop-backend-body-size@kubernetescrd"


def test_grpc_is_spoken_to_pods(chart: Chart) -> None:
    assert annotations(reached(chart, service=GRPC).service)["service.serversscheme"] == "h2c"


def test_a_cookie_keeps_a_browser_with_a_pod(chart: Chart) -> None:
    backend = reached(chart, sticky=StickyCookie(max_age=600))
    assert annotations(backend.service) == {
        "service.serverstransport": "shop-backend@kubernetescrd",
        "service.sticky.cookie": "true",
        "service.sticky.cookie.httponly": "true",
        "service.sticky.cookie.maxage": "600",
        "service.sticky.cookie.name": "backend-affinity",
        "service.sticky.cookie.samesite": "lax",
        "service.sticky.cookie.secure": "true",
    }


def test_a_service_that_is_not_reached_from_outside_knows_nothing_of_traefik(chart: Chart) -> None:
    backend = web_service(chart, ingress=TraefikIngress())
    assert "annotations" not in backend.service.to_json()["metadata"]
    assert "traefik" not in str(objects(backend))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"connect_timeout": 0}, "connect_timeout 0 is not a number of seconds; give 1 or more"),
        ({"response_timeout": -1}, "response_timeout -1 is not a number of seconds; give 1 or more"),
        (
            {"body_size": "10MB"},
            "body_size '10MB' is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
        ),
        ({"http_entry_point": "websecure"}, "http_entry_point and https_entry_point are both websecure; name two"),
        (
            {"sticky": StickyCookie(name=";")},
            "sticky: name ';' is not a cookie's; use letters, digits, '-', '_', '.' and '~'",
        ),
        ({"tls": Tls.secret("A")}, "tls: 'A' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"),
    ],
)
def test_refuses(chart: Chart, options: dict[str, Any], problem: str) -> None:
    assert list(reached(chart, **options).problems()) == [f"ingress: {problem}"]


def test_a_limit_on_bodies_would_hold_back_a_grpc_stream(chart: Chart) -> None:
    assert list(reached(chart, service=GRPC, body_size="1Mi").problems()) == [
        "ingress: body_size holds a body back until it is complete, and a gRPC stream never is; leave it out"
    ]
