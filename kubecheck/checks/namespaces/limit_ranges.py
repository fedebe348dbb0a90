"""LimitRanges that refuse the workloads of their namespace, or that the API server refuses."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any

from ...check import Cluster, Finding, check
from ...evaluators.limit_range import Violation, claim_violations, item_defaults, items, violations
from ...evaluators.pod_resources import Amounts, Resources, amounts, is_readable, of_container, of_pod
from ...evaluators.quota import Namespace
from ...objects.fields import Object, containers, entries, mapping, name, namespace, pod_template, text, title
from ...objects.pods import is_whole
from .quota import guarded, written

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
          cpu: 500m
        limits:
          cpu: "2"
---
"""
_RANGE = """\
apiVersion: v1
kind: LimitRange
metadata:
  name: limits
  namespace: shop
spec:
  limits:
    - type: Container
      max:
        cpu: "2"
"""


@check(
    "limit-range-bounds",
    why="A LimitRange refuses pods and claims beyond its bounds, while the Deployment or Job that makes them is "
    "accepted (Kubernetes documentation, Limit Ranges).",
    way_out="Change what is asked for, or the LimitRange.",
    bad=_POD + _RANGE.replace('"2"', '"1"'),
    good=_POD + _RANGE,
)
def limit_range_bounds(cluster: Cluster) -> Iterator[Finding]:
    """With the defaults that the LimitRanges give."""
    for limit_range, inside in _limit_ranges(cluster):
        for o in inside.objects:
            for whose, found in _violations(limit_range, o, inside.defaults):
                yield Finding(o, f"{title(o)}: {whose} {_text(found, name(limit_range))}")


@check(
    "limit-range-default",
    why="A container that states a request and no limit gets the LimitRange's default limit, and one below the request "
    "is refused (Kubernetes documentation, Limit Ranges; Configure Default CPU Requests and Limits).",
    way_out="State a limit in the container, or raise the LimitRange's default.",
    bad=_POD.replace('        limits:\n          cpu: "2"\n', "") + _RANGE.replace('"2"', "250m"),
    good=_POD + _RANGE,
)
def limit_range_default(cluster: Cluster) -> Iterator[Finding]:
    for limit_range, inside in _limit_ranges(cluster):
        for defaults in (item_defaults(item).limits for item in items(limit_range, "Container")):
            for o in filter(is_whole, inside.objects):
                for container in containers(pod_template(o)):
                    for what, request in _beyond(container, defaults):
                        yield Finding(
                            o,
                            f"{title(o)}: container {text(container, 'name')}'s request of {what} "
                            f"{written(what, request)} exceeds the limit {written(what, defaults[what])} that "
                            f"LimitRange {name(limit_range)} gives it, which states none, so its pods would be "
                            "refused; state a limit, or raise the default",
                        )


@check(
    "limit-range-conflict",
    why="Where two LimitRanges of a namespace give different defaults, nobody knows which one a container gets "
    "(Kubernetes documentation, Limit Ranges).",
    way_out="Put the defaults into one LimitRange.",
    bad=_RANGE + "---\n" + _RANGE.replace("name: limits", "name: others").replace('"2"', '"4"'),
    good=_RANGE
    + "---\n"
    + _RANGE.replace("name: limits", "name: others").replace("cpu", "memory").replace('"2"', "4Gi"),
)
def limit_range_conflict(cluster: Cluster) -> Iterator[Finding]:
    """A max is a default too, where there is no other."""
    seen: dict[tuple[str, str, str], tuple[Object, Decimal]] = {}
    for limit_range, _ in _limit_ranges(cluster):
        for item in items(limit_range, "Container"):
            for side, defaults in zip(_DEFAULTS, item_defaults(item), strict=True):
                for what, amount in defaults.items():
                    first, other = seen.setdefault((namespace(limit_range), side, what), (limit_range, amount))
                    if other != amount:
                        yield Finding(
                            limit_range,
                            f"{title(limit_range)}: its {side} of {what} is {written(what, amount)}, and LimitRange "
                            f"{name(first)} has {written(what, other)}, so nobody knows what a container gets; say "
                            "it in one of them",
                        )


