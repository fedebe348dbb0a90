"""Secrets: declared without values, fetched by External Secrets or filled in by hand."""

import pytest
from constructs_revrx import Secret, SecretStore
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from .shop import APP_SECRET, REDIS_SECRET, Recipe, external_secrets, objects, secrets_template

both = pytest.mark.parametrize(
    "recipe", [external_secrets, secrets_template], ids=["external-secrets", "secrets-template"]
)


@both
def test_minimal(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe(chart)
    assert chart.to_json() == snapshot


@both
def test_everything(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe.everything(chart)
    assert chart.to_json() == snapshot


def test_a_secrets_files_are_below_run_secrets() -> None:
    assert APP_SECRET.directory == "/run/secrets/app-secret"
    assert APP_SECRET.file("API_KEY") == "/run/secrets/app-secret/API_KEY"


STORE = SecretStore.aws_secrets_manager(region="eu-central-1", prefix="shop/production/")


def test_each_key_is_fetched_from_its_property_below_the_prefix(chart: Chart) -> None:
    found = external_secrets(chart, store=STORE, secrets=[APP_SECRET]).external_secrets["app-secret"].to_json()
    assert found["spec"]["data"] == [
        {"secretKey": key, "remoteRef": {"key": "shop/production/app-secret", "property": key}}
        for key in ("DATABASE_URL", "API_KEY")
    ]


def test_an_entry_gone_from_the_store_by_mistake_does_not_take_the_secret_with_it(chart: Chart) -> None:
    found = external_secrets(chart, secrets=[APP_SECRET]).external_secrets["app-secret"].to_json()
    assert found["spec"]["target"] == {"name": "app-secret", "creationPolicy": "Owner", "deletionPolicy": "Retain"}


def test_values_are_fetched_anew_every_hour_from_the_store_beside(chart: Chart) -> None:
    secrets = external_secrets(chart, secrets=[APP_SECRET, REDIS_SECRET])
    store = secrets.store.to_json()
    assert (store["kind"], store["metadata"]["name"]) == ("SecretStore", "secret-store")
    for found in secrets.external_secrets.values():
        spec = found.to_json()["spec"]
        assert spec["refreshInterval"] == "1h"
        assert spec["secretStoreRef"] == {"kind": "SecretStore", "name": "secret-store"}


def test_there_is_one_external_secret_a_secret_and_it_has_its_name(chart: Chart) -> None:
    secrets = external_secrets(chart, secrets=[APP_SECRET, REDIS_SECRET])
    found = {name: o.to_json() for name, o in secrets.external_secrets.items()}
    assert {name: (o["kind"], o["metadata"]["name"]) for name, o in found.items()} == {
        "app-secret": ("ExternalSecret", "app-secret"),
        "redis-secret": ("ExternalSecret", "redis-secret"),
    }


def test_the_store_in_aws_is_reached_without_a_key(chart: Chart) -> None:
    store = external_secrets(chart, store=STORE).store.to_json()
    assert store["spec"] == {"provider": {"aws": {"service": "SecretsManager", "region": "eu-central-1"}}}


def test_any_provider_of_external_secrets_can_be_the_store(chart: Chart) -> None:
    provider = {"vault": {"server": "https://vault.example.com", "path": "kv", "version": "v2"}}
    store = external_secrets(chart, store=SecretStore(provider=provider, prefix="")).store.to_json()
    assert store["spec"] == {"provider": provider}


@both
def test_labels_name_each_secret(chart: Chart, recipe: Recipe) -> None:
    secrets = recipe(chart, secrets=[APP_SECRET])
    (found,) = [o for o in objects(secrets) if o["metadata"]["name"] == "app-secret"]
    assert found["metadata"]["labels"]["app.kubernetes.io/name"] == "app-secret"
    assert found["metadata"]["labels"]["app.kubernetes.io/component"] == "secrets"


def test_the_template_has_every_key_and_no_value(chart: Chart) -> None:
    template = secrets_template(chart, secrets=[APP_SECRET, REDIS_SECRET])
    found = {name: o.to_json() for name, o in template.secrets.items()}
    assert {name: o["stringData"] for name, o in found.items()} == {
        "app-secret": {"DATABASE_URL": "", "API_KEY": ""},
        "redis-secret": {"REDIS_PASSWORD": ""},
    }
    for o in found.values():
        assert (o["kind"], o["type"]) == ("Secret", "Opaque")
        assert "data" not in o


def test_the_template_needs_no_namespace(app: App) -> None:
    template = secrets_template(Chart(app, "template"), secrets=[APP_SECRET])
    assert list(template.problems()) == []
    assert "namespace" not in template.secrets["app-secret"].to_json()["metadata"]


@both
@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        pytest.param(
            Secret("app-secret", ()), "app-secret has no keys; name those that the program reads", id="no-keys"
        ),
        pytest.param(
            Secret("app-secret", ("API-KEY",)),
            "app-secret has the key 'API-KEY', which cannot be an environment variable; use A-Z, 0-9 and _",
            id="dash",
        ),
        pytest.param(
            Secret("app-secret", ("OK", "1ST")),
            "app-secret has the key '1ST', which cannot be an environment variable; use A-Z, 0-9 and _",
            id="digit",
        ),
        pytest.param(
            Secret("app-secret", ("",)),
            "app-secret has the key '', which cannot be an environment variable; use A-Z, 0-9 and _",
            id="empty",
        ),
    ],
)
def test_refuses(chart: Chart, recipe: Recipe, secret: Secret, problem: str) -> None:
    assert list(recipe(chart, secrets=[REDIS_SECRET, secret]).problems()) == [f"secrets: {problem}"]


def test_every_wrong_key_is_told(chart: Chart) -> None:
    assert list(secrets_template(chart, secrets=[Secret("s", ("a b", "OK", "c.d"))]).problems()) == [
        f"secrets: s has the key {key!r}, which cannot be an environment variable; use A-Z, 0-9 and _"
        for key in ("a b", "c.d")
    ]


def test_external_secrets_need_a_namespace(app: App) -> None:
    assert list(external_secrets(Chart(app, "production")).problems()) == [
        "namespace: the chart has none, so its objects would land in `default`; give Chart(namespace=…)"
    ]


@both
@pytest.mark.parametrize("again", [APP_SECRET, Secret(APP_SECRET.name, ("OTHER_KEY",))], ids=["same", "other-keys"])
def test_a_secret_that_is_declared_twice_is_refused(chart: Chart, recipe: Recipe, again: Secret) -> None:
    assert list(recipe(chart, secrets=[APP_SECRET, REDIS_SECRET, again]).problems()) == [
        "secrets: app-secret is declared 2 times; declare it once, with all its keys"
    ]


def test_a_secret_may_be_called_store(chart: Chart) -> None:
    secrets = external_secrets(chart, secrets=[Secret("store", ("KEY",))])
    assert list(secrets.problems()) == []
    assert secrets.external_secrets["store"].name == "store"


LONG = ".".join(["a" * 63] * 3)


@pytest.mark.parametrize("name", ["a", "app-secret", "app.secret.1", "a" * 63, f"{LONG}.{'a' * 61}"])
def test_a_secrets_name_is_a_dns_name(name: str) -> None:
    assert list(Secret(name, ("KEY",)).problems()) == []


@pytest.mark.parametrize(
    "name", ["", "App", "app_secret", "-app", "app-", "app..secret", ".app", "a" * 64, f"{LONG}.{'a' * 62}"]
)
def test_a_secret_of_a_name_that_kubernetes_refuses_is_refused(name: str) -> None:
    assert list(Secret(name, ("KEY",)).problems()) == [
        f"{name!r} is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]
