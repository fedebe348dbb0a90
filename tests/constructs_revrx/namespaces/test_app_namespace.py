"""AppNamespace: the namespace, and what guards it."""

from dataclasses import replace
from typing import Any

import pytest
from constructs_revrx import AppNamespace, ContainerLimits, Manifest, Quota, Resources
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import QUOTA, app_namespace, objects, web_service


@pytest.fixture
def cluster(app: App) -> Chart:
    return Chart(app, "bootstrap", labels={"app.kubernetes.io/part-of": "shop"})


@pytest.fixture
def shop(cluster: Chart) -> AppNamespace:
    found: AppNamespace = app_namespace(cluster)
    return found


def test_minimal(cluster: Chart, snapshot: SnapshotAssertion) -> None:
    app_namespace(cluster)
    assert cluster.to_json() == snapshot


def test_everything(cluster: Chart, snapshot: SnapshotAssertion) -> None:
    app_namespace.everything(cluster)
    assert cluster.to_json() == snapshot


def test_the_namespace_has_the_id_as_its_name_and_is_of_the_cluster(shop: AppNamespace) -> None:
    metadata = shop.namespace_object.to_json()["metadata"]
    assert metadata["name"] == "shop"
    assert "namespace" not in metadata


def test_all_else_is_in_the_namespace(shop: AppNamespace) -> None:
    others = [o for o in objects(shop) if o["kind"] != "Namespace"]
    assert {o["metadata"]["namespace"] for o in others} == {"shop"}
    assert sorted(f"{o['kind']}/{o['metadata']['name']}" for o in others) == [
        "LimitRange/limits",
        "NetworkPolicy/default-deny",
        "ResourceQuota/quota",
        "Role/deployer",
        "Role/viewer",
        "RoleBinding/deployer",
        "RoleBinding/viewer",
    ]


def test_pod_security_restricted_is_enforced_audited_and_warned_of(shop: AppNamespace) -> None:
    labels = shop.namespace_object.to_json()["metadata"]["labels"]
    assert {name: value for name, value in labels.items() if name.startswith("pod-security.kubernetes.io/")} == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "latest",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "latest",
    }


def test_no_sync_prunes_or_deletes_the_namespace(shop: AppNamespace) -> None:
    annotations = shop.namespace_object.to_json()["metadata"]["annotations"]
    assert annotations == {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}


def test_everything_is_denied_both_ways_by_default(shop: AppNamespace) -> None:
    assert shop.default_deny.to_json()["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_quota_bounds_requests_limits_pods_and_volumes_and_exposes_nothing(shop: AppNamespace) -> None:
    assert shop.quota.to_json()["spec"] == {
        "hard": {
            "requests.cpu": "16",
            "limits.cpu": "64",
            "requests.memory": "32Gi",
            "limits.memory": "128Gi",
            "requests.ephemeral-storage": "20Gi",
            "limits.ephemeral-storage": "80Gi",
            "pods": "80",
            "requests.storage": "600Gi",
            "persistentvolumeclaims": "20",
            "services.nodeports": "0",
            "services.loadbalancers": "0",
        }
    }


def test_a_container_that_asks_for_nothing_gets_little(shop: AppNamespace) -> None:
    assert shop.limit_range.to_json()["spec"] == {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "500m", "memory": "256Mi", "ephemeral-storage": "256Mi"},
                "defaultRequest": {"cpu": "50m", "memory": "64Mi", "ephemeral-storage": "64Mi"},
                "max": {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "4Gi"},
            }
        ]
    }


def test_limits_of_a_container_can_be_chosen(cluster: Chart) -> None:
    default = Resources(cpu=("10m", "100m"), memory=("16Mi", "64Mi"), ephemeral_storage=("8Mi", "32Mi"))
    limits = ContainerLimits(default=default, cpu="3", memory="6Gi", ephemeral_storage="5Gi")
    ((found,),) = app_namespace(cluster, limits=limits).limit_range.to_json()["spec"].values()
    assert found == {
        "type": "Container",
        "default": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "32Mi"},
        "defaultRequest": {"cpu": "10m", "memory": "16Mi", "ephemeral-storage": "8Mi"},
        "max": {"cpu": "3", "memory": "6Gi", "ephemeral-storage": "5Gi"},
    }


@pytest.mark.parametrize("role", ["deployer", "viewer"])
def test_the_roles_are_bound_to_the_groups(cluster: Chart, role: str) -> None:
    shop = app_namespace(cluster, deployers="the-deployers", viewers="the-viewers")
    assert getattr(shop, role).name == role
    binding = getattr(shop, f"{role}_binding").to_json()
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"the-{role}s"}]


QUANTITY = "is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"


def limits(**options: Any) -> dict[str, ContainerLimits]:
    return {"limits": ContainerLimits(**options)}


