"""What holds for every construct."""

from collections.abc import Iterator
from inspect import Parameter

import pytest
from constructs_revrx import ManifestError
from cdk8s import ApiObject, App, Chart
from constructs import Construct
from constructs_revrx.core.component import Component, problems_of

from ..properties.shop import (
    CRON_JOBS,
    DATASTORES,
    RECIPES,
    Recipe,
    app_namespace,
    backup_cron_job,
    objects,
    web_service,
    worker,
)

every_construct = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


@every_construct
def test_everything_sets_every_option_to_something_else_than_its_default(app: App, recipe: Recipe) -> None:
    options, defaults = recipe.every(recipe.chart(app)), recipe.options
    assert options.keys() == defaults.keys()
    assert [name for name, value in options.items() if value == defaults[name]] == list(recipe.at_default)


@every_construct
def test_minimal_sets_just_the_options_without_a_default(app: App, recipe: Recipe) -> None:
    required = {name for name, default in recipe.options.items() if default is Parameter.empty}
    assert recipe.fewest(recipe.chart(app)).keys() == required


@every_construct
@pytest.mark.parametrize("everything", [False, True], ids=["minimal", "everything"])
def test_the_examples_have_no_problems(app: App, recipe: Recipe, everything: bool) -> None:
    chart = recipe.chart(app)
    construct = recipe.everything(chart) if everything else recipe(chart)
    assert list(construct.problems()) == []


# Served by every Kubernetes from 1.27 to 1.37, or by the operators' stable releases.
VERSIONS = {
    "ConfigMap": "v1",
    "CronJob": "batch/v1",
    "Deployment": "apps/v1",
    "ExternalSecret": "external-secrets.io/v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
    "LimitRange": "v1",
    "Middleware": "traefik.io/v1alpha1",
    "Namespace": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PersistentVolumeClaim": "v1",
    "PodDisruptionBudget": "policy/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ResourceQuota": "v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "SealedSecret": "bitnami.com/v1alpha1",
    "Secret": "v1",
    "SecretStore": "external-secrets.io/v1",
    "ServersTransport": "traefik.io/v1alpha1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "StatefulSet": "apps/v1",
    "TriggerAuthentication": "keda.sh/v1alpha1",
}


@every_construct
def test_objects_are_of_versions_that_every_supported_kubernetes_serves(app: App, recipe: Recipe) -> None:
    for o in objects(recipe.everything(recipe.chart(app))):
        assert o["apiVersion"] == VERSIONS[o["kind"]]


@every_construct
def test_objects_do_not_change_when_the_construct_is_nested(app: App, recipe: Recipe) -> None:
    flat, nested = recipe.chart(app, "flat"), recipe.chart(app, "nested")
    recipe.everything(flat)
    recipe.everything(Construct(Construct(nested, "outer"), "inner"))
    assert objects(flat) == objects(nested)


@every_construct
def test_objects_do_not_change_with_the_chart_beside_them(app: App, recipe: Recipe) -> None:
    alone, accompanied = recipe.chart(app, "alone"), recipe.chart(app, "accompanied")
    web_service(accompanied, "other")
    assert objects(recipe.everything(alone)) == objects(recipe.everything(accompanied))


@every_construct
def test_every_object_is_a_public_attribute(app: App, recipe: Recipe) -> None:
    construct = recipe.everything(recipe.chart(app))
    found = [node for node in construct.node.find_all() if isinstance(node, ApiObject)]
    assert {o.node.path for o in found} == {o.node.path for o in public_objects(construct)}


def public_objects(component: Component) -> Iterator[ApiObject]:
    values = [value for name, value in vars(component).items() if not name.startswith("_")]
    values += [item for value in values if isinstance(value, dict) for item in value.values()]
    values += [item for value in values if isinstance(value, tuple) for item in value]
    for value in values:
        if isinstance(value, ApiObject):
            yield value
        elif isinstance(value, Component) and value.node.scope is component:
            yield from public_objects(value)


@pytest.mark.parametrize("name", ["a", "a1-b"])
def test_an_id_is_a_dns_label(chart: Chart, name: str) -> None:
    assert list(web_service(chart, name).problems()) == []


@every_construct
def test_an_id_is_at_most_as_long_as_what_becomes_of_it(app: App, recipe: Recipe) -> None:
    # The controllers of CronJobs and StatefulSets append to it; all others are a label's value.
    longest = 52 if recipe in (*CRON_JOBS.values(), *DATASTORES.values()) else 63
    if recipe is backup_cron_job:
        longest -= len("-restore")
    chart, beside = recipe.chart(app), recipe.chart(app, "beside")
    namespace = {"deploys": Chart(app, "deployed", namespace="a" * longest)} if recipe is app_namespace else {}
    assert list(recipe(chart, "a" * longest, **namespace).problems()) == []
    (problem, *_) = recipe(beside, "a" * (longest + 1), **namespace).problems()
    assert problem == (
        f"id: {'a' * (longest + 1)!r} is not a DNS label of at most {longest} characters; "
        "use lower-case letters, digits and '-', beginning with a letter"
    )


@pytest.mark.parametrize("name", ["Backend", "back_end", "1backend", "-backend", "backend-", "back.end", "a/b"])
def test_an_id_that_is_no_dns_label_is_refused(chart: Chart, name: str) -> None:
    assert list(web_service(chart, name).problems()) == [
        f"id: {name!r} is not a DNS label of at most 63 characters; "
        "use lower-case letters, digits and '-', beginning with a letter"
    ]


def test_a_chart_without_namespace_is_refused(app: App) -> None:
    assert list(web_service(Chart(app, "production")).problems()) == [
        "namespace: the chart has none, so its objects would land in `default`; give Chart(namespace=…)"
    ]


def test_a_second_construct_of_the_same_id_is_refused_at_once(chart: Chart) -> None:
    web_service(chart, "backend")
    with pytest.raises(ManifestError) as caught:
        worker(chart, "backend")
    assert str(caught.value) == (
        "production/backend: 1 problem\n"
        "  id: There is already a Construct with name 'backend' in Chart [production]; "
        "give each construct of a chart its own id"
    )
    assert caught.value.__cause__ is None  # or Python would print the JavaScript stack


def test_an_empty_id_is_refused_at_once(chart: Chart) -> None:
    with pytest.raises(ManifestError) as caught:
        web_service.make(chart, "", **web_service.fewest(chart))
    assert str(caught.value) == ("production: 1 problem\n  id: '' is empty; give a name")


def test_a_construct_outside_of_a_chart_is_refused_at_once(app: App) -> None:
    with pytest.raises(ManifestError) as caught:
        web_service(app)
    assert str(caught.value) == (
        "backend: 1 problem\n  scope: it is in no Chart, so there is no folder to write it to; give one as the scope"
    )
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", ["text", ["texts", "in a list"]])
def test_a_text_in_the_place_of_a_value_is_no_endless_search(value: object) -> None:
    assert list(problems_of(value)) == []
