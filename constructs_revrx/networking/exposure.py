"""What is reached from outside, and what the ways there have in common."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kubecheck.objects.names import host_name_problems

from ..core.calls import value_object
from ..core.labels import Labels
from ..core.manifest import Manifest

# What a program speaks on its port. Source of the names: Kubernetes documentation, Service, Application protocol.
AppProtocol = Literal["http", "grpc", "websocket"]

# Seconds that a connection with streams in it may be silent: what ingress-nginx advises for websockets.
LONG = 3600

# RFC 6265, cookie-name, without the characters that ingress-nginx refuses in an annotation.
_COOKIE = re.compile(r"[A-Za-z0-9._~-]+")


@value_object(kw_only=False)
class Host:
    """Where a WebService answers from outside.

    Args:
        name: the host name, `api.shop.example` or `*.shop.example`.
        path: begins with "/"; default all of the host.
        path_type: Prefix, the path and everything below it; or Exact, the path alone.
    """

    name: str
    path: str = "/"
    path_type: Literal["Prefix", "Exact"] = field(default="Prefix", kw_only=True)

    def problems(self) -> Iterator[str]:
        yield from host_name_problems(self.name.removeprefix("*."))
        if not self.path.startswith("/"):
            yield f"path {self.path!r} does not begin with '/'"


@value_object
class StickyCookie:
    """A cookie that leads a browser's requests to the pod of its first one, while there is that pod.

    Args:
        name: default the service's name and "-affinity": two services on one host need two.
        max_age: seconds that the browser keeps it; default until it is closed.
    """

    name: str | None = None
    max_age: int | None = None

    def name_for(self, labels: Labels) -> str:
        return self.name or f"{labels.name}-affinity"

    def problems(self) -> Iterator[str]:
        if self.name is not None and not _COOKIE.fullmatch(self.name):
            yield f"sticky: name {self.name!r} is not a cookie's; use letters, digits, '-', '_', '.' and '~'"
        if self.max_age is not None and self.max_age < 1:
            yield f"sticky: max_age {self.max_age} is not a number of seconds; give 1 or more"


@dataclass(frozen=True, kw_only=True)
class Exposed:
    """A service, as the way to it sees it.

    namespace: None in a chart without one, which is told elsewhere.
    port: of its Service.
    health_path: what answers 200 to GET when a pod can serve; None for gRPC.
    """

    labels: Labels
    namespace: str | None
    port: int
    hosts: Sequence[Host]
    protocol: AppProtocol
    health_path: str | None

    @property
    def streams(self) -> bool:
        """Whether a connection may be silent for long and still be wanted."""
        return self.protocol != "http"

    @property
    def by_name(self) -> dict[str, list[Host]]:
        """The hosts by name, in the order of the names; those of one in their own."""
        return {name: [h for h in self.hosts if h.name == name] for name in sorted({h.name for h in self.hosts})}


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The objects of a way in.

    Args:
        routes: an Ingress, or HTTPRoutes or GRPCRoutes.
        redirects: those from HTTP to HTTPS, where that is an object of its own.
        middlewares, servers_transport: Traefik's.
    """

    routes: tuple[Manifest, ...] = ()
    redirects: tuple[Manifest, ...] = ()
    middlewares: tuple[Manifest, ...] = ()
    servers_transport: Manifest | None = None


class WayIn:
    """What WebService asks of the way to it from outside; these answers are those of a way that needs nothing special.

    `expose` makes the objects, `peers` are who connects to the pods, `refusals` what it cannot do for a service.
    """

    @property
    def solves_challenges(self) -> bool:
        """Whether cert-manager answers HTTP-01 challenges through it, from a pod in the service's namespace."""
        return False

    def service_annotations(self, exposed: Exposed) -> dict[str, str]:  # noqa: ARG002 (others ask it)
        """What the controller reads from the Service."""
        return {}


def seconds_problems(way: object, *names: str) -> Iterator[str]:
    for name in names:
        value = getattr(way, name)
        if value is not None and value < 1:
            yield f"{name} {value} is not a number of seconds; give 1 or more"
