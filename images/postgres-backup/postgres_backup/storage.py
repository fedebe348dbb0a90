"""The bucket, through S3's protocol."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .configuration import Bucket
from .failure import Failure, Unproven
from .keys import Stored
from .log import Log

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

# A part is held in memory while it is hashed and sent. S3 takes 10 000 parts of 5 MiB or more (S3 User Guide,
# Multipart upload limits).
_PART = 8 * 2**20
_MOST_PARTS = 10_000

# Read and written at once.
_PIECE = 2**20

_HINTS = {
    "AccessDenied": "the key's or role's policy does not allow it; docs/backups.md has one that does",
    "ExpiredToken": "the credentials have expired; renew them",
    "InvalidAccessKeyId": "AWS_ACCESS_KEY_ID is no key of that account; renew the Secret",
    "NoSuchBucket": "S3_BUCKET names no bucket there; make it, or mend the name",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not that key's; renew the Secret",
}


@dataclass(frozen=True)
class Digest:
    """What a file is known by; sha256 in hexadecimal."""

    bytes: int
    sha256: str


def digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


class Store:
    """A bucket."""

    def __init__(self, client: "S3Client", bucket: Bucket, log: Log) -> None:
        self._client, self._bucket, self._log = client, bucket, log
        key = {"SSEKMSKeyId": bucket.kms_key} if bucket.kms_key else {}
        self._encryption: dict[str, Any] = {"ServerSideEncryption": bucket.encryption, **key}

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
                # Other stores than AWS rarely have a host name for each bucket.
                s3={"addressing_style": "path"} if bucket.endpoint else {},
            ),
        )
        return cls(client, bucket, log)

    def time(self, prefix: str) -> datetime:
        """What the store's clock says."""
        with self._doing(f"list {prefix}"):
            response = self._client.list_objects_v2(Bucket=self._bucket.name, Prefix=prefix, MaxKeys=1)
        date = response["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        try:
            return parsedate_to_datetime(date).astimezone(UTC)
        except ValueError:
            raise Failure(f"S3 does not tell the time, its header Date is {date!r}: no clock can be compared") from None

    def list(self, prefix: str) -> Iterator[Stored]:
        with self._doing(f"list {prefix}"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield Stored(entry["Key"], entry["Size"], entry["LastModified"])

    def upload(self, path: Path, key: str, expected: Digest, proven: Callable[[], None]) -> None:
        """Send a file in parts, each with a checksum that S3 verifies, and ask what S3 has then.

        Args:
            proven: called when all parts are sent and before they become an object; none does if it raises.
        Raises:
            Failure: also where the file is not the expected one any more. Then there is no such object.
        """
        with self._doing(f"write {key}"):
            upload = self._client.create_multipart_upload(
                Bucket=self._bucket.name, Key=key, ChecksumAlgorithm="SHA256", **self._encryption
            )["UploadId"]
            try:
                parts = list(self._send(path, key, upload, expected))
                proven()
            except BaseException:
                self._abort(key, upload)
                raise
            try:
                # No second backup of the same moment and reason replaces the first.
                self._client.complete_multipart_upload(
                    Bucket=self._bucket.name,
                    Key=key,
                    UploadId=upload,
                    MultipartUpload={"Parts": parts},
                    IfNoneMatch="*",
                )
            except ClientError as error:
                # Also what a repeated request gets when only the answer to the first was lost.
                if error.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchUpload"):
                    self._abort(key, upload)
                    raise
                self._log.event("upload-completed-before", key=key, answer=str(error))
            except BaseException:
                self._abort(key, upload)
                raise
        self._check(key, expected.bytes, _checksum_of_parts(parts))

    def put(self, key: str, text: str) -> None:
        body = text.encode()
        with self._doing(f"write {key}"):
            self._client.put_object(
                Bucket=self._bucket.name,
                Key=key,
                Body=body,
                ContentType="application/json",
                ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode(),
                **self._encryption,
            )

    def read(self, key: str) -> str:
        with self._doing(f"read {key}"):
            body = self._client.get_object(Bucket=self._bucket.name, Key=key)["Body"].read()
        return body.decode(errors="replace")

    def download(self, key: str, path: Path) -> str:
        """Write an object to a file, and return its sha256 in hexadecimal."""
        whole = hashlib.sha256()
        with self._doing(f"read {key}"):
            head = self._client.head_object(Bucket=self._bucket.name, Key=key)
            with path.open("wb") as file:
                for piece in self._pieces(key, head["ETag"], head["ContentLength"]):
                    whole.update(piece)
                    file.write(piece)
        return whole.hexdigest()

    def delete(self, keys: Iterable[str]) -> None:
        """Raises Failure when one is left."""
        wanted = list(keys)
        for start in range(0, len(wanted), 1000):
            batch = wanted[start : start + 1000]
            with self._doing(f"delete {batch[0]} and {len(batch) - 1} more"):
                response = self._client.delete_objects(
                    Bucket=self._bucket.name, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            for error in response.get("Errors", []):
                code = error.get("Code", "")
                raise Failure(_told(f"delete {error.get('Key')}", f"{code}: {error.get('Message')}", code))

    def _send(self, path: Path, key: str, upload: str, expected: Digest) -> Iterator["CompletedPartTypeDef"]:
        whole = hashlib.sha256()
        for number, part in enumerate(_parts(path, expected.bytes), 1):
            whole.update(part)
            checksum = base64.b64encode(hashlib.sha256(part).digest()).decode()
            sent = self._client.upload_part(
                Bucket=self._bucket.name,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                Body=part,
                ChecksumSHA256=checksum,
            )
            self._log.event("part-sent", number=number, bytes=len(part))
            yield {"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": checksum}
        if whole.hexdigest() != expected.sha256:
            raise Failure(f"{path.name} changed on the disk after it was checked; look at the node's volume, try again")

    def _abort(self, key: str, upload: str) -> None:
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket.name, Key=key, UploadId=upload)
        except (ClientError, BotoCoreError) as error:
            # It holds parts that cost money; the bucket's lifecycle removes them (docs/backups.md).
            self._log.error("upload-not-aborted", key=key, error=str(error))

    def _check(self, key: str, size: int, checksum_of_parts: str) -> None:
        with self._doing(f"look at {key}"):
            head = self._client.head_object(Bucket=self._bucket.name, Key=key, ChecksumMode="ENABLED")
        # AWS adds the number of parts: …=-3.
        checksum = head.get("ChecksumSHA256", "").partition("-")[0]
        there = (head["ContentLength"], checksum, head.get("ServerSideEncryption"))
        wanted = (size, checksum_of_parts, self._bucket.encryption)
        for what, is_there, was_sent in zip(("bytes", "sha256 of its parts", "encryption"), there, wanted, strict=True):
            if is_there != was_sent:
                raise Failure(f"{key} does not count: in S3 its {what}: {is_there}, instead of {was_sent}")

    def _pieces(self, key: str, etag: str, size: int) -> Iterator[bytes]:
        """An object; the connection may break in the middle of an answer, which botocore does not mend."""
        offset = failed = 0
        while offset < size:
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket.name, Key=key, IfMatch=etag, Range=f"bytes={offset}-"
                )
                for piece in answer["Body"].iter_chunks(_PIECE):
                    offset, failed = offset + len(piece), 0
                    yield piece
                return
            except BotoCoreError as error:
                failed += 1
                if failed == self._bucket.attempts:
                    raise
                self._log.event("read-again", key=key, offset=offset, error=str(error))

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                raise Unproven(f"there is nothing to {what} in the bucket {self._bucket.name}") from None
            raise Failure(_told(what, str(error), code)) from None
        except BotoCoreError as error:
            raise Failure(_told(what, str(error), "")) from None


def _told(what: str, error: str, code: str) -> str:
    hint = _HINTS.get(code)
    return f"cannot {what} in S3: {error}" + (f"; {hint}" if hint else "")


def _checksum_of_parts(parts: Iterable["CompletedPartTypeDef"]) -> str:
    """As S3 computes it for an object in parts (S3 User Guide, Checking object integrity, Composite checksums)."""
    digests = b"".join(base64.b64decode(part["ChecksumSHA256"]) for part in parts)
    return base64.b64encode(hashlib.sha256(digests).digest()).decode()


def _parts(path: Path, size: int) -> Iterator[bytes]:
    length = max(_PART, -(-size // _MOST_PARTS))
    with path.open("rb") as file:
        while part := file.read(length):
            yield part
