"""Deployment: pods without data of their own, as many as `replicas` says."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from ..config.rotation import reload_annotation
from ..core.labels import Labels
from ..core.manifest import Manifest
from ..pods.pod import Pod
from .autoscaling import Autoscaling, Singleton
from .queue_scaling import QueueScaling

# A rollout never has fewer ready pods than wanted.
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}

Replicas = int | Autoscaling | QueueScaling | Singleton


def deployment(scope: Construct, labels: Labels, template: Mapping[str, Any], replicas: Replicas, pod: Pod) -> Manifest:
    return Manifest(
        scope,
        "deployment",
        api_version="apps/v1",
        kind="Deployment",
        name=labels.name,
        labels=labels.all,
        annotations=reload_annotation(pod.secrets),
        spec={
            "replicas": _stated(replicas),
            "selector": {"matchLabels": labels.selector},
            # A volume that is one pod's at a time: the new pod would wait for it, and the old one for that, for ever.
            "strategy": {"type": "Recreate"} if pod.is_exclusive or isinstance(replicas, Singleton) else _ROLLING,
            "minReadySeconds": 10,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template,
        },
    )


def _stated(replicas: Replicas) -> int | None:
    if isinstance(replicas, Singleton):
        return 1
    # With an autoscaler none: each apply would otherwise undo what it has decided.
    return replicas if isinstance(replicas, int) else None


def most_replicas(replicas: Replicas) -> int | None:
    """How far an autoscaler goes; None without one."""
    return None if isinstance(replicas, int | Singleton) else replicas.maximum


def replicas_problems(replicas: Replicas, *, exclusive: bool) -> Iterator[str]:
    most = _stated(replicas) or most_replicas(replicas) or 0
    if isinstance(replicas, int) and replicas < 0:
        yield f"replicas: {replicas} is negative; give 0 to stop the workload"
    if exclusive and most > 1:
        yield (
            f"replicas: {most} pods cannot have a claim that is ReadWriteOnce, and those on other nodes would wait for "
            "it for ever; give 1, or a claim whose access_mode is ReadWriteMany"
        )
