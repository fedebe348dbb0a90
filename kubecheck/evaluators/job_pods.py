"""The pods of Jobs that are there at the most, the ended ones too, which keep ephemeral claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..objects.counts import count
from ..objects.fields import Object, at, mapping

# Kubernetes API reference, CronJobSpec and JobSpec.
_HISTORY = {"successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}
_BACKOFF_LIMIT = 6


@dataclass(frozen=True)
class JobPods:
    """jobs: of a CronJob those that its history keeps, and the one that runs; of a Job itself.
    each: the pods that one Job may have had when it ends.
    reason: which fields say so.
    lower: which of them would have to be lower.
    """

    jobs: int
    each: int
    reason: str
    lower: str

    @property
    def total(self) -> int:
        return self.jobs * self.each


def job_pods(o: Object) -> JobPods | None:
    """None for what makes no Jobs.

    A finished pod stays until its Job is deleted, and its ephemeral claims with it; so a quota counts the claims of
    everything that a history keeps. `ttlSecondsAfterFinished` deletes Jobs sooner, but until then as many may have
    ended as the history keeps: only 0 makes a difference.

    Source: Kubernetes documentation, Jobs (job termination and cleanup; pod backoff failure policy); CronJob (jobs
    history limits); Ephemeral Volumes (lifecycle and PersistentVolumeClaim).
    """
    if o["kind"] == "Job":
        each, reason = _pods_of_a_job(mapping(o, "spec"))
        return JobPods(1, each, reason, "its backoffLimit")
    if o["kind"] != "CronJob":
        return None
    job = mapping(o, "spec", "jobTemplate", "spec")
    each, reason = _pods_of_a_job(job)
    if job.get("ttlSecondsAfterFinished") == 0:
        return JobPods(1, each, reason, "its backoffLimit")
    kept = {name: count(mapping(o, "spec").get(name), default) for name, default in _HISTORY.items()}
    limits = " and ".join(f"{name} {limit}" for name, limit in kept.items())
    return JobPods(
        1 + sum(kept.values()), each, f"{limits} beside the Job that runs, each with {reason}", "the history limits"
    )


def _pods_of_a_job(job: Mapping[str, Any]) -> tuple[int, str]:
    """A pod that failed is made anew beside the old one, unless restartPolicy lets the kubelet start it again."""
    pods = count(job.get("completions"), count(job.get("parallelism"), 1))
    if at(job, "template", "spec", "restartPolicy") == "OnFailure":
        return pods, _pods(pods)
    name = "backoffLimitPerIndex"
    if count(job.get(name), -1) >= 0 and "backoffLimit" not in job:
        pods *= job[name] + 1
    else:
        name = "backoffLimit"
        # Of those that fail at once all have been running, and are counted already.
        pods += count(job.get(name), _BACKOFF_LIMIT)
    return pods, f"{_pods(pods)}, for {name} is {count(job.get(name), _BACKOFF_LIMIT)}"


def _pods(number: int) -> str:
    return f"{number} pod{'s' * (number != 1)}"
