"""The recommended labels, and the few of them that objects select by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubecheck.objects.labels import syntax_problems

K8S = "app.kubernetes.io"

# Written once, for each object has them several times.
_NAME, _COMPONENT, _MANAGED_BY = f"{K8S}/name", f"{K8S}/component", f"{K8S}/managed-by"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labels of one component.

    inherited: the chart's labels, `app.kubernetes.io/part-of` and `instance` among them.
    Source: Kubernetes documentation, Recommended Labels.
    """

    name: str
    component: str
    inherited: Mapping[str, str]

    @property
    def selector(self) -> dict[str, str]:
        """What Deployment, Service, PodDisruptionBudget and NetworkPolicy select by.

        Immutable (Kubernetes API reference, DeploymentSpec): one label more here and every apply to a running
        workload fails until someone deletes it. Argo CD may overwrite `instance`, so that one is never part of it.
        """
        return {_NAME: self.name, _COMPONENT: self.component}

    @property
    def all(self) -> dict[str, str]:
        return {**self.inherited, **self.selector, _MANAGED_BY: "cdk8s"}


def label_problems(labels: Mapping[str, str]) -> Iterator[str]:
    """Of labels that a user adds."""
    for key in labels:
        if key.startswith(f"{K8S}/"):
            yield f"{key} is the library's own, and selectors may rest on it; choose a key of yours, e.g. team"
    yield from syntax_problems(labels)
