"""Roles: a deployer may do what applying the chart needs, a viewer may read; neither sees a Secret."""

from typing import Any

import pytest
from constructs_revrx import Manifest
from cdk8s import App, Chart

from kubecheck.evaluators import rbac

from ..properties.shop import (
    Object,
    app_namespace,
    backup_cron_job,
    config_map,
    external_secrets,
    postgres,
    web_service,
)

READ = {"get", "list", "watch"}
APPLY = READ | {"create", "patch"}

Resource = tuple[str, str]

DEPLOYED: set[Resource] = {
    ("", "configmaps"),
    ("", "persistentvolumeclaims"),
    ("", "serviceaccounts"),
    ("", "services"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "cronjobs"),
    ("external-secrets.io", "externalsecrets"),
    ("external-secrets.io", "secretstores"),
    ("monitoring.coreos.com", "prometheusrules"),
    ("monitoring.coreos.com", "servicemonitors"),
    ("networking.k8s.io", "ingresses"),
    ("networking.k8s.io", "networkpolicies"),
    ("policy", "poddisruptionbudgets"),
}
RUNNING: set[Resource] = {
    ("", "pods"),
    ("", "pods/log"),
    ("", "events"),
    ("apps", "replicasets"),
    ("apps", "controllerrevisions"),
    ("batch", "jobs"),
}
SCALED: set[Resource] = {("apps", "deployments/scale"), ("apps", "statefulsets/scale")}
GUARDS: set[Resource] = {("", "resourcequotas"), ("", "limitranges")}


def rules(app: App, role: str, chart: Chart) -> list[Object]:
    guards = app_namespace(Chart(app, f"bootstrap-{len(app.node.children)}"), deploys=chart)
    found: list[Object] = getattr(guards, role).to_json()["rules"]
    return found


def verbs(rules: list[Object]) -> dict[Resource, set[str]]:
    """What may be done with any object of a kind."""
    return rbac.verbs(map(rbac.rule, rules))


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Object]]:
    """The rules of both Roles for a chart with one of each kind that the constructs emit; for tests that only read."""
    app = App(outdir=str(tmp_path_factory.mktemp("dist")))
    chart = Chart(app, "production", namespace="shop")
    web_service.everything(chart)
    backup_cron_job.everything(chart)
    external_secrets.everything(chart)
    return {role: rules(app, role, chart) for role in ("deployer", "viewer")}


@pytest.fixture
def deployer(roles: dict[str, list[Object]]) -> dict[Resource, set[str]]:
    return verbs(roles["deployer"])


@pytest.fixture
def viewer(roles: dict[str, list[Object]]) -> dict[Resource, set[str]]:
    return verbs(roles["viewer"])


def test_a_deployer_is_allowed_nothing_but_what_is_deployed_and_what_runs_of_it(deployer: dict[Resource, Any]) -> None:
    assert deployer.keys() == DEPLOYED | RUNNING | SCALED


def test_a_deployer_may_scale_what_is_deployed(deployer: dict[Resource, set[str]]) -> None:
    # The first step of a restore.
    assert {resource: deployer[resource] for resource in SCALED} == {resource: {"patch"} for resource in SCALED}


def test_a_deployer_may_apply_and_delete_what_is_deployed(deployer: dict[Resource, set[str]]) -> None:
    special = {("", "persistentvolumeclaims"), ("networking.k8s.io", "networkpolicies")}
    assert {resource: deployer[resource] for resource in DEPLOYED - special} == dict.fromkeys(
        DEPLOYED - special, APPLY | {"delete"}
    )


def test_a_deployer_may_apply_volumes_and_never_delete_them(deployer: dict[Resource, set[str]]) -> None:
    assert deployer["", "persistentvolumeclaims"] == APPLY


