"""The bucket, through S3's protocol."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError

from .configuration import Bucket
from .failure import Failure, StoreFailed, Unproven
from .keys import Stored
from .log import Log

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# Read at once.
_PIECE = 2**20

_AUTHORITY = (
    "AWS_CA_BUNDLE must name a file with the authority of the store's certificate; give it by S3(ca_certificates=…): "
    "docs/backups.md"
)

# What OpenSSL and urllib3 say of a certificate, and the way out.
_CERTIFICATES = {
    "issuer certificate": _AUTHORITY,
    "self-signed certificate": _AUTHORITY,
    "No such file": "there is no file that AWS_CA_BUNDLE names; mount it by S3(ca_certificates=…)",
    "no certificate": "what AWS_CA_BUNDLE names has no certificates in PEM",
    "doesn't match": "the host of AWS_ENDPOINT_URL_S3 must be a name that stands in the store's certificate",
}

_HINTS = {
    **_CERTIFICATES,
    "AccessDenied": "the key's or role's policy does not allow it; docs/backups.md has one that does",
    "ExpiredToken": "the credentials have expired; renew them",
    "InvalidAccessKeyId": "AWS_ACCESS_KEY_ID is no key of that account; renew the Secret",
    "NoSuchBucket": "S3_BUCKET names no bucket there; make it, or mend the name",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not that key's; renew the Secret",
}

# What stores that lack a part of the protocol answer to a header of it.
_NOT_THERE = ("NotImplemented", "InvalidArgument", "InvalidRequest", "UnsupportedHeader", "MissingContentMD5", "501")

T = TypeVar("T")


class Store:
    """A bucket.

    checks: whether the store compares checksums; found out at the first request that it refuses for one.
    """

    def __init__(self, client: "S3Client", bucket: Bucket, log: Log) -> None:
        self.client, self.bucket, self.log = client, bucket, log
        self.checks = True

    @classmethod
    def connect(cls, bucket: Bucket, log: Log) -> "Store":
        client = boto3.client(
            "s3",
            region_name=bucket.region,
            aws_access_key_id=bucket.access_key_id,
            aws_secret_access_key=bucket.secret_access_key,
            endpoint_url=bucket.endpoint,
            config=Config(
                connect_timeout=min(10, bucket.timeout),
                read_timeout=bucket.timeout,
                retries={"mode": "standard", "total_max_attempts": bucket.attempts},
                s3={"addressing_style": bucket.addressing},  # type: ignore[arg-type]
                # We say which checksum is sent; those that boto3 adds by itself other stores refuse.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        return cls(client, bucket, log)

    def time(self, prefix: str) -> datetime:
        """What the store's clock says."""
        with self.doing(f"list {prefix}"):
            response = self.client.list_objects_v2(Bucket=self.bucket.name, Prefix=prefix, MaxKeys=1)
        date = response["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        try:
            return parsedate_to_datetime(date).astimezone(UTC)
        except ValueError:
            raise Failure(f"S3 does not tell the time, its header Date is {date!r}: no clock can be compared") from None

    def list(self, prefix: str) -> Iterator[Stored]:
        with self.doing(f"list {prefix}"):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket.name, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield Stored(entry["Key"], entry["Size"], entry["LastModified"])

    def put(self, key: str, text: str) -> None:
        body = text.encode()
        with self.doing(f"write {key}"):
            self.with_checksum(
                body,
                lambda checksum: self.client.put_object(
                    Bucket=self.bucket.name,
                    Key=key,
                    Body=body,
                    ContentType="application/json",
                    **checksum,
                    **self.encryption,
                ),
            )
        if not self.checks and self.read(key) != text:
            raise Failure(f"{key} does not count: what S3 has of it is not what was sent")

    def read(self, key: str) -> str:
        with self.doing(f"read {key}"):
            body = self.client.get_object(Bucket=self.bucket.name, Key=key)["Body"].read()
        return body.decode(errors="replace")

    def pieces(self, key: str) -> Iterator[bytes]:
        """An object; the connection may break in the middle of an answer, which botocore does not mend."""
        with self.doing(f"read {key}"):
            head = self.client.head_object(Bucket=self.bucket.name, Key=key)
            etag, size = head["ETag"], head["ContentLength"]
            offset = failed = 0
            while offset < size:
                try:
                    answer = self.client.get_object(
                        Bucket=self.bucket.name, Key=key, IfMatch=etag, Range=f"bytes={offset}-"
                    )
                    for piece in answer["Body"].iter_chunks(_PIECE):
                        offset, failed = offset + len(piece), 0
                        yield piece
                    return
                except BotoCoreError as error:
                    failed += 1
                    if failed == self.bucket.attempts:
                        raise
                    self.log.event("read-again", key=key, offset=offset, error=str(error))

    def delete(self, keys: Iterable[str]) -> None:
        """Raises Failure when one is left."""
        wanted = list(keys)
        for start in range(0, len(wanted), 1000):
            batch = wanted[start : start + 1000]
            with self.doing(f"delete {batch[0]} and {len(batch) - 1} more"):
                for error in self._delete(batch):
                    code = error.get("Code", "")
                    raise StoreFailed(told(f"delete {error.get('Key')}", f"{code}: {error.get('Message')}", code))

    def _delete(self, keys: Sequence[str]) -> Iterable[Any]:
        """What could not be deleted."""
        try:
            response = self.client.delete_objects(
                Bucket=self.bucket.name, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
            return response.get("Errors", [])
        except ClientError as error:
            if not is_lacking(error):
                raise
        # Several at once want a checksum, which not every store takes.
        for key in keys:
            self.client.delete_object(Bucket=self.bucket.name, Key=key)
        return []

    @property
    def encryption(self) -> dict[str, Any]:
        """What a new object is asked to be encrypted with."""
        if self.bucket.encryption is None:
            return {}
        key = {"SSEKMSKeyId": self.bucket.kms_key} if self.bucket.kms_key else {}
        return {"ServerSideEncryption": self.bucket.encryption, **key}

    def with_checksum(self, body: bytes, request: Callable[[dict[str, Any]], T]) -> T:
        """A request with the body's checksum, which the store compares; without, where it takes none."""
        if self.checks:
            try:
                return request({"ChecksumSHA256": sha256_of(body)})
            except ClientError as error:
                if not is_lacking(error):
                    raise
                refusal = error
            answer = request({})
            self.without_checksums(refusal)
            return answer
        return request({})

    def without_checksums(self, refusal: ClientError) -> None:
        """From now on what is written is proven by reading it back."""
        self.checks = False
        self.log.event("store-without-checksums", answer=str(refusal))

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                raise Unproven(f"there is nothing to {what} in the bucket {self.bucket.name}") from None
            if is_lacking(error) and self.bucket.encryption and what.startswith("write"):
                raise StoreFailed(
                    f"{told(what, str(error), code)}; if it is the encryption {self.bucket.encryption} that the store "
                    "lacks and its bucket encrypts by itself, say so: S3(encryption=None), BACKUP_ENCRYPTION=none"
                ) from None
            raise StoreFailed(told(what, str(error), code)) from None
        except SSLError as error:
            said = next((said for said in _CERTIFICATES if said in str(error)), "")
            raise StoreFailed(told(what, str(error), said)) from None
        except BotoCoreError as error:
            raise StoreFailed(told(what, str(error), "")) from None


def is_lacking(error: ClientError) -> bool:
    """Whether the store lacks what was asked, rather than refuses it for now or for good."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == 501 or error.response["Error"]["Code"] in _NOT_THERE


def told(what: str, error: str, code: str) -> str:
    hint = _HINTS.get(code)
    return f"cannot {what} in S3: {error}" + (f"; {hint}" if hint else "")


def sha256_of(body: bytes) -> str:
    """As S3 has it in headers."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()
