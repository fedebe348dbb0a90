"""run-job.sh: ends when the Job does, well or badly."""

import os
import subprocess
from pathlib import Path

import pytest

from .places import ROOT

SCRIPT = ROOT / "images/postgres-backup/run-job.sh"

# Answers as kubectl does: what it is told to create it notes, and a Job is under way twice before it is as $STATE says.
KUBECTL = """#!/bin/sh
echo "$*" >> "$NOTES"
case "$1 $2" in
  "create job") echo "kind: Job" ;;
  "set env") cat ;;
  "create --namespace=shop") cat >> "$NOTES" ;;
  "get job") [ "$STATE" != gone ] || exit 1
    if [ "$(grep -c '^get job' "$NOTES")" -gt 2 ]; then echo "$STATE"; fi ;;
  "logs "*) echo '{"event": "backed-up"}' ;;
esac
"""


def run(folder: Path, state: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    kubectl, notes = folder / "kubectl", folder / "notes"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    done = subprocess.run(
        (SCRIPT, *arguments),
        env={"PATH": f"{folder}:{os.environ['PATH']}", "NOTES": str(notes), "STATE": state, "RUN_JOB_PAUSE": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done, notes.read_text().splitlines() if notes.exists() else []


@pytest.mark.parametrize(
    ("state", "code"), [("SuccessCriteriaMet Complete", 0), ("FailureTarget Failed", 1), ("Failed", 1), ("gone", 1)]
)
def test_it_ends_when_the_job_succeeded_failed_or_is_gone(tmp_path: Path, state: str, code: int) -> None:
    done, _ = run(tmp_path, state, "shop", "postgres-backup")
    assert done.returncode == code, done.stderr


def test_the_reason_becomes_a_variable_of_the_job_and_its_log_is_shown(tmp_path: Path) -> None:
    done, notes = run(tmp_path, "Complete", "shop", "postgres-backup", "BACKUP_REASON=before-1.4.2")
    assert done.returncode == 0, done.stderr
    text = "\n".join(notes)
    assert "--from=cronjob/postgres-backup --namespace=shop --dry-run=client" in text
    assert "set env --local --filename=- --output=yaml BACKUP_REASON=before-1.4.2" in text
    assert "kind: Job" in notes
    assert done.stdout == '{"event": "backed-up"}\n'


def test_without_a_job_to_start_it_says_how(tmp_path: Path) -> None:
    done, notes = run(tmp_path, "Complete", "shop")
    assert (done.returncode, notes) == (2, [])
    assert "run-job.sh revrx postgres-backup BACKUP_REASON=before-1.4.2" in done.stderr
