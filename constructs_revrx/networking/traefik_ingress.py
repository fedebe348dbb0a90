"""TraefikIngress: requests from outside through a Traefik controller."""

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from kubecheck.objects import quantity as _quantity

from ..core.calls import value_object
from ..core.errors import OptionProblem
from ..core.manifest import Manifest
from .backend import Backend
from .host import StickyCookie
from .ingress import IngressController, ingress_object
from .router import STREAM_TIMEOUT, Exposure, seconds_problems
from .tls import Tls

_PREFIX = "traefik.ingress.kubernetes.io"
_API_VERSION = "traefik.io/v1alpha1"


@value_object
class TraefikIngress(IngressController):
    """An Ingress for a Traefik controller, version 3, with its providers kubernetesIngress and kubernetesCRD.

    HTTP is redirected to HTTPS by a second Ingress. Timeouts are in a ServersTransport: Traefik has none for a pod that
    falls silent in the middle of an answer, and closes no websocket. Limits on the client's side are its entry points'.
    Its prefixes end anywhere unless it runs with strictPrefixMatching: `/api` answers for `/apiary` too.

    Args:
        class_name: the IngressClass.
        tls: where the hosts' certificates come from; default cert-manager's ClusterIssuer `letsencrypt`.
        controller_namespace: where the controller's pods run; only they may connect.
        http_entry_point, https_entry_point: the entry points of ports 80 and 443, by default as its Helm chart names
            them.
        connect_timeout: seconds that Traefik waits for a connection to the pod.
        response_timeout: seconds that it waits for an answer to begin; default 60, for gRPC 3600.
        body_size: the largest request body, a quantity as "10Mi"; default any. With a limit Traefik reads all of a body
            before it passes on any.
        sticky: whether a browser stays with one pod; default not.

    Source: Traefik, Kubernetes Ingress, Annotations; ServersTransport; Middlewares RedirectScheme and Buffering.
    """

    class_name: str = "traefik"
    tls: Tls = Tls.cert_manager()
    controller_namespace: str = "traefik"
    http_entry_point: str = "web"
    https_entry_point: str = "websecure"
    connect_timeout: int = 5
    response_timeout: int | None = None
    body_size: str | None = None
    sticky: StickyCookie | None = None

    def service_annotations(self, backend: Backend) -> dict[str, str]:
        """Traefik reads what concerns the pods from their Service."""
        annotations = {"serverstransport": _reference(backend, backend.labels.name)}
        if backend.protocol == "grpc":
            annotations["serversscheme"] = "h2c"
        if self.sticky:
            annotations |= {
                "sticky.cookie": "true",
                "sticky.cookie.name": self.sticky.name_for(backend.labels),
                "sticky.cookie.httponly": "true",
                "sticky.cookie.samesite": "lax",
                "sticky.cookie.secure": "true" if self.tls.encrypts else "false",
            }
            if self.sticky.max_age is not None:
                annotations["sticky.cookie.maxage"] = str(self.sticky.max_age)
        return {f"{_PREFIX}/service.{name}": value for name, value in annotations.items()}

    def expose(self, scope: Construct, backend: Backend) -> Exposure:
        name = backend.labels.name
        transport = _traefik_object(
            scope,
            backend,
            "ServersTransport",
            name,
            {
                "forwardingTimeouts": {
                    "dialTimeout": f"{self.connect_timeout}s",
                    "responseHeaderTimeout": f"{self.response_timeout or self._default_response_timeout(backend)}s",
                    # As long as ingress-nginx, or a program whose keep-alive outlives nginx (75 s) would close
                    # connections into which Traefik, which keeps them for 90 s, still sends: a 502 now and then.
                    "idleConnTimeout": "60s",
                }
            },
        )
        limit = self.body_size and _traefik_object(
            scope,
            backend,
            "Middleware",
            f"{name}-body-size",
            {"buffering": {"maxRequestBodyBytes": int(_quantity.parse(self.body_size) or 0)}},
        )
        limits = (limit,) if limit else ()
        if not self.tls.encrypts:
            route = self._route(scope, backend, self.http_entry_point, limits)
            return Exposure(routes=(route,), middlewares=limits, servers_transport=transport)
        redirect = _traefik_object(
            scope, backend, "Middleware", f"{name}-redirect", {"redirectScheme": {"scheme": "https", "permanent": True}}
        )
        return Exposure(
            routes=(self._route(scope, backend, self.https_entry_point, limits, encrypted=True),),
            redirects=(self._redirect(scope, backend, redirect),),
            middlewares=(*limits, redirect),
            servers_transport=transport,
        )

    def _default_response_timeout(self, backend: Backend) -> int:
        # The answer to gRPC begins with its first message, which may be late; a websocket is answered at once.
        return STREAM_TIMEOUT if backend.protocol == "grpc" else 60

    def _route(
        self,
        scope: Construct,
        backend: Backend,
        entry_point: str,
        middlewares: tuple[Manifest, ...],
        *,
        encrypted: bool = False,
    ) -> Manifest:
        annotations = {f"{_PREFIX}/router.entrypoints": entry_point}
        if encrypted:
            # The Ingress's own tls only loads certificates.
            annotations[f"{_PREFIX}/router.tls"] = "true"
        if middlewares:
            names = ",".join(_reference(backend, middleware.identity.name) for middleware in middlewares)
            annotations[f"{_PREFIX}/router.middlewares"] = names
        return ingress_object(scope, backend, class_name=self.class_name, tls=self.tls, annotations=annotations)

    def _redirect(self, scope: Construct, backend: Backend, middleware: Manifest) -> Manifest:
        return ingress_object(
            scope,
            backend,
            class_name=self.class_name,
            tls=None,
            annotations={
                f"{_PREFIX}/router.entrypoints": self.http_entry_point,
                f"{_PREFIX}/router.middlewares": _reference(backend, middleware.identity.name),
            },
            id="redirect",
            name=f"{backend.labels.name}-redirect",
        )

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from seconds_problems(self, "connect_timeout", "response_timeout")
        if self.body_size is not None and (problem := _quantity.problem(self.body_size)):
            yield f"body_size {problem}"
        if self.http_entry_point == self.https_entry_point:
            yield f"http_entry_point and https_entry_point are both {self.http_entry_point}; name two"

    def refusals(self, backend: Backend) -> Iterator[OptionProblem]:
        if backend.protocol == "grpc" and self.body_size is not None:
            text = "body_size holds a body back until it is complete, and a gRPC stream never is; leave it out"
            yield OptionProblem("ingress", text)


def _reference(backend: Backend, name: str) -> str:
    """How annotations name an object of the provider kubernetesCRD."""
    return f"{backend.namespace}-{name}@kubernetescrd"


def _traefik_object(scope: Construct, backend: Backend, kind: str, name: str, spec: dict[str, Any]) -> Manifest:
    suffix = name.removeprefix(backend.labels.name)
    return Manifest(
        scope,
        f"{kind.lower()}{suffix}",
        api_version=_API_VERSION,
        kind=kind,
        name=name,
        labels=backend.labels.all,
        spec=spec,
    )
