"""verify: a backup counts when it was restored; what is wrong with it is found."""

import json
import os
import subprocess
from datetime import timedelta
from typing import Any

import pytest

from .pod import Pod, Sample, manifest_key
from .s3 import Hold, hang_up, is_any, refuse, when

# One of them in `make test`.
DAMAGE = [*(pytest.param(how, marks=pytest.mark.slow) for how in ("empty", "truncated")), "one byte flipped"]


@pytest.fixture
def key(pod: Pod, sample: Sample) -> str:
    """The newest of two complete backups."""
    pod.older(timedelta(days=1), sample)
    return pod.older(timedelta(hours=1), sample)


def change(pod: Pod, dump: str, **fields: Any) -> None:
    manifest = json.loads(pod.s3.read(pod.bucket, manifest_key(dump)))
    pod.s3.write(pod.bucket, manifest_key(dump), json.dumps({**manifest, **fields}).encode())


def unproven(pod: Pod) -> str:
    before = pod.s3.keys(pod.bucket)
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (4, 1), (result.events, result.errors)
    assert pod.leftovers() == []
    assert pod.s3.keys(pod.bucket) == before
    return result.reason


def test_the_newest_complete_backup_is_restored_and_timed(pod: Pod, key: str, sample: Sample) -> None:
    incomplete = pod.older(timedelta(), sample)
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(incomplete))
    result = pod.run("verify")
    assert (result.code, result.mails) == (0, []), (result.events, result.errors)
    verified = result.event("verified")
    assert (verified["key"], verified["rows"]) == (key, 1200)
    assert verified["seconds"] > verified["restore_seconds"] > 0
    assert pod.leftovers() == []


@pytest.mark.slow
def test_it_needs_no_server_but_its_own(pod: Pod, key: str) -> None:
    result = pod.run("verify", PGHOST="", PGPORT="", PGSSLMODE="verify-full", PGSSLROOTCERT="/nowhere")
    assert result.code == 0, (result.events, result.errors)


def test_no_backup_at_all(pod: Pod) -> None:
    assert "there is no complete backup" in unproven(pod)


def test_manifest_missing(pod: Pod, sample: Sample) -> None:
    key = pod.older(timedelta(), sample)
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(key))
    assert "there is no complete backup" in unproven(pod)


