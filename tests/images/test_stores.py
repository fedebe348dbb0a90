"""Other stores than AWS: what they refuse is done without, and what they do not prove is read back."""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest

from .cluster import SMALL, Cluster
from .pod import Pod, Sample, manifest_key
from .s3 import S3, Environ, Fault, Start, Store, is_beginning, is_completion, is_part, refuse, when, without
from .stores import minio, versity

Pods = Callable[..., Pod]

# What most of them are given.
PLAIN = {"BACKUP_ENCRYPTION": "none", "BACKUP_S3_ADDRESSING": "path"}

PROGRAMS = {"MinIO": minio, "Versity": versity}


# Slow tests try each; it is the gateway that starts at once.
@pytest.fixture(scope="module", params=[pytest.param("MinIO", marks=pytest.mark.slow), "Versity"])
def another(request: pytest.FixtureRequest) -> Iterator[Store]:
    with PROGRAMS[request.param]() as found:
        yield found


@pytest.fixture
def outside(pod_of: Pods, cluster: Cluster, another: Store) -> Iterator[Pod]:
    """A pod whose store is another."""
    cluster.create("outside", SMALL)
    pod = pod_of(cluster, "outside", store=another)
    pod.variables.update(PLAIN)
    yield pod
    names = [name for name in cluster.databases() if name.startswith("outside")]
    cluster.sql("postgres", ";".join(f'DROP DATABASE "{name}"' for name in names))


def test_another_store_does_for_all_commands(outside: Pod, cluster: Cluster, sample: Sample) -> None:
    rows = cluster.rows("outside")
    kept = outside.older(timedelta(days=2), sample)
    gone = outside.older(timedelta(days=100), sample)
    key = outside.back_up(BACKUP_KEEP_NEWEST="1")
    assert outside.s3.keys(outside.bucket) == sorted([kept, manifest_key(kept), key, manifest_key(key)])
    assert gone not in outside.s3.keys(outside.bucket)
    assert outside.s3.unfinished(outside.bucket) == 0
    listed = outside.run("list")
    assert [(event["key"], event["complete"]) for event in listed.events] == [(kept, True), (key, True)]
    for command in ("verify", "watch"):
        result = outside.run(command)
        assert result.code == 0, (result.events, result.errors)
    cluster.sql("outside", "DROP TABLE billing.invoice CASCADE")
    restored = outside.run("restore", "--replace")
    assert restored.code == 0, (restored.events, restored.errors)
    assert cluster.rows("outside") == rows


@pytest.mark.slow
def test_many_parts(outside: Pod, large: str) -> None:
    outside.secret("postgres", POSTGRES_DB=large)
    outside.back_up()
    verified = outside.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)


def test_a_store_that_does_not_encrypt_is_not_taken_for_one_that_does(outside: Pod) -> None:
    result = outside.run("backup", BACKUP_ENCRYPTION="AES256")
    assert (result.code, len(result.mails)) in ((2, 1), (3, 1)), (result.events, result.errors)
    assert "encryption" in result.reason.lower()
    # What is there counts for nothing: it has no manifest.
    assert outside.s3.manifests(outside.bucket) == []
    assert outside.s3.unfinished(outside.bucket) == 0


@pytest.mark.slow
def test_a_store_that_encrypts_if_it_has_a_key(pod_of: Pods, cluster: Cluster) -> None:
    with minio(encrypts=True) as store:
        pod = pod_of(cluster, store=store)
        key = pod.back_up(BACKUP_S3_ADDRESSING="path")
        assert store.client.head_object(Bucket=pod.bucket, Key=key)["ServerSideEncryption"] == "AES256"
        assert pod.run("verify").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncated", "one byte flipped"])
def test_damage_in_another_store_is_found(outside: Pod, damage: str) -> None:
    outside.damage(outside.back_up(), damage)
    result = outside.run("verify")
    assert result.code == 4, (result.events, result.errors)
    assert "is damaged" in result.reason


# moto, behind a front that knows less


def no_encryption(environ: Environ, start: Start) -> Iterable[bytes] | None:
    return without("x-amz-server-side-encryption")(environ, start)


def no_conditions(environ: Environ, start: Start) -> Iterable[bytes] | None:
    return without("If-None-Match")(environ, start)


