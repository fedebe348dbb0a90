"""How fast an autoscaler changes the number of pods, and the bounds of that number."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ...core.calls import value_object

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
# One pod at a time: ingress-nginx tries a request on three pods, which could all be just ending (its issue 3639).
SCALE_DOWN = ScalingRules(
    stabilization_window_seconds=300, policies=(ScalingPolicy(type="Pods", value=1, period_seconds=60),)
)


def behavior(scale_up: ScalingRules, scale_down: ScalingRules) -> Mapping[str, Any]:
    return {"scaleUp": scale_up.manifest, "scaleDown": scale_down.manifest}


def bounds_problems(minimum: int, maximum: int) -> Iterator[str]:
    if minimum > maximum:
        yield f"minimum {minimum} exceeds maximum {maximum}; raise maximum or lower minimum"


def utilization_problems(**percentages: int | None) -> Iterator[str]:
    for name, percentage in percentages.items():
        if percentage is not None and percentage < 1:
            yield f"{name} {percentage} is not a percentage of the request; give 1 or more, or None"
