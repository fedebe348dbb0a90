"""Quotas and LimitRanges of drawn namespaces: kubecheck refuses and counts what the API server does."""

from contextlib import suppress
from random import Random

import pytest

from kubecheck import Cluster, Finding
from kubecheck.checks.namespaces.limit_ranges import limit_range_bounds, limit_range_contradiction, limit_range_default
from kubecheck.checks.namespaces.quota import guarded, quota_needs_limits
from kubecheck.checks.pods.resources import request_above_limit
from kubecheck.evaluators.quota import counted_as
from kubecheck.objects.quantity import read

from ..charts.dist import Object
from ..kubecheck.evaluators.drawn_namespaces import namespace
from .kubectl import Kubectl, KubectlError
from .waiting import until

NUMBER = 24
# A quota that is new is known to the admission plugin when its use has been counted once.
SECONDS = 120
REFUSING = (limit_range_bounds, limit_range_contradiction, limit_range_default, quota_needs_limits, request_above_limit)
CLASSES: list[Object] = [
    {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "drawn"},
        "handler": "drawn",
        "overhead": {"podFixed": {"cpu": "100m", "memory": "64Mi"}},
    },
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "drawn"}, "value": 7},
]

Key = tuple[str, str, str]


def key(o: Object) -> Key:
    return o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]


def refused(objects: list[Object]) -> set[Key]:
    found = (found for check in REFUSING for found in check.findings(Cluster(objects=objects)))
    return {key(dict(each.object)) for each in found if isinstance(each, Finding) and each.object is not None}


def created(cluster: Kubectl, objects: list[Object]) -> set[Key]:
    with suppress(KubectlError):  # for those that are refused
        cluster.create(objects)
    kinds = ",".join({o["kind"] for o in objects})
    there = {key(o) for o in cluster.get(kinds, "--all-namespaces")}
    return {key(o) for o in objects} & there


@pytest.mark.every_release
def test_what_is_refused_and_counted_is_what_the_api_server_refuses_and_counts(cluster: Kubectl) -> None:
    names = [f"drawn-{seed}" for seed in range(NUMBER)]
    drawn = [namespace(Random(name), name) for name in names]
    cluster.create([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names])
    try:
        cluster.create(CLASSES)
        guards = [o for each, _ in drawn for o in each]
        admitted = [o for _, each in drawn for o in each]
        standing = created(cluster, guards)
        assert {key(o) for o in guards} - standing == refused(guards)
        guards = [o for o in guards if key(o) in standing]

        def uncounted() -> list[str]:
            without = [name for name in names if not cluster.within(name).get("serviceaccount", "default")]
            quotas = cluster.get("resourcequotas", "--all-namespaces")
            return [*without, *(str(key(o)) for o in quotas if "used" not in o.get("status", {}))]

        until("the quotas", uncounted, seconds=SECONDS)
        taken = created(cluster, admitted)
        assert {key(o) for o in admitted} - taken == refused([*guards, *admitted])
        assert taken, "nothing could be counted"
        objects = [*CLASSES, *guards, *(o for o in admitted if key(o) in taken)]
        assert differences(cluster, objects) == []
    finally:
        cluster("delete", "namespace", *names, "--wait=false")
        cluster("delete", "runtimeclass,priorityclass", "drawn")


def differences(cluster: Kubectl, objects: list[Object]) -> list[str]:
    """Counts that are other here than there."""
    ours = guarded(Cluster(objects=objects))
    found = []
    for quota in cluster.get("resourcequotas", "--all-namespaces"):
        if (where := quota["metadata"]["namespace"]) in ours:
            need = ours[where].need(quota).total
            for what, used in quota["status"]["used"].items():
                if read(used) != need.get(counted_as(what), 0):
                    found.append(f"{key(quota)} {what}: {used}, and here {need.get(counted_as(what), 0)}")
    return found