def no_checksums(environ: Environ, start: Start) -> Iterable[bytes] | None:
    """Neither as headers nor after the body; that one is asked for, they overlook."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return None
    names = ("x-amz-checksum-", "x-amz-sdk-checksum-", "x-amz-trailer")
    refused = (without(name, 400, "InvalidArgument")(environ, start) for name in names)
    return next((each for each in refused if each is not None), None)


def nothing_new(environ: Environ, start: Start) -> Iterable[bytes] | None:
    """As stores of ten years ago."""
    answers = (fault(environ, start) for fault in (no_encryption, no_conditions, no_checksums))
    return next((each for each in answers if each is not None), None)


# Of a store: what it refuses, and what it leaves out of its answers.
FRONTS: dict[str, tuple[Fault | None, str | None]] = {
    "tells no checksum": (None, "x-amz-checksum-"),
    "refuses If-None-Match": (no_conditions, None),
    "refuses checksums": (no_checksums, "x-amz-checksum-"),
    "refuses all of it": (nothing_new, "x-amz-checksum-"),
}
# Conditions are no proof of anything: what has checksums need not be read again.
UNPROVEN = [name for name in FRONTS if name != "refuses If-None-Match"]


# The last refuses what each of the others does.
@pytest.fixture(params=[*(pytest.param(name, marks=pytest.mark.slow) for name in list(FRONTS)[:-1]), list(FRONTS)[-1]])
def front(request: pytest.FixtureRequest, s3: S3) -> str:
    s3.fault, s3.hidden = FRONTS[request.param]
    name: str = request.param
    return name


def reads(s3: S3) -> int:
    return sum(method == "GET" and path.endswith(".dump") for method, path, _ in s3.requests)


def test_what_a_store_refuses_is_done_without(pod: Pod, front: str, sample: Sample) -> None:
    gone = pod.older(timedelta(days=100), sample)
    key = pod.back_up(**PLAIN, BACKUP_KEEP_NEWEST="1")
    assert pod.s3.keys(pod.bucket) == [key, manifest_key(key)], gone
    assert pod.s3.unfinished(pod.bucket) == 0
    if front in UNPROVEN:
        assert reads(pod.s3) >= 1
    assert pod.run("verify", **PLAIN).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("front", UNPROVEN, indirect=True)
def test_many_parts_to_a_store_that_knows_less(pod: Pod, front: str, large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.back_up(**PLAIN)
    assert reads(pod.s3) >= 1
    assert pod.run("verify", **PLAIN).code == 0


@pytest.mark.parametrize("front", UNPROVEN[:1], indirect=True)
@pytest.mark.parametrize("way", ["in", "out"])
def test_a_byte_that_changed_in_such_a_store_is_found(pod: Pod, front: str, way: str) -> None:
    knows_less = pod.s3.fault

    def flipped(body: bytes) -> bytes:
        return body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1 :]

    def changes(environ: Environ, start: Start) -> Iterable[bytes] | None:
        asked = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        if answer := knows_less and knows_less(environ, start):
            return answer
        if way == "in" and is_part(*asked):
            for name in [name for name in environ if name.startswith("HTTP_X_AMZ_CHECKSUM_")]:
                # It was right when it came.
                del environ[name]
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = io.BytesIO(flipped(body))
        if way == "out" and asked[0] == "GET" and asked[1].endswith(".dump"):
            return [flipped(b"".join(pod.s3.moto(environ, start)))]
        return None

    pod.s3.fault = changes
    result = pod.run("backup", **PLAIN)
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "does not count" in result.reason
    assert pod.s3.manifests(pod.bucket) == []


def test_a_store_that_refuses_to_encrypt_is_told_what_to_do(pod: Pod) -> None:
    pod.s3.fault = no_encryption
    result = pod.run("backup", BACKUP_ENCRYPTION="AES256")
    assert (result.code, len(result.mails)) in ((2, 1), (3, 1)), (result.events, result.errors)
    assert "BACKUP_ENCRYPTION" in result.reason
    assert "none" in result.reason
    assert pod.s3.keys(pod.bucket) == []


@pytest.mark.slow
@pytest.mark.parametrize("which", [is_beginning, is_part, is_completion])
def test_what_fails_for_another_reason_is_not_done_without(pod: Pod, which: Callable[..., bool]) -> None:
    pod.s3.fault = when(which, refuse(403, "AccessDenied"))
    result = pod.run("backup", **PLAIN)
    assert result.code == 3, (result.events, result.errors)
    assert "AccessDenied" in result.reason
    assert pod.s3.keys(pod.bucket) == []


@pytest.mark.parametrize("style", ["path", pytest.param("virtual", marks=pytest.mark.slow)])
def test_buckets_are_part_of_the_path_or_of_the_hosts_name(pod: Pod, style: str) -> None:
    hosts: set[tuple[str, bool]] = set()

    def noted(environ: Environ, start: Start) -> None:
        hosts.add((environ["HTTP_HOST"].partition(":")[0], environ["PATH_INFO"].startswith(f"/{pod.bucket}")))

    pod.s3.fault = noted
    # As a proxy, for no name is known here.
    names = {"AWS_ENDPOINT_URL_S3": "http://s3.shop.example", "HTTP_PROXY": pod.s3.endpoint}
    pod.run("list", BACKUP_S3_ADDRESSING=style, **names)
    assert hosts == ({("s3.shop.example", True)} if style == "path" else {(f"{pod.bucket}.s3.shop.example", False)})
