"""Secrets: declared without values; fetched by External Secrets, sealed, there already, or filled in by hand."""

import base64
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import (
    ExistingStore,
    ManifestError,
    RemoteRef,
    RemoteSecret,
    Sealed,
    Secret,
    SecretStore,
    synth,
)
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import (
    APP_SECRET,
    REDIS_SECRET,
    SEALED_VALUE,
    SECRETS,
    Recipe,
    existing_secrets,
    external_secrets,
    objects,
    sealed_secrets,
    secrets_template,
    web_service,
)

every_way = pytest.mark.parametrize("recipe", SECRETS.values(), ids=SECRETS)
both = pytest.mark.parametrize(
    "recipe", [external_secrets, secrets_template], ids=["external-secrets", "secrets-template"]
)


@every_way
def test_minimal(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe(chart)
    assert chart.to_json() == snapshot


@every_way
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


@pytest.mark.parametrize(
    "recipe",
    [external_secrets, secrets_template, existing_secrets],
    ids=["external-secrets", "secrets-template", "existing-secrets"],
)
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


@pytest.mark.parametrize("name", ["a", "app-secret", "app.secret.1", "a" * 64, f"{LONG}.{'a' * 61}"])
def test_a_secrets_name_is_a_dns_name(name: str) -> None:
    assert list(Secret(name, ("KEY",)).problems()) == []


@pytest.mark.parametrize("name", ["", "App", "app_secret", "-app", "app-", "app..secret", ".app", f"{LONG}.{'a' * 62}"])
def test_a_secret_of_a_name_that_kubernetes_refuses_is_refused(name: str) -> None:
    assert list(Secret(name, ("KEY",)).problems()) == [
        f"{name!r} is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]


def test_a_value_may_be_in_another_entry_and_under_another_name(chart: Chart) -> None:
    remote = RemoteSecret(APP_SECRET, {"API_KEY": RemoteRef("payments", property="live.key", version="3")})
    found = external_secrets(chart, store=STORE, secrets=[remote]).external_secrets["app-secret"].to_json()
    assert found["spec"]["data"] == [
        {
            "secretKey": "DATABASE_URL",
            "remoteRef": {"key": "shop/production/app-secret", "property": "DATABASE_URL"},
        },
        {
            "secretKey": "API_KEY",
            "remoteRef": {"key": "shop/production/payments", "property": "live.key", "version": "3"},
        },
    ]


def test_a_value_may_be_an_entry_as_it_is(chart: Chart) -> None:
    remote = RemoteSecret(REDIS_SECRET, {"REDIS_PASSWORD": RemoteRef("redis/password")})
    found = external_secrets(chart, secrets=[remote]).external_secrets["redis-secret"].to_json()
    assert found["spec"]["data"] == [{"secretKey": "REDIS_PASSWORD", "remoteRef": {"key": "redis/password"}}]


@pytest.mark.parametrize("kind", ["ClusterSecretStore", "SecretStore"])
def test_a_store_that_is_there_is_named_and_not_made(chart: Chart, kind: Any) -> None:
    secrets = external_secrets(
        chart, store=ExistingStore(name="vault", kind=kind, prefix="shop/"), secrets=[APP_SECRET]
    )
    assert secrets.store is None
    (found,) = objects(secrets)
    assert found["spec"]["secretStoreRef"] == {"kind": kind, "name": "vault"}
    assert found["spec"]["data"][0]["remoteRef"]["key"] == "shop/app-secret"
    synth(App.of(chart))


def test_a_store_that_is_there_is_the_clusters_by_default() -> None:
    assert ExistingStore(name="vault") == ExistingStore(name="vault", kind="ClusterSecretStore", prefix="")


@pytest.mark.parametrize("interval", ["1h", "15m", "1h30m", "0.5h", "90s", "1h0m0s"])
def test_values_are_fetched_as_often_as_is_said(chart: Chart, interval: str) -> None:
    secrets = external_secrets(chart, secrets=[APP_SECRET], refresh_interval=interval)
    assert list(secrets.problems()) == []
    assert secrets.external_secrets["app-secret"].to_json()["spec"]["refreshInterval"] == interval


@pytest.mark.parametrize("interval", ["", "0", "0s", "0h0m", "1", "1d", "one hour", "-1h", "1 h"])
def test_an_interval_that_is_none_is_refused(chart: Chart, interval: str) -> None:
    assert list(external_secrets(chart, refresh_interval=interval).problems()) == [
        f"refresh_interval: {interval!r} is not a time above none in Go's units; write e.g. 15m or 1h30m"
    ]


@pytest.mark.parametrize(
    ("refs", "problem"),
    [
        pytest.param(
            {"TOKEN": RemoteRef("a")},
            "app-secret: refs: TOKEN is no key of it, which has DATABASE_URL, API_KEY; declare it there",
            id="another key",
        ),
        pytest.param(
            {"API_KEY": RemoteRef("")},
            "app-secret: refs: API_KEY: key is empty; name it, or leave it out",
            id="no entry",
        ),
        pytest.param(
            {"API_KEY": RemoteRef("a", property="")},
            "app-secret: refs: API_KEY: property is empty; name it, or leave it out",
            id="no property",
        ),
        pytest.param(
            {"API_KEY": RemoteRef("a", version="")},
            "app-secret: refs: API_KEY: version is empty; name it, or leave it out",
            id="no version",
        ),
    ],
)
def test_a_place_in_the_store_that_cannot_be_is_refused(chart: Chart, refs: dict[str, RemoteRef], problem: str) -> None:
    secrets = external_secrets(chart, secrets=[RemoteSecret(APP_SECRET, refs)])
    assert list(secrets.problems()) == [f"secrets: {problem}"]


def test_a_store_of_a_name_that_kubernetes_refuses_is_refused(chart: Chart) -> None:
    assert list(external_secrets(chart, store=ExistingStore(name="Vault")).problems()) == [
        "store: 'Vault' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]


@pytest.mark.parametrize(
    "provider",
    [
        {"vault": {"server": "https://vault.example.com", "auth": {"token": "s.Zq8pVn2LkTr5"}}},
        {"webhook": {"url": "https://store.example.com", "headers": {"Authorization": "Bearer s3cr3tvalue99"}}},
    ],
    ids=["token", "header"],
)
def test_a_store_with_a_plain_token_is_refused_without_showing_it(
    app: App, chart: Chart, tmp_path: Path, provider: dict[str, Any]
) -> None:
    external_secrets(chart, store=SecretStore(provider=provider, prefix=""), secrets=[APP_SECRET])
    with pytest.raises(ManifestError, match=r"SecretStore secret-store: spec\.provider\.") as caught:
        synth(app)
    assert not any(value in str(caught.value) for value in ("s.Zq8pVn2LkTr5", "s3cr3tvalue99"))
    assert [*tmp_path.rglob("*.yaml")] == []


def test_a_store_may_refer_to_the_secret_with_its_token(app: App, chart: Chart) -> None:
    auth = {"tokenSecretRef": {"name": "vault-token", "key": "token"}}
    store = SecretStore(provider={"vault": {"server": "https://vault.example.com", "auth": auth}}, prefix="")
    external_secrets(chart, store=store, secrets=[APP_SECRET])
    synth(app, external={"Secret/shop/vault-token"})


def test_secrets_that_are_there_may_be_referred_to(chart: Chart) -> None:
    web_service(chart, env_from=[APP_SECRET])
    with pytest.raises(ManifestError, match="Secret app-secret is made by nothing in namespace shop"):
        synth(App.of(chart))
    given = existing_secrets(chart, secrets=[APP_SECRET])
    synth(App.of(chart))
    assert objects(given) == []


@pytest.mark.parametrize(
    ("scope", "annotations"),
    [
        ("strict", None),
        ("namespace-wide", {"sealedsecrets.bitnami.com/namespace-wide": "true"}),
        ("cluster-wide", {"sealedsecrets.bitnami.com/cluster-wide": "true"}),
    ],
)
def test_a_sealed_secret_has_the_encrypted_values_and_their_scope(
    chart: Chart, scope: Any, annotations: dict[str, str] | None
) -> None:
    sealed = sealed_secrets(chart, secrets=[Sealed(REDIS_SECRET, {"REDIS_PASSWORD": SEALED_VALUE}, scope=scope)])
    assert list(sealed.problems()) == []
    found = sealed.sealed_secrets["redis-secret"].to_json()
    assert (found["kind"], found["metadata"]["name"]) == ("SealedSecret", "redis-secret")
    assert found["metadata"].get("annotations") == annotations
    assert found["spec"] == {
        "encryptedData": {"REDIS_PASSWORD": SEALED_VALUE},
        "template": {"type": "Opaque", "metadata": {"labels": found["metadata"]["labels"]}},
    }
    web_service(chart, env_from=[REDIS_SECRET])
    synth(App.of(chart))


def sealed_as(rsa: int, rest: int) -> str:
    return base64.b64encode(rsa.to_bytes(2, "big") + bytes(rest)).decode()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(sealed_as(512, 512 + 16), id="an empty value"),
        pytest.param(sealed_as(256, 256 + 16 + 9), id="RSA of 2048 bits"),
        pytest.param(sealed_as(1024, 1024 + 16 + 9), id="RSA of 8192 bits"),
        pytest.param(sealed_as(512, 512 + 16 + 100_000), id="a long value"),
    ],
)
def test_what_kubeseal_prints_is_accepted(chart: Chart, value: str) -> None:
    assert list(sealed_secrets(chart, secrets=[Sealed(REDIS_SECRET, {"REDIS_PASSWORD": value})]).problems()) == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("hunter2", id="plain"),
        pytest.param(base64.b64encode(b"hunter2").decode(), id="encoded"),
        pytest.param(base64.b64encode(bytes(range(256)) * 4).decode(), id="long and encoded"),
        pytest.param("x" * 748, id="as long"),
        pytest.param(SEALED_VALUE[:-20], id="cut"),
        pytest.param(SEALED_VALUE + "\n", id="with a line's end"),
        pytest.param("-" + SEALED_VALUE[1:], id="not base64"),
        pytest.param(sealed_as(512, 512 + 15), id="without a tag"),
        pytest.param(sealed_as(255, 512 + 16), id="a key too short"),
        pytest.param(sealed_as(1025, 1025 + 16), id="a key too long"),
    ],
)
def test_what_kubeseal_did_not_print_is_refused_and_never_told(chart: Chart, value: str) -> None:
    sealed = sealed_secrets(chart, secrets=[Sealed(REDIS_SECRET, {"REDIS_PASSWORD": value})])
    assert list(sealed.problems()) == [
        f"secrets: redis-secret: REDIS_PASSWORD is not what kubeseal prints ({len(value)} characters); if that is the "
        "secret itself, it is no longer one: change it; paste what `kubeseal --raw --namespace shop --name "
        "redis-secret` prints for it"
    ]


