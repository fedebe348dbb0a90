"""Values of secrets in Secrets, in stores, and in the fields of other objects."""

import time
from typing import Any

import pytest

from kubecheck.checks.credentials.secrets import exposed_credential, secret_value

from ...given import Object, container, o, texts, workload

READABLE = "which everyone who may read this repository would have"


@pytest.mark.parametrize(
    ("field", "data", "held"),
    [
        ("data", {"PASSWORD": "aHVudGVyMg=="}, "data holds the value of PASSWORD"),
        ("stringData", {"PASSWORD": "hunter2", "USER": "shop"}, "stringData holds values of PASSWORD, USER"),
        ("data", {"PASSWORD": "/9j/4AAQ"}, "data holds the value of PASSWORD"),
        ("stringData", {"PIN": 1234}, "stringData holds the value of PIN"),
        ("data", {".dockerconfigjson": "eyJhdXRocyI6e319"}, "data holds the value of .dockerconfigjson"),
    ],
)
def test_a_secret_holds_no_value(field: str, data: Object, held: str) -> None:
    (text,) = texts(secret_value, [o("Secret", **{field: data})])
    assert text == (
        f"Secret a: {held}, {READABLE}; leave it empty, and let an ExternalSecret or a SealedSecret bring it"
    )
    assert texts(secret_value, [o("Secret", **{field: data})], public=set(data)) != [], "no name makes it public"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"data": None},
        {"data": {"PASSWORD": ""}, "stringData": {"USER": None}},
        {"stringData": {"PASSWORD": "<fill in>", "URL": "${URL}"}},
        {"stringData": {"PASSWORD": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}, "sops": {"mac": "x"}},
        {"type": "kubernetes.io/service-account-token"},
        {"data": "of another shape"},
    ],
    ids=str,
)
def test_a_secret_without_a_value_is_no_error(fields: Object) -> None:
    assert texts(secret_value, [o("Secret", **fields)]) == []


def test_what_helm_writes_into_a_pipe_is_in_no_file() -> None:
    secret = o("Secret", stringData={"PASSWORD": "hunter2"})
    assert texts(secret_value, [secret], is_kept=lambda _: False) == []


def test_a_secret_of_another_api_is_another_kind() -> None:
    other = {**o("Secret", data={"a": "b"}), "apiVersion": "example.com/v1"}
    assert texts(secret_value, [other]) == []


@pytest.mark.parametrize("kind", ["SecretStore", "ClusterSecretStore"])
@pytest.mark.parametrize(
    ("provider", "place", "way_out"),
    [
        (
            {"vault": {"auth": {"token": "s.abc"}}},
            "vault.auth.token holds a value of 5 characters",
            "refer to the key of a Secret",
        ),
        (
            {"aws": {"auth": {"secretRef": {"secretAccessKey": "abc"}}}},
            "aws.auth.secretRef.secretAccessKey holds a value of 3 characters",
            "refer to the key of a Secret",
        ),
        (
            {"webhook": {"secrets": [{"name": "a", "apiKey": "abc"}]}},
            "webhook.secrets.0.apiKey holds a value of 3 characters",
            "refer to the key of a Secret",
        ),
        (
            {"fake": {"data": [{"key": "db", "value": "hunter2"}]}},
            "fake.data holds the value of db",
            "take a provider that keeps secrets",
        ),
    ],
)
def test_a_store_refers_to_what_it_needs(kind: str, provider: Object, place: str, way_out: str) -> None:
    assert texts(secret_value, [o(kind, spec={"provider": provider})]) == [
        f"{kind} a: spec.provider.{place}, {READABLE}; {way_out}"
    ]


@pytest.mark.parametrize(
    "provider",
    [
        {"vault": {"server": "https://vault", "auth": {"tokenSecretRef": {"name": "vault-token", "key": "token"}}}},
        {"aws": {"region": "eu-central-1", "auth": {"secretRef": {"secretAccessKeySecretRef": {"key": "secret"}}}}},
        {"oracle": {"encryptionKey": "ocid1.key.oc1.eu-frankfurt-1.abc"}},
        {"webhook": {"headers": {"X-Token": "{{ .auth.token }}"}}},
        {"fake": {"data": [{"key": "db", "value": ""}]}},
        {"vault": {"auth": {"token": {"name": "vault-token"}}}},
        "of another shape",
    ],
    ids=str,
)
def test_a_store_that_refers_to_secrets_is_no_error(provider: Any) -> None:
    assert texts(secret_value, [o("SecretStore", spec={"provider": provider})]) == []


