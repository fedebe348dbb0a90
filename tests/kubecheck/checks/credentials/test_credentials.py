"""Credentials in env, commands and ConfigMaps."""

import pytest

from kubecheck.checks.credentials.credentials import plain_credential

from ...given import container, o, texts, workload


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "hunter2"),
        ("DB_PASSWORD", "hunter2"),
        ("dbPassword", "hunter2"),
        ("app.password", "hunter2"),
        ("API_KEY", "abcdef"),
        ("APIKEY", "abcdef"),
        ("AWS_SECRET_ACCESS_KEY", "abcdef"),
        ("PRIVATE_KEY", "abcdef"),
        ("SESSION_SECRET", "a/b/c"),
        ("GITHUB_TOKEN", "x"),
        ("ANY", "ASIAIOSFODNN7EXAMPLE"),
        ("ANY", "-----BEGIN RSA PRIVATE KEY-----"),
        ("ANY", "ghp_" + "a" * 36),
        ("ANY", "amqp://guest:guest@rabbitmq:5672//"),
        ("ANY", "redis://:hunter2@redis"),
    ],
)
def test_what_looks_like_a_credential(name: str, value: str) -> None:
    for found in (o("ConfigMap", data={name: value}), workload(pod=container(env=[{"name": name, "value": value}]))):
        (text,) = texts(plain_credential, [found])
        assert value not in text
        assert texts(plain_credential, [found], public={name}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres/POSTGRES_PASSWORD"),
        ("POSTGRES_SECRET", "/run/secrets/postgres"),
        ("REDIS_URL", "redis://:$(REDIS_PASSWORD)@redis:6379/0"),
        ("REDIS_URL", "redis://redis:6379/0"),
        ("URL", "https://example.com/a:b@c"),
        ("URL", "postgresql://shop@db:5432/shop"),
        ("PASSWORD", "$(OTHER)"),
        ("PASSWORD", "${OTHER}"),
        ("PASSWORD", ""),
        ("PASSWORD", "<fill in>"),
        ("USE_TOKEN", "true"),
        ("SMTP_SECRET", "smtp-secret"),
        ("TOKEN_TTL", "3600"),
        ("MAX_TOKENS", "4096"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("SECRET_NAME", "smtp-secret"),
        ("KEYBOARD", "qwerty"),
        ("MONKEY", "banana"),
        ("ca.crt", "-----BEGIN CERTIFICATE-----\n"),
        ("nginx.conf", "proxy_set_header Authorization $http_authorization;"),
    ],
)
def test_what_does_not_look_like_a_credential(name: str, value: str) -> None:
    secret = o("ExternalSecret", "smtp", spec={"target": {"name": "smtp-secret"}})
    for found in (o("ConfigMap", data={name: value}), workload(pod=container(env=[{"name": name, "value": value}]))):
        assert texts(plain_credential, [secret, found]) == []
