"""GatewayRoute: routes at a Gateway that is there already, and whose pods may connect."""

from typing import Any

import pytest
from constructs_revrx import GatewayRoute, Host, WebService
from cdk8s import Chart

from ..properties.shop import GRPC, Object, objects, web_service

HOST = Host("shop.example.com", "/shop")


def reached(chart: Chart, *hosts: Host, service: Any = None, **options: Any) -> WebService:
    ingress = GatewayRoute(**{"gateway": "public", "namespace": "gateways", **options})
    made: WebService = web_service(chart, **{"hosts": hosts or [HOST], **(service or {})}, ingress=ingress)
    return made


def spec(o: Any) -> Object:
    found: Object = o.to_json()["spec"]
    return found


def test_https_leads_to_the_service_by_its_ports_number(chart: Chart) -> None:
    (route,) = reached(chart).routes
    assert (route.kind, route.name) == ("HTTPRoute", "backend")
    assert spec(route) == {
        "hostnames": ["shop.example.com"],
        "parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "https"}],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/shop"}}],
                "backendRefs": [{"name": "backend", "port": 8000}],
            }
        ],
    }


def test_http_is_redirected_on_the_same_hosts_and_paths(chart: Chart) -> None:
    (redirect,) = reached(chart).redirects
    assert (redirect.kind, redirect.name) == ("HTTPRoute", "backend-redirect")
    assert spec(redirect) == {
        "hostnames": ["shop.example.com"],
        "parentRefs": [{"name": "public", "namespace": "gateways", "sectionName": "http"}],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/shop"}}],
                "filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}],
            }
        ],
    }


def test_without_a_listener_for_http_nothing_is_redirected(chart: Chart) -> None:
    backend = reached(chart, listener="plain", redirect_listener=None)
    assert backend.redirects == ()
    assert spec(backend.routes[0])["parentRefs"][0]["sectionName"] == "plain"


def test_hosts_with_the_same_paths_share_a_route_and_one_more_at_the_end_renames_none(chart: Chart) -> None:
    hosts = [
        Host("a.example.com"),
        Host("b.example.com", "/v1", path_type="Exact"),
        Host("b.example.com", "/v2"),
        Host("c.example.com"),
    ]
    backend = reached(chart, *hosts)
    assert [(route.name, spec(route)["hostnames"]) for route in backend.routes] == [
        ("backend", ["a.example.com", "c.example.com"]),
        ("backend-2", ["b.example.com"]),
    ]
    assert [route.name for route in backend.redirects] == ["backend-redirect", "backend-2-redirect"]
    assert spec(backend.routes[1])["rules"][0]["matches"] == [
        {"path": {"type": "Exact", "value": "/v1"}},
        {"path": {"type": "PathPrefix", "value": "/v2"}},
    ]


def test_a_route_takes_sixteen_hosts(chart: Chart) -> None:
    backend = reached(chart, *(Host(f"h{n}.example.com") for n in range(17)))
    assert [len(spec(route)["hostnames"]) for route in backend.routes] == [16, 1]


def test_the_pods_of_the_gateways_namespace_may_connect(chart: Chart) -> None:
    (rule,) = spec(reached(chart).network_policy)["ingress"]
    assert rule == {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}}],
        "ports": [{"port": 8000, "protocol": "TCP"}],
    }


def test_the_gateways_pods_may_be_elsewhere_and_told_from_others_by_labels(chart: Chart) -> None:
    backend = reached(chart, proxy_namespace="envoy-gateway-system", proxy_labels={"app": "envoy"})
    (rule,) = spec(backend.network_policy)["ingress"]
    assert rule["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "envoy-gateway-system"}},
            "podSelector": {"matchLabels": {"app": "envoy"}},
        }
    ]


def test_the_certificate_is_the_gateways(chart: Chart) -> None:
    backend = reached(chart)
    assert backend.acme_solver_policy is None
    assert "cert-manager" not in str(objects(backend))