@check(
    "limit-range-contradiction",
    why="The API server refuses a LimitRange that nothing could meet (ValidateLimitRange).",
    way_out="Let min be no more than defaultRequest, this no more than default, and this no more than max; give one "
    "item for each type.",
    bad=_RANGE + "      min:\n        cpu: 3\n",
    good=_RANGE + "      min:\n        cpu: 50m\n",
    waivable=False,
)
def limit_range_contradiction(cluster: Cluster) -> Iterator[Finding]:
    for limit_range in cluster.by_kind.get("LimitRange", ()):
        seen: set[str] = set()
        for item in entries(limit_range, "spec", "limits"):
            kind = str(item.get("type"))
            for problem in _contradictions(item):
                text = f"{title(limit_range)}: {kind}: {problem}, which the API server refuses; change one of them"
                yield Finding(limit_range, text)
            if kind in seen:
                text = (
                    f"{title(limit_range)}: {kind} is there twice, which the API server refuses; make one item of both"
                )
                yield Finding(limit_range, text)
            seen.add(kind)


_DEFAULTS = ("defaultRequest", "default")
# Each must be at most the next ones.
_ASCENDING = ("min", *_DEFAULTS, "max")


def _limit_ranges(cluster: Cluster) -> Iterator[tuple[Object, Namespace]]:
    for limit_range in cluster.by_kind.get("LimitRange", ()):
        yield limit_range, guarded(cluster)[namespace(limit_range)]


def _violations(limit_range: Object, o: Object, defaults: Resources) -> Iterator[tuple[str, Violation]]:
    template = pod_template(o)
    if template and is_whole(o) and is_readable(template):
        for item in items(limit_range, "Container"):
            for container in containers(template):
                whose = f"container {text(container, 'name')}'s"
                yield from ((whose, found) for found in violations(item, of_container(container, defaults)))
        for item in items(limit_range, "Pod"):
            yield from (("its pods'", found) for found in violations(item, of_pod(template, defaults)))
    for item in items(limit_range, "PersistentVolumeClaim"):
        for claim in _claims(o):
            requests = amounts(mapping(claim, "spec", "resources", "requests"))
            yield from (("its", found) for found in claim_violations(item, requests))


def _beyond(container: Mapping[str, Any], defaults: Amounts) -> Iterator[tuple[str, Decimal]]:
    """The requests above a limit that the container does not state itself."""
    limits = mapping(container, "resources", "limits")
    for what, request in amounts(mapping(container, "resources", "requests")).items():
        if what not in limits and what in defaults and request > defaults[what]:
            yield what, request


def _claims(o: Object) -> Iterator[Mapping[str, Any]]:
    if o["kind"] == "PersistentVolumeClaim":
        yield o
    elif o["kind"] == "StatefulSet":
        yield from entries(o, "spec", "volumeClaimTemplates")
    for volume in entries(pod_template(o), "spec", "volumes"):
        if claim := mapping(volume, "ephemeral", "volumeClaimTemplate"):
            yield claim


def _text(found: Violation, limit_range: str) -> str:
    bound = f"the {found.bound} {found.allowed} of LimitRange {limit_range}"
    refused = f"which would refuse it; change it or the LimitRange's {found.bound}"
    if found.side is None:
        return f"limit of {found.resource} is {found.asked:.3g} times its request, over {bound}, {refused}"
    what = found.resource if found.resource == "storage" else f"{found.side[:-1]} of {found.resource}"
    if found.asked is None:
        return f"{what} is not stated, as it has to be with {bound}, which would refuse it; state it"
    relation = "is below" if found.bound == "min" else "exceeds"
    return f"{what} {written(found.resource, found.asked)} {relation} {bound}, {refused}"


def _contradictions(item: Mapping[str, Any]) -> Iterator[str]:
    given = {field: amounts(mapping(item, field)) for field in (*_ASCENDING, "maxLimitRequestRatio")}
    for lower, upper in combinations(_ASCENDING, 2):
        for what in given[lower].keys() & given[upper].keys():
            if given[lower][what] > given[upper][what]:
                pair = [f"{field} {written(what, given[field][what])}" for field in (lower, upper)]
                yield f"{pair[0]} of {what} is above {pair[1]}"
    for what, ratio in given["maxLimitRequestRatio"].items():
        least, most = given["min"].get(what), given["max"].get(what)
        if ratio < 1:
            yield f"maxLimitRequestRatio {ratio} of {what} is below 1"
        elif least and most and ratio > most / least:
            yield f"maxLimitRequestRatio {ratio} of {what} is above the {most / least:.3g} times that max is of min"
    if item.get("type") == "Pod":
        yield from (f"{field} is only for containers" for field in _DEFAULTS if given[field])
    if item.get("type") == "PersistentVolumeClaim" and not any("storage" in given[field] for field in ("min", "max")):
        yield "neither min nor max of storage is given"
