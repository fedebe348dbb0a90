"""Affinity: which nodes a workload's pods need or prefer, and beside which pods they run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from kubecheck.objects.labels import syntax_problems

from ..core.calls import value_object

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]

ZONE = "topology.kubernetes.io/zone"
NODE = "kubernetes.io/hostname"

_WEIGHT = 100


@value_object(kw_only=False)
class NodeRequirement:
    """A label of nodes: `NodeRequirement("node.kubernetes.io/instance-type", "In", ("m7g.large", "m7g.xlarge"))`.

    Args:
        key: the label.
        operator: In and NotIn have values; Exists and DoesNotExist have none; Gt and Lt compare with one whole number.
        values: of the label.
    """

    key: str
    operator: Operator
    values: Sequence[str] = ()

    @property
    def manifest(self) -> dict[str, Any]:
        return {"key": self.key, "operator": self.operator, "values": list(self.values) or None}

    def problems(self) -> Iterator[str]:
        yield from syntax_problems({self.key: ""})
        if self.operator in ("In", "NotIn"):
            if not self.values:
                yield f"{self.key} {self.operator} has no values; give one at least"
            yield from (text for value in self.values for text in syntax_problems({self.key: value}))
        elif self.operator in ("Exists", "DoesNotExist") and self.values:
            yield f"{self.key} {self.operator} has values, which it does not compare; leave them out, or write In"
        elif self.operator in ("Gt", "Lt") and (len(self.values) != 1 or not self.values[0].isdecimal()):
            yield f"{self.key} {self.operator} compares with one whole number, written as text, e.g. ('4',)"


@value_object
class PodAffinityTerm:
    """Pods of the same namespace to run beside, or apart from.

    Args:
        labels: of those pods, e.g. another construct's: `cache.labels.selector`.
        topology_key: what counts as one place: by default the zone; "kubernetes.io/hostname" is the node.
        required: whether a pod waits rather than run elsewhere; default it is only preferred.
    """

    labels: Mapping[str, str]
    topology_key: str = ZONE
    required: bool = False

    @property
    def manifest(self) -> dict[str, Any]:
        return {"labelSelector": {"matchLabels": dict(self.labels)}, "topologyKey": self.topology_key}

    def problems(self) -> Iterator[str]:
        if not self.labels:
            yield "a term has no labels, and would mean all pods; name those that are meant"
        yield from syntax_problems(self.labels)
        yield from syntax_problems({self.topology_key: ""})


@value_object
class Affinity:
    """Where pods run, beyond `node_selector`; all of it can be left out.

    Args:
        node: what a node must have, all of it; pods wait for one that has.
        preferred_node: what a node should have; each counts alike.
        pod: pods to run beside.
        pod_anti: pods to keep away from. Replicas keep away from each other by themselves: Pods.spread.
    """

    node: Sequence[NodeRequirement] = ()
    preferred_node: Sequence[NodeRequirement] = ()
    pod: Sequence[PodAffinityTerm] = ()
    pod_anti: Sequence[PodAffinityTerm] = ()

    def manifest(self, *apart: PodAffinityTerm) -> dict[str, Any] | None:
        """The Affinity of the API; apart: more pods to keep away from."""
        affinity = {
            "nodeAffinity": self._node_affinity,
            "podAffinity": _pod_affinity(self.pod),
            "podAntiAffinity": _pod_affinity([*apart, *self.pod_anti]),
        }
        return affinity if any(affinity.values()) else None

    @property
    def _node_affinity(self) -> dict[str, Any] | None:
        required = {"nodeSelectorTerms": [{"matchExpressions": [each.manifest for each in self.node]}]}
        preferred = [
            {"weight": _WEIGHT, "preference": {"matchExpressions": [each.manifest]}} for each in self.preferred_node
        ]
        return _scheduling(required if self.node else None, preferred)


def _pod_affinity(terms: Sequence[PodAffinityTerm]) -> dict[str, Any] | None:
    required = [term.manifest for term in terms if term.required]
    preferred = [{"weight": _WEIGHT, "podAffinityTerm": term.manifest} for term in terms if not term.required]
    return _scheduling(required or None, preferred)


def _scheduling(required: Any, preferred: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not required and not preferred:
        return None
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": required,
        "preferredDuringSchedulingIgnoredDuringExecution": preferred or None,
    }
