"""Every object carries the recommended labels; what selects, selects by two of them that never change."""

from typing import Any

import pytest
from constructs_revrx import Pods
from cdk8s import App, Chart
from constructs import Construct

from ..properties.shop import (
    DATASTORES,
    K8S,
    RECIPES,
    SCALED,
    WORKLOADS,
    Object,
    Recipe,
    objects,
    pod_template,
    web_service,
)

every_construct = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
every_workload = pytest.mark.parametrize("recipe", WORKLOADS.values(), ids=WORKLOADS)

COMPONENTS = {
    "backend": "web",
    "mailer": "worker",
    "beat": "worker",
    "crawler": "worker",
    "postgres": "database",
    "redis": "broker",
    "rabbitmq": "broker",
    "postgres-backup": "backup",
    "migrate": "operation",
    "rds": "database",
    "settings": "configuration",
    "secret-store": "secrets",
    "fetched": "secrets",
    "sealed": "secrets",
    "given": "secrets",
    "template": "secrets",
    "shop": "namespace",
}


def selector(recipe: Recipe) -> dict[str, str]:
    return {f"{K8S}/name": recipe.id, f"{K8S}/component": COMPONENTS[recipe.id]}


def selectors(value: Any) -> list[Any]:
    """Whatever selects by labels, at any depth of an object; but for what selects pods of others."""
    if isinstance(value, list):
        return [found for item in value for found in selectors(item)]
    if not isinstance(value, dict):
        return []
    found = [item for key, item in value.items() if key in ("selector", "podSelector", "labelSelector")]
    return found + [more for key, item in value.items() if key not in ("ingress", "egress") for more in selectors(item)]


def own(found: list[Object]) -> list[Object]:
    """But for the policy of cert-manager's pods."""
    return [o for o in found if not o["metadata"]["name"].endswith("-acme-solver")]


@every_construct
def test_every_object_has_the_recommended_labels(app: App, recipe: Recipe) -> None:
    chart = recipe.chart(app, **{f"{K8S}/part-of": "shop", f"{K8S}/instance": "shop-production"})
    for o in objects(recipe.everything(chart)):
        labels = o["metadata"]["labels"]
        assert labels[f"{K8S}/name"]
        assert labels[f"{K8S}/component"] == COMPONENTS[recipe.id]
        assert labels[f"{K8S}/part-of"] == "shop"
        assert labels[f"{K8S}/instance"] == "shop-production"
        assert labels[f"{K8S}/managed-by"] == "cdk8s"


@every_workload
def test_pods_have_the_labels_of_their_workload_the_charts_among_them(app: App, recipe: Recipe) -> None:
    workload = recipe.everything(recipe.chart(app, floor="sales"))
    labels = pod_template(workload)["metadata"]["labels"]
    assert labels == workload.network_policy.to_json()["metadata"]["labels"]
    assert labels["floor"] == "sales"


@every_construct
def test_without_labels_of_the_chart_the_namespace_stands_for_them(app: App, recipe: Recipe) -> None:
    for o in objects(recipe.everything(recipe.chart(app))):
        assert o["metadata"]["labels"][f"{K8S}/part-of"] == "shop"
        assert o["metadata"]["labels"][f"{K8S}/instance"] == "shop"


@every_workload
def test_selects_by_name_and_component_and_nothing_else(app: App, recipe: Recipe) -> None:
    # Without affinity, which selects the pods of others.
    workload = recipe.everything(recipe.chart(app), pods=Pods(labels={"team": "checkout"}))
    found = selectors(own(objects(workload)))
    assert found
    names = {o["metadata"]["name"] for o in objects(workload) if o["kind"] == "CronJob"} | {recipe.id}
    wanted = [{**selector(recipe), f"{K8S}/name": name} for name in names]
    for select in found:
        assert select in (*wanted, *({"matchLabels": labels} for labels in wanted))


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_deployment_service_budget_policy_and_spread_select_the_same_pods(app: App, recipe: Recipe) -> None:
    workload = recipe.everything(recipe.chart(app))
    wanted = {"matchLabels": selector(recipe)}
    assert workload.deployment.to_json()["spec"]["selector"] == wanted
    assert workload.disruption_budget.to_json()["spec"]["selector"] == wanted
    assert workload.network_policy.to_json()["spec"]["podSelector"] == wanted


def test_the_service_and_its_monitor_select_the_pods_of_the_deployment(chart: Chart) -> None:
    backend = web_service.everything(chart)
    wanted = backend.deployment.to_json()["spec"]["selector"]["matchLabels"]
    assert backend.service.to_json()["spec"]["selector"] == wanted
    monitored = backend.service_monitor.to_json()["spec"]["selector"]["matchLabels"]
    assert monitored == wanted
    assert monitored.items() <= backend.service.to_json()["metadata"]["labels"].items()


@pytest.mark.parametrize("recipe", DATASTORES.values(), ids=DATASTORES)
def test_stateful_set_service_budget_and_policy_select_the_same_pods(app: App, recipe: Recipe) -> None:
    datastore = recipe(recipe.chart(app))
    wanted = {"matchLabels": selector(recipe)}
    assert datastore.stateful_set.to_json()["spec"]["selector"] == wanted
    assert datastore.service.to_json()["spec"]["selector"] == selector(recipe)
    assert datastore.disruption_budget.to_json()["spec"]["selector"] == wanted
    assert datastore.network_policy.to_json()["spec"]["podSelector"] == wanted


@every_workload
def test_the_selected_pods_are_its_own(app: App, recipe: Recipe) -> None:
    workload = recipe.everything(recipe.chart(app))
    assert selector(recipe).items() <= pod_template(workload)["metadata"]["labels"].items()


@every_workload
def test_selectors_do_not_change_with_the_charts_labels_the_environment_or_nesting(app: App, recipe: Recipe) -> None:
    labels = {f"{K8S}/{name}": "other" for name in ("name", "component", "part-of", "instance", "version")}
    one = recipe.chart(app, "staging", namespace="shop-staging")
    other = Construct(recipe.chart(app, "production", namespace="shop", **labels), "below")
    assert selectors(own(objects(recipe.everything(one)))) == selectors(own(objects(recipe.everything(other))))


def test_labels_of_the_chart_do_not_replace_name_and_component(app: App) -> None:
    chart = web_service.chart(app, **{f"{K8S}/name": "other", f"{K8S}/component": "other"})
    for o in objects(web_service.everything(chart)):
        assert selector(web_service).items() <= o["metadata"]["labels"].items()
