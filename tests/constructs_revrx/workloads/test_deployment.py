"""A scaled workload loses no request in a rollout and survives a node drain."""

import pytest
from constructs_revrx import Autoscaling
from cdk8s import Chart

from ..properties.shop import SCALED, Recipe

SCALING = Autoscaling(minimum=3, maximum=9, cpu=55, memory=65)

scaled = pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)


@scaled
def test_with_an_autoscaler_the_deployment_has_no_replicas(chart: Chart, recipe: Recipe) -> None:
    assert "replicas" not in recipe(chart, replicas=SCALING).deployment.to_json()["spec"]


@scaled
@pytest.mark.parametrize("replicas", [0, 1, 5])
def test_with_a_number_of_replicas_there_is_no_autoscaler(chart: Chart, recipe: Recipe, replicas: int) -> None:
    workload = recipe(chart, replicas=replicas)
    assert workload.deployment.to_json()["spec"]["replicas"] == replicas
    assert workload.autoscaler is None
    assert list(workload.problems()) == []


@scaled
def test_a_rollout_takes_no_pod_away_before_another_is_ready(chart: Chart, recipe: Recipe) -> None:
    spec = recipe(chart).deployment.to_json()["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}
    assert spec["minReadySeconds"] == 10


@scaled
def test_a_rollout_that_gets_stuck_is_told_and_can_be_undone(chart: Chart, recipe: Recipe) -> None:
    spec = recipe(chart).deployment.to_json()["spec"]
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 10)


@scaled
def test_a_drain_evicts_one_pod_at_a_time_and_unhealthy_ones_always(chart: Chart, recipe: Recipe) -> None:
    spec = recipe(chart).disruption_budget.to_json()["spec"]
    assert spec["maxUnavailable"] == 1
    assert "minAvailable" not in spec
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@scaled
def test_pods_are_spread_over_zones_and_hosts_if_that_is_possible(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart)
    spec = workload.deployment.to_json()["spec"]["template"]["spec"]
    selector = workload.deployment.to_json()["spec"]["selector"]
    assert spec["topologySpreadConstraints"] == [
        {
            "labelSelector": selector,
            "matchLabelKeys": ["pod-template-hash"],
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    assert spec["affinity"] == {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"},
                }
            ]
        }
    }


@scaled
def test_fewer_replicas_than_none_are_refused(chart: Chart, recipe: Recipe) -> None:
    assert list(recipe(chart, replicas=-1).problems()) == ["replicas: -1 is negative; give 0 to stop the workload"]