def test_the_connection_breaks_during_the_download(pod: Pod, key: str, sample: Sample) -> None:
    answered: list[str] = []

    def half(environ: dict[str, Any], start: Any) -> list[bytes]:
        answered.append(environ["HTTP_RANGE"])
        start("206 Partial Content", [("Content-Length", str(len(sample.dump)))])
        return [sample.dump[: len(sample.dump) // 2]]

    pod.s3.fault = when(lambda method, path, _: method == "GET" and path.endswith(".dump") and not answered, half)
    result = pod.run("verify")
    assert result.code == 0, (result.events, result.errors)
    # It goes on where it broke.
    assert answered == ["bytes=0-"]
    assert result.event("read-again")["offset"] == len(sample.dump) // 2


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_dump_is_damaged_in_s3(pod: Pod, key: str, damage: str) -> None:
    pod.damage(key, damage)
    assert f"{key} is damaged" in unproven(pod)
    pod.assert_restorable(pod.s3.keys(pod.bucket)[0])


def test_a_dump_that_does_not_restore(pod: Pod, key: str) -> None:
    # As one whose extension is not in the image.
    pod.replace_program("pg_restore", 'echo "pg_restore: error: extension \\"postgis\\" is not available" >&2; exit 1')
    reason = unproven(pod)
    assert "does not restore" in reason
    assert 'extension "postgis" is not available' in reason


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a volume of a size needs root, who may mount one")
def test_a_volume_that_is_full_says_nothing_about_the_backup(pod: Pod, large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.back_up()
    volume = pod.folder / "work"
    # An empty server takes 40 MiB of it, its journal as much again.
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "tmpfs", volume), check=True)
    try:
        result = pod.run("verify")
        assert pod.leftovers() == []
    finally:
        subprocess.run(("umount", volume), check=True)
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "could not be tried, for the throw-away server ran out of what it has" in result.reason
    assert "raise the size of verify_volume" in result.reason


def test_s3_that_dies_half_way_says_nothing_about_the_backup(pod: Pod, key: str, sample: Sample) -> None:
    pod.s3.fault = when(lambda method, path, _: method == "GET" and path.endswith(".dump"), hang_up)
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (3, 1), (result.events, result.errors)
    assert "in S3" in result.reason


def test_two_at_once_do_each_other_no_harm(pod: Pod, key: str) -> None:
    (pod.folder / "bin").chmod(0o777)
    reached, go_on = pod.folder / "bin/reached", pod.folder / "bin/go-on"
    pod.replace_program("initdb", f'touch {reached}; until test -e {go_on}; do sleep 0.1; done; exec "$REAL" "$@"')
    first = pod.start("verify")
    pod.wait_for(reached.exists)
    second = pod.run("verify")
    go_on.touch()
    assert second.code == 3
    assert "another verify is at work" in second.reason
    assert pod.finish(first).code == 0


def test_what_a_killed_run_left_is_taken_away(pod: Pod, key: str) -> None:
    (pod.folder / "bin").chmod(0o777)
    reached = pod.folder / "bin/reached"
    pod.replace_program("pg_restore", f"touch {reached}; exec sleep 40")
    killed = pod.start("verify")
    pod.wait_for(reached.exists)
    killed.kill()
    pod.finish(killed)
    assert pod.leftovers() != []
    for process in processes():
        if str(pod.folder) in process and "postgres -D" in process:
            subprocess.run(("pkill", "-QUIT", "-f", process), check=True)
    (pod.folder / "bin/pg_restore").unlink()
    result = pod.run("verify")
    assert result.code == 0, (result.events, result.errors)
    assert "leftovers-removed" in result.names


def test_rows_are_missing(pod: Pod, key: str) -> None:
    tables = [
        {"schema": "billing", "name": "invoice", "rows": 701},
        {"schema": "public", "name": "customer", "rows": 500},
        {"schema": "public", "name": "gone", "rows": 0},
    ]
    change(pod, key, contents={"tables": tables, "large_objects": 2})
    reason = unproven(pod)
    for difference in (
        "table billing.invoice has 700 rows instead of 701",
        "table public.gone is missing",
        "1 large objects instead of 2",
    ):
        assert difference in reason


@pytest.mark.slow
@pytest.mark.parametrize("manifest", [b"", b"{", b"[]", b"{}", b'{"format": 2}', b'{"format": 1}', b"\xff\xfe"])
def test_a_damaged_manifest(pod: Pod, key: str, manifest: bytes) -> None:
    pod.s3.write(pod.bucket, manifest_key(key), manifest)
    assert f"the manifest of {key}" in unproven(pod)


def test_a_manifest_of_another_dump(pod: Pod, key: str) -> None:
    change(pod, key, key="postgres/shop/other/dump")
    assert "one of them was moved" in unproven(pod)


@pytest.mark.slow
def test_disk_full(pod: Pod, key: str) -> None:
    # The shell's limit of 16 blocks of 512 bytes on the size of a file.
    pod.replace_program("initdb", 'ulimit -f 16; exec "$REAL" "$@"')
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (3, 1)
    assert pod.leftovers() == []


@pytest.mark.slow
def test_the_server_does_not_start(pod: Pod, key: str) -> None:
    pod.replace_program("postgres", 'echo "FATAL: out of memory" >&2; exit 1')
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (3, 1)
    assert "the throw-away server did not start: FATAL: out of memory" in result.reason


@pytest.mark.slow
def test_s3_refuses(pod: Pod, key: str) -> None:
    pod.s3.fault = when(is_any, refuse(403, "AccessDenied"))
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["initdb", "pg_restore"])
def test_sigterm_leaves_no_server(pod: Pod, key: str, program: str) -> None:
    (pod.folder / "bin").chmod(0o777)
    reached = pod.folder / "bin/reached"
    pod.replace_program(program, f"touch {reached}; exec sleep 40")
    result = pod.stopped_at(lambda: pod.wait_for(reached.exists), "verify")
    assert (result.code, len(result.mails)) == (143, 1)
    assert pod.leftovers() == []
    assert not [process for process in processes() if str(pod.folder) in process]


@pytest.mark.slow
def test_sigterm_during_the_download(pod: Pod, key: str) -> None:
    pod.s3.fault = hold = Hold(lambda method, path, _query: method == "GET" and path.endswith(".dump"))
    result = pod.stopped_at(lambda: hold.reached.wait(100), "verify", BACKUP_S3_TIMEOUT="100")
    hold.let_go()
    assert (result.code, len(result.mails)) == (143, 1)
    assert pod.leftovers() == []


def processes() -> list[str]:
    return subprocess.run(("ps", "-eo", "args"), capture_output=True, text=True, check=True).stdout.splitlines()
