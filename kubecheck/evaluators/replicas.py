"""How many pods a workload has at most at one time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..objects.counts import count, scaled
from ..objects.fields import Object, mapping, name, text

_DEFAULT_SURGE = "25%"
# KEDA documentation, ScaledObject specification.
SCALED_OBJECT_MAXIMUM = 100
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")


class Target(NamedTuple):
    """What an autoscaler scales, in its own namespace."""

    kind: str
    name: str


def target(autoscaler: Object) -> Target:
    """Of a HorizontalPodAutoscaler or a ScaledObject, which means a Deployment when it says no kind."""
    reference = mapping(autoscaler, "spec", "scaleTargetRef")
    return Target(text(reference, "kind") or "Deployment", text(reference, "name"))


def maxima(objects: Iterable[Object]) -> Mapping[Target, int]:
    """How far autoscalers of one namespace go. One of no replicas at all is switched off, until someone sets some."""
    objects = list(objects)
    off = {Target(o["kind"], name(o)) for o in objects if mapping(o, "spec").get("replicas") == 0}
    return {aim: most for o in objects for aim, most in _maximum(o) if o["kind"] == "ScaledObject" or aim not in off}


def _maximum(o: Object) -> Iterator[tuple[Target, int]]:
    if o["kind"] == "HorizontalPodAutoscaler":
        yield target(o), count(mapping(o, "spec").get("maxReplicas"), 1)
    elif o["kind"] == "ScaledObject":
        yield target(o), count(mapping(o, "spec").get("maxReplicaCount"), SCALED_OBJECT_MAXIMUM)


def is_scaled(o: Object) -> bool:
    """Whether it is of a built-in kind with a number of replicas."""
    return o["kind"] in _SCALED


def replicas(o: Object, maxima: Mapping[Target, int]) -> int:
    """Of a Deployment, StatefulSet, ReplicaSet or ReplicationController, outside of a rolling update."""
    return maxima.get(Target(o["kind"], name(o)), count(mapping(o, "spec").get("replicas"), 1))


def most_pods(o: Object, maxima: Mapping[Target, int]) -> int | None:
    """During a rolling update, with one Job of a CronJob. 0 for what makes no pods; None for a DaemonSet, which has as
    many as there are nodes.

    Source: Kubernetes API reference, RollingUpdateDeployment (maxSurge) and JobSpec (parallelism).
    """
    kind, spec = o["kind"], mapping(o, "spec")
    if is_scaled(o):
        number = replicas(o, maxima)
        return number + (_surge(spec, number) if kind == "Deployment" else 0)
    if kind in ("Job", "CronJob"):
        job = mapping(spec, "jobTemplate", "spec") if kind == "CronJob" else spec
        parallelism = count(job.get("parallelism"), 1)
        return min(parallelism, count(job.get("completions"), parallelism))
    if kind == "DaemonSet":
        return None
    return 1 if kind == "Pod" else 0


def _surge(spec: Mapping[str, Any], replicas: int) -> int:
    if text(spec, "strategy", "type") == "Recreate":
        return 0
    given = mapping(spec, "strategy", "rollingUpdate").get("maxSurge", _DEFAULT_SURGE)
    return scaled(given, replicas) or 0
