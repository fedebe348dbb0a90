"""A ResourceQuota or LimitRange that the workloads of its namespace cannot fit in."""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..objects.fields import (
    Finding,
    Object,
    at,
    containers,
    entries,
    mapping,
    name,
    namespace,
    pod_template,
    text,
    title,
)
from ..objects.quantity import parse
from .job_pods import JobPods, job_pods

_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_SIDES = ("requests", "limits")
_ALIASES = {resource: f"requests.{resource}" for resource in _RESOURCES} | {
    "count/persistentvolumeclaims": "persistentvolumeclaims"
}
# The only count of pods that goes on when they have ended.
_ALL_PODS = "count/pods"
_CLASS = ".storageclass.storage.k8s.io/"
_DEFAULT_SURGE = "25%"
_DEFAULT_SCALED_OBJECT_MAXIMUM = 100
_UNITS = {"Gi": 2**30, "Mi": 2**20, "Ki": 2**10}

Amounts = dict[str, Decimal]


@dataclass
class _Need:
    """What a namespace needs at the most: the sum, and each object's part in it. kept: the parts of pods that ended."""

    total: Amounts = field(default_factory=lambda: defaultdict(Decimal))
    parts: dict[str, Amounts] = field(default_factory=lambda: defaultdict(dict))
    kept: dict[str, dict[str, JobPods]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, what: str, who: str, amount: Decimal, kept: JobPods | None = None) -> None:
        if kept:
            self.kept[what][who] = kept
        self.total[what] += amount
        self.parts[what][who] = self.parts[what].get(who, Decimal(0)) + amount


def quota_problems(objects: Collection[Object]) -> Iterator[Finding]:
    """Quotas below what runs at once: autoscalers at their maxima, each rolling update's surge (rounded up), a Job a
    CronJob, and the volumes of all of them, with the claims that pods of Jobs keep when they have ended. DaemonSets are
    left out: their pods are as many as the nodes.

    Source: Kubernetes documentation, Resource Quotas; Limit Ranges; Sidecar Containers (resource sharing).
    """
    guards: dict[str, dict[str, list[Object]]] = defaultdict(lambda: defaultdict(list))
    for o in objects:
        if o["kind"] in ("ResourceQuota", "LimitRange"):
            guards[namespace(o)][o["kind"]].append(o)
    if not guards:
        return
    by_namespace: dict[str, list[Object]] = defaultdict(list)
    for o in objects:
        by_namespace[namespace(o)].append(o)
    for there, guard in guards.items():
        ranges = guard["LimitRange"]
        defaults = _defaults(ranges)
        need = _need(by_namespace[there], defaults)
        for quota in guard["ResourceQuota"]:
            if not at(quota, "spec", "scopes") and not at(quota, "spec", "scopeSelector"):
                yield from _quota_problems(quota, need)
                yield from _unstated(quota, by_namespace[there], defaults)
        for limit_range in ranges:
            yield from _range_problems(limit_range, by_namespace[there], defaults)


def _quota_problems(quota: Object, need: _Need) -> Iterator[Finding]:
    for key, allowed in mapping(quota, "spec", "hard").items():
        what, most = _ALIASES.get(key, key), _number(allowed)
        needed = need.total.get(what, Decimal(0))
        if most is not None and needed > most:
            who, part = max(need.parts[what].items(), key=lambda item: item[1])
            kept, way_out = _keeper(need, what)
            yield Finding(
                quota,
                f"{title(quota)}: {key} {allowed} is below the {_text(what, needed)} that namespace {namespace(quota)} "
                f"needs with its autoscalers at their maxima during a rolling update, of which {who} has "
                f"{_text(what, part)}; {kept}raise it to {_text(what, needed)} or more, or {way_out}",
            )


def _keeper(need: _Need, what: str) -> tuple[str, str]:
    """Who has most of what pods keep that have ended, and the way out."""
    if not need.kept[what]:
        return "", "lower what is asked for"
    who, pods = max(need.kept[what].items(), key=lambda item: need.parts[what][item[0]])
    if what == _ALL_PODS:
        return f"pods that have ended count, and {who} has {pods.reason}; ", f"lower {pods.lower}"
    return (
        f"a pod that has ended keeps its ephemeral claims, and {who} has {pods.reason}; ",
        f"mount a claim that is reused, or lower {pods.lower}",
    )


