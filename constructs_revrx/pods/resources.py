"""What a container asks for, and may use."""

from collections.abc import Iterator

from kubecheck.objects import quantity

from ..core.calls import value_object


@value_object
class Resources:
    """What a container asks for and may use at most, each as (request, limit).

    Args:
        cpu: cores, `("250m", "1000m")`; with None as the limit a pod may use what its node has to spare, and the
            namespace's Quota and ContainerLimits must have None there as well.
        memory: bytes, `("512Mi", "2Gi")`; over its limit the container is killed.
        ephemeral_storage: logs and emptyDirs on disk; over its limit the pod is evicted. Default ("256Mi", "1Gi").
    """

    cpu: tuple[str, str | None]
    memory: tuple[str, str]
    ephemeral_storage: tuple[str, str] = ("256Mi", "1Gi")

    def problems(self) -> Iterator[str]:
        for name in ("cpu", "memory", "ephemeral_storage"):
            yield from quantity.pair_problems(name, getattr(self, name))

    @property
    def manifest(self) -> dict[str, dict[str, str | None]]:
        pairs = {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": self.ephemeral_storage}
        return {
            "requests": {name: request for name, (request, _) in pairs.items()},
            "limits": {name: limit for name, (_, limit) in pairs.items()},
        }
