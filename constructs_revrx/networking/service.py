"""The Service before a component's pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from ..core.calls import value_object
from ..core.labels import Labels
from ..core.manifest import Manifest
from .backend import AppProtocol

# Kubernetes, pkg/apis/core/validation (MaxClientIPServiceAffinitySeconds).
_LONGEST_AFFINITY = 86_400

# Kubernetes documentation, Service, Application protocol: what Gateways and service meshes read.
_APP_PROTOCOLS = {"grpc": "kubernetes.io/h2c", "websocket": "kubernetes.io/ws"}


@value_object
class ClusterIP:
    """One address inside the cluster, from which connections go to any ready pod.

    Args:
        session_affinity: seconds for which a client's address stays with the pod of its last connection, at most 86400
            (a day); default none. For clients in the cluster: a controller outside connects to the pods themselves.
    """

    session_affinity: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        if self.session_affinity is None:
            return {}
        return {
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": self.session_affinity}},
        }

    def problems(self) -> Iterator[str]:
        if self.session_affinity is not None and not 1 <= self.session_affinity <= _LONGEST_AFFINITY:
            yield f"session_affinity {self.session_affinity} is not from 1 to {_LONGEST_AFFINITY} seconds"


@value_object
class Headless:
    """No address: the name resolves to those of the ready pods, among which the client chooses, as gRPC clients do."""

    @property
    def fields(self) -> dict[str, Any]:
        return {"clusterIP": "None"}


def service(
    scope: Construct,
    labels: Labels,
    ports: Mapping[str, int],
    *,
    cluster_ip: ClusterIP | Headless = ClusterIP(),
    protocols: Mapping[str, AppProtocol] = {},
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """Reached inside the cluster only. ports, protocols: by the ports' names."""
    return Manifest(
        scope,
        "service",
        api_version="v1",
        kind="Service",
        name=labels.name,
        labels=labels.all,
        annotations=annotations,
        spec={
            "type": "ClusterIP",
            **cluster_ip.fields,
            "selector": labels.selector,
            "ports": [
                {
                    "name": name,
                    "port": port,
                    "targetPort": name,
                    "protocol": "TCP",
                    "appProtocol": _APP_PROTOCOLS.get(protocols.get(name, "http")),
                }
                for name, port in ports.items()
            ],
        },
    )
