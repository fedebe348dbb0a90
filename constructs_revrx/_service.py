"""The Service before a component's pods."""

from collections.abc import Mapping

from constructs import Construct

from ._labels import Labels
from ._manifest import Manifest


def service(scope: Construct, labels: Labels, ports: Mapping[str, int], *, headless: bool = False) -> Manifest:
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
            "ports": [
                {"name": name, "port": port, "targetPort": name, "protocol": "TCP"} for name, port in ports.items()
            ],
        },
    )
