"""moto's S3 over HTTP, with a front that checks what moto does not, and breaks what a test says."""

import base64
import hashlib
import io
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from .ports import free_port

Environ = dict[str, Any]
Start = Callable[..., Any]
Fault = Callable[[Environ, Start], Iterable[bytes] | None]
Which = Callable[[str, str, str], bool]


class _Handler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass

    def date_time_string(self, *_: Any) -> str:
        return format_datetime(datetime.now(UTC) + self.server.app.clock, usegmt=True)


class Store:
    """A store, as the tests look into it.

    access_key_id, secret_access_key: what it lets the program in with.
    authority: the file that its certificate is verified with; None without TLS.
    """

    access_key_id, secret_access_key = "id", "key"

    def __init__(
        self,
        port: int,
        access_key_id: str,
        secret_access_key: str,
        authority: Path | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.port = port
        self.endpoint = f"{'https' if authority else 'http'}://{address}:{port}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            verify=str(authority) if authority else None,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            region_name="us-east-1",
        )

    def keys(self, bucket: str) -> list[str]:
        return sorted(entry["Key"] for entry in self.client.list_objects_v2(Bucket=bucket).get("Contents", []))

    def read(self, bucket: str, key: str) -> bytes:
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def write(self, bucket: str, key: str, body: bytes, *, age: timedelta = timedelta()) -> None:
        """An object that the store takes for so old."""
        raise NotImplementedError

    def unfinished(self, bucket: str) -> int:
        """Uploads that were neither completed nor aborted."""
        return len(self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", []))

    def manifests(self, bucket: str) -> list[dict[str, Any]]:
        return [json.loads(self.read(bucket, key)) for key in self.keys(bucket) if key.endswith(".json")]


class S3(Store):
    """moto.

    requests: method, path and query of each, in order.
    fault: what becomes of a request instead of an answer; None from it means the answer.
    hidden: headers of answers that begin so are left out, as by stores that do not know them.
    clock: how far ahead of ours its clock is.
    """

    def __init__(self, port: int, authority: Path | None = None, address: str = "127.0.0.1") -> None:
        super().__init__(port, "tester", "tester", authority, address)
        self.requests: list[tuple[str, str, str]] = []
        self.fault: Fault | None = None
        self.hidden: str | None = None
        self.clock = timedelta()
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        asked = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        if "AWS4-HMAC-SHA256 Credential=tester/" not in environ.get("HTTP_AUTHORIZATION", ""):
            self.requests.append(asked)
            if self.fault and (broken := self.fault(environ, start)) is not None:
                return broken
            if _wrong_checksum(environ):
                return refuse(400, "BadDigest")(environ, start)

        def fewer(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # The date is moto's own time; the handler above adds one.
            hidden = ("date", self.hidden) if self.hidden else ("date",)
            kept = [(name, value) for name, value in headers if not name.lower().startswith(hidden)]
            return start(status, kept, *more)

        return self.moto(environ, fewer)

    def write(self, bucket: str, key: str, body: bytes, *, age: timedelta = timedelta()) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=body)
        stored = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys[key]
        stored.last_modified = datetime.now(UTC).replace(tzinfo=None) - age


def refuse(status: int, code: str) -> Fault:
    """An error as S3 words it."""

    def fault(environ: Environ, start: Start) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = f"<Error><Code>{code}</Code><Message>as the test wants it</Message></Error>".encode()
        headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        start(f"{status} Refused", headers)
        return [body]

    return fault


def hang_up(environ: Environ, start: Start) -> Iterable[bytes]:
    """The connection ends without an answer."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def without(header: str, status: int = 501, code: str = "NotImplemented") -> Fault:
    """Requests with a header that begins so are refused, as by stores that do not know it."""
    key = "HTTP_" + header.upper().replace("-", "_")

    def fault(environ: Environ, start: Start) -> Iterable[bytes] | None:
        known = not any(name.startswith(key) for name in environ)
        return None if known else refuse(status, code)(environ, start)

    return fault


def when(which: Which, fault: Fault) -> Fault:
    def chosen(environ: Environ, start: Start) -> Iterable[bytes] | None:
        asked = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        return fault(environ, start) if which(*asked) else None

    return chosen


class Hold:
    """A request that gets no answer until the test lets go."""

    def __init__(self, which: Which) -> None:
        self._which = which
        self.reached, self._let_go = threading.Event(), threading.Event()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes] | None:
        if self._which(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]):
            self.reached.set()
            self._let_go.wait(100)
            return hang_up(environ, start)
        return None

    def let_go(self) -> None:
        self._let_go.set()


# What S3's requests look like: method, path, query.


def is_part(method: str, path: str, query: str) -> bool:
    return method == "PUT" and "partNumber=" in query


def is_beginning(method: str, path: str, query: str) -> bool:
    return method == "POST" and query.startswith("uploads")


def is_second_part(method: str, path: str, query: str) -> bool:
    return method == "PUT" and "partNumber=2" in query


def is_completion(method: str, path: str, query: str) -> bool:
    return method == "POST" and "uploadId=" in query


def is_look(method: str, path: str, query: str) -> bool:
    return method == "HEAD"


def is_manifest(method: str, path: str, query: str) -> bool:
    return method == "PUT" and path.endswith(".json")


def is_deletion(method: str, path: str, query: str) -> bool:
    return method == "DELETE" or (method == "POST" and query.startswith("delete"))


def is_any(method: str, path: str, query: str) -> bool:
    return True


def _wrong_checksum(environ: Environ) -> bool:
    """moto takes any; S3 compares."""
    wanted = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
    if environ["REQUEST_METHOD"] != "PUT" or not wanted:
        return False
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    return base64.b64encode(hashlib.sha256(body).digest()).decode() != wanted


@contextmanager
def store(
    certificate: ssl.SSLContext | None = None,
    authority: Path | None = None,
    *,
    address: str = "127.0.0.1",
    port: int | None = None,
) -> Iterator[S3]:
    """certificate: that it shows, for TLS; authority: the file to verify it with. port: default any that is free."""
    s3 = S3(port or free_port(), authority, address)
    server = make_server(address, s3.port, s3, threaded=True, request_handler=_Handler, ssl_context=certificate)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield s3
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
