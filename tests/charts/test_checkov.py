"""checkov's checks of dist/, all but the waivers in checkov.yaml."""

import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from .dist import ENVIRONMENTS, ROOT, documents, guards, of_kind, workloads

CONFIG = Path(__file__).with_name("checkov.yaml")
SETTINGS: dict[str, Any] = yaml.safe_load(CONFIG.read_text())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What checkov says when nothing is waived."""
    folders = [ROOT / ".venv" / "bin", ROOT / ".venv-checkov" / "bin", os.environ["PATH"]]
    program = shutil.which("checkov", path=os.pathsep.join(map(str, folders)))
    if program is None:
        pytest.fail("checkov is not installed; `make test` does that")
    config = tmp_path_factory.mktemp("checkov") / CONFIG.name
    config.write_text(yaml.safe_dump({key: value for key, value in SETTINGS.items() if key != "skip-check"}))
    run = subprocess.run(
        [program, "--config-file", str(config), "--output", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode in (0, 1), run.stderr
    result: dict[str, Any] = json.loads(run.stdout)
    return result


@pytest.fixture(scope="module")
def failures(report: dict[str, Any]) -> dict[str, set[str]]:
    """The names of the objects that fail, by check; checkov writes KIND.NAMESPACE.NAME."""
    failed: dict[str, set[str]] = defaultdict(set)
    for check in report["results"]["failed_checks"]:
        failed[check["check_id"]].add(check["resource"].rpartition(".")[2])
    return failed


def test_every_workload_and_role_of_both_environments_is_checked(report: dict[str, Any]) -> None:
    checked = {check["resource"] for checks in report["results"].values() for check in checks}
    objects = [*documents(*ENVIRONMENTS), *(o for environment in ENVIRONMENTS for o in guards(environment))]
    expected = [*workloads(objects), *of_kind(objects, "Role")]
    assert {f"{o['kind']}.{o['metadata']['namespace']}.{o['metadata']['name']}" for o in expected} <= checked
    assert report["summary"]["resource_count"] > len(expected) > 0
    assert report["summary"]["parsing_errors"] == 0


def test_nothing_fails_but_the_waived_checks_and_each_waiver_is_needed(failures: dict[str, set[str]]) -> None:
    assert {check: sorted(names) for check, names in failures.items() if check not in SETTINGS["skip-check"]} == {}
    needless = set(SETTINGS["skip-check"]) - set(failures)
    assert needless <= {"CKV_K8S_43"}, "no longer fails; remove the waiver"  # digests come and go with releases


def test_only_what_has_no_service_is_without_a_readiness_probe(failures: dict[str, set[str]]) -> None:
    services = {o["metadata"]["name"] for o in of_kind(documents(*ENVIRONMENTS), "Service")}
    assert failures["CKV_K8S_9"].isdisjoint(services)


def test_datastores_and_the_backup_read_passwords_from_files(failures: dict[str, set[str]]) -> None:
    assert failures["CKV_K8S_35"].isdisjoint({"postgres", "redis", "postgres-backup"})
