"""Ingresses and routes as the API server wants them: their hosts, paths and backends."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, entries, mapping, text, title
from ...objects.names import name_problems
from ...objects.ports import is_port_name, is_port_number

_CLASS = "kubernetes.io/ingress.class"
# Kubernetes, pkg/apis/networking/validation; Gateway API, HTTPPathMatch.
_REFUSED = re.compile(r"//|/\.\.?/|/\.\.?$|%2f", re.IGNORECASE)

_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /cart
            pathType: Prefix
            backend:
              resource:
                apiGroup: example.com
                kind: Bucket
                name: cart
"""
_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
spec:
  rules:
    - matches:
        - path:
            value: /cart
"""


@check(
    "ingress-path",
    why="The API server refuses a path without a pathType, one without '/' in front, and in an Exact or Prefix path "
    "`//`, `/./`, `/../` and %2f (Kubernetes documentation, Ingress, Path types).",
    way_out="Write pathType and a path such as /cart.",
    bad=_INGRESS.replace("/cart", "/shop//cart"),
    good=_INGRESS,
    waivable=False,
)
def ingress_path(cluster: Cluster) -> Iterator[Finding]:
    for o in _ingresses(cluster):
        for rule in entries(o, "spec", "rules"):
            http = rule.get("http")
            if http is not None and not entries(http, "paths"):
                yield Finding(o, f"{title(o)}: host {text(rule, 'host') or '*'} has http without paths; write one")
            for path in entries(http, "paths"):
                yield from (Finding(o, f"{title(o)}: {problem}") for problem in _path_problems(path))


@check(
    "ingress-host",
    why="The API server refuses hosts that are no DNS names: an address, capitals, a port, a `*` that is not the whole "
    "first label (Kubernetes documentation, Ingress, Hostname wildcards).",
    way_out="Write a name such as shop.example.com or *.example.com.",
    bad=_INGRESS.replace("shop.example.com", "https://shop.example.com"),
    good=_INGRESS,
    waivable=False,
)
def ingress_host(cluster: Cluster) -> Iterator[Finding]:
    for o in _ingresses(cluster):
        hosts = [("host", rule.get("host")) for rule in entries(o, "spec", "rules")]
        for tls in entries(o, "spec", "tls"):
            names = tls.get("hosts")
            hosts += [("tls host", host) for host in (names if isinstance(names, list) else [])]
        for field, host in hosts:
            if host not in (None, "") and not _is_host(host, may_be_address=field != "host"):
                yield Finding(
                    o,
                    f"{title(o)}: {field} {host!r} is no name of a host; write e.g. shop.example.com or *.example.com",
                )


@check(
    "ingress-backend",
    why="The API server refuses an Ingress that says nowhere what answers: without rules and defaultBackend, or with a "
    "backend of no Service and port, of two, or of a port by name and number.",
    way_out="Write the name of a Service, and its port by name or by number.",
    bad=_INGRESS.replace("resource:", "service:\n                name: web\n              resource:"),
    good=_INGRESS,
    waivable=False,
)
def ingress_backend(cluster: Cluster) -> Iterator[Finding]:
    for o in _ingresses(cluster):
        default, rules = mapping(o, "spec").get("defaultBackend"), entries(o, "spec", "rules")
        if default is None and not rules:
            yield Finding(o, f"{title(o)}: it has neither rules nor a defaultBackend; write one")
        backends = [("defaultBackend", default)] if default is not None else []
        backends += [
            (f"backend of {text(path, 'path') or '/'}", path.get("backend"))
            for rule in rules
            for path in entries(rule, "http", "paths")
        ]
        for place, backend in backends:
            yield from (Finding(o, f"{title(o)}: {place} {problem}") for problem in _backend_problems(backend))


@check(
    "ingress-class",
    why="The API server refuses an Ingress of which the field and the annotation name two classes.",
    way_out="Leave out the annotation kubernetes.io/ingress.class, which came before the field.",
    bad=_INGRESS.replace("  namespace: shop\n", f"  namespace: shop\n  annotations:\n    {_CLASS}: traefik\n"),
    good=_INGRESS,
    waivable=False,
)
def ingress_class(cluster: Cluster) -> Iterator[Finding]:
    for o in _ingresses(cluster):
        field, annotation = text(o, "spec", "ingressClassName"), mapping(o, "metadata", "annotations").get(_CLASS)
        if field and annotation is not None and annotation != field:
            yield Finding(
                o,
                f"{title(o)}: ingressClassName {field} and the annotation {_CLASS} {annotation} are not the same; "
                "leave out the annotation",
            )


@check(
    "route-path",
    why="The Gateway API refuses a path without '/' in front, and in an Exact or PathPrefix match `//`, `/./`, `/../`, "
    "%2f and '#' (Gateway API, HTTPPathMatch).",
    way_out="Write a path such as /cart.",
    bad=_ROUTE.replace("/cart", "cart"),
    good=_ROUTE,
    waivable=False,
)
def route_path(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.by_kind.get("HTTPRoute", ()):
        for rule in entries(o, "spec", "rules"):
            for match in entries(rule, "matches"):
                path, kind = text(match, "path", "value"), text(match, "path", "type") or "PathPrefix"
                if path and kind != "RegularExpression" and ("#" in path or not _is_path(path)):
                    yield Finding(o, f"{title(o)}: path {path!r} is refused; write one such as /cart")


def _ingresses(cluster: Cluster) -> Iterator[Object]:
    return (o for o in cluster.by_kind.get("Ingress", ()) if o.get("apiVersion") == "networking.k8s.io/v1")


def _path_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    path, kind = text(entry, "path"), text(entry, "pathType")
    if not kind:
        yield f"path {path or '/'} has no pathType; write Prefix, Exact or ImplementationSpecific"
    elif kind == "ImplementationSpecific":
        if path and not path.startswith("/"):
            yield f"path {path!r} does not begin with '/'; write it from there"
    elif not _is_path(path):
        yield f"path {path!r} is refused; write one that begins with '/', and has no '//', '/./', '/../' and %2f"


def _is_path(path: str) -> bool:
    return path.startswith("/") and _REFUSED.search(path) is None


def _is_host(host: Any, *, may_be_address: bool) -> bool:
    if not isinstance(host, str) or any(name_problems(host.removeprefix("*."))):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return may_be_address


def _backend_problems(backend: Any) -> Iterator[str]:
    service, resource = (mapping(backend).get(kind) for kind in ("service", "resource"))
    if (service is None) == (resource is None):
        yield f"names {'neither' if service is None else 'both'} of service and resource; write one"
    elif service is not None:
        number, named = mapping(service, "port").get("number"), mapping(service, "port").get("name")
        if not text(service, "name"):
            yield "names no Service; write its name"
        if bool(number) == bool(named):
            yield f"names {'both' if named else 'neither'} of port.name and port.number; write one"
        elif not (is_port_number(number) if number else is_port_name(named)):
            yield f"has the port {number or named!r}, which is none; write a number from 1 to 65535, or a port's name"
