"""How many pods a node drain may take at once."""

from constructs import Construct

from ..core.labels import Labels
from ..core.manifest import Manifest


def disruption_budget(scope: Construct, labels: Labels) -> Manifest:
    """A node drain takes one pod at a time, and one that is not healthy at any time."""
    return Manifest(
        scope,
        "disruption-budget",
        api_version="policy/v1",
        kind="PodDisruptionBudget",
        name=labels.name,
        labels=labels.all,
        spec={
            # maxUnavailable, because it follows the autoscaler: a minAvailable equal to its minimum
            # would allow no eviction at night and block every node drain.
            "maxUnavailable": 1,
            "selector": {"matchLabels": labels.selector},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    )
