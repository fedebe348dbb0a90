"""Jobs that somebody starts from a CronJob of staging, as docs/backups.md says, and how they end."""

import json
from collections.abc import Iterable
from copy import deepcopy

from ..charts.dist import Object
from ..e2e.environment import Environment
from ..e2e.waiting import until


def job(environment: Environment, cron_job: str, name: str, **variables: str) -> Object:
    """What `kubectl create job --from` makes, with variables of whoever starts it."""
    command = ("create", "job", f"--from=cronjob/{cron_job}", name, "--dry-run=client", "-o=json")
    made: Object = json.loads(environment.deployer(*command))
    container(made).setdefault("env", []).extend({"name": n, "value": v} for n, v in variables.items())
    return made


def container(job: Object) -> Object:
    found: Object
    (found,) = job["spec"]["template"]["spec"]["containers"]
    return found


def with_command(job: Object, *command: str) -> Object:
    changed = deepcopy(job)
    container(changed).update(command=[*command], args=[])
    return changed


def end(job: Object) -> str:
    """`Complete`, `Failed`, or nothing while it runs."""
    conditions = job["status"].get("conditions", [])
    return next((c["type"] for c in conditions if c["type"] in ("Complete", "Failed") and c["status"] == "True"), "")


def reason(job: Object) -> str:
    """Why it failed, in the controller's word."""
    return next(str(c["reason"]) for c in job["status"]["conditions"] if c["type"] == "Failed")


def ended(environment: Environment, names: Iterable[str], *, seconds: float) -> dict[str, Object]:
    """Jobs as they are at their ends."""
    found: dict[str, Object] = {}

    def missing() -> list[str]:
        found.update({o["metadata"]["name"]: o for o in environment.admin.get("jobs")})
        return [f"{name}: {found[name]['status'] if name in found else 'gone'}" for name in names if not _end(name)]

    def _end(name: str) -> str:
        return end(found[name]) if name in found else ""

    names = [*names]
    until("the ends of Jobs", missing, seconds=seconds)
    return {name: found[name] for name in names}


def run(environment: Environment, *wanted: Object, seconds: float = 100) -> None:
    """Start them at once, by a deployer, and wait until each has succeeded; what one that has not said is told."""
    environment.deployer.create(wanted)
    done = ended(environment, (o["metadata"]["name"] for o in wanted), seconds=seconds)
    failed = [name for name, o in done.items() if end(o) != "Complete"]
    assert not failed, "\n".join(f"{name}: {log(environment, name)}" for name in failed)


def log(environment: Environment, name: str) -> str:
    return environment.admin("logs", f"--selector=job-name={name}", "--tail=-1")


def pods(environment: Environment, name: str) -> list[Object]:
    return environment.admin.get("pods", f"--selector=job-name={name}")


def ends_of(environment: Environment, name: str) -> list[tuple[int, str]]:
    """Exit code and reason of each pod that the Job made."""
    states = [pod["status"]["containerStatuses"][0]["state"]["terminated"] for pod in pods(environment, name)]
    return [(state["exitCode"], state["reason"]) for state in states]


def delete_all(environment: Environment) -> None:
    environment.admin("delete", "jobs", "--all", "--wait=true")
