"""Autoscalers: their bounds, what they scale, and what they can see of it."""

from typing import Any

import pytest

from kubecheck.checks.workloads.autoscaling import (
    autoscaler_bounds,
    autoscaler_conflict,
    autoscaler_request,
    autoscaler_target,
    fixed_replicas,
    scale_to_zero,
)
from kubecheck.objects.version import NEWEST, Version

from ...given import Object, o, texts, workload

CHECKS = (autoscaler_bounds, autoscaler_conflict, autoscaler_request, autoscaler_target, fixed_replicas, scale_to_zero)


def hpa(name: str = "a", *, version: str = "v2", target: Any = None, annotations: Any = None, **spec: Any) -> Object:
    reference = target or {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    spec = {"scaleTargetRef": reference, "maxReplicas": 5, **spec}
    kind = "HorizontalPodAutoscaler"
    return o(kind, name, apiVersion=f"autoscaling/{version}", annotations=annotations, spec=spec)


def scaled_object(name: str = "a", *triggers: Object, annotations: Any = None, **spec: Any) -> Object:
    spec = {"scaleTargetRef": {"name": "a"}, "triggers": [*triggers], **spec}
    return o("ScaledObject", name, apiVersion="keda.sh/v1alpha1", annotations=annotations, spec=spec)


def metric(resource: str, type: str = "Utilization", container: str = "") -> Object:
    source = {"name": resource, "target": {"type": type, "averageUtilization": 80}}
    if container:
        return {"type": "ContainerResource", "containerResource": {**source, "container": container}}
    return {"type": "Resource", "resource": source}


EXTERNAL = {"type": "External", "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "1"}}}


def trigger(kind: str = "cpu", type: str = "Utilization", **metadata: str) -> Object:
    return {"type": kind, "metricType": type, "metadata": {"value": "60", **metadata}}


def requests(*resources: str, name: str = "c", **fields: Any) -> Object:
    return {"name": name, "resources": {"requests": dict.fromkeys(resources, "1")}, **fields}


def deployment(*containers: Object, pod: Any = None, **spec: Any) -> Object:
    return workload(pod={"containers": [*containers], **(pod or {})}, **spec)


@pytest.mark.parametrize(
    ("autoscaler", "problem"),
    [
        (
            hpa(minReplicas=6),
            "HorizontalPodAutoscaler a: minReplicas 6 exceeds maxReplicas 5; raise maxReplicas or lower minReplicas",
        ),
        (
            hpa(maxReplicas=None),
            "HorizontalPodAutoscaler a: it has no maxReplicas, which the API server asks for; write how many pods "
            "there may be at most",
        ),
        (
            scaled_object(minReplicaCount=101),
            "ScaledObject a: minReplicaCount 101 exceeds maxReplicaCount 100; raise maxReplicaCount or lower "
            "minReplicaCount",
        ),
        (scaled_object(maxReplicaCount=0), "ScaledObject a: maxReplicaCount is 0; write 1 or more"),
        (
            scaled_object(idleReplicaCount=2, minReplicaCount=2),
            "ScaledObject a: idleReplicaCount 2 is not below minReplicaCount 2, as KEDA wants it; write 0 or leave it "
            "out",
        ),
        (hpa(), None),
        (hpa(minReplicas=5), None),
        (hpa(minReplicas=5, version="v1"), None),
        (scaled_object(), None),
        (scaled_object(minReplicaCount=2, maxReplicaCount=2, idleReplicaCount=0), None),
        (o("HorizontalPodAutoscaler", apiVersion="example.com/v1", spec={"minReplicas": 9}), None),
    ],
    ids=str,
)
def test_the_minimum_is_within_the_maximum(autoscaler: Object, problem: str | None) -> None:
    assert texts(autoscaler_bounds, [autoscaler]) == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("autoscaler", "version", "problem"),
    [
        (
            hpa(minReplicas=0),
            NEWEST,
            "HorizontalPodAutoscaler a: minReplicas is 0 without a metric of type Object or External, which the API "
            "server refuses; write 1, or such a metric",
        ),
        (
            hpa(minReplicas=0, metrics=[metric("cpu"), EXTERNAL]),
            Version(1, 36),
            "HorizontalPodAutoscaler a: minReplicas is 0, which Kubernetes 1.36 refuses without the feature gate "
            "HPAScaleToZero, on by default since 1.37; write 1",
        ),
        (
            scaled_object("a", trigger(), trigger("memory")),
            NEWEST,
            "ScaledObject a: minReplicaCount is 0, and only cpu and memory tell when pods are needed, of which there "
            "is nothing to see without pods; write 1 or more",
        ),
        (hpa(minReplicas=0, metrics=[EXTERNAL]), Version(1, 37), None),
        (hpa(), NEWEST, None),
        (scaled_object("a", trigger(), minReplicaCount=1), NEWEST, None),
        (scaled_object("a", trigger(), {"type": "redis"}), NEWEST, None),
        (scaled_object("a"), NEWEST, None),
    ],
    ids=str,
)
def test_no_pods_at_all_need_a_metric_that_is_there_without_them(
    autoscaler: Object, version: Version, problem: str | None
) -> None:
    assert texts(scale_to_zero, [autoscaler], kubernetes=lambda _: version) == ([problem] if problem else [])


@pytest.mark.parametrize("kind", ["DaemonSet", "Job", "CronJob"])
def test_what_has_no_replicas_cannot_be_scaled(kind: str) -> None:
    assert texts(autoscaler_target, [hpa(target={"kind": kind, "name": "a"})]) == [
        f"HorizontalPodAutoscaler a: it scales {kind} a, and a {kind} has no replicas; leave it out"
    ]
    other = {"apiVersion": "batch.volcano.sh/v1alpha1", "kind": kind, "name": "a"}
    assert texts(autoscaler_target, [hpa(target=other), hpa("b"), scaled_object()]) == []


CPU, MEMORY = hpa(metrics=[metric("cpu")]), hpa(metrics=[metric("memory")])


@pytest.mark.parametrize(
    ("autoscaler", "missing"),
    [
        (CPU, ["cpu"]),
        (hpa(), ["cpu"]),
        (hpa(metrics=[]), ["cpu"]),
        (hpa(version="v1"), ["cpu"]),
        (hpa(version="v1", targetCPUUtilizationPercentage=50), ["cpu"]),
        (MEMORY, ["memory"]),
        (hpa(metrics=[metric("cpu"), metric("memory")]), ["cpu", "memory"]),
        (hpa(metrics=[metric("memory", container="c")]), ["memory"]),
        (scaled_object("a", trigger("memory"), minReplicaCount=1), ["memory"]),
        (scaled_object("a", {"type": "cpu", "metadata": {"type": "Utilization"}}), ["cpu"]),
        (hpa(metrics=[metric("cpu", "AverageValue")]), []),
        (hpa(metrics=[metric("cpu", container="other")]), []),
        (hpa(metrics=[EXTERNAL]), []),
        (hpa(version="v1", annotations={"autoscaling.alpha.kubernetes.io/metrics": "[]"}), []),
        (hpa(target={"kind": "Deployment", "name": "elsewhere"}), []),
        (scaled_object("a", trigger("cpu", "AverageValue")), []),
        (scaled_object("a", {"type": "redis"}), []),
    ],
    ids=str,
)
def test_utilization_is_told_of_what_is_requested(autoscaler: Object, missing: list[str]) -> None:
    found = texts(autoscaler_request, [autoscaler, deployment(requests())])
    assert found == [
        f"{autoscaler['kind']} a: it follows the utilization of {resource}, and container c of Deployment a requests "
        "none, so there is nothing to tell; state the request"
        for resource in missing
    ]
    assert texts(autoscaler_request, [autoscaler, deployment(requests("cpu", "memory"))]) == []


LIMITS = o("LimitRange", spec={"limits": [{"type": "Container", "max": {"cpu": "1"}}]})


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([deployment({"name": "c", "resources": {"limits": {"cpu": "1"}}})], id="a limit is a request"),
        pytest.param([deployment({"name": "c"}), LIMITS], id="of a LimitRange"),
        pytest.param([deployment({"name": "c"}, pod={"resources": {"requests": {"cpu": "1"}}})], id="of the whole pod"),
        pytest.param(
            [deployment(requests("cpu"), pod={"initContainers": [{"name": "i"}]})], id="an init container has ended"
        ),
        pytest.param([deployment({"name": "c", "resources": {"requests": {"cpu": "one"}}})], id="no quantity"),
    ],
)
def test_a_request_that_the_controller_finds_elsewhere_is_no_error(objects: list[Object]) -> None:
    assert texts(autoscaler_request, [CPU, *objects]) == []


