"""How many pods: as many as the load asks for, or one alone; and the HorizontalPodAutoscaler that follows the load."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from constructs import Construct

from ..core.calls import value_object
from ..core.labels import Labels
from ..core.manifest import Manifest

# Source: Kubernetes, pkg/apis/autoscaling/validation (ValidateHorizontalPodAutoscaler).
_LONGEST_WINDOW = 3600
_LONGEST_PERIOD = 1800


@value_object
class ScalingPolicy:
    """One bound of how fast replicas may change (HPAScalingPolicy).

    Args:
        type: whether value is a number of pods or a percentage of those that run.
        value: the most that it may change by, 1 or more.
        period_seconds: within how long, 1 to 1800.
    """

    type: Literal["Pods", "Percent"]
    value: int
    period_seconds: int

    def problems(self) -> Iterator[str]:
        if self.value < 1:
            yield f"value {self.value} is below 1"
        if not 1 <= self.period_seconds <= _LONGEST_PERIOD:
            yield f"period_seconds {self.period_seconds} is not from 1 to {_LONGEST_PERIOD}"

    @property
    def manifest(self) -> dict[str, Any]:
        return {"type": self.type, "value": self.value, "periodSeconds": self.period_seconds}


@value_object
class ScalingRules:
    """How fast replicas may change in one direction (HPAScalingRules).

    Args:
        stabilization_window_seconds: 0 to 3600; of what was asked for in that time, the least change is made.
        policies: the bounds. None at all only for Disabled.
        select_policy: which of them decides: Max the one that allows most, Min the one that allows least; Disabled
            never scales in this direction.
    """

    stabilization_window_seconds: int
    policies: Sequence[ScalingPolicy]
    select_policy: Literal["Max", "Min", "Disabled"] = "Max"

    def problems(self) -> Iterator[str]:
        if not 0 <= self.stabilization_window_seconds <= _LONGEST_WINDOW:
            window = self.stabilization_window_seconds
            yield f"stabilization_window_seconds {window} is not from 0 to {_LONGEST_WINDOW}"
        if not self.policies and self.select_policy != "Disabled":
            yield "policies is empty, which the API server refuses; give one, or select_policy='Disabled'"
        for policy in self.policies:
            yield from (f"policies: {problem}" for problem in policy.problems())

    @property
    def manifest(self) -> dict[str, Any]:
        return {
            "stabilizationWindowSeconds": self.stabilization_window_seconds,
            "selectPolicy": self.select_policy,
            "policies": [policy.manifest for policy in self.policies] or None,
        }


SCALE_UP = ScalingRules(
    stabilization_window_seconds=0,
    policies=(
        ScalingPolicy(type="Percent", value=100, period_seconds=30),
        ScalingPolicy(type="Pods", value=2, period_seconds=30),
    ),
)
# nginx tries three pods a request: several that end at once could be all three (ingress-nginx 3639).
SCALE_DOWN = ScalingRules(
    stabilization_window_seconds=300, policies=(ScalingPolicy(type="Pods", value=1, period_seconds=60),)
)


@value_object
class Autoscaling:
    """Replicas that follow the load (HorizontalPodAutoscaler).

    Args:
        minimum, maximum: replicas, 1 or more.
        cpu, memory: the average that is aimed for, in percent of the request; the metric that asks for most wins.
            Default 70 and 80. None leaves one out, such as the memory of a program that never gives any back.
        scale_up: how fast; default at once, twofold or by two pods in 30 s, whichever is more.
        scale_down: how fast; default by one pod a minute, after five quiet ones: an Ingress controller that retries
            on other pods finds some.
    """

    minimum: int
    maximum: int
    cpu: int | None = 70
    memory: int | None = 80
    scale_up: ScalingRules = SCALE_UP
    scale_down: ScalingRules = SCALE_DOWN

    def problems(self) -> Iterator[str]:
        if self.minimum < 1:
            yield f"minimum {self.minimum} is below 1; only a Worker's QueueScaling goes down to none"
        if self.cpu is None and self.memory is None:
            yield "cpu and memory are None, so there is nothing to follow; give one of them, or a number of replicas"
        yield from bounds_problems(self.minimum, self.maximum)
        yield from utilization_problems(cpu=self.cpu, memory=self.memory)
        yield from behavior_problems(self.scale_up, self.scale_down)


@value_object
class Singleton:
    """One pod, which is gone before its successor starts: for a scheduler, such as celery beat, which would do
    everything twice beside a second one.

    A Deployment of one replica with the strategy Recreate, so a rollout has a gap in which none runs. A node drain is
    not held up: the pod is evicted at once, and a successor starts elsewhere while the old one ends, so for up to its
    grace period, and for longer when a node is lost, two may run (Kubernetes documentation, Deployments: only rollouts
    wait). Keep `Shutdown.drain` short, and let what must never happen twice take a lock, as celery-redbeat does.
    """


def bounds_problems(minimum: int, maximum: int) -> Iterator[str]:
    if minimum > maximum:
        yield f"minimum {minimum} exceeds maximum {maximum}; raise maximum or lower minimum"


def utilization_problems(**percentages: int | None) -> Iterator[str]:
    for name, percentage in percentages.items():
        if percentage is not None and percentage < 1:
            yield f"{name} {percentage} is not a percentage of the request; give 1 or more, or None"


def behavior_problems(scale_up: ScalingRules, scale_down: ScalingRules) -> Iterator[str]:
    yield from (f"scale_up: {problem}" for problem in scale_up.problems())
    yield from (f"scale_down: {problem}" for problem in scale_down.problems())


def behavior(scale_up: ScalingRules, scale_down: ScalingRules) -> Mapping[str, Any]:
    return {"scaleUp": scale_up.manifest, "scaleDown": scale_down.manifest}


def autoscaler(scope: Construct, labels: Labels, scaling: Autoscaling) -> Manifest:
    return Manifest(
        scope,
        "autoscaler",
        api_version="autoscaling/v2",
        kind="HorizontalPodAutoscaler",
        name=labels.name,
        labels=labels.all,
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": labels.name},
            "minReplicas": scaling.minimum,
            "maxReplicas": scaling.maximum,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": target}},
                }
                for name, target in (("cpu", scaling.cpu), ("memory", scaling.memory))
                if target is not None
            ],
            "behavior": behavior(scaling.scale_up, scaling.scale_down),
        },
    )
