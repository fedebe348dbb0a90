"""What LimitRanges refuse of a namespace's workloads, and what the API server refuses of LimitRanges."""

from typing import Any

import pytest

from kubecheck.checks.namespaces.limit_ranges import (
    limit_range_bounds,
    limit_range_conflict,
    limit_range_contradiction,
    limit_range_default,
)

from ...given import Object, o, texts, workload

CLAIM: Object = {"spec": {"resources": {"requests": {"storage": "10Gi"}}}}


def asks(cpu: str | None = None, *, limit: str | None = None, name: str = "c") -> Object:
    sides = {"requests": cpu, "limits": limit}
    return {"name": name, "resources": {side: {"cpu": value} for side, value in sides.items() if value}}


def pod(*containers: Object, **spec: Any) -> Object:
    return workload(pod={"containers": [*containers], **spec})


def limit_range(kind: str = "Container", name: str = "limits", **fields: Any) -> Object:
    return o("LimitRange", name, spec={"limits": [{"type": kind, **fields}]})


BOTH = asks("600m", limit="600m")
OF = "of LimitRange limits, which would refuse it"


@pytest.mark.parametrize(
    ("limits", "found", "text"),
    [
        pytest.param(
            limit_range(min={"cpu": "200m"}),
            pod(asks("100m", limit="1")),
            f"Deployment a: container c's request of cpu 100m is below the min 200m {OF}; change it or the "
            "LimitRange's min",
            id="min",
        ),
        pytest.param(
            limit_range(max={"cpu": "1"}),
            pod(asks("100m", limit="2")),
            f"Deployment a: container c's limit of cpu 2 exceeds the max 1 {OF}; change it or the LimitRange's max",
            id="max",
        ),
        pytest.param(
            limit_range(max={"cpu": "1"}),
            pod(asks("100m"), initContainers=[asks("100m", limit="2", name="i")]),
            f"Deployment a: container i's limit of cpu 2 exceeds the max 1 {OF}; change it or the LimitRange's max",
            id="init container",
        ),
        pytest.param(
            limit_range("Pod", max={"cpu": "1"}),
            pod(BOTH, BOTH),
            f"Deployment a: its pods' limit of cpu 1200m exceeds the max 1 {OF}; change it or the LimitRange's max",
            id="pod",
        ),
        pytest.param(
            limit_range("Pod", max={"cpu": "1"}),
            pod(asks("100m")),
            "Deployment a: its pods' limit of cpu is not stated, as it has to be with the max 1 of LimitRange limits, "
            "which would refuse it; state it",
            id="not stated",
        ),
        pytest.param(
            limit_range(maxLimitRequestRatio={"cpu": "2"}),
            pod(asks("300m", limit="1")),
            f"Deployment a: container c's limit of cpu is 3.33 times its request, over the maxLimitRequestRatio 2 "
            f"{OF}; change it or the LimitRange's maxLimitRequestRatio",
            id="ratio",
        ),
        pytest.param(
            limit_range(maxLimitRequestRatio={"cpu": "2"}),
            pod(asks("300m")),
            "Deployment a: container c's limit of cpu is not stated, as it has to be with the maxLimitRequestRatio 2 "
            "of LimitRange limits, which would refuse it; state it",
            id="ratio of what is not stated",
        ),
        pytest.param(
            limit_range("Pod", max={"cpu": "1"}),
            pod(asks("600m", limit="1"), asks("600m")),
            f"Deployment a: its pods' request of cpu 1200m exceeds the max 1 {OF}; change it or the LimitRange's max",
            id="requests of a pod whose limits are less, for one is not stated",
        ),
        pytest.param(
            limit_range("Pod", min={"cpu": "1"}),
            pod(asks("500m", limit="500m"), asks("600m")),
            f"Deployment a: its pods' limit of cpu 500m is below the min 1 {OF}; change it or the LimitRange's min",
            id="limits of a pod, of which one is not stated",
        ),
        pytest.param(
            limit_range("PersistentVolumeClaim", max={"storage": "8Gi"}),
            workload("StatefulSet", volumeClaimTemplates=[CLAIM]),
            f"StatefulSet a: its storage 10Gi exceeds the max 8Gi {OF}; change it or the LimitRange's max",
            id="claim of a StatefulSet",
        ),
        pytest.param(
            limit_range("PersistentVolumeClaim", min={"storage": "1Ti"}),
            o("PersistentVolumeClaim", **CLAIM),
            f"PersistentVolumeClaim a: its storage 10Gi is below the min 1Ti {OF}; change it or the LimitRange's min",
            id="claim",
        ),
        pytest.param(
            limit_range("PersistentVolumeClaim", max={"storage": "8Gi"}),
            pod(volumes=[{"ephemeral": {"volumeClaimTemplate": CLAIM}}]),
            f"Deployment a: its storage 10Gi exceeds the max 8Gi {OF}; change it or the LimitRange's max",
            id="ephemeral claim",
        ),
    ],
)
def test_what_is_beyond_a_bound_is_told(limits: Object, found: Object, text: str) -> None:
    assert texts(limit_range_bounds, [limits, found]) == [text]
    other = {**limits, "metadata": {"name": "limits", "namespace": "other"}}
    assert texts(limit_range_bounds, [other, found]) == []


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        pytest.param(limit_range(max={"cpu": "1"}), pod(asks(), asks("1")), id="a max is a default"),
        pytest.param(limit_range(min={"cpu": "1"}), pod(asks(), asks(limit="1")), id="a limit is a request"),
        pytest.param(limit_range("Pod", max={"memory": "1Gi"}), workload("Service"), id="no pods"),
        pytest.param(limit_range("Pod", max={"cpu": "1"}), pod(resources={"limits": {"cpu": "1"}}), id="whole pod"),
        pytest.param(limit_range(maxLimitRequestRatio={"cpu": "2"}), pod(asks("1", limit="2")), id="ratio"),
        pytest.param(limit_range(max={"cpu": "1"}), pod(asks("plenty", limit="2")), id="what is no quantity"),
        pytest.param(limit_range(min={"cpu": "1m"}), pod(asks("100u", limit="1")), id="thousandths, rounded up"),
    ],
)
def test_what_is_within_the_bounds_is_no_error(limits: Object, found: Object) -> None:
    assert texts(limit_range_bounds, [limits, found]) == []


