"""What pods reach outside the cluster: AWS' S3 and a mail server, which keep what they are sent.

They run in this process; only their sockets are in the network that the node has for the internet, so that a test
looks into them as into any object.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from ..images.s3 import S3
from ..images.s3 import store as s3_store
from ..images.smtp import Smtp
from ..images.smtp import smtp as mail_server
from .cluster import RealCluster

REGION, BUCKET = "us-east-1", "backups"
MAIL_HOST = "mail.example.com"
# The node's DNS leads names below example.com and amazonaws.com here.
ADDRESS = "203.0.113.10"


@dataclass(frozen=True)
class Internet:
    """authority: of whom all certificates out there are; its PEM file is `authority_file`."""

    authority: trustme.CA
    authority_file: Path
    s3: S3
    mail: Smtp


def authority_in(folder: Path) -> tuple[trustme.CA, Path]:
    """One that only the tests trust, and its PEM file; the folder keeps it, for a node that is kept."""
    file, key = folder / "authority.pem", folder / "authority.key"
    if not key.exists():
        authority = trustme.CA()
        authority.cert_pem.write_to_path(file)
        authority.private_key_pem.write_to_path(key)
    return trustme.CA.from_pem(file.read_bytes(), key.read_bytes()), file


@contextmanager
def internet(cluster: RealCluster, authority: trustme.CA, authority_file: Path, folder: Path) -> Iterator[Internet]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # The second is what boto3 asks in us-east-1, the name of before regions had theirs.
    s3_hosts = (f"s3.{REGION}.amazonaws.com", "s3.amazonaws.com")
    authority.issue_cert(*s3_hosts, *(f"*.{host}" for host in s3_hosts), ADDRESS).configure_cert(context)
    with (
        cluster.outside(),
        s3_store(context, authority_file, address=ADDRESS, port=443) as s3,
        mail_server(folder, authority=authority, host=MAIL_HOST, address=ADDRESS, port=587) as mail,
    ):
        s3.client.create_bucket(Bucket=BUCKET)
        yield Internet(authority, authority_file, s3, mail)
