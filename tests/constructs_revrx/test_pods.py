"""Pods: where the pods of any workload run, as whom, and what they carry."""

from typing import Any

import pytest
from constructs_revrx import Pods, ServiceAccount, Toleration
from cdk8s import Chart

from .shop import CRON_JOBS, PODS, SCALED, WORKLOADS, Recipe, pod_template

every_workload = pytest.mark.parametrize("recipe", WORKLOADS.values(), ids=WORKLOADS)


@every_workload
def test_pods_go_to_the_nodes_that_are_named(chart: Chart, recipe: Recipe) -> None:
    spec = pod_template(recipe(chart, pods=PODS))["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert spec["tolerations"] == [
        {"effect": "NoExecute", "key": "spot", "operator": "Equal", "value": "true"},
        {"effect": "NoSchedule", "key": "arm", "operator": "Exists"},
    ]
    assert spec["priorityClassName"] == "important"


@every_workload
def test_nothing_is_said_of_nodes_by_default(chart: Chart, recipe: Recipe) -> None:
    assert not {"nodeSelector", "tolerations", "priorityClassName"} & pod_template(recipe(chart))["spec"].keys()


@every_workload
def test_labels_are_on_pods_and_objects_and_never_in_selectors(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, pods=PODS)
    assert pod_template(workload)["metadata"]["labels"]["team"] == "checkout"
    policy = workload.network_policy.to_json()
    assert policy["metadata"]["labels"]["team"] == "checkout"
    assert "team" not in policy["spec"]["podSelector"]["matchLabels"]


@every_workload
def test_annotations_are_on_pods_beside_the_librarys_own(chart: Chart, recipe: Recipe) -> None:
    annotations = pod_template(recipe(chart, pods=PODS))["metadata"]["annotations"]
    assert annotations["example.com/scrape"] == "true"
    assert recipe not in CRON_JOBS.values() or annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"


@every_workload
def test_a_service_account_has_the_annotations_of_its_role_and_still_no_token(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, pods=PODS)
    account = workload.service_account.to_json()
    assert account["metadata"]["annotations"] == {"example.com/role": "shop"}
    assert account["automountServiceAccountToken"] is False
    assert pod_template(workload)["spec"]["automountServiceAccountToken"] is False


@every_workload
def test_with_an_existing_service_account_none_is_emitted(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, pods=Pods(service_account=ServiceAccount(existing="shared")))
    assert workload.service_account is None
    assert pod_template(workload)["spec"]["serviceAccountName"] == "shared"


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_replicas_are_kept_apart_unless_told_otherwise(chart: Chart, recipe: Recipe) -> None:
    assert {"affinity", "topologySpreadConstraints"} <= pod_template(recipe(chart, "apart"))["spec"].keys()
    together = pod_template(recipe(chart, "together", pods=Pods(spread=False)))["spec"]
    assert not {"affinity", "topologySpreadConstraints"} & together.keys()


OWN = "is the library's own, and selectors may rest on it; choose a key of yours, e.g. team"


@pytest.mark.parametrize(
    ("pods", "problems"),
    [
        pytest.param(
            {"labels": {"app.kubernetes.io/name": "other"}}, [f"labels: app.kubernetes.io/name {OWN}"], id="own-label"
        ),
        pytest.param(
            {"labels": {"a team": "x"}},
            ["labels: 'a team' is not a label's key; write e.g. team or example.com/team"],
            id="label-key",
        ),
        pytest.param(
            {"labels": {"team": "check out"}},
            [
                "labels: team is 'check out', which is not a label's value; "
                "use at most 63 letters, digits, '-', '_' and '.'"
            ],
            id="label-value",
        ),
        pytest.param(
            {"tolerations": [Toleration(key="")]},
            ["tolerations: an empty key bears every taint; name the taint"],
            id="toleration",
        ),
        pytest.param(
            {"service_account": ServiceAccount(existing="Shared")},
            ["service_account: 'Shared' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"],
            id="account-name",
        ),
        pytest.param(
            {"service_account": ServiceAccount(existing="shared", annotations={"a": "b"})},
            ["service_account: annotations have no object, for shared exists already; set them where it is made"],
            id="account-annotations",
        ),
    ],
)
@every_workload
def test_refuses(chart: Chart, recipe: Recipe, pods: dict[str, Any], problems: list[str]) -> None:
    assert list(recipe(chart, pods=Pods(**pods)).problems()) == [f"pods: {problem}" for problem in problems]


@every_workload
def test_the_librarys_annotations_cannot_be_overwritten(chart: Chart, recipe: Recipe) -> None:
    mine = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}
    annotations = pod_template(recipe(chart, pods=Pods(annotations=mine)))["metadata"]["annotations"]
    evictable = "false" if recipe in CRON_JOBS.values() else "true"
    assert annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == evictable
