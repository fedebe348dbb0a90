"""Where pods run, as whom, and what they carry: what the user may say of the pods of any workload."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from ._calls import value_object
from ._labels import Labels, label_problems
from ._values import name_problems


@value_object
class Toleration:
    """A taint that pods bear, such as that of spot nodes.

    Args:
        key: the taint's key.
        value: the taint's value; by default any.
        effect: what the taint does; default NoSchedule.
    """

    key: str
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"

    @property
    def manifest(self) -> dict[str, Any]:
        operator = "Exists" if self.value is None else "Equal"
        return {"key": self.key, "operator": operator, "value": self.value, "effect": self.effect}


@value_object
class ServiceAccount:
    """A workload's ServiceAccount: by default one of its own, without a token in its pods.

    Args:
        annotations: e.g. {"eks.amazonaws.com/role-arn": …} for IRSA. EKS Pod Identity needs none: its association
            names the ServiceAccount.
        existing: the name of one that is already there; then none is emitted.
    """

    annotations: Mapping[str, str] = field(default_factory=dict)
    existing: str | None = None

    def problems(self) -> Iterator[str]:
        if self.existing is not None:
            yield from name_problems(self.existing)
            if self.annotations:
                yield f"annotations have no object, for {self.existing} exists already; set them where it is made"


@value_object
class Pods:
    """What may be said of the pods of any workload; all of it can be left out.

    Args:
        labels: more labels, on the workload's objects too; the recommended ones are the library's.
        annotations: more annotations.
        service_account: as whom they run.
        node_selector: labels that a node must have, e.g. {"kubernetes.io/arch": "arm64"}.
        tolerations: taints that they bear.
        priority_class: an existing PriorityClass: pods of a lower one give way when nodes are full. By default the
            cluster's own default.
        spread: whether replicas are kept apart over zones and nodes where possible; default yes.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    service_account: ServiceAccount = ServiceAccount()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Toleration] = ()
    priority_class: str | None = None
    spread: bool = True

    def problems(self) -> Iterator[str]:
        yield from (f"labels: {problem}" for problem in label_problems(self.labels))
        yield from (f"service_account: {problem}" for problem in self.service_account.problems())
        if any(not toleration.key for toleration in self.tolerations):
            yield "tolerations: an empty key bears every taint; name the taint"

    def fields(self, labels: Labels, *, replicated: bool) -> dict[str, Any]:
        """Fields of PodSpec; replicated: whether there are several pods to keep apart."""
        return {
            "serviceAccountName": self.service_account.existing or labels.name,
            "nodeSelector": self.node_selector or None,
            "tolerations": [toleration.manifest for toleration in self.tolerations] or None,
            "priorityClassName": self.priority_class,
            **(_apart(labels) if replicated and self.spread else {}),
        }


def _apart(labels: Labels) -> dict[str, Any]:
    """Replicas apart from each other, over zones and over nodes: wished for, so that a small cluster still runs them.

    Both forms, because scanners accept one or the other (kube-score the first, Polaris the second).
    """
    selector = {"matchLabels": labels.selector}
    return {
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "weight": 100,
                        "podAffinityTerm": {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"},
                    }
                ]
            }
        },
        "topologySpreadConstraints": [
            {
                "labelSelector": selector,
                # Only pods of the same revision count, or the old ones would skew where a rollout's new ones go.
                "matchLabelKeys": ["pod-template-hash"],
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }
