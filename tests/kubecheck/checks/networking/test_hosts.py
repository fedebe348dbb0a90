"""Hosts and paths that two objects answer."""

from typing import Any

import pytest

from kubecheck.checks.networking.hosts import host_conflict, route_kind_conflict

from ...given import Object, o, texts


def ingress(name: str, path: str = "/", *, annotations: Any = None, **spec: Any) -> Object:
    rule = {"host": "shop.example.com", "http": {"paths": [{"path": path, "pathType": "Prefix"}]}}
    return o("Ingress", name, annotations=annotations, spec={"rules": [rule], **spec})


def test_hosts_and_paths_that_differ_or_are_shared_on_purpose_are_no_error() -> None:
    others = [
        ingress("b", "/b"),
        ingress("c", ingressClassName="internal"),
        ingress("d", annotations={"nginx.ingress.kubernetes.io/canary": "true"}),
    ]
    assert texts(host_conflict, [ingress("a"), *others]) == []
    assert len(texts(host_conflict, [ingress("a"), *others, ingress("e")])) == 1


def test_a_host_is_answered_by_each_of_traefiks_entry_points_on_its_own() -> None:
    def at(name: str, entry_points: str) -> Object:
        return ingress(name, annotations={"traefik.ingress.kubernetes.io/router.entrypoints": entry_points})

    assert texts(host_conflict, [at("a", "web"), at("b", "websecure")]) == []
    assert len(texts(host_conflict, [at("a", "web"), at("b", "websecure, web")])) == 1
    assert len(texts(host_conflict, [ingress("a"), at("b", "web")])) == 1


def route(name: str, *matches: Any, kind: str = "HTTPRoute", section: str | None = "https", **spec: Any) -> Object:
    parent = {"name": "public", "namespace": "gateways", **({"sectionName": section} if section else {})}
    rule = {"matches": list(matches), "backendRefs": [{"name": "web", "port": 80}]}
    given = {"parentRefs": [parent], "hostnames": ["shop.example.com"], "rules": [rule], **spec}
    return o(kind, name, spec=given)


def path(value: str, kind: str = "PathPrefix", **more: Any) -> Object:
    return {"path": {"type": kind, "value": value}, **more}


def test_routes_at_one_listener_with_one_host_and_path_are_told() -> None:
    assert texts(host_conflict, [route("a"), route("b", path("/"))]) == [
        "HTTPRoute b: shop.example.com/ is answered by HTTPRoute a as well, and one of the two would get no request; "
        "change the host or the path of one"
    ]
    assert len(texts(host_conflict, [route("a"), route("b", section=None)])) == 1
    called = {"method": {"service": "shop.Cart", "method": "Pay"}}
    grpc = [route(name, called, kind="GRPCRoute") for name in ("a", "b")]
    (problem,) = texts(host_conflict, grpc)
    assert problem.startswith("GRPCRoute b: shop.example.com/shop.Cart/Pay is answered by GRPCRoute a as well")


@pytest.mark.parametrize(
    "other",
    [
        route("b", path("/b")),
        route("b", path("/", "Exact")),
        route("b", path("/", headers=[{"name": "X-Beta", "value": "1"}])),
        route("b", section="internal"),
        route("b", parentRefs=[{"name": "other", "namespace": "gateways"}]),
        route("b", hostnames=["api.example.com"]),
        route("b", rules=[{"filters": [{"type": "RequestRedirect"}]}]),
    ],
    ids=["path", "path type", "header", "listener", "gateway", "host", "redirect"],
)
def test_routes_that_differ_are_no_error(other: Object) -> None:
    assert texts(host_conflict, [route("a"), other]) == []


def test_a_listener_takes_one_kind_of_route_for_a_host() -> None:
    both = [route("a", path("/")), route("b", {"method": {"service": "shop.Cart"}}, kind="GRPCRoute")]
    assert texts(route_kind_conflict, both) == [
        "GRPCRoute b: shop.example.com is answered by HTTPRoute a as well, and a listener takes one of the two kinds "
        "for a host; give one another host"
    ]
    assert texts(route_kind_conflict, [both[0], route("b", kind="GRPCRoute", section="grpc")]) == []


def test_matches_are_the_same_in_whichever_order_their_keys_stand_and_whatever_these_are() -> None:
    one, other = {1: "x", "headers": [{"a": 1, None: 2}]}, {"headers": [{None: 2, "a": 1}], 1: "x"}
    assert len(texts(host_conflict, [route("a", one), route("b", other)])) == 1
