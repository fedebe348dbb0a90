"""Where pods run, as whom, and what they carry: what the user may say of the pods of any workload."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from kubecheck.objects.labels import syntax_problems
from kubecheck.objects.names import name_problems

from ..core.calls import value_object
from ..core.labels import Labels, label_problems
from .affinity import NODE, ZONE, Affinity, PodAffinityTerm

# What the scheduler does where no place would keep the pods spread evenly (whenUnsatisfiable).
Spread = Literal["ScheduleAnyway", "DoNotSchedule"]


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

    def problems(self) -> Iterator[str]:
        if not self.key:
            yield "an empty key bears every taint; name the taint"
        elif any(syntax_problems({self.key: self.value or ""})):
            taint = self.key if self.value is None else f"{self.key}={self.value}"
            yield f"{taint!r} is not a taint, whose key and value are written as a label's; give e.g. key='spot'"

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
        affinity: nodes that they need or prefer, and pods to run beside or apart from.
        spread: how replicas are kept apart over zones: ScheduleAnyway is where possible, so that a small cluster still
            runs them; with DoNotSchedule a pod waits for the zone that has fewest. Over nodes always where possible.
            None does neither. Default ScheduleAnyway.

    Spot nodes, as Karpenter labels them and with the taint that you gave them:
    `Pods(node_selector={"karpenter.sh/capacity-type": "spot"}, tolerations=[Toleration(key="spot")])`. What runs there
    has two minutes to end on AWS, pause and drain together, whatever its Shutdown says.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    service_account: ServiceAccount = ServiceAccount()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Toleration] = ()
    priority_class: str | None = None
    affinity: Affinity = Affinity()
    spread: Spread | None = "ScheduleAnyway"

    def problems(self) -> Iterator[str]:
        yield from (f"labels: {problem}" for problem in label_problems(self.labels))
        yield from (f"node_selector: {problem}" for problem in syntax_problems(self.node_selector))
        if self.priority_class is not None:
            yield from (f"priority_class: {problem}" for problem in name_problems(self.priority_class))

    def fields(self, labels: Labels, *, replicated: bool) -> dict[str, Any]:
        """Fields of PodSpec; replicated: whether there are several pods to keep apart."""
        spread = self.spread if replicated else None
        # Both forms, because scanners accept one or the other (kube-score this one, Polaris the other).
        apart = [PodAffinityTerm(labels=labels.selector, topology_key=NODE)] if spread else []
        return {
            "affinity": self.affinity.manifest(*apart),
            "topologySpreadConstraints": _spread_constraints(labels, spread) if spread else None,
            "serviceAccountName": self.service_account.existing or labels.name,
            "nodeSelector": self.node_selector or None,
            "tolerations": [toleration.manifest for toleration in self.tolerations] or None,
            "priorityClassName": self.priority_class,
        }


def _spread_constraints(labels: Labels, spread: Spread) -> list[dict[str, Any]]:
    """Replicas over zones and nodes."""
    return [
        {
            "labelSelector": {"matchLabels": labels.selector},
            # Only pods of the same revision count, or the old ones would skew where a rollout's new ones go.
            "matchLabelKeys": ["pod-template-hash"],
            "maxSkew": 1,
            # Otherwise nodes that these pods may not run on count as places that are still empty.
            "nodeTaintsPolicy": "Honor" if when == "DoNotSchedule" else None,
            "topologyKey": key,
            "whenUnsatisfiable": when,
        }
        for key, when in ((ZONE, spread), (NODE, "ScheduleAnyway"))
    ]
