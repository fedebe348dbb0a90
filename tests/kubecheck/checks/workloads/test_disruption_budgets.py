"""PodDisruptionBudgets allow evictions, or nodes could not be drained."""

from typing import Any

import pytest

from kubecheck.checks.workloads.disruption_budgets import (
    disruption_budget_blocks,
    disruption_budget_conflict,
    disruption_budget_fields,
    disruption_budget_without_bound,
)

from ...given import Object, o, texts, workload


def budget(*, selector: Any = None, **spec: Any) -> Object:
    spec = {"selector": selector or {"matchLabels": {"app": "a"}}, **spec}
    return o("PodDisruptionBudget", "b", apiVersion="policy/v1", spec=spec)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"minAvailable": 1, "maxUnavailable": 1},
            "it has both minAvailable and maxUnavailable, which the API server ",
        ),
        ({"minAvailable": "101%"}, "minAvailable is '101%', which is neither a number nor a percentage up to 100; "),
        ({"maxUnavailable": -1}, "maxUnavailable is -1, which is neither a number nor a percentage up to 100; write "),
        (
            {"maxUnavailable": "1"},
            "maxUnavailable is '1', which is neither a number nor a percentage up to 100; write ",
        ),
    ],
    ids=str,
)
def test_a_budget_that_the_api_server_refuses_is_told(spec: dict[str, Any], problem: str) -> None:
    (text,) = texts(disruption_budget_fields, [budget(**spec)])
    assert text.startswith(f"PodDisruptionBudget b: {problem}")


@pytest.mark.parametrize("value", [0, 1, 101, "0%", "25%", "100%", None], ids=str)
@pytest.mark.parametrize("field", ["minAvailable", "maxUnavailable"])
def test_a_number_or_a_percentage_is_taken(field: str, value: Any) -> None:
    assert texts(disruption_budget_fields, [budget(**{field: value})]) == []


@pytest.mark.parametrize("most", [0, "0%"])
def test_a_budget_for_which_no_pod_may_be_missing_is_told(most: Any) -> None:
    assert texts(disruption_budget_blocks, [budget(maxUnavailable=most)]) == [
        f"PodDisruptionBudget b: maxUnavailable {most} allows no eviction, so no node drain ends; write 1"
    ]


def test_a_budget_for_which_all_pods_must_be_there_is_told() -> None:
    assert texts(disruption_budget_blocks, [budget(minAvailable="100%")]) == [
        "PodDisruptionBudget b: minAvailable 100% allows no eviction, so no node drain ends; write less"
    ]
    assert texts(disruption_budget_blocks, [budget(minAvailable=3), workload(replicas=3)]) == [
        "PodDisruptionBudget b: minAvailable 3 is all of the 3 pods that there are at most, so it allows no eviction, "
        "and no node drain ends; write less, or maxUnavailable: 1"
    ]


def scaled(most: int) -> list[Object]:
    reference = {"kind": "Deployment", "name": "a"}
    return [workload(), o("HorizontalPodAutoscaler", spec={"scaleTargetRef": reference, "maxReplicas": most})]


@pytest.mark.parametrize(
    ("least", "objects", "blocks"),
    [
        pytest.param(1, [workload()], True, id="the only pod"),
        pytest.param("50%", [workload()], True, id="rounded up"),
        pytest.param("90%", [workload(replicas=9)], True, id="rounded up to all"),
        pytest.param("90%", [workload(replicas=10)], False, id="one may go"),
        pytest.param(3, [workload(replicas=2)], True, id="more than there are"),
        pytest.param(2, [workload(replicas=3)], False, id="fewer"),
        pytest.param(0, [workload()], False, id="none has to"),
        pytest.param(2, scaled(2), True, id="the most of an autoscaler"),
        pytest.param(2, scaled(3), False, id="sometimes more"),
        pytest.param(1, [workload(replicas=0)], False, id="there are none"),
        pytest.param(1, [], False, id="pods that were not seen"),
        pytest.param(1, [workload("StatefulSet", replicas=1)], True, id="a StatefulSet's"),
        pytest.param(1, [workload("DaemonSet")], False, id="as many as the nodes"),
        pytest.param(1, [workload("Rollout", replicas=1)], False, id="an operator's"),
        pytest.param(1, [workload(), workload("Job")], False, id="and a Job's"),
    ],
)
def test_a_minimum_has_to_leave_a_pod_that_may_go(least: Any, objects: list[Object], blocks: bool) -> None:
    assert bool(texts(disruption_budget_blocks, [budget(minAvailable=least), *objects])) == blocks


def test_what_is_refused_anyway_is_told_once() -> None:
    for spec in ({"minAvailable": 1, "maxUnavailable": 1}, {"maxUnavailable": False}):
        assert texts(disruption_budget_blocks, [budget(**spec), workload()]) == []
        assert len(texts(disruption_budget_fields, [budget(**spec), workload()])) == 1


def test_all_that_it_selects_is_counted() -> None:
    both = [workload(), workload(name="c")]
    chosen = budget(
        minAvailable=1, selector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "c"]}]}
    )
    assert texts(disruption_budget_blocks, [chosen, *both]) == []
    assert len(texts(disruption_budget_blocks, [chosen, both[0]])) == 1
    elsewhere = o("PodDisruptionBudget", namespace="other", apiVersion="policy/v1", spec=chosen["spec"])
    assert texts(disruption_budget_blocks, [elsewhere, both[0]]) == []


@pytest.mark.parametrize("value", ["many", [], {}, [None], True, False, 10**30, "9" * 5000 + "%"])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    found = [budget(minAvailable=value), budget(maxUnavailable=value), budget(minAvailable=1, selector=value)]
    found += [o("PodDisruptionBudget", apiVersion="policy/v1", spec=value), workload(replicas=value)]
    texts(disruption_budget_blocks, found)
    texts(disruption_budget_fields, found)


def test_a_budget_without_a_bound_is_told() -> None:
    assert texts(disruption_budget_without_bound, [budget()]) == [
        "PodDisruptionBudget b: it has neither minAvailable nor maxUnavailable, so it keeps no pod; write "
        "maxUnavailable: 1"
    ]
    assert texts(disruption_budget_without_bound, [budget(maxUnavailable=0)]) == []


def test_pods_of_two_budgets_cannot_be_evicted() -> None:
    first, second = budget(maxUnavailable=1), budget(maxUnavailable=1)
    second["metadata"] = {**second["metadata"], "name": "other"}
    assert texts(disruption_budget_conflict, [first, second, workload()]) == [
        "PodDisruptionBudget other: it selects the pods of Deployment a, and so does PodDisruptionBudget b, so none of "
        "them can be evicted; select each pod with one budget"
    ]
    assert texts(disruption_budget_conflict, [first, second]) == []
    assert texts(disruption_budget_conflict, [first, workload(), workload("StatefulSet")]) == []
    second["metadata"]["namespace"] = "other"
    assert texts(disruption_budget_conflict, [first, second, workload()]) == []
