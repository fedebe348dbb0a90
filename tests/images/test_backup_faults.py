"""What goes wrong with a backup: it ends with a code and one mail, and what was in S3 stays as it was."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from .pod import Pod, Result, Sample
from .ports import free_port
from .s3 import (
    Fault,
    Hold,
    Which,
    hang_up,
    is_any,
    is_beginning,
    is_completion,
    is_deletion,
    is_look,
    is_manifest,
    is_part,
    is_second_part,
    refuse,
    when,
)


@pytest.fixture(autouse=True)
def previous(pod: Pod, sample: Sample) -> dict[str, bytes]:
    """Two backups, of which retention would delete the older one after a new backup."""
    pod.variables["BACKUP_KEEP_NEWEST"] = "1"
    for days in (300, 200):
        pod.older(timedelta(days=days), sample)
    return contents(pod)


def contents(pod: Pod) -> dict[str, bytes]:
    return {key: pod.s3.read(pod.bucket, key) for key in pod.s3.keys(pod.bucket)}


@contextmanager
def failing(pod: Pod, previous: dict[str, bytes], *, code: int = 3) -> Iterator[Callable[[Result], str]]:
    """Checks all that must be so after a failure; what it yields is called with the result and returns the reason."""
    results: list[Result] = []

    def failed(result: Result) -> str:
        results.append(result)
        return result.reason

    yield failed
    [result] = results
    pod.s3.fault = None
    assert result.code == code, result.events
    assert [mail["To"] for mail in result.mails] == ["devops@shop.example"], result.events
    assert contents(pod) == previous
    assert pod.s3.unfinished(pod.bucket) == 0
    assert pod.leftovers() == []
    assert "Traceback" not in result.errors
    assert_restorable(pod, previous)


def assert_restorable(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.s3.fault = None
    pod.s3.clock *= 0
    pod.assert_restorable(max(key for key in previous if key.endswith(".dump")))


def test_without_a_fault_the_older_of_the_two_is_deleted(pod: Pod, previous: dict[str, bytes]) -> None:
    # Otherwise the tests below would find nothing deleted by a program that never deletes.
    pod.back_up()
    assert len(previous.keys() - contents(pod).keys()) == 2 * 2


# The server


def test_server_down(pod: Pod, previous: dict[str, bytes]) -> None:
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup", PGPORT=str(free_port())))
    assert "no server accepts connections" in reason


def test_a_server_that_comes_up_late_is_waited_for(pod: Pod) -> None:
    # As a NetworkPolicy that is not yet in force.
    up = pod.folder / "up"
    pod.replace_program("pg_isready", f'test -e {up} && exec "$REAL" "$@"; exit 2')
    process = pod.start("backup", BACKUP_WAIT_SECONDS="30")
    time.sleep(1.5)
    up.touch()
    assert pod.finish(process).code == 0


def test_wrong_password(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.secret("postgres", POSTGRES_PASSWORD="wrong")
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert "password authentication failed" in reason


@pytest.mark.slow
def test_no_such_database(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.secret("postgres", POSTGRES_DB="nosuchdb")
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert 'database "nosuchdb" does not exist' in reason


@pytest.mark.slow
def test_a_server_of_a_newer_major_version(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.replace_program("pg_dump", 'echo "pg_dump: error: aborting because of server version mismatch" >&2; exit 1')
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert "server version mismatch" in reason


@pytest.mark.changes_the_database
def test_empty_database(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.cluster.sql(pod.database, "TRUNCATE customer CASCADE; SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert f"no table of {pod.database} has a row" in reason


@pytest.mark.slow
def test_a_table_that_the_role_may_not_read(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.cluster.sql(pod.database, "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    pod.secret("postgres", POSTGRES_USER="reader", POSTGRES_PASSWORD="reader")
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert "permission denied" in reason


# The dump


def test_pg_dump_killed_half_way(pod: Pod, previous: dict[str, bytes], large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.replace_program("pg_dump", '"$REAL" "$@" | head -c 9000000; kill -9 $$')
    with failing(pod, previous) as failed:
        result = pod.run("backup")
        reason = failed(result)
    assert "part-sent" in result.names
    assert "pg_dump was killed by signal 9" in reason


DAMAGE = {
    "truncated": "head -c -500",
    "one byte flipped": "perl -0777 -pe 'substr($_, length($_) / 2, 1) ^= chr(1)'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_pg_dump_writes_is_damaged(pod: Pod, previous: dict[str, bytes], damage: str) -> None:
    pod.replace_program("pg_dump", f'"$REAL" "$@" | {damage}')
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert "the dump cannot be read back" in reason


def test_reading_back_that_fails_early_stops_the_upload(pod: Pod, previous: dict[str, bytes], large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.replace_program("pg_restore", "head -c 1000 > /dev/null; echo 'pg_restore: error: no more' >&2; exit 1")
    with failing(pod, previous) as failed:
        result = pod.run("backup")
        reason = failed(result)
    assert "part-sent" not in result.names
    assert "the dump cannot be read back: pg_restore ended with 1: pg_restore: error: no more" in reason


def test_pg_restore_that_does_not_read_to_the_end_is_no_proof(pod: Pod, previous: dict[str, bytes], large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.replace_program("pg_restore", "head -c 1000 > /dev/null")
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup"))
    assert "pg_restore ended with 0 before it had read all of it" in reason


def test_what_cannot_be_read_back_never_becomes_an_object(pod: Pod, previous: dict[str, bytes]) -> None:
    # The last part is sent before the answer is there.
    pod.replace_program("pg_restore", "sleep 1; echo 'pg_restore: error: no more' >&2; exit 1")
    with failing(pod, previous) as failed:
        result = pod.run("backup")
        reason = failed(result)
    assert "part-sent" in result.names
    assert not [request for request in pod.s3.requests if is_completion(*request)]
    assert "the dump cannot be read back: pg_restore ended with 1: pg_restore: error: no more" in reason


# S3


def test_s3_down(pod: Pod, previous: dict[str, bytes]) -> None:
    with failing(pod, previous) as failed:
        reason = failed(pod.run("backup", AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{free_port()}"))
    assert "Could not connect to the endpoint" in reason


def test_s3_slow_but_alive_is_waited_for(pod: Pod) -> None:
    pod.s3.fault = when(is_part, lambda *_: time.sleep(1))
    pod.back_up()


@pytest.mark.slow
@pytest.mark.parametrize("which", [is_part, is_completion, is_look, is_manifest])
def test_s3_silent(pod: Pod, previous: dict[str, bytes], which: Which) -> None:
    hold = Hold(which)
    pod.s3.fault = hold
    result = pod.run("backup", BACKUP_S3_TIMEOUT="3")
    hold.let_go()
    # The dump is there when its check or its manifest is what fails, and does not count.
    if which in (is_look, is_manifest):
        delete_unfinished(pod, previous)
    with failing(pod, previous) as failed:
        assert "timeout" in failed(result).lower()


REFUSALS = {
    "access denied": (is_any, refuse(403, "AccessDenied"), "does not allow it"),
    "credentials expired": (is_any, refuse(400, "ExpiredToken"), "the credentials have expired; renew them"),
    "credentials expired half-way": (is_second_part, refuse(400, "ExpiredToken"), "the credentials have expired"),
    "no such key": (is_any, refuse(403, "InvalidAccessKeyId"), "renew the Secret"),
    "throttled": (is_any, refuse(503, "SlowDown"), "SlowDown"),
    "an error of its own": (is_part, refuse(500, "InternalError"), "InternalError"),
    "dying between parts": (is_second_part, hang_up, "Connection was closed"),
    "dying at the end": (is_completion, hang_up, "Connection was closed"),
    "damaged on its way": (is_part, refuse(400, "BadDigest"), "BadDigest"),
    "the manifest is refused": (is_manifest, refuse(403, "AccessDenied"), "does not allow it"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("which", "fault", "told"), REFUSALS.values(), ids=REFUSALS)
def test_s3_refuses(pod: Pod, previous: dict[str, bytes], large: str, which: Which, fault: Fault, told: str) -> None:
    if which is is_second_part:
        pod.secret("postgres", POSTGRES_DB=large)
    pod.s3.fault = when(which, fault)
    result = pod.run("backup")
    if which is is_manifest:
        delete_unfinished(pod, previous)
    with failing(pod, previous) as failed:
        assert told in failed(result)


def delete_unfinished(pod: Pod, previous: dict[str, bytes]) -> None:
    """The one new object must be a dump without a manifest, which is then out of the way."""
    pod.s3.fault = None
    [dump] = contents(pod).keys() - previous.keys()
    assert dump.endswith(".dump")
    assert not pod.run("list").events[-1]["complete"]
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=dump)


def test_s3_dies_and_comes_back(pod: Pod) -> None:
    died: list[int] = []

    def once(*request: object) -> object:
        if died:
            return None
        died.append(1)
        return hang_up(*request)  # type: ignore[arg-type]

    pod.s3.fault = when(is_part, once)  # type: ignore[arg-type]
    pod.back_up()
    assert died


def test_the_answer_to_a_completed_upload_is_lost(pod: Pod) -> None:
    answered: list[int] = []

    def lost(environ: dict, start: object) -> object:  # type: ignore[type-arg]
        if answered:
            return refuse(412, "PreconditionFailed")(environ, start)  # type: ignore[arg-type]
        answered.append(1)
        list(pod.s3.moto(environ, lambda *_: None))
        return hang_up(environ, start)  # type: ignore[arg-type]

    pod.s3.fault = when(is_completion, lost)  # type: ignore[arg-type]
    result = pod.run("backup")
    assert result.code == 0, result.events
    assert "upload-completed-before" in result.names


def test_what_is_in_s3_is_not_what_was_sent(pod: Pod, previous: dict[str, bytes]) -> None:
    def replaced(environ: dict, start: object) -> None:  # type: ignore[type-arg]
        [key] = [key for key in pod.s3.keys(pod.bucket) if key not in previous]
        body = bytearray(pod.s3.read(pod.bucket, key))
        body[len(body) // 2] ^= 1
        pod.s3.client.put_object(
            Bucket=pod.bucket, Key=key, Body=bytes(body), ChecksumAlgorithm="SHA256", ServerSideEncryption="AES256"
        )

    pod.s3.fault = when(is_look, replaced)  # type: ignore[arg-type]
    result = pod.run("backup")
    delete_unfinished(pod, previous)
    with failing(pod, previous) as failed:
        assert "does not count: in S3 its sha256" in failed(result)


@pytest.mark.slow
def test_a_store_that_does_not_encrypt(pod: Pod, previous: dict[str, bytes]) -> None:
    def plain(environ: dict, start: object) -> None:  # type: ignore[type-arg]
        environ.pop("HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION", None)

    pod.s3.fault = plain  # type: ignore[assignment]
    result = pod.run("backup")
    delete_unfinished(pod, previous)
    with failing(pod, previous) as failed:
        assert "encryption is None, instead of AES256" in failed(result)


# Clocks


@pytest.mark.parametrize("days", [100, pytest.param(-100, marks=pytest.mark.slow)])
def test_clock_100_days_off(pod: Pod, previous: dict[str, bytes], days: int) -> None:
    # Ahead of ours is the same as ours behind.
    pod.s3.clock = timedelta(days=-days)
    with failing(pod, previous) as failed:
        assert "the clock here says" in failed(pod.run("backup"))


@pytest.mark.slow
@pytest.mark.parametrize("days", [100, -100])
def test_a_clock_that_goes_wrong_during_the_backup_deletes_nothing(
    pod: Pod, previous: dict[str, bytes], days: int
) -> None:
    def jump(*_: object) -> None:
        pod.s3.clock = timedelta(days=-days)

    pod.s3.fault = when(is_manifest, jump)  # type: ignore[arg-type]
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (3, 1)
    assert previous.items() <= contents(pod).items()
    assert_restorable(pod, previous)


# Retention


def test_a_role_that_may_not_delete(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.s3.fault = when(is_deletion, refuse(403, "AccessDenied"))
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (3, 1)
    assert "cannot delete" in result.reason
    assert len(contents(pod)) == len(previous) + 2
    assert_restorable(pod, previous)


@pytest.mark.changes_the_database
def test_a_backup_of_less_than_half_the_size_is_kept_told_and_nothing_deleted(
    pod: Pod, previous: dict[str, bytes]
) -> None:
    pod.cluster.sql(
        pod.database, "TRUNCATE billing.invoice; DELETE FROM customer WHERE id > 1; DROP VIEW billing.turnover"
    )
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (4, 1)
    assert "less than half of the last one's" in result.reason
    assert previous.items() <= contents(pod).items()
    assert len(contents(pod)) == len(previous) + 2
    assert_restorable(pod, previous)


# Tries


def test_three_tries_that_fail_are_told_in_one_mail(pod: Pod, previous: dict[str, bytes]) -> None:
    with failing(pod, previous) as failed:
        result = pod.run("backup", PGPORT=str(free_port()), BACKUP_TRIES="3", BACKUP_TRY_PAUSE_SECONDS="0")
        assert "no server accepts connections" in failed(result)
    assert [event["number"] for event in result.events if event["event"] == "tried"] == [1, 2]


def test_a_second_try_that_succeeds_mails_nothing(pod: Pod) -> None:
    failed: list[int] = []

    def once(*request: object) -> object:
        if failed:
            return None
        failed.append(1)
        return refuse(403, "AccessDenied")(*request)  # type: ignore[arg-type]

    pod.s3.fault = when(is_completion, once)  # type: ignore[arg-type]
    result = pod.run("backup", BACKUP_TRIES="2", BACKUP_TRY_PAUSE_SECONDS="0")
    assert (result.code, result.mails) == (0, []), result.events
    assert result.event("tried")["number"] == 1
    assert pod.s3.unfinished(pod.bucket) == 0


def test_the_first_question_to_s3_is_tried_again_too(pod: Pod) -> None:
    asked: list[int] = []

    def at_first(*request: object) -> object:
        asked.append(1)
        return hang_up(*request) if len(asked) <= 2 else None  # type: ignore[arg-type]

    pod.s3.fault = at_first  # type: ignore[assignment]
    result = pod.run("backup", BACKUP_TRIES="2", BACKUP_TRY_PAUSE_SECONDS="0")
    assert (result.code, result.mails) == (0, []), result.events
    assert result.event("tried")["number"] == 1


def test_what_another_try_would_find_again_is_tried_once(pod: Pod, previous: dict[str, bytes]) -> None:
    with failing(pod, previous, code=2) as failed:
        result = pod.run("backup", PATH="/nowhere", BACKUP_TRIES="3", BACKUP_TRY_PAUSE_SECONDS="60")
        assert "is not in this image" in failed(result)
    assert "tried" not in result.names


# Signals

# The last of them after the manifest: then the backup counts, and only deleting is left.
STAGES: dict[str, Which] = {
    "looking at what is there": is_any,
    "beginning the upload": is_beginning,
    "uploading the first part": is_part,
    "uploading the second part": is_second_part,
    "completing": is_completion,
    "checking": is_look,
    "writing the manifest": is_manifest,
}
PROGRAMS = ["pg_isready", "psql", "pg_dump", "pg_restore"]


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_sigterm_while_a_program_runs(pod: Pod, previous: dict[str, bytes], program: str) -> None:
    (pod.folder / "bin").chmod(0o777)
    reached = pod.folder / "bin/reached"
    pod.replace_program(program, f"echo $$ > {reached}.new; mv {reached}.new {reached}; exec sleep 40")

    def under_way() -> bool:
        # While the dump is read back it is sent too. An upload whose id is not yet known cannot be aborted; one
        # without parts costs nothing.
        sent = program != "pg_restore" or any(is_part(*request) for request in pod.s3.requests)
        return reached.exists() and sent

    with failing(pod, previous, code=143) as failed:
        assert "ended by a signal" in failed(pod.stopped_at(lambda: pod.wait_for(under_way), "backup"))
    assert not running(int(reached.read_text()))


@pytest.mark.slow
@pytest.mark.parametrize("which", STAGES.values(), ids=STAGES)
def test_sigterm_while_s3_is_asked(pod: Pod, previous: dict[str, bytes], large: str, which: Which) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.s3.fault = hold = Hold(which)
    result = pod.stopped_at(lambda: hold.reached.wait(100), "backup", BACKUP_S3_TIMEOUT="100")
    hold.let_go()
    if which in (is_look, is_manifest):
        pod.s3.fault = None
        [dump] = contents(pod).keys() - previous.keys()
        assert dump.endswith(".dump")
        pod.s3.client.delete_object(Bucket=pod.bucket, Key=dump)
    with failing(pod, previous, code=143) as failed:
        assert "ended by a signal" in failed(result)


@pytest.mark.slow
def test_sigterm_while_old_backups_are_deleted_leaves_the_new_one(pod: Pod, previous: dict[str, bytes]) -> None:
    pod.s3.fault = hold = Hold(is_deletion)
    result = pod.stopped_at(lambda: hold.reached.wait(100), "backup", BACKUP_S3_TIMEOUT="100")
    hold.let_go()
    pod.s3.fault = None
    assert (result.code, len(result.mails)) == (143, 1)
    assert len(contents(pod)) == len(previous) + 2
    assert pod.run("list").events[-1]["complete"]
    assert_restorable(pod, previous)


def test_sigint_is_taken_for_sigterm(pod: Pod, previous: dict[str, bytes], large: str) -> None:
    pod.secret("postgres", POSTGRES_DB=large)
    pod.s3.fault = hold = Hold(is_part)
    process = pod.start("backup", BACKUP_S3_TIMEOUT="100")
    hold.reached.wait(100)
    process.send_signal(signal.SIGINT)
    result = pod.finish(process)
    hold.let_go()
    with failing(pod, previous, code=143) as failed:
        assert "ended by a signal" in failed(result)


def running(process: int) -> bool:
    return subprocess.run(("ps", "-p", str(process)), capture_output=True, check=False).returncode == 0


# The mail server


@pytest.mark.slow
@pytest.mark.parametrize("down", ["nobody listens", "wrong password", "no TLS that can be trusted"])
def test_mail_server_down(pod: Pod, previous: dict[str, bytes], down: str) -> None:
    pod.secret("postgres", POSTGRES_PASSWORD="wrong")
    if down == "nobody listens":
        pod.secret("smtp", SMTP_PORT=str(free_port()))
    elif down == "wrong password":
        pod.secret("smtp", SMTP_PASSWORD="wrong")
    else:
        pod.variables["SSL_CERT_FILE"] = "/dev/null"
    result = pod.run("backup")
    assert (result.code, result.mails) == (3, [])
    assert "password authentication failed" in result.reason
    assert "mail-not-sent" in result.names
    assert contents(pod) == previous
    assert_restorable(pod, previous)


def test_a_mail_server_that_is_down_does_not_matter_to_a_backup_that_succeeds(pod: Pod) -> None:
    pod.secret("smtp", SMTP_PORT=str(free_port()))
    pod.back_up()
