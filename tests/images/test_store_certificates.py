"""HTTPS to a store whose certificate is of a private authority: with the file that AWS_CA_BUNDLE names."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from . import s3 as storage
from .cluster import Cluster
from .places import give, temporary_folder
from .pod import Pod
from .s3 import S3

Pods = Callable[..., Pod]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificates(authority: trustme.CA) -> Iterator[Path]:
    """A folder with the authority's, `right.pem`, and with those of another, `wrong.pem`."""
    with temporary_folder() as folder:
        for name, each in (("right.pem", authority), ("wrong.pem", trustme.CA())):
            each.cert_pem.write_to_path(folder / name)
            give(folder / name)
        yield folder


@pytest.fixture(scope="module")
def private(authority: trustme.CA, certificates: Path) -> Iterator[S3]:
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    with storage.store(certificate, certificates / "right.pem") as found:
        yield found


@pytest.fixture
def pod(pod_of: Pods, cluster: Cluster, private: S3, certificates: Path) -> Pod:
    pod = pod_of(cluster, store=private)
    pod.variables["AWS_CA_BUNDLE"] = str(certificates / "right.pem")
    return pod


def refused(pod: Pod, **variables: str) -> str:
    """Why a backup was not made."""
    result = pod.run("backup", **variables)
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "SSL validation failed" in result.reason
    assert pod.s3.keys(pod.bucket) == []
    return result.reason


def test_all_commands_are_content_with_the_private_authority(pod: Pod, cluster: Cluster) -> None:
    key = pod.back_up()
    for command in ("list", "verify", "watch"):
        result = pod.run(command)
        assert result.code == 0, (command, result.events, result.errors)
    restored = pod.run("restore", RESTORE_BACKUP=key, RESTORE_INTO="private")
    assert restored.code == 0, (restored.events, restored.errors)
    cluster.sql("postgres", "DROP DATABASE private")


def test_without_it_the_variable_is_named(pod: Pod) -> None:
    assert "AWS_CA_BUNDLE must name a file with the authority" in refused(pod, AWS_CA_BUNDLE="")


@pytest.mark.slow
def test_another_authority(pod: Pod, certificates: Path) -> None:
    reason = refused(pod, AWS_CA_BUNDLE=str(certificates / "wrong.pem"))
    assert "AWS_CA_BUNDLE must name a file with the authority" in reason


@pytest.mark.slow
def test_an_authority_that_the_store_shows_is_not_trusted_for_that(
    pod: Pod, authority: trustme.CA, certificates: Path
) -> None:
    issued, shown = authority.issue_cert("127.0.0.1"), certificates / "shown.pem"
    for blob in (issued.private_key_pem, *issued.cert_chain_pems, authority.cert_pem):
        blob.write_to_path(shown, append=True)
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.load_cert_chain(shown)
    with storage.store(certificate, certificates / "right.pem") as other:
        reason = refused(pod, AWS_CA_BUNDLE="", AWS_ENDPOINT_URL_S3=other.endpoint)
    assert "self-signed certificate" in reason
    assert "AWS_CA_BUNDLE must name a file with the authority" in reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "hint"),
    [
        # What a pod finds whose ConfigMap lacks the key.
        ("missing.pem", "there is no file that AWS_CA_BUNDLE names"),
        ("empty.pem", "what AWS_CA_BUNDLE names has no certificates in PEM"),
    ],
)
def test_a_file_without_certificates(pod: Pod, certificates: Path, file: str, hint: str) -> None:
    (certificates / "empty.pem").touch()
    assert hint in refused(pod, AWS_CA_BUNDLE=str(certificates / file))


@pytest.mark.slow
def test_another_name_than_the_certificates(pod: Pod) -> None:
    url = pod.s3.endpoint.replace("127.0.0.1", "localhost")
    assert "AWS_ENDPOINT_URL_S3 must be a name" in refused(pod, AWS_ENDPOINT_URL_S3=url)
