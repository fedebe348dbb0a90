"""The CronJobs' commands, variables and Secrets, as dist/ states them: a wrong name in a construct fails here."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import cluster as postgres
from . import smtp as mail
from .cluster import Cluster
from .places import ROOT
from .pod import Pod, Result
from .postgres import DEFAULT
from .smtp import Smtp

COMMANDS = ["postgres-backup", "postgres-backup-verify", "postgres-backup-watch", "postgres-restore"]


def read(environment: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "dist" / environment / f"{name}.k8s.yaml").read_text())
    return found


def pod_spec(environment: str, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = read(environment, f"CronJob.{name}")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


class Cell:
    """The pods of an environment, with the folders that they mount below one of ours."""

    def __init__(self, environment: str, pod: Pod, values: dict[str, str]) -> None:
        self._environment, self._pod, self._values = environment, pod, values

    def run(self, name: str, **variables: str) -> Result:
        """variables: what `kubectl set env --local` would add."""
        spec = pod_spec(self._environment, name)
        [container] = spec["containers"]
        mounted = {mount["name"]: self._inside(mount["mountPath"]) for mount in container["volumeMounts"]}
        for volume in spec["volumes"]:
            folder = mounted[volume["name"]]
            folder.mkdir(parents=True, exist_ok=True)
            if "secret" in volume:
                self._fill(folder, volume["secret"]["secretName"])
            else:
                folder.chmod(0o777)
        paths = {mount["mountPath"] for mount in container["volumeMounts"]}
        env = {each["name"]: each["value"] for each in container["env"]}
        below = {key: str(self._inside(value)) for key, value in env.items() if value in paths}
        # No name `postgres` is known here, and others listen on its port.
        elsewhere = {"PGHOSTADDR": "127.0.0.1", "PGPORT": str(self._pod.cluster.port)} if "PGHOST" in env else {}
        python = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._pod.variables = {}
        process = self._pod.start(
            command=[*container["command"], *container["args"]],
            **{**env, **below, **elsewhere, "PATH": f"{DEFAULT.path}:{python}", **variables},
        )
        return self._pod.finish(process)

    def _inside(self, path: str) -> Path:
        return self._pod.folder / "root" / path.lstrip("/")

    def _fill(self, folder: Path, secret: str) -> None:
        external = read(self._environment, f"ExternalSecret.{secret}")
        assert external["spec"]["target"]["name"] == secret
        for entry in external["spec"]["data"]:
            (folder / entry["secretKey"]).write_text(self._values[entry["secretKey"]])


@pytest.fixture
def values(pod: Pod, mail_server: Smtp) -> dict[str, str]:
    """What the Secrets hold."""
    return {
        "POSTGRES_USER": postgres.USER,
        "POSTGRES_PASSWORD": postgres.PASSWORD,
        "POSTGRES_DB": pod.database,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_REGION": "us-east-1",
        "S3_BUCKET": pod.bucket,
        "SMTP_HOST": "localhost",
        "SMTP_PORT": str(mail_server.port),
        "SMTP_USER": mail.USER,
        "SMTP_PASSWORD": mail.PASSWORD,
        "SMTP_FROM": "backup@revrx.com",
    }


@pytest.mark.changes_the_database
@pytest.mark.parametrize("environment", ["production", pytest.param("staging", marks=pytest.mark.slow)])
def test_back_up_verify_watch_and_restore(pod: Pod, cluster: Cluster, values: dict[str, str], environment: str) -> None:
    cell = Cell(environment, pod, values)
    namespace = read(environment, "CronJob.postgres-backup")["metadata"]["namespace"]
    rows = cluster.rows(pod.database)

    too_early = cell.run("postgres-backup-watch")
    assert too_early.code == 4, too_early.events
    [told] = too_early.mails
    assert told["To"] == "devops@revrx.com"
    assert "kubectl create job --from=cronjob/postgres-backup-watch postgres-backup-watch-again" in told.get_content()

    backed_up = cell.run("postgres-backup", BACKUP_REASON="before-1.4.2")
    assert backed_up.code == 0, (backed_up.events, backed_up.errors)
    key = backed_up.event("backed-up")["key"]
    assert key.startswith(f"postgres/{namespace}/{pod.database}/")
    assert key.endswith("-before-1.4.2.dump")
    assert backed_up.event("retention-done")["days"] == 90

    for name in ("postgres-backup-verify", "postgres-backup-watch"):
        result = cell.run(name)
        assert result.code == 0, (result.events, result.errors)

    cluster.sql(pod.database, "DROP TABLE billing.invoice CASCADE")
    refused = cell.run("postgres-restore")
    assert refused.code == 3, refused.events
    restored = cell.run("postgres-restore", RESTORE_REPLACE="true", RESTORE_BACKUP=key)
    assert restored.code == 0, (restored.events, restored.errors)
    assert cluster.rows(pod.database) == rows


@pytest.mark.parametrize("environment", ["production", "staging"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_contract_lists_every_variable(environment: str, name: str) -> None:
    contract = (ROOT / "docs/contract.md").read_text()
    [container] = pod_spec(environment, name)["containers"]
    assert [each["name"] for each in container["env"] if f"`{each['name']}`" not in contract] == []


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_pods_run_as_the_user_of_the_image(environment: str) -> None:
    dockerfile = (ROOT / "images/postgres-backup/Dockerfile").read_text()
    for name in COMMANDS:
        security = pod_spec(environment, name)["securityContext"]
        assert f"USER {security['runAsUser']}:{security['runAsGroup']}" in dockerfile
        # Of the server's own image it is SIGINT.
        assert "STOPSIGNAL SIGTERM" in dockerfile
        assert f"adduser -D -H -h /tmp -u {security['runAsUser']}" in dockerfile


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_the_image_is_of_the_servers_major_version(environment: str) -> None:
    [server] = read(environment, "StatefulSet.postgres")["spec"]["template"]["spec"]["containers"]
    dockerfile = (ROOT / "images/postgres-backup/Dockerfile").read_text()
    [major] = re.findall(r"^ARG POSTGRES_MAJOR=(\d+)$", dockerfile, re.MULTILINE)
    [base] = re.findall(r"^FROM (\S+)$", dockerfile, re.MULTILINE)
    assert base.replace("${POSTGRES_MAJOR}", major) == server["image"].partition("@")[0]