def test_every_container_that_runs_has_to_request() -> None:
    sidecar = {"name": "s", "restartPolicy": "Always"}
    found = deployment(requests("cpu"), requests(name="d"), pod={"initContainers": [sidecar]})
    told = texts(autoscaler_request, [CPU, found])
    assert [text.partition("container ")[2][0] for text in told] == ["d", "s"]


def test_a_pod_with_requests_of_its_own_needs_those_that_are_followed() -> None:
    found = deployment({"name": "c"}, pod={"resources": {"requests": {"cpu": "1"}}})
    assert texts(autoscaler_request, [CPU, found]) == []
    assert len(texts(autoscaler_request, [MEMORY, found])) == 1
    assert len(texts(autoscaler_request, [hpa(metrics=[metric("cpu", container="c")]), found])) == 1


def test_two_autoscalers_of_one_workload_are_told() -> None:
    assert texts(autoscaler_conflict, [hpa(), scaled_object("b")]) == [
        "ScaledObject b: it scales Deployment a, and so does HorizontalPodAutoscaler a: each would undo what the other "
        "did; make one of both"
    ]
    assert len(texts(autoscaler_conflict, [hpa(), hpa("b", version="v1")])) == 1
    assert len(texts(autoscaler_conflict, [scaled_object(), scaled_object("b")])) == 1


