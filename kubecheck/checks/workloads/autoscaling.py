"""Autoscalers that cannot scale, or that others hinder: HorizontalPodAutoscalers and KEDA's ScaledObjects."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...check import Cluster, Finding, check, once_a_cluster
from ...evaluators.pod_resources import Resources, has_resources_of_its_own, is_readable, of_container, of_pod
from ...evaluators.replicas import SCALED_OBJECT_MAXIMUM, Target, target
from ...objects.counts import count
from ...objects.fields import Object, entries, mapping, name, namespace, pod_template, text, title
from ...objects.pods import group, is_sidecar
from ...objects.version import Version
from ..examples import DEPLOYMENT
from ..namespaces.quota import defaults

# In this order, so that the second of two is the one that may take the other over.
_GROUPS = {"HorizontalPodAutoscaler": "autoscaling", "ScaledObject": "keda.sh"}
_RESOURCES = ("cpu", "memory")
# KEP-2021: beta, and on by default, in 1.37.
_SCALE_TO_ZERO = Version(1, 37)
_UNSCALABLE = ("CronJob", "DaemonSet", "Job", "Pod")
_TAKES_OVER = "scaledobject.keda.sh/transfer-hpa-ownership"
_V1_METRICS = "autoscaling.alpha.kubernetes.io/metrics"

_AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  namespace: shop
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 2
  maxReplicas: 10
"""
_DEPLOYMENT = "---\n" + DEPLOYMENT + "          resources:\n            requests:\n              cpu: 500m\n"
_GOOD = _AUTOSCALER + _DEPLOYMENT


@once_a_cluster
def _autoscalers(cluster: Cluster) -> list[Object]:
    return [o for kind, owner in _GROUPS.items() for o in cluster.by_kind.get(kind, ()) if group(o) == owner]


@once_a_cluster
def _scaled(cluster: Cluster) -> Mapping[tuple[str, Target], Object]:
    """What can be scaled, by namespace and name."""
    return {(namespace(o), Target(o["kind"], name(o))): o for o, _ in cluster.templates}


@check(
    "autoscaler-bounds",
    why="The API server refuses an autoscaler without a maximum or with one below its minimum, and KEDA one that is "
    "idle with as many pods as it has at least (API reference, HorizontalPodAutoscalerSpec; KEDA, ScaledObject).",
    way_out="Raise the maximum, or lower the minimum.",
    bad=_GOOD.replace("10", "1"),
    good=_GOOD,
    waivable=False,
)
def autoscaler_bounds(cluster: Cluster) -> Iterator[Finding]:
    for o in _autoscalers(cluster):
        for problem in _bounds_problems(o):
            yield Finding(o, f"{title(o)}: {problem}")


@check(
    "scale-to-zero",
    why="Of no pods there is no usage of cpu or memory that could call for the first: a minimum of 0 needs another "
    "metric, of a HorizontalPodAutoscaler type Object or External and Kubernetes 1.37 (API reference, "
    "HorizontalPodAutoscalerSpec; KEDA documentation, CPU and Memory scalers).",
    way_out="Write a minimum of 1, or a metric that is there without pods.",
    bad=_GOOD.replace("minReplicas: 2", "minReplicas: 0"),
    good=_GOOD,
)
def scale_to_zero(cluster: Cluster) -> Iterator[Finding]:
    for o in _autoscalers(cluster):
        if o["kind"] == "ScaledObject":
            triggers = [text(trigger, "type") for trigger in entries(o, "spec", "triggers")]
            if triggers and set(triggers) <= {*_RESOURCES} and not mapping(o, "spec").get("minReplicaCount"):
                yield Finding(
                    o,
                    f"{title(o)}: minReplicaCount is 0, and only {' and '.join(triggers)} tell when pods are needed, "
                    "of which there is nothing to see without pods; write 1 or more",
                )
        elif mapping(o, "spec").get("minReplicas") == 0:
            metrics = {text(metric, "type") for metric in entries(o, "spec", "metrics")}
            if not metrics & {"Object", "External"}:
                yield Finding(
                    o,
                    f"{title(o)}: minReplicas is 0 without a metric of type Object or External, which the API server "
                    "refuses; write 1, or such a metric",
                )
            elif cluster.kubernetes(o) < _SCALE_TO_ZERO:
                yield Finding(
                    o,
                    f"{title(o)}: minReplicas is 0, which Kubernetes {cluster.kubernetes(o)} refuses without the "
                    f"feature gate HPAScaleToZero, on by default since {_SCALE_TO_ZERO}; write 1",
                )


