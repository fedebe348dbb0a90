"""Pods: where the pods of any workload run, as whom, and what they carry."""

from typing import Any

import pytest
from constructs_revrx import Affinity, NodeRequirement, PodAffinityTerm, Pods, ServiceAccount, Toleration
from cdk8s import Chart

from ..properties.shop import CRON_JOBS, PODS, SCALED, WORKLOADS, Recipe, pod_template, redis

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
    spec = pod_template(recipe(chart, pods=Pods(spread=None)))["spec"]
    assert not {"nodeSelector", "tolerations", "priorityClassName", "affinity"} & spec.keys()


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
    together = pod_template(recipe(chart, "together", pods=Pods(spread=None)))["spec"]
    assert not {"affinity", "topologySpreadConstraints"} & together.keys()


@pytest.mark.parametrize(
    ("spread", "zones"), [("ScheduleAnyway", {}), ("DoNotSchedule", {"nodeTaintsPolicy": "Honor"})]
)
@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_replicas_may_need_to_be_in_other_zones_and_never_on_other_nodes(
    chart: Chart, recipe: Recipe, spread: Any, zones: dict[str, str]
) -> None:
    workload = recipe(chart, pods=Pods(spread=spread))
    same = {
        "labelSelector": {"matchLabels": workload.labels.selector},
        "matchLabelKeys": ["pod-template-hash"],
        "maxSkew": 1,
    }
    assert pod_template(workload)["spec"]["topologySpreadConstraints"] == [
        {**same, **zones, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": spread},
        {**same, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"},
    ]


PREFERRED, REQUIRED = (f"{how}DuringSchedulingIgnoredDuringExecution" for how in ("preferred", "required"))


@every_workload
def test_affinity_says_which_nodes_are_needed_and_which_are_preferred(chart: Chart, recipe: Recipe) -> None:
    spot = NodeRequirement("karpenter.sh/capacity-type", "In", ("spot",))
    large = NodeRequirement("example.com/cores", "Gt", ("15",))
    affinity = Affinity(node=[spot, large], preferred_node=[large, spot])
    made = pod_template(recipe(chart, pods=Pods(affinity=affinity, spread=None)))["spec"]["affinity"]
    both = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
        {"key": "example.com/cores", "operator": "Gt", "values": ["15"]},
    ]
    assert made == {
        "nodeAffinity": {
            REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": both}]},
            PREFERRED: [{"weight": 100, "preference": {"matchExpressions": [each]}} for each in reversed(both)],
        }
    }


@every_workload
def test_affinity_says_beside_which_pods_and_apart_from_which(chart: Chart, recipe: Recipe) -> None:
    cache = PodAffinityTerm(labels={"app": "cache"})
    batch = PodAffinityTerm(labels={"app": "batch"}, topology_key="kubernetes.io/hostname", required=True)
    affinity = Affinity(pod=[cache, batch], pod_anti=[batch])
    made = pod_template(recipe(chart, pods=Pods(affinity=affinity, spread=None)))["spec"]["affinity"]
    near = {"labelSelector": {"matchLabels": {"app": "cache"}}, "topologyKey": "topology.kubernetes.io/zone"}
    there = {"labelSelector": {"matchLabels": {"app": "batch"}}, "topologyKey": "kubernetes.io/hostname"}
    assert made == {
        "podAffinity": {REQUIRED: [there], PREFERRED: [{"weight": 100, "podAffinityTerm": near}]},
        "podAntiAffinity": {REQUIRED: [there]},
    }


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_ones_own_affinity_leaves_the_replicas_apart(chart: Chart, recipe: Recipe) -> None:
    noisy = PodAffinityTerm(labels={"app": "noisy"})
    workload = recipe(chart, pods=Pods(affinity=Affinity(pod_anti=[noisy])))
    terms = pod_template(workload)["spec"]["affinity"]["podAntiAffinity"][PREFERRED]
    assert [term["podAffinityTerm"]["labelSelector"]["matchLabels"] for term in terms] == [
        workload.labels.selector,
        {"app": "noisy"},
    ]
    assert terms[0]["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_pods_may_run_beside_those_of_another_construct(chart: Chart, recipe: Recipe) -> None:
    cache = redis(chart)
    affinity = Affinity(pod=[PodAffinityTerm(labels=cache.labels.selector)])
    made = pod_template(recipe(chart, pods=Pods(affinity=affinity)))["spec"]["affinity"]["podAffinity"][PREFERRED]
    assert made[0]["podAffinityTerm"]["labelSelector"]["matchLabels"] == cache.labels.selector


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
            {"node_selector": {"a key": "a value"}},
            [
                "node_selector: 'a key' is not a label's key; write e.g. team or example.com/team",
                "node_selector: a key is 'a value', which is not a label's value; "
                "use at most 63 letters, digits, '-', '_' and '.'",
            ],
            id="node-selector",
        ),
        pytest.param(
            {"tolerations": [Toleration(key="spot", value="very much")]},
            [
                "tolerations: 'spot=very much' is not a taint, whose key and value are written as a label's; "
                "give e.g. key='spot'"
            ],
            id="taint",
        ),
        pytest.param(
            {"node_selector": {"kubernetes.io/arch": "-"}},
            [
                "node_selector: kubernetes.io/arch is '-', which is not a label's value; "
                "use at most 63 letters, digits, '-', '_' and '.'"
            ],
            id="node-selector-value",
        ),
        pytest.param(
            {
                "affinity": Affinity(
                    node=[NodeRequirement("zone", "In"), NodeRequirement("zone", "Exists", ("a",))],
                    preferred_node=[NodeRequirement("cores", "Gt", ("many",)), NodeRequirement("a b", "Exists")],
                    pod=[PodAffinityTerm(labels={})],
                    pod_anti=[PodAffinityTerm(labels={"a": "b c"}, topology_key="a zone")],
                )
            },
            [
                "affinity: node: zone In has no values; give one at least",
                "affinity: node: zone Exists has values, which it does not compare; leave them out, or write In",
                "affinity: preferred_node: cores Gt compares with one whole number, written as text, e.g. ('4',)",
                "affinity: preferred_node: 'a b' is not a label's key; write e.g. team or example.com/team",
                "affinity: pod: a term has no labels, and would mean all pods; name those that are meant",
                "affinity: pod_anti: a is 'b c', which is not a label's value; "
                "use at most 63 letters, digits, '-', '_' and '.'",
                "affinity: pod_anti: 'a zone' is not a label's key; write e.g. team or example.com/team",
            ],
            id="affinity",
        ),
        pytest.param(
            {"priority_class": "High"},
            ["priority_class: 'High' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"],
            id="priority-class",
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
