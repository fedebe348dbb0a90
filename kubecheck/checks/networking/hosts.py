"""Hosts and paths that two rules answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...check import Cluster, Finding, check, once_a_cluster
from ...objects.backends import ROUTES
from ...objects.fields import Object, at, canonical, entries, mapping, name, namespace, text, title

_CANARY = "nginx.ingress.kubernetes.io/canary"
_ENTRY_POINTS = "traefik.ingress.kubernetes.io/router.entrypoints"


class _Claim(NamedTuple):
    """A host and path that an object answers.

    by: the controller or Gateway that asks the object.
    doors: its listeners or entry points by name; none stands for all.
    what: how the path is matched, and what else a request must have.
    """

    by: str
    doors: frozenset[str]
    host: str
    path: str
    what: str
    object: Object


_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: NAME
  namespace: shop
spec:
  ingressClassName: nginx
  rules:
    - host: NAME.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              resource:
                apiGroup: example.com
                kind: Bucket
                name: files
"""
_TWO = "---\n".join(_INGRESS.replace("NAME", name) for name in ("web", "api"))

_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: KIND
metadata:
  name: NAME
  namespace: shop
spec:
  parentRefs:
    - name: public
      namespace: gateways
      sectionName: https
  hostnames:
    - NAME.example.com
  rules:
    - MATCHES
"""
_HTTP = _ROUTE.replace("KIND", "HTTPRoute").replace("NAME", "web").replace("MATCHES", "matches: [{path: {value: /}}]")
_GRPC = _ROUTE.replace("KIND", "GRPCRoute").replace("NAME", "api")
_GRPC = _GRPC.replace("MATCHES", "matches: [{method: {service: shop.Cart}}]")


@check(
    "host-conflict",
    why="Of two Ingresses of one class, or routes at one Gateway, with the same host and path, in any namespace, the "
    "oldest is served and the other gets no request (ingress-nginx; Gateway API, HTTPRouteRule).",
    way_out="Change the host or the path of one.",
    bad=_TWO.replace("api.example.com", "web.example.com"),
    good=_TWO,
)
def host_conflict(cluster: Cluster) -> Iterator[Finding]:
    """Canaries of ingress-nginx share host and path on purpose, and redirects say the same: both are left alone."""
    first: dict[tuple[str, str, str, str], list[_Claim]] = defaultdict(list)
    for claim in _all_claims(cluster):
        known = first[claim.by, claim.host, claim.path, claim.what]
        other = next((old for old in known if _meet(old.doors, claim.doors)), None)
        if other is None:
            known.append(claim)
        else:
            yield Finding(
                claim.object,
                f"{title(claim.object)}: {claim.host}{claim.path} is answered {_by(other.object, claim.object)}, and "
                "one of the two would get no request; change the host or the path of one",
            )


@check(
    "route-kind-conflict",
    why="Of an HTTPRoute and a GRPCRoute with one host a listener takes one (Gateway API, GRPCRouteSpec.hostnames).",
    way_out="Give one another host, or another listener.",
    bad=_HTTP + "---\n" + _GRPC.replace("api.example.com", "web.example.com"),
    good=_HTTP + "---\n" + _GRPC,
)
def route_kind_conflict(cluster: Cluster) -> Iterator[Finding]:
    kinds: dict[tuple[str, str], list[_Claim]] = defaultdict(list)
    for claim in _all_claims(cluster):
        if claim.object["kind"] != "Ingress":
            kinds[claim.by, claim.host].append(claim)
    for claims in kinds.values():
        for grpc in {id(claim.object): claim for claim in claims if claim.object["kind"] == "GRPCRoute"}.values():
            for http in {id(claim.object): claim for claim in claims if claim.object["kind"] == "HTTPRoute"}.values():
                if _meet(grpc.doors, http.doors):
                    yield Finding(
                        grpc.object,
                        f"{title(grpc.object)}: {grpc.host} is answered by {_title(http.object, grpc.object)} as well, "
                        "and a listener takes one of the two kinds for a host; give one another host",
                    )


@once_a_cluster
def _all_claims(cluster: Cluster) -> Sequence[_Claim]:
    kinds = ("Ingress", *ROUTES)
    return [claim for o in cluster.objects if o["kind"] in kinds for claim in _claims(o)]


def _claims(o: Object) -> Iterator[_Claim]:
    if o["kind"] == "Ingress":
        annotations = mapping(o, "metadata", "annotations")
        if annotations.get(_CANARY) == "true":
            return
        doors = _doors(str(annotations.get(_ENTRY_POINTS, "")).split(","))
        by = text(o, "spec", "ingressClassName")
        for rule in entries(o, "spec", "rules"):
            for entry in entries(rule, "http", "paths"):
                path, host = text(entry, "path") or "/", text(rule, "host") or "*"
                yield _Claim(by, doors, host, path, text(entry, "pathType"), o)
    else:
        for by, doors in _gateways(o):
            for path, what in dict.fromkeys(_matches(o)):
                for host in _hosts(o):
                    yield _Claim(by, doors, host, path, what, o)


def _hosts(route: Object) -> list[str]:
    hosts = at(route, "spec", "hostnames")
    return [host for host in hosts if isinstance(host, str)] if isinstance(hosts, list) and hosts else ["*"]


def _gateways(route: Object) -> Iterator[tuple[str, frozenset[str]]]:
    """The Gateways that ask a route, with the listeners."""
    listeners: dict[str, list[str]] = defaultdict(list)
    for parent in entries(route, "spec", "parentRefs"):
        place = text(parent, "namespace") or namespace(route)
        listeners[f"{text(parent, 'kind') or 'Gateway'} {place}/{text(parent, 'name')}"].append(
            text(parent, "sectionName")
        )
    for by, names in listeners.items():
        yield by, frozenset() if "" in names else _doors(names)


def _matches(route: Object) -> Iterator[tuple[str, str]]:
    """Path of each match, and how it and the rest of the match is meant."""
    for rule in entries(route, "spec", "rules"):
        if any(filter.get("type") == "RequestRedirect" for filter in entries(rule, "filters")):
            continue
        for match in entries(rule, "matches") or [{}]:
            if route["kind"] == "GRPCRoute":
                called = filter(None, (text(match, "method", "service"), text(match, "method", "method")))
                yield "/" + "/".join(called), _rest(match, "method")
            else:
                kind = text(match, "path", "type") or "PathPrefix"
                yield text(match, "path", "value") or "/", kind + _rest(match, "path")


def _rest(match: Mapping[str, Any], path: str) -> str:
    rest = {key: value for key, value in match.items() if key != path}
    return canonical(rest) if rest else ""


def _doors(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip() for name in names if name.strip())


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one or not other or bool(one & other)


def _by(other: Object, o: Object) -> str:
    return "twice" if other is o else f"by {_title(other, o)} as well"


def _title(other: Object, o: Object) -> str:
    where = "" if namespace(other) == namespace(o) else f" in namespace {namespace(other)}"
    return f"{other['kind']} {name(other)}{where}"