@check(
    "autoscaler-target",
    why="An autoscaler changes a number of replicas, and these have none.",
    way_out="Scale a Deployment or StatefulSet, or leave the autoscaler out.",
    bad=_GOOD.replace("kind: Deployment", "kind: DaemonSet"),
    good=_GOOD,
)
def autoscaler_target(cluster: Cluster) -> Iterator[Finding]:
    for o in _autoscalers(cluster):
        kind, named = target(o)
        of = text(o, "spec", "scaleTargetRef", "apiVersion").rpartition("/")[0]
        if kind in _UNSCALABLE and of in ("", "apps", "batch"):
            yield Finding(o, f"{title(o)}: it scales {kind} {named}, and a {kind} has no replicas; leave it out")


@check(
    "autoscaler-request",
    why="Utilization is a percentage of what containers request, so of a container that requests nothing none can be "
    "told, and the autoscaler does not follow it (Kubernetes documentation, Horizontal Pod Autoscaling). Without "
    "metrics it is 80 % of cpu.",
    way_out="State the request in the container, or give the namespace a LimitRange with a default.",
    bad=_GOOD.replace("cpu: 500m", "memory: 256Mi"),
    good=_GOOD,
)
def autoscaler_request(cluster: Cluster) -> Iterator[Finding]:
    for o in _autoscalers(cluster):
        scaled = _scaled(cluster).get((namespace(o), target(o)))
        if scaled is None or not is_readable(template := pod_template(scaled)):
            continue
        for metric in _metrics(o):
            for container in _without_request(template, metric, defaults(cluster, scaled)):
                yield Finding(
                    o,
                    f"{title(o)}: it follows the utilization of {metric.resource}, and container {container} of "
                    f"{title(scaled)} requests none, so there is nothing to tell; state the request",
                )


@check(
    "autoscaler-conflict",
    why="Two autoscalers of one workload each undo what the other did (Kubernetes documentation, Horizontal Pod "
    "Autoscaling; KEDA refuses such a ScaledObject).",
    way_out="Put all metrics into one autoscaler: the one that asks for most pods wins.",
    bad=_GOOD + "---\n" + _AUTOSCALER.replace("name: web\n  namespace", "name: other\n  namespace"),
    good=_GOOD,
)
def autoscaler_conflict(cluster: Cluster) -> Iterator[Finding]:
    first: dict[tuple[str, Target], Object] = {}
    for o in _autoscalers(cluster):
        other = first.setdefault((namespace(o), target(o)), o)
        if (o["kind"], name(o)) != (other["kind"], name(other)) and not _takes_over(o, other):
            kind, named = target(o)
            yield Finding(
                o,
                f"{title(o)}: it scales {kind} {named}, and so does {title(other)}: each would undo what the other "
                "did; make one of both",
            )


@check(
    "fixed-replicas",
    why="An apply sets replicas back to what is written, whatever the autoscaler had found to be needed (Kubernetes "
    "documentation, Horizontal Pod Autoscaling, Migrating Deployments and StatefulSets to horizontal autoscaling).",
    way_out="Leave replicas out of the workload.",
    bad=_GOOD.replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector"),
    good=_GOOD,
)
def fixed_replicas(cluster: Cluster) -> Iterator[Finding]:
    """0 switches an autoscaler off, and a minimum that is the maximum leaves nothing to set back."""
    for o in _autoscalers(cluster):
        scaled = _scaled(cluster).get((namespace(o), target(o)))
        replicas = mapping(scaled, "spec").get("replicas")
        if scaled is not None and count(replicas) and {*_bounds(o)} != {replicas}:
            yield Finding(
                scaled,
                f"{title(scaled)}: replicas is {replicas}, to which each apply sets it back while {title(o)} scales "
                "it; leave replicas out",
            )


