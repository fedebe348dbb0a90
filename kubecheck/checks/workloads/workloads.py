"""Workloads and the pods that their selectors select: their own, all of them, and no others."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, mapping, name, namespace, title
from ...objects.pods import group
from ...objects.selectors import LabelIndex, Selector, as_text, label_selector, of_labels, selector_problems
from ..examples import DEPLOYMENT

# The kinds that must have a selector.
_SELECTING = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
_REFUSED = "which the API server refuses; write labels of its template as matchLabels"
# Kubernetes documentation, Jobs, Job Labels.
_GENERATED = {f"{prefix}{label}" for prefix in ("", "batch.kubernetes.io/") for label in ("controller-uid", "job-name")}

_DEPLOYMENT = DEPLOYMENT.replace("        app: web\n", "        app: web\n        tier: front\n", 1)
_WORKER = _DEPLOYMENT.replace("web", "worker")


@check(
    "selector-mismatch",
    why="The API server refuses a workload without a selector, with an empty one, or with one that its own pods do not "
    "meet (API reference, DeploymentSpec).",
    way_out="Write labels of the template as matchLabels.",
    bad=_DEPLOYMENT.replace("      app: web\n  template", "      app: website\n  template"),
    good=_DEPLOYMENT,
    waivable=False,
)
def selector_mismatch(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.objects:
        if problem := _problem(o):
            yield Finding(o, f"{title(o)}: {problem}")


@check(
    "selector-overlap",
    why="Workloads must not select each other's pods: an orphan is taken by either, and an autoscaler, a rollout's "
    "status or kubectl logs count the other one's pods in (Kubernetes documentation, Deployments, Selector).",
    way_out="Give each workload a label of its own, in its template and its selector; a selector cannot change, so "
    "delete and apply the workload.",
    bad=_DEPLOYMENT + "---\n" + _WORKER.replace("app: worker", "app: web"),
    good=_DEPLOYMENT + "---\n" + _WORKER,
)
def selector_overlap(cluster: Cluster) -> Iterator[Finding]:
    workloads: dict[str, list[tuple[Object, Selector]]] = defaultdict(list)
    for o in cluster.objects:
        selector = _selector(o)
        if selector is not None and not _problem(o):
            workloads[namespace(o)].append((o, selector))
    for inside in workloads.values():
        index = LabelIndex((_labels(o), o) for o, _ in inside)
        for o, selector in inside:
            others = [
                other for other in index.selected(selector) if (other["kind"], name(other)) != (o["kind"], name(o))
            ]
            if others:
                yield Finding(
                    o,
                    f"{title(o)}: its selector {selector} selects the pods of {' and '.join(map(title, others))} too; "
                    "give each a label of its own",
                )


def _problem(o: Object) -> str | None:
    """Why the API server refuses the selector."""
    spec = mapping(o, "spec")
    given = spec.get("selector")
    if group(o) == "batch":
        if (problem := _job_problem(o)) is not None:
            return problem
    elif _has_to_select(o):
        if given is None:
            return f"it has no selector, {_REFUSED}"
        if wrong := next(selector_problems(given), None):
            return f"its selector: {wrong}"
        if not (given.get("matchLabels") or given.get("matchExpressions")):
            return f"its selector is empty, {_REFUSED}"
    selector = _selector(o)
    if selector is None or selector.selects(_labels(o)):
        return None
    labels = ", ".join(f"{label}={value}" for label, value in _labels(o).items()) or "no labels"
    return f"its selector {selector} does not select its own pods, which have {labels}; write labels of its template"


def _job_problem(o: Object) -> str | None:
    """A Job's selector is made by the API server, unless manualSelector says otherwise."""
    job = mapping(o, "spec", "jobTemplate", "spec") if o["kind"] == "CronJob" else mapping(o, "spec")
    given, is_manual = job.get("selector"), job.get("manualSelector") is True
    if o["kind"] == "Job" and is_manual:
        return "manualSelector is true, and there is no selector; write one, or leave it out" if given is None else None
    if is_manual:
        return "manualSelector of its Jobs is true, which the API server refuses; leave it out"
    if given is None or (o["kind"] == "Job" and as_text(at(given, "matchLabels")).keys() <= _GENERATED):
        return None
    return "it has a selector, which the API server makes itself; leave it out"


def _has_to_select(o: Object) -> bool:
    return o["kind"] in _SELECTING and group(o) == "apps"


def _selector(o: Object) -> Selector | None:
    """None for what has none, or none of its own."""
    given = mapping(o, "spec").get("selector")
    if _has_to_select(o):
        return label_selector(given)
    if o["kind"] == "ReplicationController" and not group(o):
        return of_labels(given) if given else None
    if o["kind"] == "Job" and group(o) == "batch" and mapping(o, "spec").get("manualSelector") is True:
        return label_selector(given)
    return None


def _labels(o: Object) -> Mapping[str, str]:
    return as_text(at(o, "spec", "template", "metadata", "labels"))
