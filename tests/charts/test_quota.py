"""The quota holds everything at once: autoscalers at their maxima, each Deployment's rollout under way, the Jobs, and
what the pods of earlier Jobs keep."""

import math
from decimal import Decimal

import pytest

from kubecheck.evaluators.quota import Namespace, counted_as

from .dist import ENVIRONMENTS, Object, containers, documents, guards, named, of_kind, pod_spec, quantity, workloads

RESOURCES = ("cpu", "memory", "ephemeral-storage")


def most_pods(o: Object, objects: list[Object]) -> int:
    """Pods that a workload has at the most: surge is rounded up (Kubernetes API reference, DeploymentSpec)."""
    if o["kind"] == "CronJob":
        return 1
    scaled = {a["spec"]["scaleTargetRef"]["name"]: a["spec"] for a in of_kind(objects, "HorizontalPodAutoscaler")}
    name = o["metadata"]["name"]
    maximum: int = scaled[name]["maxReplicas"] if name in scaled else o["spec"]["replicas"]
    if o["kind"] == "StatefulSet":
        return maximum
    surge = o["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    return maximum + math.ceil(maximum * int(surge.rstrip("%")) / 100)


def kept_pods(o: Object) -> int:
    """Pods that there are at the most, those that have ended among them: their ephemeral claims are theirs still."""
    if o["kind"] != "CronJob":
        return 0
    spec, job = o["spec"], o["spec"]["jobTemplate"]["spec"]
    assert job.keys().isdisjoint({"parallelism", "completions", "backoffLimitPerIndex"}), "count these as well"
    assert pod_spec(o)["restartPolicy"] == "Never"
    jobs = 1 + spec["successfulJobsHistoryLimit"] + spec["failedJobsHistoryLimit"]
    return jobs * (1 + job["backoffLimit"])  # type: ignore[no-any-return]


def needed(environment: str) -> dict[str, Decimal]:
    objects = documents(environment)
    total = {f"{side}.{resource}": Decimal(0) for side in ("requests", "limits") for resource in RESOURCES}
    total["pods"] = Decimal(0)
    claims = [claim["spec"] for claim in of_kind(objects, "PersistentVolumeClaim")]
    for o in workloads(objects):
        pods = most_pods(o, objects)
        total["pods"] += pods
        for side in ("requests", "limits"):
            for resource in RESOURCES:
                each = sum(quantity(container["resources"][side][resource]) for container in containers(o))
                total[f"{side}.{resource}"] += pods * each
        volumes = pod_spec(o).get("volumes", [])
        of_a_pod = [v["ephemeral"]["volumeClaimTemplate"]["spec"] for v in volumes if "ephemeral" in v]
        claims += max(pods, kept_pods(o)) * of_a_pod
    total["requests.storage"] = sum((quantity(c["resources"]["requests"]["storage"]) for c in claims), Decimal(0))
    total["persistentvolumeclaims"] = Decimal(len(claims))
    return total


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_quota_holds_all_maxima_during_a_rolling_update(environment: str) -> None:
    hard = named(guards(environment), "ResourceQuota", "quota")["spec"]["hard"]
    total = needed(environment)
    assert {name: total[name] for name in total if total[name] > quantity(hard[name])} == {}
    assert hard["services.nodeports"] == hard["services.loadbalancers"] == "0"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_synth_counts_the_same(environment: str) -> None:
    """What is computed here knows only what there is in dist/; synth must not be told less of it."""
    quota = named(guards(environment), "ResourceQuota", "quota")
    need = Namespace([*documents(environment), *guards(environment)]).need(quota)
    total = needed(environment)
    assert {name: need.total[counted_as(name)] for name in total} == total


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_quota_is_no_more_than_twice_of_what_is_needed(environment: str) -> None:
    hard = named(guards(environment), "ResourceQuota", "quota")["spec"]["hard"]
    total = needed(environment)
    assert {name: hard[name] for name in total if quantity(hard[name]) > 2 * total[name]} == {}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_container_is_within_the_limit_range(environment: str) -> None:
    (limits,) = named(guards(environment), "LimitRange", "limits")["spec"]["limits"]
    assert limits["default"].keys() == limits["defaultRequest"].keys() == limits["max"].keys() == set(RESOURCES)
    for o in workloads(documents(environment)):
        for container in containers(o):
            for resource in RESOURCES:
                assert quantity(container["resources"]["limits"][resource]) <= quantity(limits["max"][resource])
