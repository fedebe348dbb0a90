"""A service that requests from outside are led to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.labels import Labels
from .host import Host

# What a program speaks on its port. Source of the names: Kubernetes documentation, Service, Application protocol.
AppProtocol = Literal["http", "grpc", "websocket"]


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What an Ingress or a route leads to.

    namespace: None in a chart without one, which is told elsewhere.
    port: of its Service.
    hosts: under which it answers.
    ready_path: what answers 200 to GET when a pod can serve; None for gRPC.
    """

    labels: Labels
    namespace: str | None
    port: int
    hosts: Sequence[Host]
    protocol: AppProtocol
    ready_path: str | None

    @property
    def streams(self) -> bool:
        """Whether a connection may be silent for long and still be wanted."""
        return self.protocol != "http"

    @property
    def hosts_by_name(self) -> dict[str, list[Host]]:
        """The hosts of each name, by name; those of one name in the order in which they are given."""
        names = sorted({host.name for host in self.hosts})
        return {name: [host for host in self.hosts if host.name == name] for name in names}
