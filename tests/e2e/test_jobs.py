"""Jobs that somebody starts from a CronJob: a backup, a migration."""

import pytest

from ..charts.dist import documents, of_kind
from .environment import Environment
from .waiting import until

pytestmark = pytest.mark.every_release


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
