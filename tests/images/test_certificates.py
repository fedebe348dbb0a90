"""TLS to a server whose certificate is of a private authority: only to that one, by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from . import cluster as postgres
from .cluster import SMALL, Cluster
from .places import give, temporary_folder
from .pod import Pod, Result
from .postgres import wheel

Pods = Callable[..., Pod]

HOST = "shop.c1a2b3.eu-north-1.rds.example"
# The wheel whose programs have TLS.
POSTGRES = wheel(17)


@dataclass(frozen=True)
class Authorities:
    """Certificates of the one that the server's is of, and of another."""

    right: Path
    wrong: Path


@pytest.fixture(scope="module")
def authorities() -> Iterator[Authorities]:
    with temporary_folder() as folder:
        authority, key = trustme.CA(), folder / "key"
        issued = authority.issue_cert(HOST)
        issued.private_key_pem.write_to_path(key)
        # PostgreSQL takes no key that others may read.
        give(key).chmod(0o600)
        for number, blob in enumerate(issued.cert_chain_pems):
            blob.write_to_path(folder / "certificate", append=number > 0)
        found = Authorities(folder / "right.pem", folder / "wrong.pem")
        authority.cert_pem.write_to_path(found.right)
        trustme.CA().cert_pem.write_to_path(found.wrong)
        for file in (folder / "certificate", found.right, found.wrong):
            give(file)
        yield found


@pytest.fixture(scope="module")
def encrypted(authorities: Authorities) -> Iterator[Cluster]:
    folder = authorities.right.parent
    settings = {"ssl": "on", "ssl_cert_file": folder / "certificate", "ssl_key_file": folder / "key"}
    with postgres.cluster(POSTGRES, settings) as found:
        yield found


@pytest.fixture
def pod(pod_of: Pods, encrypted: Cluster, authorities: Authorities) -> Pod:
    pod = pod_of(encrypted, SMALL, POSTGRES)
    # No name but localhost is known here.
    pod.variables.update(
        PGHOST=HOST, PGHOSTADDR="127.0.0.1", PGSSLMODE="verify-full", PGSSLROOTCERT=str(authorities.right)
    )
    return pod


def refused(pod: Pod, **variables: str) -> Result:
    result = pod.run("backup", **variables)
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "certificate" in result.reason
    assert pod.s3.keys(pod.bucket) == []
    return result


def test_the_servers_name_and_its_authority_are_right(pod: Pod, encrypted: Cluster) -> None:
    pod.back_up()


@pytest.mark.slow
def test_verify_and_restore_are_as_content_with_it(pod: Pod, encrypted: Cluster) -> None:
    rows = encrypted.rows(SMALL)
    pod.back_up()
    # The throw-away server has no certificate, and is asked for none.
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    restored = pod.run("restore", RESTORE_INTO="encrypted")
    assert restored.code == 0, (restored.events, restored.errors)
    assert encrypted.rows("encrypted") == rows
    encrypted.sql("postgres", "DROP DATABASE encrypted")


def test_another_name_than_the_certificates(pod: Pod) -> None:
    reason = refused(pod, PGHOST="shop.example").reason
    assert f'server certificate for "{HOST}" does not match host name "shop.example"; PGHOST' in reason


def test_another_authority(pod: Pod, authorities: Authorities) -> None:
    reason = refused(pod, PGSSLROOTCERT=str(authorities.wrong)).reason
    assert "certificate verify failed; PGSSLROOTCERT" in reason


@pytest.mark.slow
def test_the_images_authorities_do_not_know_a_private_one(pod: Pod) -> None:
    assert "certificate verify failed; PGSSLROOTCERT" in refused(pod, PGSSLROOTCERT="system").reason


@pytest.mark.slow
def test_no_file_of_authorities(pod: Pod) -> None:
    result = pod.run("backup", PGSSLROOTCERT="/nowhere/ca.pem")
    assert result.code in (2, 3), (result.events, result.errors)
    assert "/nowhere/ca.pem" in result.reason


@pytest.mark.slow
def test_a_server_without_certificates(pod: Pod, cluster: Cluster) -> None:
    result = pod.run("backup", PGPORT=str(cluster.port))
    assert result.code == 3, (result.events, result.errors)
    assert "server does not support SSL" in result.reason
