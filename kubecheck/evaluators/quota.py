"""What a namespace needs at most of everything that a ResourceQuota can count.

Source: Kubernetes documentation, Resource Quotas; pkg/quota/v1/evaluator/core.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import Any

from ..objects.fields import Object, at, containers, entries, mapping, name, pod_template, text, title
from ..objects.pods import is_whole
from ..objects.quantity import read
from . import limit_range
from .job_pods import JobPods, job_pods
from .pod_resources import (
    HUGE_PAGES,
    SIDES,
    Amounts,
    Resources,
    amounts,
    has_resources_of_its_own,
    is_readable,
    of_container,
    of_pod,
    with_overhead,
)
from .quota_scope import Claim, Pod, counts
from .replicas import maxima, most_pods

ALL_PODS = "count/pods"
_COUNTED = "count/"
_CLASS = ".storageclass.storage.k8s.io/"
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_LIMITED = ("cpu", "memory", "ephemeral-storage")
# Resources that a quota may name plainly, and not only as count/NAME.
_NAMED = {"configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services"}
# A quota of these refuses a container that does not state them, and of no others (validationSet in pods.go).
_TO_BE_STATED = {f"{side}.{resource}" for side in SIDES for resource in ("cpu", "memory")}
# Made by Kubernetes itself in every namespace (Kubernetes documentation, Service Accounts).
_IN_EVERY_NAMESPACE = {
    "configmaps": "ConfigMap kube-root-ca.crt",
    f"{_COUNTED}serviceaccounts": "ServiceAccount default",
}


def is_counted(key: str) -> bool:
    """Whether the API server takes it as a key of `hard`: one of its own, or any whole name with a group."""
    sides = {f"{side}.{resource}" for side in SIDES for resource in _LIMITED}
    own = {"pods", "requests.storage", "services.loadbalancers", "services.nodeports"}
    huge = key.removeprefix("requests.").startswith(HUGE_PAGES)
    return "/" in key or huge or key in {*own, *sides, *_LIMITED, *_NAMED}


@dataclass(frozen=True)
class Use:
    """What an object needs of one thing. kept: of pods that have ended, when those are what counts."""

    key: str
    who: str
    amount: Decimal
    subject: Pod | Claim | None = None
    kept: JobPods | None = None


@dataclass
class Need:
    """The sum for each key, as `counted_as` calls it, and what each object has of it.

    kept: the objects that count for pods that have ended.
    """

    total: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    parts: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    kept: dict[str, dict[str, JobPods]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, use: Use) -> None:
        self.total[use.key] += use.amount
        self.parts[use.key][use.who] += use.amount
        if use.kept:
            self.kept[use.key][use.who] = use.kept


def counted_as(key: str) -> str:
    """The name under which `Need` has what a key of `hard` limits: cpu and requests.cpu are the same."""
    if key in _LIMITED or key.startswith(HUGE_PAGES):
        return f"requests.{key}"
    named = key.removeprefix(_COUNTED)
    return named if named in _NAMED else key


@dataclass(frozen=True)
class Namespace:
    """The objects of a namespace, with what counts in it.

    objects: all of them, its ResourceQuotas and LimitRanges too.
    overheads: what pods of a RuntimeClass take beside their containers.
    priority_class: that of pods that name none.
    """

    objects: Collection[Object]
    overheads: Mapping[str, Amounts] = field(default_factory=dict)
    priority_class: str = ""

    @cached_property
    def defaults(self) -> Resources:
        return limit_range.defaults(o for o in self.objects if o["kind"] == "LimitRange")

    def need(self, quota: Object) -> Need:
        """What the quota counts: autoscalers at their maxima, each rolling update's surge, a Job a CronJob, and the
        volumes of all of them, with the claims that pods of Jobs keep when they have ended. DaemonSets are left out.
        """
        need = Need()
        for use in self._uses:
            if counts(quota, use.subject):
                need.add(use)
        return need

    def daemon_sets(self, quota: Object) -> Iterator[Object]:
        """Those with pods that the quota counts: how many there are, the nodes tell."""
        keys = {counted_as(str(key)) for key in mapping(quota, "spec", "hard")}
        for o in self.objects:
            if o["kind"] == "DaemonSet" and id(o) in self._pods and counts(quota, self._pods[id(o)]):
                yield from [o] if any(use.key in keys for use in self._uses_of_pods(o, 1)) else ()

    def unstated(self, quota: Object) -> Iterator[tuple[Object, str, str]]:
        """The containers that the quota refuses: object, container, and the key of `hard` that it has to state."""
        hard = [key for key in mapping(quota, "spec", "hard") if counted_as(str(key)) in _TO_BE_STATED]
        for o in self.objects if hard else ():
            template = pod_template(o)
            if has_resources_of_its_own(template) or not is_readable(template) or not is_whole(o):
                continue
            if template and counts(quota, self._pods[id(o)]):
                for container in containers(template):
                    stated = of_container(container, self.defaults)
                    for key in hard:
                        side, _, resource = counted_as(key).partition(".")
                        if resource not in getattr(stated, side):
                            yield o, text(container, "name"), key

    @cached_property
    def _pods(self) -> Mapping[int, Pod]:
        """By the id of what makes them."""
        return {id(o): self._pod(template) for o in self.objects if (template := pod_template(o))}

    def _pod(self, template: Mapping[str, Any]) -> Pod:
        named = text(template, "spec", "priorityClassName") or self.priority_class
        overhead = amounts(mapping(template, "spec", "overhead")) or self.overheads.get(
            text(template, "spec", "runtimeClassName"), {}
        )
        return Pod(template, with_overhead(of_pod(template, self.defaults), overhead), named)

    @cached_property
    def _uses(self) -> list[Use]:
        scaled = maxima(self.objects)
        return [
            *(Use(key, who, Decimal(1)) for key, who in _IN_EVERY_NAMESPACE.items()),
            *(use for o in self.objects for use in self._uses_of(o, most_pods(o, scaled) or 0)),
        ]

    def _uses_of(self, o: Object, pods: int) -> Iterator[Use]:
        kind, who = o["kind"], title(o)
        if pods and id(o) in self._pods:
            yield from self._uses_of_pods(o, pods)
        if kind == "StatefulSet":
            for claim in entries(o, "spec", "volumeClaimTemplates"):
                yield from _uses_of_claims(who, claim, pods)
        elif kind == "PersistentVolumeClaim":
            yield from _uses_of_claims(who, o, 1)
        elif kind == "Service":
            yield from _uses_of_service(o)
        elif kind == "CronJob" and (jobs := job_pods(o)):
            yield Use(f"{_COUNTED}jobs.batch", who, Decimal(jobs.jobs))
        if kind not in ("Pod", "PersistentVolumeClaim"):
            yield Use(counted_as(_COUNTED + _resource(o)), who, Decimal(1))

    def _uses_of_pods(self, o: Object, pods: int) -> Iterator[Use]:
        who, pod, kept = title(o), self._pods[id(o)], job_pods(o)
        yield Use("pods", who, Decimal(pods), pod)
        yield Use(ALL_PODS, who, Decimal(kept.total if kept else pods), pod, kept)
        for what, amount in pod.resources.requests.items():
            yield Use(f"requests.{what}", who, pods * amount, pod)
        for what, amount in pod.resources.limits.items():
            if what in _LIMITED:
                yield Use(f"limits.{what}", who, pods * amount, pod)
        for volume in entries(pod.template, "spec", "volumes"):
            if claim := mapping(volume, "ephemeral", "volumeClaimTemplate"):
                yield from _uses_of_claims(who, claim, kept.total if kept else pods, kept)


def _uses_of_claims(who: str, claim: Mapping[str, Any], times: int, kept: JobPods | None = None) -> Iterator[Use]:
    size = read(at(claim, "spec", "resources", "requests", "storage")) or Decimal(0)
    annotated = text(claim, "metadata", "annotations", _CLASS_ANNOTATION)
    storage_class = annotated or text(claim, "spec", "storageClassName")
    for prefix in ("", f"{storage_class}{_CLASS}") if storage_class else ("",):
        yield Use(f"{prefix}persistentvolumeclaims", who, Decimal(times), Claim(claim), kept)
        whole = size.to_integral_value(ROUND_CEILING)
        yield Use(f"{prefix}requests.storage", who, times * whole, Claim(claim), kept)


def _uses_of_service(o: Object) -> Iterator[Use]:
    kind, ports = text(o, "spec", "type"), entries(o, "spec", "ports")
    if kind == "LoadBalancer":
        yield Use("services.loadbalancers", title(o), Decimal(1))
        if mapping(o, "spec").get("allocateLoadBalancerNodePorts") is False:
            ports = [port for port in ports if port.get("nodePort")]
    if kind in ("NodePort", "LoadBalancer"):
        yield Use("services.nodeports", title(o), Decimal(len(ports)))


def _resource(o: Object) -> str:
    """As the API calls it: ingresses.networking.k8s.io. Of custom resources a guess, which most of them follow."""
    kind, group = o["kind"].lower(), text(o, "apiVersion").rpartition("/")[0]
    if kind.endswith(("s", "x", "ch", "sh")):
        plural = kind if kind == "endpoints" else f"{kind}es"
    else:
        plural = re.sub("([^aeiou])y$", r"\1ie", kind) + "s"
    return f"{plural}.{group}" if group else plural


def namespaces(objects: Collection[Object], by_namespace: Mapping[str, Collection[Object]]) -> Mapping[str, Namespace]:
    """Those with a ResourceQuota or a LimitRange."""
    classes = [o for o in objects if o["kind"] == "RuntimeClass"]
    overheads = {name(o): amounts(mapping(o, "overhead", "podFixed")) for o in classes}
    default = next((name(o) for o in objects if o["kind"] == "PriorityClass" and o.get("globalDefault") is True), "")
    return {
        there: Namespace(inside, overheads, default)
        for there, inside in by_namespace.items()
        if any(o["kind"] in ("ResourceQuota", "LimitRange") for o in inside)
    }
