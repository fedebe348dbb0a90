"""PodDisruptionBudgets that the API server refuses, those that never allow an eviction, and those that mean nothing."""

from collections.abc import Iterator, Mapping, Sequence

from ...check import Cluster, Finding, check, once_a_cluster
from ...evaluators.replicas import Target, is_scaled, maxima, replicas
from ...objects.counts import scaled
from ...objects.fields import Object, at, mapping, namespace, title
from ...objects.pods import group
from ...objects.selectors import LabelIndex, as_text, label_selector
from ..examples import DISRUPTION_BUDGET, deployment

_DEPLOYMENT = "---\n" + deployment(replicas=2)
_GOOD = DISRUPTION_BUDGET + _DEPLOYMENT


@check(
    "disruption-budget-fields",
    why="The API server refuses a budget with both minAvailable and maxUnavailable, or with another value than a "
    "number or a percentage up to 100 (API reference, PodDisruptionBudgetSpec).",
    way_out="Write one of both: maxUnavailable follows the number of replicas.",
    bad=_GOOD.replace("maxUnavailable: 1", "maxUnavailable: 1\n  minAvailable: 1"),
    good=_GOOD,
    waivable=False,
)
def disruption_budget_fields(cluster: Cluster) -> Iterator[Finding]:
    for o in _budgets(cluster):
        given = {field: value for field in _FIELDS if (value := mapping(o, "spec").get(field)) is not None}
        if len(given) > 1:
            yield Finding(o, f"{title(o)}: it has both {' and '.join(given)}, which the API server refuses; write one")
        for field, value in given.items():
            number = scaled(value, 100)
            if number is None or (isinstance(value, str) and number > 100):
                yield Finding(
                    o,
                    f"{title(o)}: {field} is {value!r}, which is neither a number nor a percentage up to 100; write "
                    "e.g. 1 or 25%",
                )


@check(
    "disruption-budget-blocks",
    why="A budget that no pod may be missing for allows no eviction: a drain of a node with one of these pods never "
    "ends (Kubernetes documentation, Specifying a Disruption Budget for your Application).",
    way_out="Write maxUnavailable: 1, or run more pods than have to be available. With one pod, an eviction is a gap, "
    "which only the application can be made to bear.",
    bad=_GOOD.replace("maxUnavailable: 1", "minAvailable: 2"),
    good=_GOOD,
)
def disruption_budget_blocks(cluster: Cluster) -> Iterator[Finding]:
    """Of pods whose number is known: autoscalers at their maxima, outside of a rolling update."""
    for o in _budgets(cluster):
        least, most = (mapping(o, "spec").get(field) for field in _FIELDS)
        if most in (0, "0%") and most is not False:
            yield Finding(o, f"{title(o)}: maxUnavailable {most} allows no eviction, so no node drain ends; write 1")
        elif least == "100%":
            yield Finding(o, f"{title(o)}: minAvailable 100% allows no eviction, so no node drain ends; write less")
        elif least is not None and most is None and (pods := _pods(cluster, o)):
            needed = scaled(least, pods)
            if needed is not None and needed >= pods:
                yield Finding(
                    o,
                    f"{title(o)}: minAvailable {least} is all of the {pods} pods that there are at most, so it allows "
                    "no eviction, and no node drain ends; write less, or maxUnavailable: 1",
                )


@check(
    "disruption-budget-without-bound",
    why="A budget with neither minAvailable nor maxUnavailable is accepted, and keeps no pod: a drain "
    "evicts all at once.",
    way_out="Write maxUnavailable: 1.",
    bad=_GOOD.replace("  maxUnavailable: 1\n", ""),
    good=_GOOD,
)
def disruption_budget_without_bound(cluster: Cluster) -> Iterator[Finding]:
    for o in _budgets(cluster):
        if all(mapping(o, "spec").get(field) is None for field in _FIELDS):
            yield Finding(
                o,
                f"{title(o)}: it has neither minAvailable nor maxUnavailable, so it keeps no pod; write "
                "maxUnavailable: 1",
            )


@check(
    "disruption-budget-conflict",
    why="A pod that two budgets select cannot be evicted, whatever they allow: the eviction ends with an error, and no "
    "node drain ends (Kubernetes documentation, API-initiated Eviction).",
    way_out="Select each pod with one budget.",
    bad=f"{_GOOD}---\n{DISRUPTION_BUDGET.replace('name: web', 'name: all')}",
    good=_GOOD,
)
def disruption_budget_conflict(cluster: Cluster) -> Iterator[Finding]:
    first: dict[int, Object] = {}
    for o in _budgets(cluster):
        for workload in _selected(cluster, o):
            if (other := first.setdefault(id(workload), o)) is not o:
                yield Finding(
                    o,
                    f"{title(o)}: it selects the pods of {title(workload)}, and so does {title(other)}, so none of "
                    "them can be evicted; select each pod with one budget",
                )


_FIELDS = ("minAvailable", "maxUnavailable")


def _budgets(cluster: Cluster) -> Iterator[Object]:
    return (o for o in cluster.by_kind.get("PodDisruptionBudget", ()) if group(o) == "policy")


@once_a_cluster
def _workloads(cluster: Cluster) -> Mapping[str, LabelIndex[Object]]:
    """What makes pods, by their labels, in each namespace."""
    found: dict[str, list[tuple[Mapping[str, str], Object]]] = {}
    for o, template in cluster.templates:
        found.setdefault(namespace(o), []).append((as_text(at(template, "metadata", "labels")), o))
    return {there: LabelIndex(inside) for there, inside in found.items()}


@once_a_cluster
def _maxima(cluster: Cluster) -> Mapping[str, Mapping[Target, int]]:
    return {there: maxima(inside) for there, inside in cluster.by_namespace.items()}


def _pods(cluster: Cluster, budget: Object) -> int:
    """How many it selects at most; 0 when that is not known."""
    selected = _selected(cluster, budget)
    if not all(is_scaled(o) for o in selected):
        return 0
    return sum(replicas(o, _maxima(cluster)[namespace(o)]) for o in selected)


def _selected(cluster: Cluster, budget: Object) -> Sequence[Object]:
    index = _workloads(cluster).get(namespace(budget))
    return index.selected(label_selector(at(budget, "spec", "selector"))) if index else ()
