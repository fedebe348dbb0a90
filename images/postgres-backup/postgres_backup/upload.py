"""An object that is written in parts, and is there whole or not at all."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from .failure import Failure
from .storage import Store, is_lacking, sha256_of

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef

# S3 takes parts of 5 MiB or more, and 10,000 of them (S3 User Guide, Multipart upload limits).
_SMALLEST_PART = 8 * 2**20
_MOST_PARTS = 10_000


@dataclass(frozen=True)
class Digest:
    """What an object is known by; sha256 in hexadecimal."""

    bytes: int
    sha256: str


def part_size(expected: int) -> int:
    """For an object of so many bytes, or up to half more: bytes that do not compress are dumped as hexadecimal text."""
    return max(_SMALLEST_PART, expected * 3 // 2 // _MOST_PARTS)


class Upload:
    """Parts on their way to become an object."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._client, self._log, self.key = store, store.client, store.log, key
        self._bucket = store.bucket
        self._parts: list[CompletedPartTypeDef] = []
        self._joined = False
        self._upload = self._begin()

    def _begin(self) -> str:
        def create(checksum: dict[str, Any]) -> str:
            return self._client.create_multipart_upload(
                Bucket=self._bucket.name, Key=self.key, **checksum, **self._store.encryption
            )["UploadId"]

        if not self._store.checks:
            return create({})
        try:
            return create({"ChecksumAlgorithm": "SHA256"})
        except ClientError as error:
            if not is_lacking(error):
                raise
            refusal = error
        upload = create({})
        self._store.without_checksums(refusal)
        return upload

    def send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        if number > _MOST_PARTS:
            raise Failure(
                f"{self.key} has more than {_MOST_PARTS} parts of {len(part)} bytes: the dump is half as large again "
                "as its database on disk, or that grew meanwhile; try again"
            )
        with self._store.doing(f"write {self.key}"):
            sent: Any = self._store.with_checksum(
                part,
                lambda checksum: self._client.upload_part(
                    Bucket=self._bucket.name,
                    Key=self.key,
                    UploadId=self._upload,
                    PartNumber=number,
                    Body=part,
                    **checksum,
                ),
            )
        self._log.event("part-sent", number=number, bytes=len(part))
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": sha256_of(part)})

    def complete(self, expected: Digest) -> None:
        """Make the object of the parts, and see that it is what was sent.

        Raises:
            Failure: there is no object, or one that is not as expected, and without a manifest counts for nothing.
        """
        with self._store.doing(f"write {self.key}"):
            try:
                self._join()
            except ClientError as error:
                # Also what a repeated request gets when only the answer to the first was lost.
                if error.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchUpload"):
                    raise
                self._log.event("upload-completed-before", key=self.key, answer=str(error))
        self._joined = True
        self._check(expected)

    def _join(self) -> None:
        parts = self._parts
        if not self._store.checks:
            parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
        request: dict[str, Any] = {
            "Bucket": self._bucket.name,
            "Key": self.key,
            "UploadId": self._upload,
            "MultipartUpload": {"Parts": parts},
        }
        try:
            # No second backup of the same moment and reason replaces the first.
            self._client.complete_multipart_upload(**request, IfNoneMatch="*")
        except ClientError as error:
            if not is_lacking(error):
                raise
            self._log.event("store-without-conditions", answer=str(error))
            if self._is_there():
                raise Failure(f"{self.key} is in S3 already, and nothing replaces a backup; try again") from None
            self._client.complete_multipart_upload(**request)

    def _is_there(self) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket.name, Key=self.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def abort(self) -> None:
        """Throw the parts away that are not yet an object."""
        if self._joined:
            return
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket.name, Key=self.key, UploadId=self._upload)
        except (ClientError, BotoCoreError) as error:
            # It holds parts that cost money; the bucket's lifecycle removes them (docs/backups.md).
            self._log.error("upload-not-aborted", key=self.key, error=str(error))

    def _check(self, expected: Digest) -> None:
        with self._store.doing(f"look at {self.key}"):
            head = self._client.head_object(Bucket=self._bucket.name, Key=self.key, ChecksumMode="ENABLED")
        self._compare("bytes", head["ContentLength"], expected.bytes)
        if self._bucket.encryption:
            self._compare(
                "encryption",
                head.get("ServerSideEncryption"),
                self._bucket.encryption,
                "; if the bucket encrypts by itself, say so: S3(encryption=None), BACKUP_ENCRYPTION=none",
            )
        # AWS adds the number of parts: …=-3.
        checksum = head.get("ChecksumSHA256", "").partition("-")[0]
        if checksum and self._store.checks:
            self._compare("sha256 of its parts", checksum, _checksum_of_parts(self._parts))
            return
        whole = hashlib.sha256()
        for piece in self._store.pieces(self.key):
            whole.update(piece)
        self._compare("sha256, read back,", whole.hexdigest(), expected.sha256)
        self._log.event("object-read-back", key=self.key, sha256=expected.sha256)

    def _compare(self, what: str, there: object, sent: object, hint: str = "") -> None:
        if there != sent:
            raise Failure(f"{self.key} does not count: in S3 its {what} is {there}, instead of {sent}{hint}")


@contextmanager
def uploading(store: Store, key: str) -> Iterator[Upload]:
    """An upload that leaves no parts behind when the block ends by an exception."""
    with store.doing(f"write {key}"):
        upload = Upload(store, key)
    try:
        yield upload
    except BaseException:
        upload.abort()
        raise


def _checksum_of_parts(parts: Iterable["CompletedPartTypeDef"]) -> str:
    """As S3 computes it for an object in parts (S3 User Guide, Checking object integrity, Composite checksums)."""
    digests = b"".join(base64.b64decode(part["ChecksumSHA256"]) for part in parts)
    return base64.b64encode(hashlib.sha256(digests).digest()).decode()