def test_autoscalers_of_different_workloads_or_the_same_one_twice_are_no_conflict() -> None:
    other = hpa("b", target={"kind": "StatefulSet", "name": "a"})
    elsewhere = {**hpa("c"), "metadata": {"name": "c", "namespace": "other"}}
    assert texts(autoscaler_conflict, [hpa(), hpa(), other, elsewhere]) == []


def test_a_scaled_object_that_takes_an_autoscaler_over_is_no_conflict() -> None:
    def takes_over(name: str, transfer: str) -> Object:
        annotations = {"scaledobject.keda.sh/transfer-hpa-ownership": transfer}
        advanced = {"horizontalPodAutoscalerConfig": {"name": name}}
        return scaled_object("b", annotations=annotations, advanced=advanced)

    assert texts(autoscaler_conflict, [takes_over("a", "true"), hpa()]) == []
    assert len(texts(autoscaler_conflict, [hpa(), takes_over("c", "true")])) == 1
    assert len(texts(autoscaler_conflict, [hpa(), takes_over("a", "false")])) == 1


def test_replicas_that_each_apply_sets_back_are_told() -> None:
    assert texts(fixed_replicas, [hpa(), deployment(replicas=3)]) == [
        "Deployment a: replicas is 3, to which each apply sets it back while HorizontalPodAutoscaler a scales it; "
        "leave replicas out"
    ]
    assert len(texts(fixed_replicas, [scaled_object(), deployment(replicas=3)])) == 1


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([hpa(), deployment()], id="left out"),
        pytest.param([hpa(), deployment(replicas=None)], id="null"),
        pytest.param([hpa(), deployment(replicas=0)], id="switched off"),
        pytest.param([hpa(minReplicas=5), deployment(replicas=5)], id="never another number"),
        pytest.param([deployment(replicas=3)], id="not scaled"),
        pytest.param([hpa(target={"kind": "StatefulSet", "name": "a"}), deployment(replicas=3)], id="another"),
    ],
)
def test_replicas_that_nothing_else_changes_are_no_error(objects: list[Object]) -> None:
    assert texts(fixed_replicas, objects) == []


@pytest.mark.parametrize("value", [None, "many", [], {}, {"a": "b"}, [None], True, -1, 10**30])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    found = [
        hpa("b", minReplicas=value, maxReplicas=value, metrics=value, annotations=value),
        hpa("c", version="v1", annotations=value),
        hpa("d", metrics=[{"type": value, "resource": value}, {"resource": {"name": value, "target": value}}]),
        hpa("e", target={"kind": value, "name": value}),
        {**hpa("f"), "spec": value},
        scaled_object("g", triggers=value, minReplicaCount=value, maxReplicaCount=value, idleReplicaCount=value),
        scaled_object("h", {"type": value, "metadata": value}, advanced=value, annotations=value),
        deployment(requests("cpu"), replicas=value),
        workload("StatefulSet", "b", pod={"containers": value}),
    ]
    for check in CHECKS:
        texts(check, found)
