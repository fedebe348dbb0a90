"""Backups day after day: what has run leaves nothing behind that the quota counts."""

import json
from collections.abc import Iterable
from copy import deepcopy
from functools import partial

import pytest

from ..charts.dist import Object, documents, of_kind
from .environment import Environment
from .waiting import until

# What a run's container ends with, one after another; None is success. 3 and 4 are the program's, 137 is that of one
# that was killed for its memory.
ENDS = (None, "3", None, "137", None, "4", None, "3", None, None, "4", None)


@pytest.fixture
def staging(environments: list[Environment]) -> Environment:
    (found,) = (environment for environment in environments if environment.name == "staging")
    return found


def names(environment: Environment) -> list[str]:
    """The CronJobs of the backup."""
    found = of_kind(documents(environment.name), "CronJob")
    return [o["metadata"]["name"] for o in found if o["metadata"]["labels"]["app.kubernetes.io/component"] == "backup"]


def manual(environment: Environment, name: str) -> Object:
    """What `kubectl create job --from` makes."""
    made: Object = json.loads(
        environment.deployer("create", "job", f"--from=cronjob/{name}", name, "--dry-run=client", "-o=json")
    )
    assert made["metadata"]["annotations"] == {"cronjob.kubernetes.io/instantiate": "manual"}
    return made


def run_of(job: Object, number: int, end: str | None) -> Object:
    run = deepcopy(job)
    run["metadata"]["name"] += f"-{number}"
    if end is not None:  # kwok-stages.yaml: its pods fail with it
        (container,) = run["spec"]["template"]["spec"]["containers"]
        container["env"].append({"name": "EXIT_CODE", "value": end})
    return run


def end_of(job: Object) -> str:
    conditions = job["status"].get("conditions", [])
    return next((c["type"] for c in conditions if c["type"] in ("Complete", "Failed") and c["status"] == "True"), "")


def unfinished(environment: Environment, wanted: Iterable[Object]) -> list[str]:
    """The Jobs that have not ended as they should, and what the quota has refused."""
    jobs = {job["metadata"]["name"]: job for job in environment.admin.get("jobs")}
    missing = []
    for run in wanted:
        name, container = run["metadata"]["name"], run["spec"]["template"]["spec"]["containers"][0]
        expected = "Failed" if any(v["name"] == "EXIT_CODE" for v in container["env"]) else "Complete"
        if (end := end_of(jobs[name])) != expected:
            missing.append(f"Job {name}: {end or jobs[name]['status']}, not {expected}")
    refused = {e["message"] for e in environment.admin.get("events") if "exceeded quota" in e.get("message", "")}
    return missing and [*missing, *refused]


def without_scheduled_run(environment: Environment) -> list[str]:
    """The CronJobs of which the controller has made no Job that has ended."""
    owners = {
        job["metadata"]["ownerReferences"][0]["name"]
        for job in environment.admin.get("jobs")
        if "cronjob.kubernetes.io/instantiate" not in job["metadata"].get("annotations", {}) and end_of(job)
    }
    return [f"a scheduled run of {name}" for name in names(environment) if name not in owners]


def used(environment: Environment) -> dict[str, str]:
    (quota,) = environment.admin.get("resourcequota", "quota")
    counted: dict[str, str] = quota["status"]["used"]
    return counted


def changed(environment: Environment, before: dict[str, str]) -> list[str]:
    now = used(environment)
    return [f"{key}: {now.get(key)}, not {value}" for key, value in before.items() if now.get(key) != value]


def test_fifty_runs_in_a_row_leave_the_quota_s_use_as_it_was(staging: Environment) -> None:
    before = used(staging)
    assert {"requests.storage", "persistentvolumeclaims"} <= before.keys()
    every_minute = json.dumps({"spec": {"schedule": "* * * * *", "suspend": False}})
    templates = [manual(staging, name) for name in names(staging)]
    assert len(templates) == 4
    long: list[Object] = []
    runs = 0
    try:
        for name in names(staging):
            staging.deployer("patch", "cronjob", name, f"--patch={every_minute}")
        for number, end in enumerate(ENDS):
            wave = [run_of(template, number, end) for template in templates]
            staging.deployer.create(wave)
            runs += len(wave)
            # A backup that is killed is tried again, after pauses that grow.
            killed = [run for run in wave if end == "137" and run["spec"]["backoffLimit"]]
            long += killed
            until(f"the runs {number}", partial(unfinished, staging, [r for r in wave if r not in killed]), seconds=60)
        until("the runs that the controller makes", partial(without_scheduled_run, staging), seconds=90)
        runs += len(templates)
        until("the backups that were killed", partial(unfinished, staging, long), seconds=90)
        assert len(long) == 1
        assert runs >= 50
        # No more are made; what has run is there still.
        staging.deployer("apply", f"-f=dist/{staging.name}")
        until("the quota to count what it did before", partial(changed, staging, before), seconds=60)
        ended = [pod for pod in staging.admin.get("pods") if pod["status"]["phase"] in ("Succeeded", "Failed")]
        assert len(ended) > runs / 2
    finally:
        staging.deployer("apply", f"-f=dist/{staging.name}")
        # As docs/constructs/backup-cron-job.md has it.
        staging.deployer("delete", "jobs", "-l", "app.kubernetes.io/component=backup")
    assert staging.admin.get("jobs") == []
