"""The recommended labels, and the few of them that objects select by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

K8S = "app.kubernetes.io"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labels of one component.

    inherited: the chart's labels, `app.kubernetes.io/part-of` and `instance` among them.
    Source: Kubernetes documentation, Recommended Labels.
    """

    name: str
    component: str
    inherited: Mapping[str, str] = field(default_factory=dict)

    @property
    def selector(self) -> dict[str, str]:
        """What Deployment, Service, PodDisruptionBudget and NetworkPolicy select by.

        Immutable (Kubernetes API reference, DeploymentSpec): one label more here and every apply to a running
        workload fails until someone deletes it. Argo CD may overwrite `instance`, so that one is never part of it.
        """
        return {f"{K8S}/name": self.name, f"{K8S}/component": self.component}

    @property
    def all(self) -> dict[str, str]:
        return {**self.inherited, **self.selector, f"{K8S}/managed-by": "cdk8s"}
