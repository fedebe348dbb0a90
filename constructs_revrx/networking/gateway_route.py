"""GatewayRoute: requests from outside through a Gateway of the Gateway API."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from constructs import Construct

from kubecheck.objects.labels import syntax_problems
from kubecheck.objects.names import name_problems, namespace_problems

from ..core.calls import value_object
from ..core.errors import OptionProblem
from ..core.manifest import Manifest
from .backend import Backend
from .host import Host
from .network_policy import pods_in
from .router import Exposure, Router, seconds_problems

_API_VERSION = "gateway.networking.k8s.io/v1"

# Gateway API, HTTPRouteSpec.hostnames and HTTPRouteRule.matches.
_MOST_HOSTS, _MOST_PATHS = 16, 64

# A path of gRPC: /package.Service or /package.Service/Method.
_GRPC_PATH = re.compile(r"/[A-Za-z0-9_.]+(/[A-Za-z0-9_]+)?")
# Gateway API, HTTPPathMatch.value.
_HTTP_PATH = re.compile(r"([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@value_object
class GatewayRoute(Router):
    """HTTPRoutes, or GRPCRoutes for gRPC, at a Gateway that is there already. HTTP is redirected to HTTPS.

    The certificate belongs to the Gateway's listener, and so to whoever made the Gateway; cert-manager's challenges are
    answered in the Gateway's namespace. Hosts with the same paths
    share a route; the first is named as the service, the next with -2 and so on. Session affinity and the size of a
    body are not in the standard API.

    Args:
        gateway, namespace: of the Gateway.
        listener: its listener for HTTPS, by its name.
        redirect_listener: its listener for HTTP, whose requests are redirected, but those of gRPC; None when it has
            none.
        proxy_namespace: where the pods run that carry the Gateway's requests; only they may connect. Default the
            Gateway's own; of Envoy Gateway it is envoy-gateway-system.
        proxy_labels: of those pods; default any in the namespace.
        request_timeout: seconds until the whole answer is there, for a client; default the Gateway's own. Not for
            websockets and gRPC, whose streams it would end.
        backend_request_timeout: seconds until the whole answer of a pod is there, at most request_timeout; default the
            Gateway's own.
        request_headers: set on each request before it reaches a pod.
        response_headers: set on each answer.

    Source: Gateway API 1.6, HTTPRoute, GRPCRoute. Timeouts and headers of answers are extended features, which a
    Gateway need not have.
    """

    gateway: str
    namespace: str
    listener: str = "https"
    redirect_listener: str | None = "http"
    proxy_namespace: str | None = None
    proxy_labels: Mapping[str, str] = field(default_factory=dict)
    request_timeout: int | None = None
    backend_request_timeout: int | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def peers(self) -> list[dict[str, Any]]:
        pods = {"podSelector": {"matchLabels": self.proxy_labels}} if self.proxy_labels else {}
        return [{**pods_in(self.proxy_namespace or self.namespace), **pods}]

    def expose(self, scope: Construct, backend: Backend) -> Exposure:
        routes, redirects = [], []
        for number, hosts in enumerate(_by_paths(backend), start=1):
            suffix = f"-{number}" if number > 1 else ""
            kind = "GRPCRoute" if backend.protocol == "grpc" else "HTTPRoute"
            routes.append(self._route(scope, backend, hosts, kind, suffix, self.listener, self._rule(backend, hosts)))
            # A gRPC client would not follow it.
            if self.redirect_listener is not None and backend.protocol != "grpc":
                rule = {"matches": _http_matches(hosts), "filters": [_REDIRECT]}
                listener = self.redirect_listener
                redirects.append(self._route(scope, backend, hosts, "HTTPRoute", f"{suffix}-redirect", listener, rule))
        return Exposure(routes=tuple(routes), redirects=tuple(redirects))

    def _rule(self, backend: Backend, hosts: list[Host]) -> dict[str, Any]:
        timeouts = {"request": self.request_timeout, "backendRequest": self.backend_request_timeout}
        given = {name: f"{seconds}s" for name, seconds in timeouts.items() if seconds is not None}
        headers = {"RequestHeaderModifier": self.request_headers, "ResponseHeaderModifier": self.response_headers}
        filters = [
            {"type": kind, kind[0].lower() + kind[1:]: {"set": [{"name": k, "value": v} for k, v in values.items()]}}
            for kind, values in headers.items()
            if values
        ]
        return {
            "matches": _grpc_matches(hosts) if backend.protocol == "grpc" else _http_matches(hosts),
            "filters": filters or None,
            "timeouts": given or None,
            "backendRefs": [{"name": backend.labels.name, "port": backend.port}],
        }

    def _route(
        self,
        scope: Construct,
        backend: Backend,
        hosts: list[Host],
        kind: str,
        suffix: str,
        listener: str,
        rule: dict[str, Any],
    ) -> Manifest:
        return Manifest(
            scope,
            f"route{suffix}",
            api_version=_API_VERSION,
            kind=kind,
            name=f"{backend.labels.name}{suffix}",
            labels=backend.labels.all,
            spec={
                "parentRefs": [{"name": self.gateway, "namespace": self.namespace, "sectionName": listener}],
                "hostnames": list(dict.fromkeys(host.name for host in hosts)),
                "rules": [rule],
            },
        )

    def problems(self) -> Iterator[str]:
        for option in ("gateway", "listener", "redirect_listener"):
            if (name := getattr(self, option)) is not None:
                yield from (f"{option}: {text}" for text in name_problems(name))
        for option in ("namespace", "proxy_namespace"):
            if (name := getattr(self, option)) is not None:
                yield from (f"{option}: {text}" for text in namespace_problems(name))
        if self.listener == self.redirect_listener:
            yield (
                f"listener and redirect_listener are both {self.listener}, so a request would be redirected for ever; "
                "name two, or None as redirect_listener"
            )
        yield from (f"proxy_labels: {text}" for text in syntax_problems(self.proxy_labels))
        yield from seconds_problems(self, "request_timeout", "backend_request_timeout")
        if self.request_timeout and (self.backend_request_timeout or 0) > self.request_timeout:
            yield (
                f"backend_request_timeout {self.backend_request_timeout} exceeds request_timeout "
                f"{self.request_timeout}, which includes it; lower it or raise request_timeout"
            )
        for option in ("request_headers", "response_headers"):
            for header in getattr(self, option):
                if not _HEADER.fullmatch(header):
                    yield f"{option}: {header!r} is not a header's name; write e.g. X-Forwarded-Prefix"

    def refusals(self, backend: Backend) -> Iterator[OptionProblem]:
        timed = [name for name in ("request_timeout", "backend_request_timeout") if getattr(self, name) is not None]
        if backend.streams and timed:
            streams = "a gRPC stream" if backend.protocol == "grpc" else "a websocket"
            text = f"{' and '.join(timed)} would end {streams} at that time; leave it out"
            yield OptionProblem("ingress", text)
        for hosts in _by_paths(backend):
            if len(paths := _paths(hosts)) > _MOST_PATHS:
                text = f"{len(paths)} paths are more than the {_MOST_PATHS} that a route takes; give fewer"
                yield OptionProblem("hosts", text)
        for host in backend.hosts:
            yield from (OptionProblem("hosts", text) for text in _path_problems(host.path, backend))


def _path_problems(path: str, backend: Backend) -> Iterator[str]:
    if backend.protocol == "grpc":
        if path != "/" and not _GRPC_PATH.fullmatch(path):
            yield f"path {path!r} is not one of gRPC's; write /, /package.Service or /package.Service/Method"
    elif not _HTTP_PATH.fullmatch(path):
        yield f"path {path!r} has characters that are not a URL's; write the path as clients ask for it, e.g. /a%20b"


_REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}


def _by_paths(backend: Backend) -> Iterator[list[Host]]:
    """The hosts in groups that answer the same paths, and so share a route.

    In the order in which they are given, so that a host that is added at the end renames no route.
    """
    groups: dict[tuple[tuple[str, str], ...], list[list[Host]]] = {}
    order: list[list[Host]] = []
    names = list(dict.fromkeys(host.name for host in backend.hosts))
    for name in names:
        hosts = [host for host in backend.hosts if host.name == name]
        same = groups.setdefault(tuple(_paths(hosts)), [])
        if not same or len({host.name for host in same[-1]}) == _MOST_HOSTS:
            same.append([])
            order.append(same[-1])
        same[-1].extend(hosts)
    yield from order


def _paths(hosts: list[Host]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((host.path, host.path_type) for host in hosts))


def _http_matches(hosts: list[Host]) -> list[dict[str, Any]]:
    kinds = {"Prefix": "PathPrefix", "Exact": "Exact"}
    return [{"path": {"type": kinds[kind], "value": path}} for path, kind in _paths(hosts)]


def _grpc_matches(hosts: list[Host]) -> list[dict[str, Any]] | None:
    """None, which matches any request, when one of the paths is that of the whole host."""
    parts = [path.strip("/").partition("/") for path, _ in _paths(hosts)]
    if any(not service for service, _, _ in parts):
        return None
    return [{"method": {"type": "Exact", "service": service, "method": method or None}} for service, _, method in parts]
