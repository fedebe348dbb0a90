"""Replicas follow the load: between which bounds, by what, how fast."""

from typing import Any

import pytest
from constructs_revrx import Autoscaling, ScalingPolicy, ScalingRules
from cdk8s import Chart
from constructs_revrx.core.component import problems_of

from ...properties.shop import SCALED, Recipe, web_service

SCALING = Autoscaling(minimum=3, maximum=9, cpu=55, memory=65)

scaled = pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)


@scaled
def test_the_autoscaler_scales_the_deployment_between_minimum_and_maximum(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, replicas=SCALING)
    spec = workload.autoscaler.to_json()["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.deployment.name}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 9)


@scaled
def test_the_autoscaler_aims_at_percentages_of_the_requests(chart: Chart, recipe: Recipe) -> None:
    metrics = recipe(chart, replicas=SCALING).autoscaler.to_json()["spec"]["metrics"]
    assert metrics == [
        {"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": aim}}}
        for name, aim in (("cpu", 55), ("memory", 65))
    ]


@scaled
def test_scales_up_at_once_twofold_or_by_two_pods(chart: Chart, recipe: Recipe) -> None:
    assert recipe(chart, replicas=SCALING).autoscaler.to_json()["spec"]["behavior"]["scaleUp"] == {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Percent", "value": 100, "periodSeconds": 30},
            {"type": "Pods", "value": 2, "periodSeconds": 30},
        ],
    }


@scaled
def test_scales_down_by_one_pod_a_minute_after_five_quiet_ones(chart: Chart, recipe: Recipe) -> None:
    assert recipe(chart, replicas=SCALING).autoscaler.to_json()["spec"]["behavior"]["scaleDown"] == {
        "stabilizationWindowSeconds": 300,
        "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
    }


BOUNDS = {"minimum": 2, "maximum": 10}


@pytest.mark.parametrize(
    ("scaling", "problems"),
    [
        pytest.param({"minimum": 1, "maximum": 1, "cpu": 1, "memory": 250}, [], id="narrowest"),
        pytest.param(
            {"minimum": 0}, ["minimum 0 is below 1; only a Worker's QueueScaling goes down to none"], id="zero"
        ),
        pytest.param(
            {"minimum": 5, "maximum": 3}, ["minimum 5 exceeds maximum 3; raise maximum or lower minimum"], id="order"
        ),
        pytest.param({"cpu": 0}, ["cpu 0 is not a percentage of the request; give 1 or more, or None"], id="cpu"),
        pytest.param(
            {"memory": -5}, ["memory -5 is not a percentage of the request; give 1 or more, or None"], id="memory"
        ),
        pytest.param(
            {"cpu": None, "memory": None},
            ["cpu and memory are None, so there is nothing to follow; give one of them, or a number of replicas"],
            id="nothing",
        ),
    ],
)
def test_autoscaling(scaling: dict[str, Any], problems: list[str]) -> None:
    assert list(Autoscaling(**{**BOUNDS, **scaling}).problems()) == problems


def test_scales_at_70_percent_cpu_and_80_percent_memory_by_default() -> None:
    assert (Autoscaling(**BOUNDS).cpu, Autoscaling(**BOUNDS).memory) == (70, 80)


PODS = ScalingPolicy(type="Pods", value=1, period_seconds=60)


@scaled
def test_how_fast_it_scales_can_be_said_for_each_direction(chart: Chart, recipe: Recipe) -> None:
    up = ScalingRules(
        stabilization_window_seconds=30,
        policies=[ScalingPolicy(type="Percent", value=50, period_seconds=15), PODS],
        select_policy="Min",
    )
    down = ScalingRules(stabilization_window_seconds=900, policies=[], select_policy="Disabled")
    scaling = Autoscaling(minimum=1, maximum=5, scale_up=up, scale_down=down)
    assert recipe(chart, replicas=scaling).autoscaler.to_json()["spec"]["behavior"] == {
        "scaleUp": {
            "stabilizationWindowSeconds": 30,
            "selectPolicy": "Min",
            "policies": [
                {"type": "Percent", "value": 50, "periodSeconds": 15},
                {"type": "Pods", "value": 1, "periodSeconds": 60},
            ],
        },
        "scaleDown": {"stabilizationWindowSeconds": 900, "selectPolicy": "Disabled"},
    }


@pytest.mark.parametrize(("left_out", "other"), [("cpu", "memory"), ("memory", "cpu")])
def test_one_of_the_metrics_may_be_left_out(chart: Chart, left_out: str, other: str) -> None:
    targets: dict[str, Any] = {left_out: None}
    backend = web_service(chart, replicas=Autoscaling(minimum=1, maximum=2, **targets))
    assert list(backend.problems()) == []
    metrics = backend.autoscaler.to_json()["spec"]["metrics"]
    assert [metric["resource"]["name"] for metric in metrics] == [other]


@pytest.mark.parametrize(
    ("rules", "problems"),
    [
        pytest.param({"stabilization_window_seconds": 0}, [], id="no-window"),
        pytest.param({"stabilization_window_seconds": 3600}, [], id="longest-window"),
        *(
            pytest.param(
                {"stabilization_window_seconds": window},
                [f"stabilization_window_seconds {window} is not from 0 to 3600"],
                id=f"window {window}",
            )
            for window in (-1, 3601)
        ),
        pytest.param({"policies": [], "select_policy": "Disabled"}, [], id="disabled"),
        pytest.param(
            {"policies": []},
            ["policies is empty, which the API server refuses; give one, or select_policy='Disabled'"],
            id="no-policy",
        ),
        pytest.param(
            {"policies": [PODS, ScalingPolicy(type="Pods", value=0, period_seconds=0)]},
            ["policies: value 0 is below 1", "policies: period_seconds 0 is not from 1 to 1800"],
            id="every-problem-of-a-policy",
        ),
    ],
)
def test_rules(rules: dict[str, Any], problems: list[str]) -> None:
    rules = {"stabilization_window_seconds": 60, "policies": [PODS], **rules}
    assert list(problems_of(ScalingRules(**rules))) == problems


@pytest.mark.parametrize(("seconds", "accepted"), [(0, False), (1, True), (1800, True), (1801, False)])
def test_a_policy_is_for_half_an_hour_at_most(seconds: int, accepted: bool) -> None:
    policy = ScalingPolicy(type="Percent", value=1, period_seconds=seconds)
    wrong = [] if accepted else [f"period_seconds {seconds} is not from 1 to 1800"]
    assert list(policy.problems()) == wrong


@pytest.mark.parametrize("direction", ["scale_up", "scale_down"])
def test_what_is_wrong_is_told_with_its_direction(direction: str) -> None:
    rules: dict[str, Any] = {direction: ScalingRules(stabilization_window_seconds=-1, policies=[PODS])}
    assert list(problems_of(Autoscaling(minimum=1, maximum=2, **rules))) == [
        f"{direction}: stabilization_window_seconds -1 is not from 0 to 3600"
    ]