def _unstated(quota: Object, objects: Iterable[Object], defaults: "_Defaults") -> Iterator[Finding]:
    keys = {_ALIASES.get(key, key): key for key in mapping(quota, "spec", "hard")}
    for o in objects:
        for container in containers(pod_template(o)):
            for side in _SIDES:
                for resource in _RESOURCES:
                    key = keys.get(f"{side}.{resource}")
                    if key and defaults.stated(container, side, resource) is None:
                        yield Finding(
                            o,
                            f"{title(o)}: container {container.get('name')} states no {side}.{resource}, and "
                            f"ResourceQuota {name(quota)}, which counts {key}, would refuse its pods; state it, or "
                            "give the namespace a LimitRange with a default",
                        )


@dataclass(frozen=True)
class _Defaults:
    """What the LimitRanges of a namespace give to containers that do not say."""

    requests: Mapping[str, Any]
    limits: Mapping[str, Any]

    def stated(self, container: Mapping[str, Any], side: str, resource: str) -> Any:
        """A request that is missing is the limit; then come the defaults (Kubernetes documentation, Limit Ranges)."""
        own = at(container, "resources", side, resource)
        if own is None and side == "requests":
            own = at(container, "resources", "limits", resource)
        return own if own is not None else (self.requests if side == "requests" else self.limits).get(resource)


def _defaults(ranges: Iterable[Object]) -> _Defaults:
    requests: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for o in ranges:
        for limit in entries(o, "spec", "limits"):
            if limit.get("type") == "Container":
                limits |= mapping(limit, "default")
                requests |= {**mapping(limit, "default"), **mapping(limit, "defaultRequest")}
    return _Defaults(requests, limits)


def _need(objects: Collection[Object], defaults: _Defaults) -> _Need:
    need = _Need()
    maxima = {target: most for o in objects for target, most in _maximum(o)}
    for o in objects:
        kind = o["kind"]
        pods = _most_pods(o, maxima)
        if pods:
            need.add("pods", title(o), Decimal(pods))
            kept = job_pods(o)
            need.add(_ALL_PODS, title(o), Decimal(kept.total if kept else pods), kept)
            for what, amount in _pod(pod_template(o), defaults).items():
                need.add(what, title(o), pods * amount)
            for volume in entries(pod_template(o), "spec", "volumes"):
                if claim := mapping(volume, "ephemeral", "volumeClaimTemplate"):
                    _add_claims(need, o, claim, kept.total if kept else pods, kept)
        if kind == "StatefulSet":
            for claim in entries(o, "spec", "volumeClaimTemplates"):
                _add_claims(need, o, claim, pods)
        elif kind == "PersistentVolumeClaim":
            _add_claims(need, o, o, 1)
        elif kind == "Service":
            _add_service(need, o)
        elif kind == "ConfigMap":
            need.add("configmaps", title(o), Decimal(1))
    return need


def _add_claims(need: _Need, o: Object, claim: Mapping[str, Any], times: int, kept: JobPods | None = None) -> None:
    size = (_number(at(claim, "spec", "resources", "requests", "storage")) or 0) * Decimal(times)
    storage_class = at(claim, "spec", "storageClassName")
    for prefix in ("", f"{storage_class}{_CLASS}") if storage_class else ("",):
        need.add(f"{prefix}persistentvolumeclaims", title(o), Decimal(times), kept)
        need.add(f"{prefix}requests.storage", title(o), size, kept)


def _add_service(need: _Need, o: Object) -> None:
    kind, ports = at(o, "spec", "type"), Decimal(len(entries(o, "spec", "ports")))
    need.add("services", title(o), Decimal(1))
    if kind == "LoadBalancer":
        need.add("services.loadbalancers", title(o), Decimal(1))
    if kind == "NodePort" or (kind == "LoadBalancer" and at(o, "spec", "allocateLoadBalancerNodePorts") is not False):
        need.add("services.nodeports", title(o), ports)


def _maximum(o: Object) -> Iterator[tuple[tuple[str, str], int]]:
    """What an autoscaler scales, and how far."""
    target = mapping(o, "spec", "scaleTargetRef")
    if o["kind"] == "HorizontalPodAutoscaler":
        most = at(o, "spec", "maxReplicas")
    elif o["kind"] == "ScaledObject":
        most = mapping(o, "spec").get("maxReplicaCount", _DEFAULT_SCALED_OBJECT_MAXIMUM)
    else:
        return
    if isinstance(most, int):
        yield (text(target, "kind") or "Deployment", text(target, "name")), most


def _most_pods(o: Object, maxima: Mapping[tuple[str, str], int]) -> int:
    kind, spec = o["kind"], mapping(o, "spec")
    if kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        replicas = maxima.get((kind, name(o)), spec.get("replicas", 1))
        if not isinstance(replicas, int):
            return 0
        return replicas + (_surge(spec, replicas) if kind == "Deployment" else 0)
    if kind in ("Job", "CronJob"):
        parallelism = at(spec, "jobTemplate", "spec", "parallelism") if kind == "CronJob" else spec.get("parallelism")
        return parallelism if isinstance(parallelism, int) else 1
    return 1 if kind == "Pod" else 0


