"""S3: which stores a backup reaches, and how its program is told."""

from typing import Any

import pytest
from constructs_revrx import S3, CertificateAuthority, ConfigMap, Endpoint, ExistingConfigMap, Internet
from cdk8s import App, Chart
from constructs_revrx.core.component import problems_of

from ...properties.shop import AWS_SECRET, K8S, backup_cron_job, container, external, scheduler, web_service

CIDR = ("10.0.1.0/24",)
MINIO = {"port": 9000, "ports": {"console": 9001}}


def egress(destination: S3, chart: Chart) -> list[tuple[int, Any]]:
    """What the backup reaches beside DNS, the database and the mail server: of the internet only that it is that."""
    rules = backup_cron_job(chart, destination=destination).network_policy.to_json()["spec"]["egress"]
    found = [
        (rule["ports"][0]["port"], rule["to"]) for rule in rules if rule["ports"][0]["port"] not in (53, 5432, 587)
    ]
    return [(port, "internet" if "except" in str(to) else to) for port, to in found]


def told(destination: S3, chart: Chart) -> dict[str, str]:
    variables = container(backup_cron_job(chart, destination=destination))["env"]
    return {v["name"]: v["value"] for v in variables if v["name"].startswith(("BACKUP_", "AWS_"))}


def problems(**options: Any) -> list[str]:
    return list(problems_of(S3(secret=AWS_SECRET, **options)))


@pytest.mark.parametrize(
    ("options", "reached"),
    [
        pytest.param({}, [(443, "internet")], id="aws"),
        pytest.param({"url": "https://s3.example.com"}, [(443, "internet")], id="url"),
        pytest.param({"url": "https://minio.example.com:9000"}, [(9000, "internet")], id="port"),
        pytest.param(
            {"url": "https://minio.example.com:9000", "cidrs": CIDR},
            [(9000, [{"ipBlock": {"cidr": "10.0.1.0/24"}}])],
            id="cidrs",
        ),
        pytest.param({"cidrs": CIDR}, [(443, [{"ipBlock": {"cidr": "10.0.1.0/24"}}])], id="endpoint-of-a-vpc"),
        pytest.param(
            {"url": "https://10.0.2.7:9000"}, [(9000, [{"ipBlock": {"cidr": "10.0.2.7/32"}}])], id="private-address"
        ),
    ],
)
def test_the_port_of_the_url_is_opened(chart: Chart, options: dict[str, Any], reached: list[Any]) -> None:
    assert problems(**options) == []
    assert egress(S3(secret=AWS_SECRET, **options), chart) == reached


def test_a_store_in_the_cluster_is_connected_like_any_other(chart: Chart) -> None:
    minio = web_service(chart, "minio", **MINIO)
    destination = S3(secret=AWS_SECRET, url=minio.url, store=minio)
    backup = backup_cron_job(chart, destination=destination)
    assert list(backup.problems()) == []
    for client in (backup, backup.verify, backup.watch, backup.restore):
        rules = client.network_policy.to_json()["spec"]["egress"]
        (rule,) = [rule for rule in rules if rule["ports"] == [{"port": 9000, "protocol": "TCP"}]]
        assert rule["to"] == [{"podSelector": {"matchLabels": minio.labels.selector}}]
        assert "443" not in str(rules)
    clients = {
        peer["podSelector"]["matchLabels"][f"{K8S}/name"]
        for rule in minio.network_policy.to_json()["spec"]["ingress"]
        for peer in rule["from"]
    }
    assert clients == {"postgres-backup", "postgres-backup-verify", "postgres-backup-watch", "postgres-restore"}


def test_a_store_in_another_namespace_is_reached_there(app: App, chart: Chart) -> None:
    minio = web_service(Chart(app, "storage", namespace="storage"), "minio", **MINIO)
    destination = S3(secret=AWS_SECRET, url="http://minio.storage.svc:9000", store=minio)
    ((port, (peer,)),) = egress(destination, chart)
    assert (port, peer["namespaceSelector"]["matchLabels"]) == (9000, {"kubernetes.io/metadata.name": "storage"})


def test_another_port_of_a_store_is_named(chart: Chart) -> None:
    minio = web_service(chart, "minio", **MINIO)
    url = "https://minio:9001"
    assert problems(url=url, store=minio.at("console")) == []
    assert problems(url=url, store=minio) == [
        "url 'https://minio:9001' means port 9001, and minio listens on 9000; write one that it listens on"
    ]
    assert problems(url="http://minio", store=minio) == [
        "url 'http://minio' means port 80, and minio listens on 9000; write one that it listens on"
    ]


def test_a_store_needs_its_url(chart: Chart) -> None:
    assert problems(store=web_service(chart, "minio", **MINIO)) == [
        "store minio has no url; write where it answers inside the cluster, e.g. url='http://minio:9000'"
    ]


def test_a_store_has_no_subnets(chart: Chart) -> None:
    assert problems(url="http://minio:9000", store=web_service(chart, "minio", **MINIO), cidrs=CIDR) == [
        "cidrs have no effect beside store, for minio is in the cluster; leave out what is not meant"
    ]


@pytest.mark.parametrize("kind", ["internet", "external"])
def test_a_store_outside_the_cluster_is_not_reached_in_clear(chart: Chart, kind: str) -> None:
    store = Internet(9000) if kind == "internet" else external(chart, "minio", port=9000)
    (problem,) = problems(url="http://minio:9000", store=store)
    assert problem.endswith("is outside the cluster; leave it out, and give its subnets as cidrs")


