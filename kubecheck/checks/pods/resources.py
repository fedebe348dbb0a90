"""Quantities that are none, and requests that their limits do not allow."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...evaluators.pod_resources import HUGE_PAGES, NOTHING, SIDES, Amounts, amounts, together
from ...objects.bounds import Bounds, Fields, values
from ...objects.fields import Object, containers, mapping, text, title
from ...objects.pods import group, is_whole
from ...objects.quantity import read
from ..namespaces.quota import written

_NAMES = ("cpu", "memory", "ephemeral-storage")
_BYTES = ("memory", "ephemeral-storage")
_LEAST_BYTES = 1024
_ANY: Bounds = ("any",)
_NOT_NEGATIVE: Bounds = ("0 or more",)
_POSITIVE: Bounds = ("more than 0",)

_RESOURCES: Fields = {side: {"*": _NOT_NEGATIVE} for side in SIDES}
_CLAIM: Fields = {"spec": {"resources": {side: {"*": _POSITIVE} for side in SIDES}}}
_ITEMS: Fields = {"items": {"*": {"resourceFieldRef": {"divisor": _NOT_NEGATIVE}}}}
_POD_SPEC: Fields = {
    "resources": _RESOURCES,
    "overhead": {"*": _NOT_NEGATIVE},
    "volumes": {
        "*": {
            "emptyDir": {"sizeLimit": _NOT_NEGATIVE},
            "downwardAPI": _ITEMS,
            "projected": {"sources": {"*": {"downwardAPI": _ITEMS}}},
            "ephemeral": {"volumeClaimTemplate": _CLAIM},
        }
    },
}
_CONTAINER: Fields = {
    "resources": _RESOURCES,
    "env": {"*": {"valueFrom": {"resourceFieldRef": {"divisor": _NOT_NEGATIVE}}}},
}
# By group and kind.
_OBJECTS: Mapping[str, Fields] = {
    "/PersistentVolumeClaim": _CLAIM,
    "/PersistentVolume": {"spec": {"capacity": {"*": _POSITIVE}}},
    "/ResourceQuota": {"spec": {"hard": {"*": _NOT_NEGATIVE}}},
    "/LimitRange": {
        "spec": {
            "limits": {
                "*": {
                    field: {"*": _ANY} for field in ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
                }
            }
        }
    },
    "apps/StatefulSet": {"spec": {"volumeClaimTemplates": {"*": _CLAIM}}},
    "autoscaling/HorizontalPodAutoscaler": {
        "spec": {"metrics": {"*": {"*": {"target": {"value": _POSITIVE, "averageValue": _POSITIVE}}}}}
    },
    "node.k8s.io/RuntimeClass": {"overhead": {"podFixed": {"*": _NOT_NEGATIVE}}},
}

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: example.com/web:1.4
      resources:
        requests:
          memory: 256Mi
        limits:
          memory: 1Gi
"""


@check(
    "quantity-syntax",
    why="The API server refuses what is no quantity, and a negative one (Kubernetes API reference, Quantity). A unit "
    "without a number it takes for 0, which nobody means.",
    way_out="Write a number and m, k, M, G, T, Ki, Mi, Gi or Ti, e.g. 250m or 2Gi.",
    bad=_POD.replace("1Gi", "1GB"),
    good=_POD,
    waivable=False,
)
def quantity_syntax(cluster: Cluster) -> Iterator[Finding]:
    """Of pods, claims, volumes, quotas, LimitRanges, autoscalers and RuntimeClasses."""
    for o, place, value, wanted in _quantities(cluster):
        amount = read(value)
        if value is None:  # which means 0, or that it is left out
            continue
        if amount is None:
            yield Finding(
                o,
                f"{title(o)}: {place} is {value!r}, which is no quantity; write a number and m, k, M, G, Ki, Mi or Gi, "
                "e.g. 250m, 2Gi",
            )
        elif (amount < 0 and wanted != _ANY) or (amount == 0 and wanted == _POSITIVE):
            yield Finding(o, f"{title(o)}: {place} is {value}, which the API server refuses; write {wanted[0]}")