def quota(**options: Any) -> dict[str, Quota]:
    return {"quota": replace(QUOTA, **options)}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(quota(cpu=("many", "64")), f"quota: cpu 'many' {QUANTITY}", id="quota-cpu-requests"),
        pytest.param(quota(cpu=("16", "many")), f"quota: cpu 'many' {QUANTITY}", id="quota-cpu-limits"),
        pytest.param(quota(memory=("1GB", "2Gi")), f"quota: memory '1GB' {QUANTITY}", id="quota-memory"),
        pytest.param(
            quota(ephemeral_storage=("1Gi", "0")),
            f"quota: ephemeral_storage '0' {QUANTITY}",
            id="quota-ephemeral-storage",
        ),
        pytest.param(quota(storage="much"), f"quota: storage 'much' {QUANTITY}", id="quota-storage"),
        pytest.param(quota(pods=-1), "quota: pods -1 is negative; give 0 for none", id="quota-pods"),
        pytest.param(
            quota(volume_claims=-1), "quota: volume_claims -1 is negative; give 0 for none", id="quota-volume-claims"
        ),
        pytest.param(
            limits(cpu="100m"),
            "limits: cpu 100m is below the default limit 500m; raise it or lower the default",
            id="limits-below-default-cpu",
        ),
        pytest.param(
            limits(memory="128Mi"),
            "limits: memory 128Mi is below the default limit 256Mi; raise it or lower the default",
            id="limits-below-default-memory",
        ),
        pytest.param(
            limits(ephemeral_storage="128Mi"),
            "limits: ephemeral_storage 128Mi is below the default limit 256Mi; raise it or lower the default",
            id="limits-below-default-ephemeral-storage",
        ),
        pytest.param(limits(cpu="two"), f"limits: cpu 'two' {QUANTITY}", id="limits-cpu"),
        pytest.param(limits(memory="4GB"), f"limits: memory '4GB' {QUANTITY}", id="limits-memory"),
        pytest.param(
            limits(ephemeral_storage="4GB"),
            f"limits: ephemeral_storage '4GB' {QUANTITY}",
            id="limits-ephemeral-storage",
        ),
        pytest.param(
            limits(default=Resources(cpu=("2", "1"), memory=("1Gi", "1Gi"))),
            "limits: default: cpu request 2 exceeds its limit 1; raise the limit or lower the request",
            id="limits-default",
        ),
    ],
)
def test_refuses(cluster: Chart, options: dict[str, object], problem: str) -> None:
    assert list(app_namespace(cluster, **options).problems()) == [problem]


def test_a_chart_of_another_namespace_is_refused(app: App, cluster: Chart) -> None:
    elsewhere = Chart(app, "production", namespace="elsewhere")
    assert list(app_namespace(cluster, deploys=elsewhere).problems()) == [
        "deploys: its objects are in the namespace elsewhere, not in shop"
    ]


def test_an_id_that_is_no_namespaces_name_is_refused(app: App, cluster: Chart) -> None:
    deployed = Chart(app, "production", namespace="My_Shop")
    assert list(app_namespace(cluster, "My_Shop", deploys=deployed).problems()) == [
        "id: 'My_Shop' is not a DNS label of at most 63 characters; "
        "use lower-case letters, digits and '-', beginning with a letter"
    ]


def test_a_chart_with_a_namespace_is_refused(chart: Chart) -> None:
    assert list(app_namespace(chart).problems()) == [
        "namespace: the chart has shop, but a Namespace is in none; leave Chart(namespace=…) out"
    ]


def test_a_chart_that_holds_a_secret_is_refused(app: App, cluster: Chart) -> None:
    deployed = Chart(app, "production", namespace="shop")
    Manifest(deployed, "token", api_version="v1", kind="Secret", name="token", stringData={})
    assert list(app_namespace(cluster, deploys=deployed).problems()) == [
        "deploys: it holds a Secret, which its deployers could not apply; declare it in ExternalSecrets"
    ]


def test_a_default_may_be_as_much_as_a_container_may_have(cluster: Chart) -> None:
    default = Resources(cpu=("1", "2"), memory=("1Gi", "4Gi"), ephemeral_storage=("1Gi", "4096Mi"))
    assert list(app_namespace(cluster, **limits(default=default)).problems()) == []


def test_a_quota_may_forbid_pods_and_volumes(cluster: Chart) -> None:
    assert list(app_namespace(cluster, **quota(pods=0, volume_claims=0)).problems()) == []


def test_a_chart_that_grew_after_the_roles_were_made_is_refused(app: App, cluster: Chart) -> None:
    deployed = Chart(app, "production", namespace="shop")
    guards = app_namespace(cluster, deploys=deployed)
    web_service(deployed)
    assert list(guards.problems()) == [
        "deploys: objects were added after the Roles were made from it; make the AppNamespace last"
    ]


def test_a_quota_of_more_requests_than_limits_is_refused(cluster: Chart) -> None:
    assert list(app_namespace(cluster, **quota(cpu=("64", "16"))).problems()) == [
        "quota: cpu request 64 exceeds its limit 16; raise the limit or lower the request"
    ]


def test_pods_without_a_cpu_limit_are_let_in_by_a_quota_and_limits_without_one(cluster: Chart) -> None:
    open_ended = Resources(cpu=("50m", None), memory=("64Mi", "256Mi"))
    guards = app_namespace(
        cluster,
        quota=replace(QUOTA, cpu=("16", None)),
        limits=ContainerLimits(default=open_ended, cpu=None),
    )
    assert list(guards.problems()) == []
    assert "limits.cpu" not in guards.quota.to_json()["spec"]["hard"]
    (limits,) = guards.limit_range.to_json()["spec"]["limits"]
    assert "cpu" not in limits["default"].keys() | limits["max"].keys()
    assert limits["defaultRequest"]["cpu"] == "50m"