def _surge(spec: Mapping[str, Any], replicas: int) -> int:
    if at(spec, "strategy", "type") == "Recreate":
        return 0
    surge = mapping(spec, "strategy", "rollingUpdate").get("maxSurge", _DEFAULT_SURGE)
    if isinstance(surge, int):
        return surge
    percent = re.fullmatch(r"(\d+)%", str(surge))
    return math.ceil(replicas * int(percent[1]) / 100) if percent else 0


def _pod(template: Mapping[str, Any], defaults: _Defaults) -> Amounts:
    """What one pod counts for: its containers together, or the init container that asks for more than they do."""

    def amount(container: Mapping[str, Any], side: str, resource: str) -> Decimal:
        return _number(defaults.stated(container, side, resource)) or Decimal(0)

    amounts: Amounts = {}
    for side in _SIDES:
        for resource in _RESOURCES:
            sidecars = most = Decimal(0)
            for container in entries(template, "spec", "initContainers"):
                own = amount(container, side, resource)
                if container.get("restartPolicy") == "Always":
                    sidecars += own
                    most = max(most, sidecars)
                else:
                    most = max(most, sidecars + own)
            together = sum((amount(c, side, resource) for c in entries(template, "spec", "containers")), sidecars)
            amounts[f"{side}.{resource}"] = max(most, together)
    return amounts


def _range_problems(limit_range: Object, objects: Iterable[Object], defaults: _Defaults) -> Iterator[Finding]:
    limits = {text(limit, "type"): limit for limit in entries(limit_range, "spec", "limits")}
    for o in objects:
        for container in containers(pod_template(o)):
            sides = {
                side: {resource: defaults.stated(container, side, resource) for resource in _RESOURCES}
                for side in _SIDES
            }
            whose = f"{title(o)}: container {container.get('name')}'s"
            yield from _bounds(limit_range, o, whose, mapping(limits, "Container"), sides)
        if template := pod_template(o):
            pod = _pod(template, defaults)
            sides = {side: {resource: pod[f"{side}.{resource}"] for resource in _RESOURCES} for side in _SIDES}
            yield from _bounds(limit_range, o, f"{title(o)}: its pods'", mapping(limits, "Pod"), sides)
        for claim in _claims(o):
            size = {"storage": at(claim, "spec", "resources", "requests", "storage")}
            bounds = mapping(limits, "PersistentVolumeClaim")
            yield from _bounds(limit_range, o, f"{title(o)}: its", bounds, {"requests": size, "limits": size})


def _claims(o: Object) -> Iterator[Mapping[str, Any]]:
    if o["kind"] == "PersistentVolumeClaim":
        yield o
    elif o["kind"] == "StatefulSet":
        yield from entries(o, "spec", "volumeClaimTemplates")
    for volume in entries(pod_template(o), "spec", "volumes"):
        if claim := mapping(volume, "ephemeral", "volumeClaimTemplate"):
            yield claim


def _bounds(
    limit_range: Object, o: Object, whose: str, bounds: Mapping[str, Any], sides: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    for bound, side, is_wrong, relation in (
        ("max", "limits", Decimal.__gt__, "exceeds"),
        ("min", "requests", Decimal.__lt__, "is below"),
    ):
        for resource, allowed in mapping(bounds, bound).items():
            asked, edge = _number(sides[side].get(resource)), _number(allowed)
            if asked is not None and edge is not None and is_wrong(asked, edge):
                what = resource if resource == "storage" else f"{side.removesuffix('s')} of {resource}"
                yield Finding(
                    o,
                    f"{whose} {what} {_text(resource, asked)} {relation} the {bound} {allowed} of LimitRange "
                    f"{name(limit_range)}, which would refuse it; change it or the LimitRange's {bound}",
                )


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    return Decimal(0) if re.fullmatch(r"0+[a-zA-Z]{0,2}", str(value)) else parse(str(value))


def _text(what: str, amount: Decimal) -> str:
    """As people write it: cores and pods as numbers, 250m; bytes in the largest unit that leaves no fraction."""
    if not what.endswith(("memory", "storage")):
        return str(int(amount)) if amount % 1 == 0 else f"{(amount * 1000).normalize():f}m"
    for unit, size in _UNITS.items():
        if amount and amount % size == 0:
            return f"{int(amount / size)}{unit}"
    return f"{amount.normalize():f}"
