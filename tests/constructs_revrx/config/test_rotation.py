"""A Secret's new value reaches the pods: by a revision that someone bumps, or by Reloader."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from constructs_revrx import Container, Pods, Sealed, Secret, SecretStore, Volume
from cdk8s import App, Chart

from ..properties.shop import (
    APP_SECRET,
    PODS,
    REDIS_SECRET,
    SCALED,
    SEALED_VALUE,
    SMALL,
    TAGGED,
    Object,
    Recipe,
    external_secrets,
    pod_template,
    postgres,
    rabbitmq,
    redis,
    suspended_cron_job,
    web_service,
    worker,
)

FIRST = replace(APP_SECRET, revision="1")
OTHER = Secret("other-secret", ("OTHER",), revision="2026-08-01")
RELOADED = replace(APP_SECRET, reload=True)
RELOAD = "secret.reloader.stakater.com/reload"

scaled = pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)


@pytest.fixture
def charts(app: App) -> Iterator[Chart]:
    return (Chart(app, f"chart-{number}", namespace="shop") for number in range(9))


def annotations(o: Object) -> dict[str, str]:
    found: dict[str, str] = o["metadata"].get("annotations", {})
    return found


def workload_annotations(workload: Recipe) -> dict[str, str]:
    for attribute in ("deployment", "stateful_set", "cron_job"):
        if manifest := getattr(workload, attribute, None):
            return annotations(manifest.to_json())
    raise AssertionError(workload)


@scaled
def test_another_revision_rolls_the_pods(charts: Iterator[Chart], recipe: Recipe) -> None:
    before, after = (
        pod_template(recipe(next(charts), env_from=[replace(FIRST, revision=revision)])) for revision in ("1", "2")
    )
    assert (annotations(before), annotations(after)) == (
        {"revision/secrets": "app-secret=1"},
        {"revision/secrets": "app-secret=2"},
    )
    assert before["spec"] == after["spec"]


@scaled
def test_without_a_revision_there_is_nothing(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, env_from=[APP_SECRET], secret_files=[REDIS_SECRET])
    assert annotations(pod_template(workload)) == workload_annotations(workload) == {}


def test_secrets_as_variables_as_files_and_of_other_containers_count(chart: Chart) -> None:
    third, fourth = (Secret(name, ("K",), revision="a") for name in ("third", "fourth"))
    beside = Container(name="beside", image=TAGGED, resources=SMALL, volumes={"/third": Volume.secret(third)})
    before = Container(name="before", image=TAGGED, resources=SMALL, env_from=[fourth])
    backend = web_service(
        chart, env_from=[OTHER], secret_files=[FIRST], containers=[beside], init_containers=[before], pods=PODS
    )
    assert annotations(pod_template(backend)) == {
        **PODS.annotations,
        "revision/secrets": "app-secret=1, fourth=a, other-secret=2026-08-01, third=a",
    }


def test_a_user_s_annotation_does_not_hide_the_revision(chart: Chart) -> None:
    backend = web_service(chart, env_from=[FIRST], pods=Pods(annotations={"revision/secrets": "mine"}))
    assert annotations(pod_template(backend)) == {"revision/secrets": "app-secret=1"}


def test_another_revision_has_external_secrets_fetch_the_values_at_once(chart: Chart) -> None:
    store = SecretStore.aws_secrets_manager(region="eu-central-1", prefix="")
    found = external_secrets(chart, store=store, secrets=[FIRST, REDIS_SECRET]).external_secrets
    assert annotations(found["app-secret"].to_json()) == {"force-sync": "1"}
    assert annotations(found["redis-secret"].to_json()) == {}


@scaled
def test_reloader_is_told_which_secrets_to_watch(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, env_from=[replace(OTHER, reload=True)], secret_files=[RELOADED, REDIS_SECRET])
    assert workload_annotations(workload) == {RELOAD: "app-secret,other-secret"}
    assert RELOAD not in annotations(pod_template(workload))


def test_reloader_leaves_cron_jobs_alone_for_it_would_start_a_job(chart: Chart) -> None:
    assert workload_annotations(suspended_cron_job(chart, env_from=[RELOADED])) == {}


@pytest.mark.parametrize(("recipe", "restarts"), [(redis, True), (rabbitmq, True), (postgres, False)])
def test_a_datastore_restarts_when_that_makes_it_take_the_new_value(
    chart: Chart, recipe: Recipe, restarts: bool
) -> None:
    secret = replace(recipe.fewest(chart)["secret"], revision="2", reload=True)
    server = recipe(chart, secret=secret)
    revised, reloaded = {"revision/secrets": f"{secret.name}=2"}, {RELOAD: secret.name}
    assert annotations(pod_template(server)) == (revised if restarts else {})
    assert workload_annotations(server) == (reloaded if restarts else {})


def test_a_value_that_is_sealed_anew_rolls_the_pods(charts: Iterator[Chart]) -> None:
    old = Sealed(APP_SECRET, dict.fromkeys(APP_SECRET.keys, SEALED_VALUE))
    new = Sealed(APP_SECRET, {**old.encrypted_data, "API_KEY": f"{SEALED_VALUE[:-4]}AAAA"})
    before, again, after = (
        annotations(pod_template(worker(next(charts), env_from=[sealed.revised])))["revision/secrets"]
        for sealed in (old, Sealed(APP_SECRET, dict(reversed(old.encrypted_data.items()))), new)
    )
    assert before == again != after
    assert before.startswith("app-secret=")
