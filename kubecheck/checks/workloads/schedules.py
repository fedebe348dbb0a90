"""When CronJobs run."""

from collections.abc import Iterator

from ...check import Cluster, Finding, Unseen, check
from ...objects.fields import Object, mapping, text, title
from ...objects.pods import group
from ...objects.schedule import ScheduleError, is_time_zone, parse

# Below it the controller, which looks every ten seconds, may miss a run and never make up for it.
_SHORTEST_DEADLINE = 10

_CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
  namespace: shop
spec:
  schedule: 0 2 * * *
  timeZone: Europe/Berlin
  startingDeadlineSeconds: 600
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: shop/report:1.0
"""
_DOCUMENTATION = "Kubernetes documentation, CronJob"


@check(
    "cron-schedule",
    why="The API server refuses a CronJob with a schedule that its controller cannot read, and since 1.29 one that "
    f"names a time zone ({_DOCUMENTATION}, Schedule syntax).",
    way_out="Write five fields, minute hour day month weekday, or a word such as @daily; Sunday is 0.",
    bad=_CRON_JOB.replace("0 2 * * *", "0 2 * * 7"),
    good=_CRON_JOB,
    waivable=False,
)
def cron_schedule(cluster: Cluster) -> Iterator[Finding]:
    for o in _of_batch(cluster, "CronJob"):
        schedule = mapping(o, "spec").get("schedule")
        if not isinstance(schedule, str):
            yield Finding(o, f"{title(o)}: schedule {schedule!r} is no text; write e.g. '0 2 * * *' or '@daily'")
            continue
        try:
            parse(schedule)
        except ScheduleError as error:
            yield Finding(
                o,
                f"{title(o)}: schedule {schedule!r} {error}; write five fields, minute hour day month weekday, or a "
                "word such as @daily",
            )


@check(
    "schedule-without-runs",
    why="The API server accepts a schedule of a day that never comes, such as 30 February, and the CronJob never runs.",
    way_out="Write a day that comes, or, when it is only started by hand, suspend: true.",
    bad=_CRON_JOB.replace("0 2 * * *", "0 2 30 2 *"),
    good=_CRON_JOB,
)
def schedule_without_runs(cluster: Cluster) -> Iterator[Finding]:
    for o in _of_batch(cluster, "CronJob"):
        schedule = text(o, "spec", "schedule")
        if mapping(o, "spec").get("suspend") is not True and not _has_runs(schedule):
            yield Finding(
                o,
                f"{title(o)}: schedule {schedule!r} has no day that ever comes, so it never runs; write one that "
                "comes, or suspend: true when it is only started by hand",
            )


def _has_runs(schedule: str) -> bool:
    try:
        return parse(schedule).has_runs
    except ScheduleError:
        return True  # told by another check


@check(
    "time-zone",
    why=f"The API server refuses a CronJob with a timeZone that is not in the IANA database ({_DOCUMENTATION}, Time "
    "zones).",
    way_out="Write a name such as Etc/UTC or Europe/Berlin.",
    bad=_CRON_JOB.replace("Europe/Berlin", "Europe/Bonn"),
    good=_CRON_JOB,
    waivable=False,
)
def time_zone(cluster: Cluster) -> Iterator[Finding | Unseen]:
    for o in _of_batch(cluster, "CronJob"):
        zone = mapping(o, "spec").get("timeZone")
        if zone is None:
            continue
        known = is_time_zone(zone) if isinstance(zone, str) else False
        if known is None:
            yield Unseen(f"{title(o)}: this machine has no time zones, so nothing tells whether {zone} is one")
        elif not known:
            yield Finding(
                o, f"{title(o)}: timeZone {zone!r} is not in the IANA database; write e.g. Etc/UTC or Europe/Berlin"
            )


@check(
    "starting-deadline",
    why="The controller looks every ten seconds: with a startingDeadlineSeconds below that it may be too late for "
    f"every run ({_DOCUMENTATION}, Deadline for delayed Job start).",
    way_out="Write 10 or more, better minutes, or leave it out, which makes up for every missed run.",
    bad=_CRON_JOB.replace("600", "5"),
    good=_CRON_JOB,
)
def starting_deadline(cluster: Cluster) -> Iterator[Finding]:
    for o in _of_batch(cluster, "CronJob"):
        deadline = mapping(o, "spec").get("startingDeadlineSeconds")
        if isinstance(deadline, int) and 0 <= deadline < _SHORTEST_DEADLINE:
            yield Finding(
                o,
                f"{title(o)}: startingDeadlineSeconds {deadline} is below the {_SHORTEST_DEADLINE} seconds after "
                "which its controller looks again, so that it may never run; write more, or leave it out",
            )


def _of_batch(cluster: Cluster, kind: str) -> Iterator[Object]:
    return (o for o in cluster.by_kind.get(kind, ()) if group(o) == "batch")
