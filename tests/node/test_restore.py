"""The runbook of docs/backups.md in the cluster: what was lost comes back. Writers are stopped meanwhile."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..charts.dist import ROOT
from ..e2e.environment import Environment
from ..e2e.waiting import until
from . import jobs
from .conftest import Staging
from .internet import BUCKET
from .letters import letters, manifests, subjects
from .psql import psql

_ROWS = "SELECT count(*), md5(string_agg(body, ',' ORDER BY id)) FROM letters"


@pytest.fixture(autouse=True)
def database(staging: Staging) -> Iterator[None]:
    with letters(staging):
        yield


def _run_job(environment: Environment, folder: Path, *arguments: str) -> None:
    """images/postgres-backup/run-job.sh, by a deployer."""
    deployer = environment.cluster.user("deployer", environment.deployers)
    kubectl = folder / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {shlex.join([str(deployer.binary), *deployer.options])} "$@"\n')
    kubectl.chmod(0o755)
    variables = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "KUBECONFIG": str(deployer.kubeconfig),
        "HOME": str(folder),
        "RUN_JOB_PAUSE": "1",
    }
    command = [str(ROOT / "images/postgres-backup/run-job.sh"), environment.namespace, *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=200)
    assert not done.returncode, done.stdout + done.stderr


def test_what_was_lost_since_a_backup_is_there_again_after_the_runbook(staging: Staging, tmp_path: Path) -> None:
    environment, before = staging.environment, psql(staging, _ROWS)
    jobs.run(environment, jobs.job(environment, "postgres-backup", "before", BACKUP_REASON="before-1.4.2"))
    (manifest,) = manifests(staging, "before-1.4.2")
    with staging.cluster.outside():
        head = staging.internet.s3.client.head_object(Bucket=BUCKET, Key=manifest["key"])
    assert (head["ServerSideEncryption"], head["ContentLength"]) == ("AES256", manifest["bytes"])
    jobs.run(
        environment,
        jobs.job(environment, "postgres-backup-verify", "verify"),
        jobs.job(environment, "postgres-backup-watch", "watch"),
    )
    assert f'"event": "verified", "key": "{manifest["key"]}"' in jobs.log(environment, "verify")
    assert manifest["key"] in jobs.log(environment, "watch")

    psql(staging, "DELETE FROM letters WHERE id > 100; UPDATE letters SET body = 'wrong'")
    writers = ("deployment/backend", "deployment/celery-worker")
    environment.deployer("scale", *writers, "--replicas=0")
    try:
        replace = ("RESTORE_REPLACE=true", f"RESTORE_BACKUP={manifest['key']}")
        _run_job(environment, tmp_path, "postgres-restore", *replace)
    finally:
        environment.deployer("scale", *writers, "--replicas=1")
    assert psql(staging, _ROWS) == before
    until("the writers", lambda: environment.unready("deployments"), seconds=120)
    assert subjects(staging) == []
