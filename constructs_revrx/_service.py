"""The Service before a component's pods."""

from constructs import Construct

from ._labels import Labels
from ._manifest import Manifest


def service(
    scope: Construct, labels: Labels, port: int, *, port_name: str = "http", headless: bool = False
) -> Manifest:
    """Reached inside the cluster only; headless, its name is the address of the one pod behind it."""
    return Manifest(
        scope,
        "service",
        api_version="v1",
        kind="Service",
        name=labels.name,
        labels=labels.all,
        spec={
            "type": "ClusterIP",
            "clusterIP": "None" if headless else None,
            "selector": labels.selector,
            "ports": [{"name": port_name, "port": port, "targetPort": port_name, "protocol": "TCP"}],
        },
    )
