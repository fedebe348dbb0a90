"""What deployers and viewers of a namespace may do: the rules of their Roles, made from what is deployed there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from kubecheck.objects.resources import resource_of

from ..core.chart import Chart
from ..core.manifest import identities

_READ = ("get", "list", "watch")
_APPLY = (*_READ, "create", "patch")

# What Deployments, StatefulSets and CronJobs make, for someone on call to look at.
_RUNNING: dict[str, tuple[str, ...]] = {
    "": ("pods", "pods/log", "events"),
    "apps": ("replicasets", "controllerrevisions"),
    "batch": ("jobs",),
}
# The limits of the namespace, which all may read.
_GUARDS: dict[str, tuple[str, ...]] = {"": ("resourcequotas", "limitranges")}

# By API group and resource.
Verbs = dict[tuple[str, str], tuple[str, ...]]

# `kubectl scale` patches these; who may patch a Deployment can scale it anyway.
_SCALED = ("deployments", "statefulsets")

_SECRETS = ("", "secrets")
_JOBS = ("batch", "jobs")
_VOLUMES = ("", "persistentvolumeclaims")
_POLICIES = ("networking.k8s.io", "networkpolicies")


def deployer_rules(chart: Chart) -> list[dict[str, Any]]:
    """Just what `kubectl apply` of the chart's folder, Jobs from its CronJobs, a rollback, and scaling down before a
    restore need.

    Not: to read Secrets, to delete volumes, and to change another NetworkPolicy than the chart's own, such as the
    namespace's default deny (create cannot be bound to a name, and a policy only ever adds to the others).
    """
    names = _deployed(chart)
    verbs: Verbs = dict.fromkeys(names, (*_APPLY, "delete"))
    verbs.update(dict.fromkeys(_resources(_RUNNING), _READ))
    verbs[_JOBS] = (*_READ, "create", "delete")
    verbs.update({("apps", f"{resource}/scale"): ("patch",) for resource in _SCALED if ("apps", resource) in names})
    rules = []
    if _VOLUMES in names:
        verbs[_VOLUMES] = _APPLY
    if _POLICIES in names:
        verbs[_POLICIES] = (*_READ, "create")
        rules.append({**_rule(_POLICIES[0], [_POLICIES[1]], ("patch", "delete")), "resourceNames": names[_POLICIES]})
    return [*_merged(verbs), *rules]


def viewer_rules(chart: Chart) -> list[dict[str, Any]]:
    """To read what the chart deploys, what runs of it and what guards it; no Secrets."""
    resources = (*_deployed(chart), *_resources(_RUNNING), *_resources(_GUARDS))
    return _merged(dict.fromkeys(resources, _READ))


def _deployed(chart: Chart) -> dict[tuple[str, str], list[str]]:
    """What the Roles are about. Not Secrets: who may apply one may read all of the namespace."""
    return {resource: names for resource, names in _objects(chart).items() if resource != _SECRETS}


def _objects(chart: Chart) -> dict[tuple[str, str], list[str]]:
    """Names of the chart's objects by API group and resource."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for group, kind, name in identities(chart):
        names[group, resource_of(kind)].append(name)
    return {key: sorted(names[key]) for key in sorted(names)}


def deploys_secrets(chart: Chart) -> bool:
    return _SECRETS in _objects(chart)


def _resources(by_group: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    return ((group, resource) for group, resources in by_group.items() for resource in resources)


def _merged(verbs: Verbs) -> list[dict[str, Any]]:
    """One rule for the resources of a group with the same verbs."""
    resources: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), allowed in verbs.items():
        resources[group, allowed].append(resource)
    return [_rule(group, sorted(resources[group, allowed]), allowed) for group, allowed in sorted(resources)]


def _rule(group: str, resources: list[str], verbs: tuple[str, ...]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}
