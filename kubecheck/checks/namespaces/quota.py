"""A ResourceQuota that the workloads of its namespace cannot fit in."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ...check import Cluster, Finding, Unseen, check, once_a_cluster
from ...evaluators.pod_resources import HUGE_PAGES, NOTHING, Resources
from ...evaluators.quota import ALL_PODS, Namespace, Need, counted_as, is_counted, namespaces
from ...objects.fields import Object, mapping, name, namespace, title
from ...objects.quantity import read
from ..examples import deployment

# Beyond it nothing is counted to the last digit.
_LARGEST = Decimal("1e20")
_UNITS = {"Gi": 2**30, "Mi": 2**20, "Ki": 2**10}

_QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata:
  name: quota
  namespace: shop
spec:
  hard:
    limits.cpu: "4"
---
"""
_RESOURCES = """\
          resources:
            requests:
              cpu: 500m
            limits:
              cpu: "1"
"""
_DEPLOYMENT = deployment(replicas=3) + _RESOURCES


@once_a_cluster
def guarded(cluster: Cluster) -> Mapping[str, Namespace]:
    """The namespaces with a ResourceQuota or a LimitRange."""
    return namespaces(cluster.objects, cluster.by_namespace)


def defaults(cluster: Cluster, o: Object) -> Resources:
    """What the object's containers get from LimitRanges of its namespace."""
    inside = guarded(cluster).get(namespace(o))
    return inside.defaults if inside else NOTHING


@check(
    "quota-exceeded",
    why="What is beyond a ResourceQuota is refused: a rollout stops half-way, an autoscaler stays below its maximum, a "
    "Job never starts (Kubernetes documentation, Resource Quotas).",
    way_out="Raise the quota, or lower what is asked for: requests and limits, replicas, the autoscaler's maximum, the "
    "rolling update's maxSurge, the history that Jobs keep.",
    bad=_QUOTA.replace('"4"', '"3"') + _DEPLOYMENT,
    good=_QUOTA + _DEPLOYMENT,
)
def quota_exceeded(cluster: Cluster) -> Iterator[Finding | Unseen]:
    """Needed is what runs at once: autoscalers at their maxima, each rolling update's surge, a Job a CronJob."""
    for quota in cluster.by_kind.get("ResourceQuota", ()):
        inside = guarded(cluster)[namespace(quota)]
        yield from _exceeded(quota, inside.need(quota))
        for daemon_set in inside.daemon_sets(quota):
            yield Unseen(
                f"{title(quota)} of namespace {namespace(quota)} counts the pods of {title(daemon_set)}, which are as "
                "many as the nodes; their number was not seen"
            )


@check(
    "quota-needs-limits",
    why="A ResourceQuota of cpu or memory refuses pods of which a container does not state these (Kubernetes "
    "documentation, Resource Quotas).",
    way_out="State them in the container, or give the namespace a LimitRange with defaults.",
    bad=_QUOTA + _DEPLOYMENT[: _DEPLOYMENT.index("            limits")],
    good=_QUOTA + _DEPLOYMENT,
)
def quota_needs_limits(cluster: Cluster) -> Iterator[Finding]:
    for quota in cluster.by_kind.get("ResourceQuota", ()):
        for o, container, key in guarded(cluster)[namespace(quota)].unstated(quota):
            yield Finding(
                o,
                f"{title(o)}: container {container} states no {counted_as(key)}, and ResourceQuota {name(quota)}, "
                f"which counts {key}, would refuse its pods; state it, or give the namespace a LimitRange with a "
                "default",
            )


@check(
    "quota-resource",
    why="The API server refuses a ResourceQuota of what it does not know (Kubernetes documentation, Resource Quotas).",
    way_out="Write a key of its documentation: cpu or requests.cpu, limits.memory, pods, or for any other object its "
    "resource with the group, such as count/deployments.apps.",
    bad=_QUOTA.replace("limits.cpu", "limit.cpu") + _DEPLOYMENT,
    good=_QUOTA + _DEPLOYMENT,
    waivable=False,
)
def quota_resource(cluster: Cluster) -> Iterator[Finding]:
    for quota in cluster.by_kind.get("ResourceQuota", ()):
        for key in mapping(quota, "spec", "hard"):
            if not is_counted(str(key)):
                yield Finding(
                    quota,
                    f"{title(quota)}: {key} is nothing that a quota counts; write e.g. requests.cpu, limits.memory, "
                    "pods or count/deployments.apps",
                )


def _exceeded(quota: Object, need: Need) -> Iterator[Finding]:
    for key, allowed in mapping(quota, "spec", "hard").items():
        what, most = counted_as(str(key)), read(allowed)
        needed = need.total.get(what, Decimal(0))
        if most is not None and needed and needed > most:
            who, part = max(need.parts[what].items(), key=lambda item: item[1])
            kept, way_out = _keeper(need, what)
            yield Finding(
                quota,
                f"{title(quota)}: {key} {allowed} is below the {written(what, needed)} that namespace "
                f"{namespace(quota)} needs with its autoscalers at their maxima during a rolling update, of which "
                f"{who} has {written(what, part)}; {kept}raise it to {written(what, needed)} or more, or {way_out}",
            )


def _keeper(need: Need, what: str) -> tuple[str, str]:
    """Who has most of what pods keep that have ended, and the way out."""
    if not need.kept[what]:
        return "", "lower what is asked for"
    who, pods = max(need.kept[what].items(), key=lambda item: need.parts[what][item[0]])
    if what == ALL_PODS:
        return f"pods that have ended count, and {who} has {pods.reason}; ", f"lower {pods.lower}"
    return (
        f"a pod that has ended keeps its ephemeral claims, and {who} has {pods.reason}; ",
        f"mount a claim that is reused, or lower {pods.lower}",
    )


def written(what: str, amount: Decimal) -> str:
    """As people write it: cores and pods as numbers, 250m; bytes in the largest unit that leaves no fraction."""
    if amount >= _LARGEST:
        return f"{amount.normalize():E}"
    if not what.endswith(("memory", "storage")) and HUGE_PAGES not in what:
        return str(int(amount)) if amount % 1 == 0 else f"{(amount * 1000).normalize():f}m"
    for unit, size in _UNITS.items():
        if amount and amount % size == 0:
            return f"{int(amount / size)}{unit}"
    return f"{amount.normalize():f}"
