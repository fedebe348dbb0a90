"""A server outside: where it is, and the certificates that its clients verify it with."""

import pytest
from constructs_revrx import CertificateAuthority, ConfigMap, ExistingConfigMap, External
from cdk8s import Chart
from constructs_revrx.core.component import problems_of

from ..properties.shop import external

CIDRS = ("10.0.0.0/16",)


def problems(authority: CertificateAuthority) -> list[str]:
    return list(problems_of(External(host="db.example.com", cidrs=CIDRS, ca_certificates=authority)))


def test_an_authority_is_a_file_of_its_config_map() -> None:
    authority = CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem")
    assert problems(authority) == []
    assert (authority.directory, authority.file) == (
        "/run/certificates/rds-ca",
        "/run/certificates/rds-ca/global-bundle.pem",
    )
    assert str(authority) == "global-bundle.pem of the ConfigMap rds-ca"


def test_the_key_must_be_one_of_a_config_map_that_is_made_here(chart: Chart) -> None:
    made = ConfigMap(chart, "private-ca", data={"ca.pem": "…", "old.pem": "…"})
    assert problems(CertificateAuthority(config_map=made, key="ca.pem")) == []
    assert problems(CertificateAuthority(config_map=made, key="ca.crt")) == [
        "ca_certificates: private-ca has no key 'ca.crt', but ca.pem, old.pem; name the one with the certificates"
    ]
    empty = ConfigMap(chart, "empty", data={})
    assert problems(CertificateAuthority(config_map=empty, key="ca.pem")) == [
        "ca_certificates: empty has no key 'ca.pem', but none at all; name the one with the certificates"
    ]


def test_the_config_map_and_its_key_have_names_that_kubernetes_accepts() -> None:
    assert problems(CertificateAuthority(config_map=ExistingConfigMap("RDS"), key="../ca.pem")) == [
        "ca_certificates: config_map: 'RDS' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'",
        "ca_certificates: '../ca.pem' is not a key that Kubernetes accepts; use letters, digits, '-', '_' and '.', "
        "not '..' in front",
    ]


def test_an_external_server_without_addresses_is_refused() -> None:
    assert list(External(host="db.example.com", cidrs=()).problems()) == [
        "cidrs is empty, so no pod could reach db.example.com; give the subnets it lives in, e.g. 10.0.0.0/16"
    ]


@pytest.mark.parametrize(
    "name", ["", "db", "Db.example.com", "db_1.example.com", "*.example.com", "db.example.com:5432"]
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    assert list(External(host=name, cidrs=CIDRS).problems()) == [
        f"{name!r} is not a host name; write lower-case labels with dots between, e.g. app.example.com"
    ]


def test_an_external_server_tells_the_problems_of_its_address(chart: Chart) -> None:
    problems = list(external(chart, address=External(host="db.example.com", cidrs=())).problems())
    assert problems == [
        "address: cidrs is empty, so no pod could reach db.example.com; give the subnets it lives in, e.g. 10.0.0.0/16"
    ]
