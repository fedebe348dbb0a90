"""Selectors that select no pods among the objects, and who may make these all the same."""

from ...check import Cluster
from ...objects.fields import full_name, mapping, name, text, title
from ...objects.selectors import Selector

# Controllers give them to pods; no template has them (API reference, Well-Known Labels, Annotations and Taints).
_OF_CONTROLLERS = {
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
}
# The fields of custom resources whose operators make pods of them: Prometheus, CloudNativePG's Cluster, Elasticsearch.
_OF_PODS = {"image", "instances", "nodeSets", "podMetadata", "podTemplate", "replicas", "size"}


def of_templates(selector: Selector) -> Selector:
    """What a selector asks of the template that pods are made of."""
    return Selector(tuple(r for r in selector.requirements if r.key not in _OF_CONTROLLERS))


def as_external(there: str, selector: Selector) -> list[str]:
    """How `external` may name the pods of a namespace that a selector selects."""
    pairs = [f"{r.key}={value}" for r in selector.requirements if r.operator == "In" for value in sorted(r.values)]
    return [full_name("Pod", there, pair) for pair in pairs]


def maker(cluster: Cluster, there: str, selector: Selector) -> str:
    """Who may make pods of a namespace that have no template here: the cluster, or the operator of what labels name."""
    if there == "kube-system":
        return "the cluster"
    values = {value for r in selector.requirements if r.operator == "In" for value in r.values}
    for o in cluster.by_namespace.get(there, ()):
        is_run = "." in text(o, "apiVersion").partition("/")[0] and _OF_PODS & mapping(o, "spec").keys()
        # Some labels have the resource's name, others the program's: app.kubernetes.io/name: prometheus.
        if is_run and {name(o), o["kind"].lower()} & values:
            return f"the operator of {title(o)}"
    return ""
