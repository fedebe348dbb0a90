"""What looks like a credential, by its value or by its name, and what does not."""

import time

import pytest

from kubecheck.objects.credentials import by_value, is_credential_field, is_harmless, is_placeholder, kind_of

# None of them was ever valid; put together here, so that no scanner of this repository takes one for a find.
A36, A22, A43 = "a1" * 18, "b2" * 11, "c3" * 21 + "c"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("AKIA" + "IOSFODNN7EXAMPLE", "an AWS access key"),
        ("key=ASIA" + "IOSFODNN7EXAMPLE;", "an AWS access key"),
        ("-----BEGIN " + "PRIVATE KEY-----\nMII", "a private key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMII", "a private key"),
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3B", "a private key"),
        ("ghp_" + A36, "a GitHub token"),
        ("github_pat_" + A36 + A22, "a GitHub token"),
        ("glpat-" + A22, "a GitLab token"),
        ("xoxb-" + "12345678901-abc", "a Slack token"),
        ("https://hooks.slack.com/services/" + "T0/B0/x", "a Slack webhook"),
        ("AIza" + A36, "a Google API key"),
        ("sk_live_" + A36, "a Stripe key"),
        ("hvs." + A36, "a Vault token"),
        ("npm_" + A36, "an npm token"),
        (f"SG.{A22}.{A43}", "a SendGrid key"),
        ("sk-proj-" + A43, "an OpenAI key"),
        ("AGE-SECRET-KEY-1" + "Q" * 58, "an age key"),
        (f"Bearer eyJ{A22}.eyJ{A22}.{A22}", "a JSON Web Token"),
        ('{"auths": {"ghcr.io": {"auth": "' + A22 + '"}}}', "a registry's login"),
        ("redis://:hunter2@redis", "a URL with a password"),
        ("amqp://guest:guest@rabbitmq:5672//", "a URL with a password"),
        ("DSN=HTTPS://a:b@c", "a URL with a password"),
        ("jdbc:postgresql://db/shop?user=shop&password=hunter2", "a URL with a password"),
    ],
)
def test_a_value_of_an_unmistakable_form_is_a_credential_under_any_name(value: str, found: str) -> None:
    assert by_value(value) == found
    assert kind_of("ANY", value) == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        "redis://redis:6379/0",
        "redis://:$(REDIS_PASSWORD)@redis:6379/0",
        "redis://:${REDIS_PASSWORD}@redis:6379/0",
        "postgres://{{ .user }}:{{ .password }}@db/shop",
        "postgres://shop:***@db/shop",
        "postgresql://shop@db:5432/shop",
        "https://example.com/a:b@c",
        "https://example.com:8443/@scope/package",
        "docker://alpine:3.20@sha256:" + "0" * 64,
        "jdbc:postgresql://db/shop?user=shop&password=${PASSWORD}",
        "-----BEGIN CERTIFICATE-----\nMII",
        "-----BEGIN PUBLIC KEY-----\nMII",
        "registry.example.com/sk-learn-image:1.0",
        "npm_config_registry=https://registry.example.com",
        "SG.eu-central-1.example",
        "task-skip-over-everything-that-is-there",
        "eyJhbGciOi.png",
        "xoxo-kisses",
        '{"auths": {"ghcr.io": {"auth": ""}}}',
        "ghcr.io/shop/" + A36,
    ],
)
def test_other_values_are_none(value: str) -> None:
    assert by_value(value) is None


@pytest.mark.parametrize(
    "name", ["PASSWORD", "DB_PASSWORD", "dbPassword", "app.password", "api-key", "JWT_SECRET", "TOKEN2"]
)
def test_a_name_that_ends_as_a_credential_s_makes_its_value_one(name: str) -> None:
    assert kind_of(name, "hunter2") == "by its name"


@pytest.mark.parametrize(
    "name",
    [
        *("TOKEN_TTL", "PASSWORD_MIN_LENGTH", "MAX_TOKENS", "SECRET_NAME", "MONKEY", "password_file"),
        *("ETCD_INITIAL_CLUSTER_TOKEN", "--initial-cluster-token", "ETCD_AUTH_TOKEN"),
    ],
)
def test_other_names_do_not(name: str) -> None:
    assert kind_of(name, "hunter2") is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "$(OTHER)",
        "$(curl -s http://api/token | jq -r .token) &&\ncurl http://api",
        '"$(cat /run/token)"',
        "`cat /run/token`",
        "${OTHER}",
        "${OTHER:-none}",
        "<fill in>",
        "{{ .password }}",
        "ENC[AES256_GCM,data:x]",
        "****",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db",
        "ocid1.key.oc1.eu-frankfurt-1.x",
        "vault:secret/data/db#password",
        "op://vault/db/password",
        "ref+vault://db/password",
    ],
)
def test_a_reference_or_a_placeholder_gives_nothing_away(value: str) -> None:
    assert is_placeholder(value)
    assert kind_of("PASSWORD", value) is None


@pytest.mark.parametrize("value", ["/run/secrets/db", "true", "Required", "0", "365"])
def test_neither_does_a_path_or_a_setting(value: str) -> None:
    assert is_harmless(value)
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"),
        ("dbPassword", "hunter2"),
        ("admin_password", "hunter2"),
        ("token", "abcdef"),
        ("accessToken", "abcdef"),
        ("apiKey", "abcdef"),
        ("client-secret", "abcdef"),
        ("secretAccessKey", "abcdef"),
        ("Authorization", "Bearer abcdef"),
        ("authorization", "basic YWJj"),
    ],
)
def test_fields_of_some_names_hold_credentials_in_any_object(name: str, value: str) -> None:
    assert is_credential_field(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret", "db-secret"),
        ("secretKey", "PASSWORD"),
        ("secretName", "db-secret"),
        ("encryptionKey", "alias/db"),
        ("passwordKey", "password"),
        ("password", "password"),
        ("api-key", "API_KEY"),
        ("password", "{{ .password }}"),
        ("token", "/run/secrets/token"),
        ("Authorization", "Bearer {{ .token }}"),
        ("Authorization", "required"),
    ],
)
def test_fields_of_other_names_or_with_the_name_of_a_key_do_not(name: str, value: str) -> None:
    assert not is_credential_field(name, value)


@pytest.mark.parametrize(
    "text", ["a" * 10**5, "://" * 10**5, "://a:" * 10**5, "-----BEGIN " * 10**5, 'eyJ.eyJ"auth":' * 10**5]
)
def test_a_long_text_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    start = time.process_time()
    by_value(text)
    assert time.process_time() - start < 2