class _Metric(NamedTuple):
    """Utilization that an autoscaler follows. container: empty for the whole pod's."""

    resource: str
    container: str


def _bounds(o: Object) -> tuple[int, int]:
    spec = mapping(o, "spec")
    if o["kind"] == "ScaledObject":
        return count(spec.get("minReplicaCount")), count(spec.get("maxReplicaCount"), SCALED_OBJECT_MAXIMUM)
    return count(spec.get("minReplicas"), 1), count(spec.get("maxReplicas"))


def _bounds_problems(o: Object) -> Iterator[str]:
    least, most = _bounds(o)
    spec = mapping(o, "spec")
    fields = ("minReplicaCount", "maxReplicaCount") if o["kind"] == "ScaledObject" else ("minReplicas", "maxReplicas")
    if o["kind"] == "HorizontalPodAutoscaler" and spec.get("maxReplicas") is None:
        yield "it has no maxReplicas, which the API server asks for; write how many pods there may be at most"
    elif o["kind"] == "ScaledObject" and not most:
        yield f"maxReplicaCount is {spec.get('maxReplicaCount')}; write 1 or more"
    elif most and least > most:
        yield f"{fields[0]} {least} exceeds {fields[1]} {most}; raise {fields[1]} or lower {fields[0]}"
    idle = spec.get("idleReplicaCount")
    if o["kind"] == "ScaledObject" and idle is not None and count(idle) >= least:
        yield f"idleReplicaCount {idle} is not below minReplicaCount {least}, as KEDA wants it; write 0 or leave it out"


def _metrics(o: Object) -> Iterator[_Metric]:
    if o["kind"] == "ScaledObject":
        for trigger in entries(o, "spec", "triggers"):
            kind = text(trigger, "metricType") or text(trigger, "metadata", "type")
            if text(trigger, "type") in _RESOURCES and kind == "Utilization":
                yield _Metric(text(trigger, "type"), text(trigger, "metadata", "containerName"))
        return
    version = text(o, "apiVersion").rpartition("/")[2]
    metrics = entries(o, "spec", "metrics")
    if version == "v1":
        if "targetCPUUtilizationPercentage" in mapping(o, "spec") or _V1_METRICS not in mapping(
            o, "metadata", "annotations"
        ):
            yield _Metric("cpu", "")
    elif version == "v2" and not metrics:
        yield _Metric("cpu", "")
    elif version == "v2":
        for source in (mapping(metric, field) for metric in metrics for field in ("resource", "containerResource")):
            if text(source, "target", "type") == "Utilization":
                yield _Metric(text(source, "name"), text(source, "container"))


def _without_request(template: Mapping[str, Any], metric: _Metric, defaults: Resources) -> Iterator[str]:
    """As the controller reads them: sidecars too; of a pod with requests of its own only these."""
    if has_resources_of_its_own(template) and not metric.container:
        whole = of_pod(template, defaults).requests
        yield from () if metric.resource in whole else ("any",)
        return
    sidecars = [each for each in entries(template, "spec", "initContainers") if is_sidecar(each)]
    for container in (*entries(template, "spec", "containers"), *sidecars):
        named = text(container, "name")
        if metric.container in ("", named) and metric.resource not in of_container(container, defaults).requests:
            yield named


def _takes_over(scaled_object: Object, autoscaler: Object) -> bool:
    """Source: KEDA documentation, Transfer ownership of an existing HPA."""
    named = text(scaled_object, "spec", "advanced", "horizontalPodAutoscalerConfig", "name")
    transfer = mapping(scaled_object, "metadata", "annotations").get(_TAKES_OVER)
    return transfer == "true" and named == name(autoscaler)
