"""Backups in the cluster, with policies enforced: they leave nothing behind, and what fails is told."""

from collections.abc import Iterator
from copy import deepcopy

import pytest

from ..charts.dist import Object
from ..e2e.environment import Environment
from ..e2e.waiting import until
from ..images.s3 import Hold, is_any, is_part, refuse, when
from . import jobs
from .conftest import Staging
from .internet import BUCKET
from .letters import letters, manifests, subjects

# In rows of so many at once: the quota has room for them, and the history of a CronJob for 7.
_RUNS, _AT_ONCE = 50, 10


@pytest.fixture(autouse=True)
def database(staging: Staging) -> Iterator[None]:
    with letters(staging):
        yield


def test_fifty_runs_leave_the_use_of_the_quota_as_it_was(staging: Staging) -> None:
    environment = staging.environment
    until("pods of tests before to end", lambda: _ending(environment), seconds=60)
    before = _used(environment)
    claims = len(environment.admin.get("persistentvolumeclaims"))
    assert {"pods", "requests.storage", "persistentvolumeclaims"} <= before.keys()
    backup = jobs.job(environment, "postgres-backup", "row", BACKUP_REASON="row")
    verify = jobs.job(environment, "postgres-backup-verify", "verify")
    for number in range(1, _RUNS // _AT_ONCE + 1):
        backups = [_again(backup, f"row-{number}-{place}") for place in range(_AT_ONCE - 1)]
        environment.deployer.create([*backups, _again(verify, f"verify-{number}")])
        until(f"row {number}", lambda: _left(staging, number), seconds=150)  # noqa: B023  # until ends within the row
    until("the quota as it was", lambda: _changed(environment, before), seconds=60)
    assert len(environment.admin.get("persistentvolumeclaims")) == claims
    assert subjects(staging) == []


def _again(job: Object, name: str) -> Object:
    """The same under another name, which is its reason too where it gives one."""
    again = deepcopy(job)
    again["metadata"]["name"] = name
    for variable in jobs.container(again)["env"]:
        if variable["name"] == "BACKUP_REASON":
            variable["value"] = name
    return again


def _left(staging: Staging, number: int) -> list[str]:
    """Of a row: the backups that are not in S3, and what still runs or failed; the history keeps not all that ended."""
    there = len(manifests(staging, f"row-{number}-"))
    found = staging.environment.admin.get("jobs")
    running = [f"{o['metadata']['name']}: {o['status']}" for o in found if jobs.end(o) != "Complete"]
    return running + [f"{there} backups of {_AT_ONCE - 1} in S3"] * (there != _AT_ONCE - 1)


def _ending(environment: Environment) -> list[str]:
    """Pods that are still in the quota, and soon are not."""
    pods = environment.admin.get("pods")
    return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" in pod["metadata"]]


def _used(environment: Environment) -> dict[str, str]:
    used: dict[str, str]
    (quota,) = environment.admin.get("resourcequota", "quota")
    used = quota["status"]["used"]
    return used


def _changed(environment: Environment, before: dict[str, str]) -> list[str]:
    now = _used(environment)
    return [f"{name}: {now.get(name)}, not {value}" for name, value in before.items() if now.get(name) != value]


def test_a_backup_that_fails_makes_one_pod_and_mails_once(staging: Staging) -> None:
    environment = staging.environment
    staging.internet.s3.fault = when(is_any, refuse(403, "AccessDenied"))
    pause = {"BACKUP_TRY_PAUSE_SECONDS": "0"}
    environment.deployer.create([jobs.job(environment, "postgres-backup", "denied", **pause)])
    done = jobs.ended(environment, ["denied"], seconds=100)["denied"]
    assert (jobs.end(done), jobs.reason(done)) == ("Failed", "PodFailurePolicy")
    ((code, _),) = jobs.ends_of(environment, "denied")
    assert code in (2, 3)
    (subject,) = subjects(staging)
    assert subject.startswith(f"[{environment.namespace}] postgres-backup: backup failed:")
    assert "AccessDenied" in subject or "403" in jobs.log(environment, "denied")


def test_verify_on_a_full_volume_says_so_and_succeeds_once_there_is_room(staging: Staging) -> None:
    environment = staging.environment
    jobs.run(environment, jobs.job(environment, "postgres-backup", "dump"))
    verify = jobs.job(environment, "postgres-backup-verify", "fill")
    # All but 8 MiB of what this user may have: less than an empty server.
    fill = "import os; v = os.statvfs('.'); f = os.open('filler', os.O_CREAT | os.O_WRONLY); "
    fill += "os.posix_fallocate(f, 0, v.f_bavail * v.f_frsize - 2**23)"
    fills = jobs.with_command(verify, "sh", "-c", f'cd /var/backup && exec python -c "{fill}"')
    jobs.run(environment, fills)
    try:
        environment.deployer.create([jobs.job(environment, "postgres-backup-verify", "full")])
        done = jobs.ended(environment, ["full"], seconds=100)["full"]
        assert jobs.end(done) == "Failed"
        assert jobs.ends_of(environment, "full") == [(3, "Error")]
        assert "No space left on device" in jobs.log(environment, "full")
        (subject,) = subjects(staging)
        assert "verify failed" in subject
    finally:
        verify["metadata"]["name"] = "room"
        jobs.run(environment, jobs.with_command(verify, "rm", "-f", "/var/backup/filler"))
    jobs.run(environment, jobs.job(environment, "postgres-backup-verify", "again"))


def test_a_backup_without_memory_is_tried_three_times_and_mails_nothing(staging: Staging) -> None:
    environment = staging.environment
    backup = jobs.job(environment, "postgres-backup", "small", BACKUP_REASON="small")
    jobs.container(backup)["resources"]["limits"]["memory"] = "24Mi"
    jobs.container(backup)["resources"]["requests"]["memory"] = "24Mi"
    environment.deployer.create([backup])
    done = jobs.ended(environment, ["small"], seconds=200)["small"]
    assert (jobs.end(done), jobs.reason(done)) == ("Failed", "BackoffLimitExceeded")
    assert jobs.ends_of(environment, "small") == [(137, "OOMKilled")] * 3
    assert subjects(staging) == []
    assert manifests(staging, "small") == []


def test_the_deadline_ends_a_backup_that_hangs_and_leaves_no_parts(staging: Staging) -> None:
    environment, hold = staging.environment, Hold(is_part)
    staging.internet.s3.fault = hold
    try:
        environment.deployer.create([jobs.job(environment, "postgres-backup", "hung", BACKUP_REASON="hung")])
        assert hold.reached.wait(60), jobs.log(environment, "hung")
        with staging.cluster.outside():
            assert staging.internet.s3.unfinished(BUCKET) == 1
        # As if it had been 3 h.
        environment.admin("patch", "job/hung", '--patch={"spec": {"activeDeadlineSeconds": 1}}')
        done = jobs.ended(environment, ["hung"], seconds=90)["hung"]
    finally:
        hold.let_go()
    assert (jobs.end(done), jobs.reason(done)) == ("Failed", "DeadlineExceeded")

    def unfinished() -> list[str]:
        with staging.cluster.outside():
            return ["an upload"] * staging.internet.s3.unfinished(BUCKET)

    until("the parts to be thrown away", unfinished, seconds=60)
    until("the mail", lambda: [] if subjects(staging) else ["any"], seconds=60)
    (subject,) = subjects(staging)
    assert "backup failed: ended by a signal" in subject
    assert manifests(staging, "hung") == []