def test_a_store_that_no_construct_describes_has_an_endpoint(chart: Chart) -> None:
    rook = Endpoint(
        peers=({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "rook"}}, "podSelector": {}},),
        ports=(80, 443),
    )
    assert problems(url="http://rook-ceph-rgw.rook.svc", store=rook) == []
    (problem,) = problems(url="http://rook-ceph-rgw.rook.svc:8080", store=rook)
    assert problem.endswith("listens on 80 and 443; write one that it listens on")


def test_a_store_that_listens_nowhere_is_told_once(chart: Chart) -> None:
    for store, named in ((scheduler(chart), "beat"), ("minio", "'minio'")):
        backup = backup_cron_job(
            Chart(App(), "backup", namespace="shop"),
            destination=S3(secret=AWS_SECRET, url="http://minio:9000", store=store),  # type: ignore[arg-type]
        )
        assert list(backup.problems()) == [
            f"destination: store {named} listens on no port; "
            "give a WebService, a Datastore, or anything with an endpoint"
        ]


NO_ADDRESS = "is not an address; write https://HOST or https://HOST:PORT"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        *(
            pytest.param(url, f"url {url!r} {NO_ADDRESS}", id=url or "empty")
            for url in ("", "minio", "minio:9000", "https://", "ftp://minio.example.com", "https://a_b.example.com")
        ),
        *(
            pytest.param(url, f"url {url!r} {NO_ADDRESS}", id=url)
            for url in ("https://[::1]:9000", "https://[minio", "https://minio.example.com\n", "https://-.example.com")
        ),
        *(
            pytest.param(
                f"https://minio.example.com:{port}",
                f"url 'https://minio.example.com:{port}' has a port that is not from 1 to 65535; "
                "write e.g. https://minio.example.com:9000",
                id=f"port-{port}",
            )
            for port in ("0", "65536", "s3", "-1")
        ),
        *(
            pytest.param(
                f"https://minio.example.com:9000{more}",
                f"url has {more!r} after its host, where the bucket's name goes; leave it out, or make it the prefix",
                id=more,
            )
            for more in ("/", "/backups", "?region=eu", "#top")
        ),
        pytest.param(
            "http://minio.example.com:9000",
            "url 'http://minio.example.com:9000' does not begin with https://, and dumps and keys would cross the "
            "network in clear; write https://, or with store=… what answers there inside the cluster",
            id="in-clear",
        ),
        pytest.param(
            "https://admin:hunter2@minio.example.com",
            "url has a user before its host, whom everyone sees that reads the manifest; leave that to the Secret",
            id="password",
        ),
    ],
)
def test_a_url_that_is_none(url: str, problem: str) -> None:
    assert problems(url=url) == [problem]


def test_a_url_that_is_none_breaks_nothing_before_it_is_told(chart: Chart) -> None:
    assert egress(S3(secret=AWS_SECRET, url="https://minio:s3"), chart) == [(443, "internet")]


def test_an_address_that_its_subnets_leave_out_is_told() -> None:
    assert problems(url="https://10.0.1.7", cidrs=CIDR) == []
    assert problems(url="https://10.0.2.7", cidrs=CIDR) == [
        "url has the address 10.0.2.7, which is in none of its cidrs; leave them out, or add its own"
    ]


AUTHORITY = CertificateAuthority(config_map=ExistingConfigMap("private-ca"), key="ca.pem")


def test_a_private_authority_is_for_a_store_that_shows_a_certificate(chart: Chart) -> None:
    minio = web_service(chart, "minio", **MINIO)
    assert problems(url="https://minio.example.com:9000", ca_certificates=AUTHORITY) == []
    assert problems(url="https://minio:9000", store=minio, ca_certificates=AUTHORITY) == []
    assert problems(url=minio.url, store=minio, ca_certificates=AUTHORITY) == [
        "ca_certificates: ca.pem of the ConfigMap private-ca has no effect with a url of http://, where no certificate "
        "is shown; write https://, or leave it out"
    ]
    (problem,) = problems(url="http://minio.example.com:9000", ca_certificates=AUTHORITY)
    assert problem.startswith("url 'http://minio.example.com:9000' does not begin with https://")


def test_a_private_authority_without_a_store_of_its_own_would_shut_aws_out(chart: Chart) -> None:
    assert problems(ca_certificates=AUTHORITY) == [
        "ca_certificates: ca.pem of the ConfigMap private-ca would be trusted instead of the public authorities, which "
        "AWS' certificates are of; leave it out, or write the url of the store that it is for"
    ]


def test_a_private_authority_without_its_key_is_told(chart: Chart) -> None:
    authority = CertificateAuthority(config_map=ConfigMap(chart, "private-ca", data={"ca.pem": "…"}), key="ca.crt")
    assert problems(url="https://minio.example.com:9000", ca_certificates=authority) == [
        "ca_certificates: private-ca has no key 'ca.crt', but ca.pem; name the one with the certificates"
    ]


def test_without_encryption_the_program_asks_for_none_and_checks_none(chart: Chart) -> None:
    assert problems(encryption=None) == []
    assert told(S3(secret=AWS_SECRET, encryption=None), chart)["BACKUP_ENCRYPTION"] == "none"


def test_a_key_without_encryption_is_told() -> None:
    assert problems(encryption=None, kms_key="k") == ["kms_key 'k' has no effect with None; write encryption='aws:kms'"]


@pytest.mark.parametrize(("addressing", "variable"), [("auto", None), ("path", "path"), ("virtual", "virtual")])
def test_the_program_is_told_how_to_name_the_bucket(chart: Chart, addressing: Any, variable: str | None) -> None:
    assert told(S3(secret=AWS_SECRET, addressing=addressing), chart).get("BACKUP_S3_ADDRESSING") == variable