@pytest.mark.parametrize(
    ("scope", "command"),
    [
        ("strict", "kubeseal --raw --namespace NAMESPACE --name app-secret"),
        ("namespace-wide", "kubeseal --raw --namespace NAMESPACE --scope namespace-wide"),
        ("cluster-wide", "kubeseal --raw --scope cluster-wide"),
    ],
)
def test_a_key_without_a_value_is_refused_with_the_command_for_its_scope(
    chart: Chart, scope: Any, command: str
) -> None:
    sealed = sealed_secrets(chart, secrets=[Sealed(APP_SECRET, {"DATABASE_URL": SEALED_VALUE}, scope=scope)])
    assert list(sealed.problems()) == [
        f"secrets: app-secret: API_KEY has no value; paste what `{command}` prints for it"
    ]


def test_a_value_without_a_key_is_refused(chart: Chart) -> None:
    values = {"REDIS_PASSWORD": SEALED_VALUE, "OTHER": SEALED_VALUE}
    assert list(sealed_secrets(chart, secrets=[Sealed(REDIS_SECRET, values)]).problems()) == [
        "secrets: redis-secret has no key OTHER, which is read; declare it"
    ]


def test_a_secret_that_is_sealed_twice_is_refused(chart: Chart) -> None:
    sealed = Sealed(REDIS_SECRET, {"REDIS_PASSWORD": SEALED_VALUE})
    assert list(sealed_secrets(chart, secrets=[sealed, sealed]).problems()) == [
        "secrets: redis-secret is declared 2 times; declare it once, with all its keys"
    ]
