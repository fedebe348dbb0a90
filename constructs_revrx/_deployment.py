"""The objects of a scaled, stateless workload: Deployment and PodDisruptionBudget."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from ._labels import Labels
from ._manifest import Manifest
from ._scaling import Autoscaling, Singleton

# A rollout never has fewer ready pods than wanted.
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}

Replicas = int | Autoscaling | Singleton


def deployment(scope: Construct, labels: Labels, template: Mapping[str, Any], replicas: Replicas) -> Manifest:
    return Manifest(
        scope,
        "deployment",
        api_version="apps/v1",
        kind="Deployment",
        name=labels.name,
        labels=labels.all,
        spec={
            # With an autoscaler none: each apply would otherwise undo what it has decided.
            "replicas": _number(replicas),
            "selector": {"matchLabels": labels.selector},
            "strategy": {"type": "Recreate"} if isinstance(replicas, Singleton) else _ROLLING,
            "minReadySeconds": 10,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template,
        },
    )


def _number(replicas: Replicas) -> int | None:
    return 1 if isinstance(replicas, Singleton) else replicas if isinstance(replicas, int) else None


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


def replicas_problems(replicas: Replicas) -> Iterator[str]:
    if isinstance(replicas, int) and replicas < 0:
        yield f"replicas: {replicas} is negative; give 0 to stop the workload"
