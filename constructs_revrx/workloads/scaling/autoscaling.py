"""Autoscaling: as many pods as the load asks for, by a HorizontalPodAutoscaler."""

from collections.abc import Iterator

from constructs import Construct

from ...core.calls import value_object
from ...core.labels import Labels
from ...core.manifest import Manifest
from .behavior import SCALE_DOWN, SCALE_UP, ScalingRules, behavior, bounds_problems, utilization_problems
from .replicas import Scaler


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

    replicas = None
    is_single = False

    def scaler(self, scope: Construct, labels: Labels) -> Scaler:
        autoscaler = Manifest(
            scope,
            "autoscaler",
            api_version="autoscaling/v2",
            kind="HorizontalPodAutoscaler",
            name=labels.name,
            labels=labels.all,
            spec={
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": labels.name},
                "minReplicas": self.minimum,
                "maxReplicas": self.maximum,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": target}},
                    }
                    for name, target in (("cpu", self.cpu), ("memory", self.memory))
                    if target is not None
                ],
                "behavior": behavior(self.scale_up, self.scale_down),
            },
        )
        return Scaler(autoscaler=autoscaler)

    def problems(self) -> Iterator[str]:
        if self.minimum < 1:
            yield f"minimum {self.minimum} is below 1; only a Worker's QueueScaling goes down to none"
        if self.cpu is None and self.memory is None:
            yield "cpu and memory are None, so there is nothing to follow; give one of them, or a number of replicas"
        yield from bounds_problems(self.minimum, self.maximum)
        yield from utilization_problems(cpu=self.cpu, memory=self.memory)
