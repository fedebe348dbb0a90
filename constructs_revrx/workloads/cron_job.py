"""The CronJob that BackupCronJob and SuspendedCronJob emit."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

from constructs import Construct

from kubecheck.objects.schedule import ScheduleError, is_time_zone, parse

from ..core.labels import Labels
from ..core.manifest import KEEP_DATA, Manifest

# The CronJob controller appends 11 characters to name the Jobs (Kubernetes documentation, CronJob).
LONGEST_NAME = 52

# Required by the API, and without effect on what is suspended.
_NEVER = "0 0 1 1 *"

# A pod that a node drain by the cluster-autoscaler ends would lose hours of work.
NOT_EVICTED = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}

# A claim is bound when its first pod is scheduled (volumeBindingMode WaitForFirstConsumer), which may be next week or
# never; until then Argo CD would call the whole Application Progressing.
LATE_CLAIM = {**KEEP_DATA, "argocd.argoproj.io/ignore-healthcheck": "true"}


def cron_job(
    scope: Construct,
    labels: Labels,
    template: Mapping[str, Any],
    *,
    schedule: str | None,
    time_zone: str,
    deadline: int,
    retries: int,
    final_codes: Sequence[int] = (),
) -> Manifest:
    """A CronJob of which one Job runs at a time.

    Args:
        schedule: None for what never starts by itself.
        deadline: seconds after which a run is ended: with Forbid, one that hangs would prevent all later ones.
        retries: how often a pod that failed is made anew.
        final_codes: exit codes of its own container after which it is not, for it would fail again.
    """
    return Manifest(
        scope,
        "cron-job",
        api_version="batch/v1",
        kind="CronJob",
        name=labels.name,
        labels=labels.all,
        spec={
            "schedule": _NEVER if schedule is None else schedule,
            "timeZone": time_zone,
            "suspend": schedule is None,
            "concurrencyPolicy": "Forbid",
            # An hour in which a missed run is made up for; under 10 s the controller may never start one.
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 7,
            "failedJobsHistoryLimit": 7,
            "jobTemplate": {
                "metadata": {"labels": labels.all},
                "spec": {
                    "activeDeadlineSeconds": deadline,
                    "backoffLimit": retries,
                    "podFailurePolicy": _failure_policy(labels.name, final_codes) if final_codes else None,
                    "template": template,
                },
            },
        },
    )


def _failure_policy(container: str, final_codes: Sequence[int]) -> dict[str, Any]:
    """On by default since Kubernetes 1.26 (KEP-3329); wants pods with restartPolicy Never.

    container: whose codes are meant; another one's, of a sidecar that a mesh adds, mean something else.
    """
    codes = {"containerName": container, "operator": "In", "values": sorted(final_codes)}
    rules = [
        # A drain of its node says nothing about the next try, and counts as none.
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": codes},
    ]
    return {"rules": rules}


def schedule_problems(schedule: str) -> Iterator[str]:
    try:
        problem = "" if parse(schedule).has_runs else "has no day that ever comes"
    except ScheduleError as error:
        problem = str(error)
    if problem:
        yield f"{schedule!r} {problem}; write five fields: minute hour day month weekday, e.g. '0 2 * * *'"


def time_zone_problems(time_zone: str) -> Iterator[str]:
    if is_time_zone(time_zone) is False:
        yield f"{time_zone!r} is not in the IANA database; write e.g. Etc/UTC or Europe/Berlin"


def longest_pause(schedule: str) -> timedelta:
    """The longest time between two runs of the next hundred; a day when the schedule cannot be read."""
    try:
        runs = list(islice(parse(schedule).runs(datetime(2024, 1, 1, tzinfo=UTC)), 100))
    except ScheduleError:
        return timedelta(days=1)
    return max((later - earlier for earlier, later in pairwise(runs)), default=timedelta(days=1))
