"""NginxIngress: requests from outside through an ingress-nginx controller."""

import re
from collections.abc import Iterator

from constructs import Construct

from ..core.calls import value_object
from ..core.errors import OptionProblem
from .backend import Backend
from .host import StickyCookie
from .ingress import IngressController, ingress_object
from .router import STREAM_TIMEOUT, Exposure, seconds_problems
from .tls import Tls

_PREFIX = "nginx.ingress.kubernetes.io"


@value_object
class NginxIngress(IngressController):
    """An Ingress for an ingress-nginx controller. HTTP is redirected to HTTPS.

    Args:
        class_name: the IngressClass.
        tls: where the hosts' certificates come from; default cert-manager's ClusterIssuer `letsencrypt`.
        controller_namespace: where the controller's pods run; only they may connect.
        connect_timeout: seconds that the controller waits for a connection to the pod.
        read_timeout, send_timeout: seconds without a byte from or to the pod; default 60, for websockets and gRPC 3600.
        body_size: the largest request body, in nginx's units; "0" for any.
        sticky: whether a browser stays with one pod; default not.

    Source: ingress-nginx, Annotations; Miscellaneous, Websockets.
    """

    class_name: str = "nginx"
    tls: Tls = Tls.cert_manager()
    controller_namespace: str = "ingress-nginx"
    connect_timeout: int = 5
    read_timeout: int | None = None
    send_timeout: int | None = None
    body_size: str = "10m"
    sticky: StickyCookie | None = None

    def expose(self, scope: Construct, backend: Backend) -> Exposure:
        """Values of annotations are texts, timeouts plain seconds."""
        encrypted = "true" if self.tls.encrypts else "false"
        timeout = STREAM_TIMEOUT if backend.streams else 60
        annotations = {
            "ssl-redirect": encrypted,
            # Also behind a load balancer that ends TLS itself.
            "force-ssl-redirect": encrypted,
            "proxy-body-size": self.body_size,
            "proxy-connect-timeout": str(self.connect_timeout),
            "proxy-read-timeout": str(self.read_timeout or timeout),
            "proxy-send-timeout": str(self.send_timeout or timeout),
        }
        if backend.protocol == "grpc":
            annotations["backend-protocol"] = "GRPC"
        if self.sticky:
            annotations |= {
                "affinity": "cookie",
                "session-cookie-name": self.sticky.name_for(backend.labels),
                "session-cookie-samesite": "Lax",
                # Else requests go on to a pod that fails, for as long as it is there.
                "session-cookie-change-on-failure": "true",
            }
            if self.sticky.max_age is not None:
                annotations["session-cookie-max-age"] = str(self.sticky.max_age)
        named = {f"{_PREFIX}/{name}": value for name, value in annotations.items()}
        route = ingress_object(scope, backend, class_name=self.class_name, tls=self.tls, annotations=named)
        return Exposure(routes=(route,))

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from seconds_problems(self, "connect_timeout", "read_timeout", "send_timeout")
        if not re.fullmatch(r"\d+[kmg]?", self.body_size):
            yield f"body_size {self.body_size!r} is not a size in nginx's units; write e.g. 10m"

    def refusals(self, backend: Backend) -> Iterator[OptionProblem]:
        if backend.protocol == "grpc" and not self.tls.encrypts:
            text = "nginx speaks HTTP/2, which gRPC needs, over TLS only; give it a certificate"
            yield OptionProblem("ingress", text)
