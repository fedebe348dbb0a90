"""What operators do to a Deployment while it serves."""

import json
from dataclasses import dataclass

from ..charts.dist import K8S, Object
from ..e2e.environment import Environment
from ..e2e.kubectl import KubectlError
from ..e2e.waiting import until

# Of one step: a pod's start, the 10 s that a new one must stay ready, the pause and drain of an old one.
_PATIENCE = 110


@dataclass(frozen=True)
class Deployment:
    """One of an environment, with the HorizontalPodAutoscaler of the same name."""

    environment: Environment
    name: str

    @property
    def object(self) -> str:
        return f"deployment/{self.name}"

    def pods(self) -> list[Object]:
        """All that are there, those that are about to end too."""
        return self.environment.admin.get("pods", f"--selector={K8S}/name={self.name}")

    def names(self) -> set[str]:
        return {pod["metadata"]["name"] for pod in self.pods()}

    def ready(self) -> list[Object]:
        return [pod for pod in self.pods() if _state(pod) == "ready"]

    def scale(self, pods: int) -> None:
        """To so many, whatever their load is, as the limits of the autoscaler say."""
        limits = json.dumps({"spec": {"minReplicas": pods, "maxReplicas": pods}})
        self.environment.deployer("patch", f"horizontalpodautoscaler/{self.name}", f"--patch={limits}")

    def give_back(self) -> None:
        """The autoscaler as it is committed."""
        self.environment.deployer("apply", f"-f=dist/staging/HorizontalPodAutoscaler.{self.name}.k8s.yaml")

    def settled(self, pods: int) -> None:
        """Wait until so many are ready and no other is there, not even one that ends."""

        def missing() -> list[str]:
            there = self.pods()
            states = [f"{pod['metadata']['name']} {_state(pod)}" for pod in there]
            return [] if len(there) == pods and all(_state(pod) == "ready" for pod in there) else states or ["any pod"]

        until(f"{self.name} to have {pods} pods", missing, seconds=_PATIENCE)

    def restart(self) -> None:
        self.environment.deployer("rollout", "restart", self.object)

    def undo(self) -> None:
        self.environment.deployer("rollout", "undo", self.object)

    def rolled(self) -> None:
        """Wait until only pods of the newest template serve; those before may still be ending."""
        self.environment.deployer("rollout", "status", self.object, f"--timeout={_PATIENCE}s")

    def evict(self, pod: str) -> int:
        """As a drain of its node does: asked again for as long as the PodDisruptionBudget refuses.

        Returns how often that was.
        """
        refusals = 0

        def refused() -> list[str]:
            nonlocal refusals
            try:
                evict(self.environment, pod)
            except KubectlError as refusal:
                if "disruption budget" not in str(refusal):
                    raise
                refusals += 1
                return [str(refusal)]
            return []

        until(f"the eviction of {pod}", refused, seconds=_PATIENCE)
        return refusals


def evict(environment: Environment, pod: str) -> None:
    """Raises: KubectlError, when it is refused."""
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": environment.namespace},
    }
    path = f"/api/v1/namespaces/{environment.namespace}/pods/{pod}/eviction"
    environment.cluster("create", f"--raw={path}", "-f=-", stdin=json.dumps(eviction))


def _state(pod: Object) -> str:
    if "deletionTimestamp" in pod["metadata"]:
        return "ending"
    conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
    return "ready" if conditions.get("Ready") == "True" else "not ready"
