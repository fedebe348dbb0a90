"""S3 stores that people run themselves, as real programs: MinIO and Versity's gateway to a file system."""

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from .places import AS_USER, ROOT, new_folder, temporary_folder
from .ports import free_port
from .s3 import Store

_ADMINISTRATOR, _SECRET = "administrator", "secret of the store"

_Kind = TypeVar("_Kind", bound=Store)


class MinIO(Store):
    def write(self, bucket: str, key: str, body: bytes, *, age: timedelta = timedelta()) -> None:
        def dated(request: Any, **_: Any) -> None:
            # What its replication sends.
            request.headers["X-Minio-Source-Replication-Request"] = "true"
            request.headers["X-Minio-Source-Mtime"] = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")

        self.client.meta.events.register("before-sign.s3.PutObject", dated)
        try:
            self.client.put_object(Bucket=bucket, Key=key, Body=body)
        finally:
            self.client.meta.events.unregister("before-sign.s3.PutObject", dated)


class VersityGateway(Store):
    """folder: where a bucket is a folder and an object a file."""

    folder = Path()

    def write(self, bucket: str, key: str, body: bytes, *, age: timedelta = timedelta()) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=body)
        born = (datetime.now(UTC) - age).timestamp()
        os.utime(self.folder / bucket / key, (born, born))


@contextmanager
def minio(encrypts: bool = False) -> Iterator[MinIO]:
    """encrypts: whether it has a key to do so with; by itself it has none."""
    with temporary_folder() as folder:
        store = _store(MinIO)
        command = (
            _program("minio"),
            "server",
            "--address",
            f"127.0.0.1:{store.port}",
            "--console-address",
            f"127.0.0.1:{free_port()}",
            new_folder(folder / "data"),
        )
        environment = {"MINIO_ROOT_USER": _ADMINISTRATOR, "MINIO_ROOT_PASSWORD": _SECRET, "MINIO_UPDATE": "off"}
        if encrypts:
            environment["MINIO_KMS_SECRET_KEY"] = f"key:{base64.b64encode(bytes(32)).decode()}"
        with _running(command, environment, store, folder):
            yield store


@contextmanager
def versity() -> Iterator[VersityGateway]:
    with temporary_folder() as folder:
        store = _store(VersityGateway)
        store.folder = new_folder(folder / "data")
        # Beside the files: not every file system has attributes of users.
        sidecar = new_folder(folder / "attributes")
        command = (
            _program("versitygw"),
            "--port",
            f"127.0.0.1:{store.port}",
            "posix",
            "--sidecar",
            sidecar,
            store.folder,
        )
        environment = {"ROOT_ACCESS_KEY": _ADMINISTRATOR, "ROOT_SECRET_KEY": _SECRET}
        with _running(command, environment, store, folder):
            yield store


def _store(kind: type[_Kind]) -> _Kind:
    store = kind(free_port(), _ADMINISTRATOR, _SECRET)
    store.access_key_id, store.secret_access_key = _ADMINISTRATOR, _SECRET
    return store


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{ROOT}/.stores:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not here; make test-images builds it where Go is")
    return found


@contextmanager
def _running(
    command: Sequence[str | Path], environment: Mapping[str, str], store: Store, folder: Path
) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            (*AS_USER, *command), env={**environment, "HOME": str(folder)}, cwd=folder, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 60
        while not _answers(store):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


def _answers(store: Store) -> bool:
    try:
        store.client.list_buckets()
    except (BotoCoreError, ClientError):
        return False
    return True