@pytest.mark.parametrize(
    ("found", "place", "kind", "key"),
    [
        (
            o("HelmRelease", spec={"values": {"auth": {"password": "hunter2"}}}),
            "spec.values.auth.password",
            "by its name, 7 characters",
            "password",
        ),
        (
            o("Application", spec={"parameters": [{"name": "auth.password", "value": "hunter2"}]}),
            "spec.parameters.0.value",
            "by its name, 7 characters",
            "auth.password",
        ),
        (
            o("Certificate", spec={"keystores": {"jks": {"password": "changeit"}}}),
            "spec.keystores.jks.password",
            "by its name, 8 characters",
            "password",
        ),
        (
            o("TriggerAuthentication", spec={"hashiCorpVault": {"credential": {"token": "s.abc"}}}),
            "spec.hashiCorpVault.credential.token",
            "by its name, 5 characters",
            "token",
        ),
        (
            o("Middleware", annotations={"example.com/url": "redis://:hunter2@redis"}),
            "metadata.annotations.example.com/url",
            "a URL with a password, 22 characters",
            "example.com/url",
        ),
        (
            workload(
                pod=container(
                    livenessProbe={"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "Basic YTpi"}]}}
                )
            ),
            "spec.template.spec.containers.0.livenessProbe.httpGet.httpHeaders.0.value",
            "by its name, 10 characters",
            "Authorization",
        ),
        (
            workload(pod=container(lifecycle={"preStop": {"exec": {"command": ["redis://:hunter2@redis"]}}})),
            "spec.template.spec.containers.0.lifecycle.preStop.exec.command.0",
            "a URL with a password, 22 characters",
            "command",
        ),
        (
            o("ExternalSecret", spec={"target": {"template": {"data": {"password": "hunter2"}}}}),
            "spec.target.template.data.password",
            "by its name, 7 characters",
            "password",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_a_credential_is_found_in_any_field(found: Object, place: str, kind: str, key: str) -> None:
    assert texts(exposed_credential, [found]) == [
        f"{found['kind']} a: {place} looks like a credential ({kind}), {READABLE}; refer to a Secret, or say that it "
        "is none"
    ]
    assert texts(exposed_credential, [found], public={key}) == []


@pytest.mark.parametrize(
    "found",
    [
        o(
            "ExternalSecret",
            spec={"data": [{"secretKey": "PASSWORD", "remoteRef": {"key": "db", "property": "password"}}]},
        ),
        o("ExternalSecret", spec={"target": {"template": {"data": {"password": "{{ .password }}"}}}}),
        o("SealedSecret", spec={"encryptedData": {"password": "AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq"}}),
        o("ServiceMonitor", spec={"endpoints": [{"basicAuth": {"password": {"name": "metrics", "key": "password"}}}]}),
        o("HelmRelease", spec={"values": {"auth": {"password": "", "existingSecret": "db"}, "token": "${TOKEN}"}}),
        o("User", spec={"connectionKeys": {"password": "password"}}),
        o("CustomResourceDefinition", spec={"description": "e.g. https://user:password@example.com", "token": "x"}),
        workload(pod=container(image="registry.example.com:5000/web@sha256:" + "0" * 64)),
    ],
    ids=lambda found: found["kind"],
)
def test_references_names_of_keys_and_what_is_encrypted_are_no_error(found: Object) -> None:
    assert texts(exposed_credential, [found]) == []


def test_the_name_of_a_secret_of_the_namespace_is_no_credential() -> None:
    user = o("User", spec={"password": "db-user"})
    assert len(texts(exposed_credential, [user])) == 1
    assert texts(exposed_credential, [user, o("ExternalSecret", "db-user")]) == []
    assert len(texts(exposed_credential, [user, o("ExternalSecret", "db-user", namespace="other")])) == 1


def test_what_another_check_reads_is_told_once() -> None:
    pod = container(env=[{"name": "PASSWORD", "value": "hunter2"}], command=["redis://:a@b"], args=["redis://:a@b"])
    assert texts(exposed_credential, [workload(pod=pod), o("ConfigMap", data={"PASSWORD": "hunter2"})]) == []


def test_an_object_of_any_depth_that_refers_to_itself_is_read_in_time() -> None:
    deep: Object = {"token": "abcdef"}
    for _ in range(10_000):
        deep = {"a": [deep, deep]}
    deep["again"] = deep
    start = time.process_time()
    assert len(texts(exposed_credential, [o("Any", spec=deep)])) == 1
    assert time.process_time() - start < 2