def test_a_request_above_the_default_limit_is_told() -> None:
    limits = limit_range(default={"cpu": "500m"})
    assert texts(limit_range_default, [limits, pod(asks("700m"))]) == [
        "Deployment a: container c's request of cpu 700m exceeds the limit 500m that LimitRange limits gives it, which "
        "states none, so its pods would be refused; state a limit, or raise the default"
    ]
    assert len(texts(limit_range_default, [limit_range(max={"cpu": "500m"}), pod(asks("700m"))])) == 1
    for right in (asks("500m"), asks("700m", limit="1"), asks()):
        assert texts(limit_range_default, [limits, pod(right)]) == []


def test_two_limit_ranges_that_give_different_defaults_are_told() -> None:
    first, second = limit_range(default={"cpu": "1"}), limit_range(name="others", max={"cpu": "2"})
    assert texts(limit_range_conflict, [first, second]) == [
        f"LimitRange others: its {side} of cpu is 2, and LimitRange limits has 1, so nobody knows what a container "
        "gets; say it in one of them"
        for side in ("defaultRequest", "default")
    ]
    agreeing = limit_range(name="others", default={"cpu": "1000m", "memory": "1Gi"})
    elsewhere = {**second, "metadata": {"name": "others", "namespace": "other"}}
    assert texts(limit_range_conflict, [first, agreeing, elsewhere, limit_range("Pod", max={"cpu": "4"})]) == []


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (limit_range(min={"cpu": "2"}, max={"cpu": "1"}), "Container: min 2 of cpu is above max 1"),
        (
            limit_range(min={"cpu": "2"}, defaultRequest={"cpu": "1"}),
            "Container: min 2 of cpu is above defaultRequest 1",
        ),
        (limit_range(min={"cpu": "2"}, default={"cpu": "1"}), "Container: min 2 of cpu is above default 1"),
        (
            limit_range(defaultRequest={"cpu": "2"}, default={"cpu": "1"}),
            "Container: defaultRequest 2 of cpu is above default 1",
        ),
        (
            limit_range(defaultRequest={"cpu": "2"}, max={"cpu": "1"}),
            "Container: defaultRequest 2 of cpu is above max 1",
        ),
        (limit_range(default={"cpu": "2"}, max={"cpu": "1"}), "Container: default 2 of cpu is above max 1"),
        (limit_range("Pod", default={"cpu": "2"}), "Pod: default is only for containers"),
        (
            limit_range("PersistentVolumeClaim", default={"storage": "1Gi"}),
            "PersistentVolumeClaim: neither min nor max of storage is given",
        ),
        (
            limit_range(maxLimitRequestRatio={"cpu": "0.5"}),
            "Container: maxLimitRequestRatio 0.5 of cpu is below 1",
        ),
        (
            limit_range(min={"cpu": "1"}, max={"cpu": "2"}, maxLimitRequestRatio={"cpu": "3"}),
            "Container: maxLimitRequestRatio 3 of cpu is above the 2 times that max is of min",
        ),
    ],
    ids=str,
)
def test_a_limit_range_that_nothing_could_meet_is_told(limits: Object, problem: str) -> None:
    assert texts(limit_range_contradiction, [limits]) == [
        f"LimitRange limits: {problem}, which the API server refuses; change one of them"
    ]


def test_a_type_that_is_there_twice_is_told() -> None:
    twice = o("LimitRange", "limits", spec={"limits": [{"type": "Container"}, {"type": "Container"}]})
    assert texts(limit_range_contradiction, [twice]) == [
        "LimitRange limits: Container is there twice, which the API server refuses; make one item of both"
    ]


def test_bounds_and_defaults_in_order_are_no_contradiction() -> None:
    given = {"min": "1", "defaultRequest": "1", "default": "2", "max": "2", "maxLimitRequestRatio": "2"}
    fields: dict[str, Any] = {field: {"cpu": value} for field, value in given.items()}
    ordered = limit_range("Container", "limits", **fields)
    assert texts(limit_range_contradiction, [ordered, limit_range("Pod", min={"cpu": "1"})]) == []


@pytest.mark.parametrize("value", [None, "many", [], {}, {"cpu": "1"}, True, 7])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    unreadable = [
        limit_range(min=value, max={"cpu": value}, maxLimitRequestRatio={"cpu": value, 5: "1"}, default={7: "1"}),
        limit_range(value, max={"cpu": "1"}),
        limit_range("PersistentVolumeClaim", max={"storage": value, 5: "1"}),
        o("LimitRange", spec=value),
        pod({"name": value, "resources": value}, {"resources": {"requests": value, "limits": {"cpu": value}}}),
        o("PersistentVolumeClaim", spec={"resources": value}),
    ]
    for check in (limit_range_bounds, limit_range_conflict, limit_range_contradiction, limit_range_default):
        texts(check, unreadable)