def test_a_deployer_may_create_policies_and_change_only_those_of_the_chart(
    roles: dict[str, list[Object]], deployer: dict[Resource, set[str]]
) -> None:
    assert deployer["networking.k8s.io", "networkpolicies"] == READ | {"create"}
    named = [rule for rule in roles["deployer"] if "resourceNames" in rule]
    assert named == [
        {
            "apiGroups": ["networking.k8s.io"],
            "resources": ["networkpolicies"],
            "verbs": ["patch", "delete"],
            "resourceNames": [
                "backend",
                "backend-acme-solver",
                "postgres",
                "postgres-backup",
                "postgres-backup-verify",
                "postgres-backup-watch",
                "postgres-restore",
            ],
        }
    ]


def test_a_deployer_may_start_and_delete_jobs(deployer: dict[Resource, set[str]]) -> None:
    assert deployer["batch", "jobs"] == READ | {"create", "delete"}


def test_a_deployer_may_read_what_runs_and_what_a_rollback_needs(deployer: dict[Resource, set[str]]) -> None:
    running = RUNNING - {("batch", "jobs")}
    assert {resource: deployer[resource] for resource in running} == dict.fromkeys(running, READ)


def test_a_viewer_may_read_what_is_deployed_what_runs_and_the_guards_and_nothing_else(
    viewer: dict[Resource, set[str]],
) -> None:
    readable = DEPLOYED | RUNNING | GUARDS
    assert viewer == dict.fromkeys(readable, READ)


def test_a_viewers_rules_are_all_of_get_list_and_watch(roles: dict[str, list[Object]]) -> None:
    for rule in roles["viewer"]:
        assert set(rule["verbs"]) == READ


@pytest.mark.parametrize("role", ["deployer", "viewer"])
def test_no_rule_has_a_wildcard_or_secrets(roles: dict[str, list[Object]], role: str) -> None:
    for rule in roles[role]:
        assert not {"*", "secrets"} & {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


@pytest.mark.parametrize("role", ["deployer", "viewer"])
def test_a_secret_in_the_chart_opens_none(app: App, role: str) -> None:
    chart = Chart(app, "production", namespace="shop")
    Manifest(chart, "secret", api_version="v1", kind="Secret", name="token", stringData={})
    config_map(chart)
    allowed = verbs(rules(app, role, chart))
    assert ("", "configmaps") in allowed
    assert ("", "secrets") not in allowed


def test_without_volumes_and_policies_nothing_is_allowed_with_them(app: App) -> None:
    chart = Chart(app, "production", namespace="shop")
    config_map(chart)
    allowed = rules(app, "deployer", chart)
    assert verbs(allowed).keys() == {("", "configmaps")} | RUNNING
    assert [rule for rule in allowed if "resourceNames" in rule] == []


def test_resources_of_a_group_with_the_same_verbs_share_a_rule(app: App) -> None:
    chart = Chart(app, "production", namespace="shop")
    config_map(chart)
    postgres(chart)
    assert rules(app, "deployer", chart)[:2] == [
        {"apiGroups": [""], "resources": ["events", "pods", "pods/log"], "verbs": ["get", "list", "watch"]},
        {
            "apiGroups": [""],
            "resources": ["persistentvolumeclaims"],
            "verbs": ["get", "list", "watch", "create", "patch"],
        },
    ]


def test_the_order_in_which_objects_are_declared_does_not_show(app: App) -> None:
    one, two = Chart(app, "one", namespace="shop"), Chart(app, "two", namespace="shop")
    for chart, recipes in ((one, (web_service, postgres)), (two, (postgres, web_service))):
        for recipe in recipes:
            recipe(chart)
    guards = [app_namespace(Chart(app, f"guards-{chart.node.id}"), deploys=chart) for chart in (one, two)]
    assert guards[0].deployer.to_json()["rules"] == guards[1].deployer.to_json()["rules"]
    assert guards[0].viewer.to_json()["rules"] == guards[1].viewer.to_json()["rules"]


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("Widget", "widgets"),
    ],
)
def test_resources_are_named_in_the_plural(app: App, kind: str, resource: str) -> None:
    chart = Chart(app, "production", namespace="shop")
    Manifest(chart, "any", api_version="example.com/v1", kind=kind, name="any")
    assert ("example.com", resource) in verbs(rules(app, "viewer", chart))