def test_timeouts_are_the_gateways_unless_given(chart: Chart) -> None:
    (rule,) = spec(reached(chart, request_timeout=60, backend_request_timeout=60).routes[0])["rules"]
    assert rule["timeouts"] == {"request": "60s", "backendRequest": "60s"}


def test_headers_are_set_on_requests_and_answers(chart: Chart) -> None:
    (rule,) = spec(reached(chart, request_headers={"X-A": "1"}, response_headers={"X-B": "2"}).routes[0])["rules"]
    assert rule["filters"] == [
        {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "X-A", "value": "1"}]}},
        {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [{"name": "X-B", "value": "2"}]}},
    ]


def test_grpc_has_a_route_of_its_own_kind_and_no_redirect(chart: Chart) -> None:
    backend = reached(chart, service=GRPC)
    first, second = backend.routes
    assert first.kind == second.kind == "GRPCRoute"
    assert "matches" not in spec(first)["rules"][0]
    assert spec(second)["rules"][0]["matches"] == [
        {"method": {"type": "Exact", "service": "shop.Cart"}},
        {"method": {"type": "Exact", "service": "shop.Cart", "method": "Pay"}},
    ]
    assert backend.redirects == ()


def test_a_path_that_is_not_grpcs_is_refused(chart: Chart) -> None:
    service = {**GRPC, "hosts": [Host("shop.example.com", "/a/b/c")]}
    assert list(reached(chart, service=service).problems()) == [
        "hosts: path '/a/b/c' is not one of gRPC's; write /, /package.Service or /package.Service/Method"
    ]


@pytest.mark.parametrize(
    ("service", "streams"), [(GRPC, "a gRPC stream"), ({"protocol": "websocket"}, "a websocket")], ids=["grpc", "ws"]
)
def test_a_timeout_would_end_streams(chart: Chart, service: Any, streams: str) -> None:
    assert list(reached(chart, service=service, request_timeout=60).problems()) == [
        f"ingress: request_timeout would end {streams} at that time; leave it out"
    ]


@pytest.mark.parametrize("path", ["/a b", "/a#b", "/a?b", "/größe", "/a%2"])
def test_a_path_is_written_as_in_a_url(chart: Chart, path: str) -> None:
    assert list(reached(chart, Host("shop.example.com", path)).problems()) == [
        f"hosts: path {path!r} has characters that are not a URL's; write the path as clients ask for it, e.g. /a%20b"
    ]


def test_a_path_may_have_what_a_url_may(chart: Chart) -> None:
    assert list(reached(chart, Host("shop.example.com", "/a%20b/~c:d@e")).problems()) == []


def test_a_route_takes_sixty_four_paths(chart: Chart) -> None:
    hosts = [Host("shop.example.com", f"/{n}") for n in range(65)]
    assert list(reached(chart, *hosts[:64]).problems()) == []
    (problem,) = reached(Chart(chart, "more", namespace="shop"), *hosts).problems()
    assert problem == "hosts: 65 paths are more than the 64 that a route takes; give fewer"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"gateway": "Public"}, "gateway: 'Public' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"),
        (
            {"redirect_listener": "https"},
            "listener and redirect_listener are both https, so a request would be redirected for ever; name two, or "
            "None as redirect_listener",
        ),
        ({"request_timeout": 0}, "request_timeout 0 is not a number of seconds; give 1 or more"),
        (
            {"request_timeout": 60, "backend_request_timeout": 61},
            "backend_request_timeout 61 exceeds request_timeout 60, which includes it; lower it or raise "
            "request_timeout",
        ),
        (
            {"proxy_labels": {"a b": "c"}},
            "proxy_labels: 'a b' is not a label's key; write e.g. team or example.com/team",
        ),
        (
            {"request_headers": {"X A": "1"}},
            "request_headers: 'X A' is not a header's name; write e.g. X-Forwarded-Prefix",
        ),
    ],
)
def test_refuses(chart: Chart, options: dict[str, Any], problem: str) -> None:
    assert list(reached(chart, **options).problems()) == [f"ingress: {problem}"]
