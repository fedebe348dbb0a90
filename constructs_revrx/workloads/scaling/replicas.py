"""How many pods a Deployment has, and who says so."""

from dataclasses import dataclass
from typing import Protocol

from constructs import Construct

from ...core.calls import value_object
from ...core.labels import Labels
from ...core.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """The objects that scale a Deployment."""

    autoscaler: Manifest | None = None
    scaled_object: Manifest | None = None
    trigger_authentication: Manifest | None = None


class Replicas(Protocol):
    """What the option `replicas` may be: a number, or what decides how many pods there are."""

    @property
    def replicas(self) -> int | None:
        """What the Deployment states; None where an autoscaler decides, which each apply would undo."""

    @property
    def maximum(self) -> int:
        """The most pods that there may be."""

    @property
    def is_single(self) -> bool:
        """Whether a pod is to be gone before its successor starts."""

    def scaler(self, scope: Construct, labels: Labels) -> Scaler:
        """Make the objects that scale the Deployment; none for a number of pods."""


@dataclass(frozen=True)
class Fixed:
    """A number of pods, which the Deployment states."""

    replicas: int
    is_single = False

    @property
    def maximum(self) -> int:
        return self.replicas

    def scaler(self, scope: Construct, labels: Labels) -> Scaler:  # noqa: ARG002
        return Scaler()


@value_object
class Singleton:
    """One pod, which is gone before its successor starts: for a scheduler, such as celery beat, which would do
    everything twice beside a second one.

    A Deployment of one replica with the strategy Recreate, so a rollout has a gap in which none runs. A node drain is
    not held up: the pod is evicted at once, and a successor starts elsewhere while the old one ends, so for up to its
    grace period, and for longer when a node is lost, two may run (Kubernetes documentation, Deployments: only rollouts
    wait). Keep `Shutdown.drain` short, and let what must never happen twice take a lock, as celery-redbeat does.
    """

    replicas = maximum = 1
    is_single = True

    def scaler(self, scope: Construct, labels: Labels) -> Scaler:  # noqa: ARG002
        return Scaler()


def replicas_of(given: int | Replicas) -> Replicas:
    return Fixed(given) if isinstance(given, int) else given
