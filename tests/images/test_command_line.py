"""What a person and a pod see of the program: help, codes, lines, mail."""

import json
import re
from datetime import datetime

import pytest

from .pod import Pod

COMMANDS = ["backup", "verify", "restore", "list", "watch"]


def said(pod: Pod, *arguments: str) -> tuple[int, str]:
    process = pod.start(*arguments)
    output, errors = process.communicate()
    return process.returncode, (output + errors).decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_its_exit_codes(pod: Pod, command: str) -> None:
    code, text = said(pod, command, "--help")
    assert code == 0
    assert re.findall(r"^ +(\d+)  ", text, re.MULTILINE) == ["0", "1", "2", "3", "4", "5", "143"]


def test_the_help_names_every_command(pod: Pod) -> None:
    code, text = said(pod, "--help")
    assert code == 0
    assert re.findall(r"^  ([a-z]+)  ", text, re.MULTILINE) == sorted(COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("nosuch",), ("backup", "--nosuch"), ("restore", "--before", "soon")])
def test_wrong_arguments_are_told_by_mail_too(pod: Pod, arguments: tuple[str, ...]) -> None:
    # A typing error in a CronJob would otherwise be found by nobody.
    result = pod.run(*arguments)
    assert (result.code, len(result.mails)) == (2, 1)
    assert pod.s3.requests == []


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_all_that_is_missing_is_told_at_once(pod: Pod, command: str) -> None:
    (pod.folder / "secrets/aws/S3_BUCKET").unlink()
    (pod.folder / "secrets/aws/AWS_REGION").write_text("\n")
    result = pod.run(command)
    assert (result.code, len(result.mails)) == (2, 1), result.errors
    assert "S3_BUCKET cannot be read" in result.reason
    assert "AWS_REGION is empty" in result.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("PGHOST", "PGHOST is not set"),
        ("POSTGRES_SECRET", "POSTGRES_SECRET is not set"),
        ("BACKUP_NAMESPACE", "BACKUP_NAMESPACE is not set"),
    ],
)
def test_a_variable_that_is_missing_is_named(pod: Pod, variable: str, told: str) -> None:
    result = pod.run("backup", **{variable: ""})
    assert result.code == 2
    assert told in result.reason
    assert pod.s3.keys(pod.bucket) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"BACKUP_REASON": "a b/c"}, "reason 'a b/c' cannot be part of a key"),
        ({"BACKUP_ENCRYPTION": "rot13"}, "BACKUP_ENCRYPTION is 'rot13'; give AES256, aws:kms or none"),
        ({"BACKUP_S3_ADDRESSING": "dns"}, "BACKUP_S3_ADDRESSING is 'dns'; give auto, path or virtual"),
        ({"BACKUP_TRIES": "0"}, "BACKUP_TRIES is '0'; give a whole number of 1 or more"),
    ],
)
def test_a_value_that_cannot_be_is_told(pod: Pod, variables: dict[str, str], told: str) -> None:
    result = pod.run("backup", **variables)
    assert (result.code, len(result.mails)) == (2, 1)
    assert told in result.reason
    assert pod.s3.keys(pod.bucket) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "told"),
    [("", "BACKUP_WORK_FOLDER is not set"), ("/proc", "BACKUP_WORK_FOLDER: /proc is not a folder that uid")],
)
def test_verify_wants_a_folder_that_it_can_write_to(pod: Pod, work: str, told: str) -> None:
    result = pod.run("verify", BACKUP_WORK_FOLDER=work)
    assert (result.code, len(result.mails)) == (2, 1)
    assert told in result.reason


def test_a_line_an_event_each_with_time_and_level(pod: Pod) -> None:
    output, _ = pod.start("backup").communicate()
    events = [json.loads(line) for line in output.decode().splitlines()]
    assert [event["event"] for event in events] == [
        "dump-started",
        "upload-started",
        "part-sent",
        "dump-done",
        "upload-done",
        "manifest-written",
        "retention-done",
        "backed-up",
    ]
    assert {event["level"] for event in events} == {"info"}
    assert all(datetime.fromisoformat(event["time"]).tzinfo for event in events)


def test_no_password_is_logged_or_mailed(pod: Pod) -> None:
    pod.secret("postgres", POSTGRES_PASSWORD="s3cr3t-password")
    process = pod.start("backup")
    output, errors = process.communicate()
    text = output.decode() + errors.decode() + pod.smtp.mails[0].get_content()
    assert process.returncode == 3
    assert "s3cr3t-password" not in text


def test_the_mail_tells_what_failed_the_last_lines_and_the_command_to_try_again(pod: Pod) -> None:
    pod.secret("postgres", POSTGRES_PASSWORD="wrong")
    [mail] = pod.run("backup").mails
    assert (mail["To"], mail["From"]) == ("devops@shop.example", "backup@shop.example")
    assert mail["Subject"].startswith("[shop] postgres-backup: backup failed: the server refused: psql: error:")
    text = mail.get_content()
    assert 'password authentication failed for user "keeper"' in text
    assert "kubectl create job --from=cronjob/postgres-backup postgres-backup-again-$(date +%s) -n shop" in text
    assert '"event": "dump-started"' in text


def test_the_command_to_try_again_has_what_the_job_was_given(pod: Pod) -> None:
    [mail] = pod.run(
        "restore", BACKUP_CRON_JOB="postgres-restore", RESTORE_INTO="a copy", RESTORE_BEFORE="2001-01-01T00:00:00Z"
    ).mails
    again = "images/postgres-backup/run-job.sh shop postgres-restore RESTORE_BEFORE=2001-01-01T00:00:00Z"
    assert f"{again} 'RESTORE_INTO=a copy'" in mail.get_content()


def test_a_bug_ends_with_1_its_trace_and_a_mail(pod: Pod) -> None:
    # Stands for any: psql that answers what no psql answers.
    pod.replace_program("psql", "while read line; do echo not json; done")
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (1, 1)
    assert "Traceback" in result.errors
    assert "a bug: JSONDecodeError" in result.reason


def test_a_program_that_is_not_in_the_image_is_named(pod: Pod) -> None:
    result = pod.run("backup", PATH="/nowhere")
    assert result.code == 2
    assert "is not in this image" in result.reason


def test_a_mail_server_that_asks_for_no_user_is_asked_without(pod: Pod) -> None:
    # The tests' one does ask, and refuses: what counts is that nothing was sent to it as a user.
    pod.secret("smtp", SMTP_USER="", SMTP_PASSWORD="")
    result = pod.run("backup", PGHOST="")
    assert "530" in result.event("mail-not-sent")["reason"]
