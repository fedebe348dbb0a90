"""What leads requests from outside to a service."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from ..core.errors import OptionProblem
from ..core.manifest import Manifest
from .backend import Backend

# Seconds for which a websocket or a gRPC stream may be silent: what ingress-nginx advises.
STREAM_TIMEOUT = 3600


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """The objects that expose a service.

    routes: an Ingress, or HTTPRoutes or GRPCRoutes.
    redirects: those from HTTP to HTTPS, where that is an object of its own.
    middlewares, servers_transport: Traefik's.
    """

    routes: tuple[Manifest, ...] = ()
    redirects: tuple[Manifest, ...] = ()
    middlewares: tuple[Manifest, ...] = ()
    servers_transport: Manifest | None = None


class Router(ABC):
    """What WebService's option `ingress` may be: an ingress controller or a Gateway, and what it is told."""

    @property
    @abstractmethod
    def peers(self) -> Sequence[dict[str, Any]]:
        """Who connects to the pods, as NetworkPolicies name them."""

    @abstractmethod
    def expose(self, scope: Construct, backend: Backend) -> Exposure:
        """Make the objects."""

    @abstractmethod
    def refusals(self, backend: Backend) -> Iterator[OptionProblem]:
        """What it cannot do for a service, as a problem of WebService's options."""

    @property
    def answers_acme_challenges(self) -> bool:
        """Whether cert-manager answers HTTP-01 challenges through it, from a pod in the service's namespace."""
        return False

    def service_annotations(self, backend: Backend) -> dict[str, str]:  # noqa: ARG002
        """What the controller reads from the Service."""
        return {}


def seconds_problems(router: Router, *options: str) -> Iterator[str]:
    for option in options:
        value = getattr(router, option)
        if value is not None and value < 1:
            yield f"{option} {value} is not a number of seconds; give 1 or more"