@check(
    "request-above-limit",
    why="The API server refuses pods with a container that asks for more than it may use, or for another amount of "
    "what cannot be overcommitted (Kubernetes documentation, Resource Management for Pods and Containers).",
    way_out="Raise the limit, or lower the request; of huge pages and extended resources, write the same as both.",
    bad=_POD.replace("256Mi", "2Gi"),
    good=_POD,
    waivable=False,
)
def request_above_limit(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        if is_whole(o):
            for place, problem in _problems(template):
                yield Finding(o, f"{title(o)}: {place}: {problem}")


@check(
    "resource-name",
    why="The API server refuses other names of what a container asks for (Kubernetes documentation, Resource "
    "Management for Pods and Containers).",
    way_out="Write cpu, memory or ephemeral-storage, hugepages-SIZE, or the whole name of an extended resource, e.g. "
    "nvidia.com/gpu.",
    bad=_POD.replace("memory:", "mem:"),
    good=_POD,
    waivable=False,
)
def resource_name(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        for container in containers(template) if is_whole(o) else ():
            for side in SIDES:
                for what in mapping(container, "resources", side):
                    if not (what in _NAMES or "/" in str(what) or str(what).startswith(HUGE_PAGES)):
                        yield Finding(
                            o,
                            f"{title(o)}: container {text(container, 'name')}: resources.{side}.{what} is of no "
                            f"resource; write {', '.join(_NAMES)}, or a name such as nvidia.com/gpu",
                        )


@check(
    "memory-unit",
    why="Of memory m is a thousandth of a byte, and a number without a unit is bytes: no container starts within "
    "these.",
    way_out="Write Mi, M, Gi or G: 128Mi.",
    bad=_POD.replace("1Gi", "512m").replace("256Mi", "256m"),
    good=_POD,
)
def memory_unit(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        for container in containers(template) if is_whole(o) else ():
            for side in SIDES:
                given = mapping(container, "resources", side)
                for what, amount in amounts(given).items():
                    if what in _BYTES and 0 < amount < _LEAST_BYTES:
                        yield Finding(
                            o,
                            f"{title(o)}: container {text(container, 'name')}: resources.{side}.{what} is "
                            f"{given.get(what)}, not even {_LEAST_BYTES} bytes; write a unit such as Mi",
                        )


def _quantities(cluster: Cluster) -> Iterator[tuple[Object, str, Any, Bounds]]:
    """The object, the place in it, what stands there, and what is wanted there."""
    for o in cluster.objects:
        for place, value, wanted in values(o, _OBJECTS.get(f"{group(o)}/{o['kind']}", {})):
            yield o, place, value, wanted
    for o, template in cluster.templates:
        if is_whole(o):
            for place, value, wanted in values(mapping(template, "spec"), _POD_SPEC):
                yield o, place, value, wanted
            for container in containers(template):
                for place, value, wanted in values(container, _CONTAINER):
                    yield o, f"container {text(container, 'name')}: {place}", value, wanted


def _problems(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    pod = mapping(template, "spec", "resources")
    for container in containers(template):
        place = f"container {text(container, 'name')}"
        yield from ((place, problem) for problem in _pair_problems(mapping(container, "resources")))
    yield from (("resources", problem) for problem in _pair_problems(pod))
    given, of_containers = amounts(mapping(pod, "requests")), together(template, NOTHING).requests
    for what, amount in of_containers.items():
        if amount > given.get(what, amount):
            yield (
                "resources",
                f"request of {what} {written(what, given[what])} is below the {written(what, amount)} of its "
                "containers, and the API server refuses it; raise it",
            )


def _pair_problems(resources: Mapping[str, Any]) -> Iterator[str]:
    requests, limits = (mapping(resources, side) for side in SIDES)
    asked, allowed = amounts(requests), amounts(limits)
    for what, request in asked.items():
        limit = allowed.get(what)
        if limit is not None and request > limit:
            yield (
                f"request of {what} {requests.get(what)} exceeds its limit {limits.get(what)}; raise the limit or "
                "lower the request"
            )
        elif request != limit and not _may_be_overcommitted(what) and what not in _unreadable(limits, allowed):
            yield (
                f"request of {what} {requests.get(what)} is not its limit {limits.get(what, 'none')}, as it has to be "
                "of what cannot be overcommitted; write the same as both"
            )


def _unreadable(given: Mapping[str, Any], read: Amounts) -> set[str]:
    return {str(what) for what in given} - read.keys()


def _may_be_overcommitted(what: str) -> bool:
    """Of the cluster's own resources all but huge pages."""
    return ("/" not in what or "kubernetes.io/" in what) and not what.startswith(HUGE_PAGES)
