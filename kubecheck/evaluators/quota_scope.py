"""What a ResourceQuota with scopes counts.

Source: Kubernetes documentation, Resource Quotas (quota scopes); pkg/quota/v1/evaluator/core.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..objects.counts import count
from ..objects.fields import Object, entries, mapping, text
from .pod_resources import Resources

_BEST_EFFORT = ("cpu", "memory")


@dataclass(frozen=True)
class Pod:
    """template: as it stands. resources: with all defaults. priority_class: its own, or the cluster's default."""

    template: Mapping[str, Any]
    resources: Resources
    priority_class: str


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim, or the template of one."""

    claim: Mapping[str, Any]


def counts(quota: Object, subject: Pod | Claim | None) -> bool:
    """subject: None for what is neither a pod nor a claim, which quotas with scopes leave out."""
    return all(_is_in(scope, subject) for scope in _scopes(quota))


def _scopes(quota: Object) -> Iterator[Mapping[str, Any]]:
    scopes = mapping(quota, "spec").get("scopes")
    yield from ({"scopeName": scope, "operator": "Exists"} for scope in (scopes if isinstance(scopes, list) else []))
    yield from entries(quota, "spec", "scopeSelector", "matchExpressions")


def _is_in(scope: Mapping[str, Any], subject: Pod | Claim | None) -> bool:
    called = scope.get("scopeName")
    if isinstance(subject, Claim):
        named = text(subject.claim, "spec", "volumeAttributesClassName")
        return called == "VolumeAttributesClass" and _is_selected(scope, named)
    if subject is None:
        return False
    if called == "PriorityClass":
        return _is_selected(scope, subject.priority_class)
    is_in = _SCOPES.get(called) if isinstance(called, str) else None
    return is_in is not None and is_in(subject)


def _is_selected(scope: Mapping[str, Any], named: str) -> bool:
    values = scope.get("values")
    is_among = isinstance(values, list) and named in values
    operator = scope.get("operator")
    if operator == "In":
        return is_among
    if operator == "NotIn":
        return not is_among
    return bool(named) == (operator == "Exists")


def _terminates(pod: Pod) -> bool:
    """The pod's own deadline: that of a Job is another."""
    return count(mapping(pod.template, "spec").get("activeDeadlineSeconds"), -1) >= 0


def _is_best_effort(pod: Pod) -> bool:
    return not any(each.get(resource) for each in pod.resources for resource in _BEST_EFFORT)


def _has_affinity_across_namespaces(pod: Pod) -> bool:
    affinity = mapping(pod.template, "spec", "affinity")
    for each in (mapping(affinity, "podAffinity"), mapping(affinity, "podAntiAffinity")):
        preferred = entries(each, "preferredDuringSchedulingIgnoredDuringExecution")
        terms = [
            *entries(each, "requiredDuringSchedulingIgnoredDuringExecution"),
            *(mapping(term, "podAffinityTerm") for term in preferred),
        ]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False


_SCOPES: Mapping[str, Callable[[Pod], bool]] = {
    "Terminating": _terminates,
    "NotTerminating": lambda pod: not _terminates(pod),
    "BestEffort": _is_best_effort,
    "NotBestEffort": lambda pod: not _is_best_effort(pod),
    "CrossNamespacePodAffinity": _has_affinity_across_namespaces,
}
