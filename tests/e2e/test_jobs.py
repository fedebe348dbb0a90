"""Jobs that somebody starts from a CronJob: a backup, a migration."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ..charts.dist import ROOT, documents, of_kind
from .environment import Environment
from .waiting import until

pytestmark = pytest.mark.every_release

RunJob = Callable[..., subprocess.CompletedProcess[str]]


def test_a_job_from_every_cron_job_is_admitted_and_completes(environment: Environment) -> None:
    cron_jobs = [o["metadata"]["name"] for o in of_kind(documents(environment.name), "CronJob")]
    assert {"postgres-backup", "backend-migrate"} <= set(cron_jobs)
    for name in cron_jobs:
        environment.deployer("create", "job", f"--from=cronjob/{name}", f"manual-{name}")

    def incomplete() -> list[str]:
        jobs = environment.deployer.get("jobs", *(f"manual-{name}" for name in cron_jobs))
        return [
            f"Job {job['metadata']['name']}: {job['status']}"
            for job in jobs
            if not any(c["type"] == "Complete" and c["status"] == "True" for c in job["status"].get("conditions", []))
        ]

    try:
        until("the Jobs to complete", incomplete, seconds=60)
    finally:
        environment.deployer("delete", "jobs", *(f"manual-{name}" for name in cron_jobs))


@pytest.fixture
def run_job(environment: Environment, tmp_path: Path) -> RunJob:
    """images/postgres-backup/run-job.sh, run by a deployer."""
    deployer = environment.cluster.user("deployer", environment.deployers)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {shlex.join([str(deployer.binary), *deployer.options])} "$@"\n')
    kubectl.chmod(0o755)
    variables = {
        "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]]),
        "KUBECONFIG": str(deployer.kubeconfig),
        "HOME": str(tmp_path),
        "RUN_JOB_PAUSE": "1",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [ROOT / "images/postgres-backup/run-job.sh", environment.namespace, *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.mark.parametrize(
    ("cron_job", "variable", "code", "state"),
    [
        ("postgres-backup", {"name": "BACKUP_REASON", "value": "before-1.4.2"}, 0, "Complete"),
        # kwok-stages.yaml: its pod fails.
        ("postgres-restore", {"name": "EXIT_CODE", "value": "3"}, 1, "Failed"),
    ],
)
def test_the_wait_for_a_job_ends_on_success_and_on_failure(
    environment: Environment,
    run_job: RunJob,
    cron_job: str,
    variable: dict[str, str],
    code: int,
    state: str,
) -> None:
    done = run_job(cron_job, "=".join(variable.values()))
    try:
        assert (done.returncode, done.stderr.split()[-1]) == (code, state), done.stderr
        (job,) = environment.admin.get("jobs")
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert variable in container["env"]
    finally:
        environment.admin("delete", "jobs", "--all")


def test_a_backup_that_another_try_would_not_help_is_tried_once(environment: Environment, run_job: RunJob) -> None:
    done = run_job("postgres-backup", "EXIT_CODE=4")
    try:
        assert done.returncode == 1, done.stderr
        (job,) = environment.admin.get("jobs")
        assert job["spec"]["backoffLimit"] > 0
        assert job["status"]["failed"] == 1
        assert {c["reason"] for c in job["status"]["conditions"]} == {"PodFailurePolicy"}
    finally:
        environment.admin("delete", "jobs", "--all")
