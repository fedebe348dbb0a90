"""Deployment: pods without data of their own, as many as `replicas` says."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from ..config.rotation import reload_annotation
from ..core.errors import OptionProblem
from ..core.labels import Labels
from ..core.manifest import Manifest
from ..pods.pod import Pod
from .scaling.replicas import Replicas

# A rollout never has fewer ready pods than wanted.
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}


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
            "replicas": replicas.replicas,
            "selector": {"matchLabels": labels.selector},
            # With a volume that only one pod can have, a rolling update never ends: the new pod waits for the volume,
            # and the old one goes when the new one is ready.
            "strategy": {"type": "Recreate"} if pod.is_exclusive or replicas.is_single else _ROLLING,
            "minReadySeconds": 10,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template,
        },
    )


def replicas_problems(replicas: Replicas, pod: Pod) -> Iterator[OptionProblem]:
    """Of a number of pods that cannot be, or that the pods' volumes do not allow."""
    if (replicas.replicas or 0) < 0:
        yield OptionProblem("replicas", f"{replicas.replicas} is negative; give 0 to stop the workload")
    if pod.is_exclusive and replicas.maximum > 1:
        text = (
            f"{replicas.maximum} pods cannot have a claim that is ReadWriteOnce, and those on other nodes would wait "
            "for it for ever; give 1, or a claim whose access_mode is ReadWriteMany"
        )
        yield OptionProblem("replicas", text)
