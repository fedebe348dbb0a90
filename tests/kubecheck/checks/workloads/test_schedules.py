"""CronJobs that never run, or run at other times than is meant."""

from typing import Any

import pytest

from kubecheck import Cluster, Unseen
from kubecheck.checks.workloads import schedules
from kubecheck.checks.workloads.schedules import cron_schedule, schedule_without_runs, starting_deadline, time_zone

from ...given import Object, texts, workload


def cron_job(**spec: Any) -> Object:
    found = workload("CronJob")
    found["spec"] |= spec
    return {**found, "apiVersion": "batch/v1"}


def test_a_schedule_that_is_none_is_told_with_the_reason() -> None:
    assert texts(cron_schedule, [cron_job(schedule="0 2 * * 7")]) == [
        "CronJob a: schedule '0 2 * * 7' has the weekday '7', which is not from 0 to 6: Sunday is 0; write five "
        "fields, minute hour day month weekday, or a word such as @daily"
    ]
    assert texts(cron_schedule, [cron_job(schedule=5)]) == [
        "CronJob a: schedule 5 is no text; write e.g. '0 2 * * *' or '@daily'"
    ]
    other = {**cron_job(schedule="whenever"), "apiVersion": "example.com/v1"}
    assert texts(cron_schedule, [other]) == [], "of another API"


def test_a_day_that_never_comes_is_told_unless_it_is_not_meant_to() -> None:
    never = cron_job(schedule="0 0 30 2 *")
    assert texts(schedule_without_runs, [never]) == [
        "CronJob a: schedule '0 0 30 2 *' has no day that ever comes, so it never runs; write one that comes, or "
        "suspend: true when it is only started by hand"
    ]
    assert texts(schedule_without_runs, [cron_job(schedule="0 0 30 2 *", suspend=True)]) == []
    assert texts(schedule_without_runs, [cron_job(schedule="0 0 29 2 *"), cron_job(schedule="no schedule")]) == []


@pytest.mark.parametrize(("seconds", "is_told"), [(0, True), (9, True), (10, False), (-1, False), (None, False)])
def test_a_deadline_below_the_ten_seconds_after_which_the_controller_looks_again(
    seconds: int | None, is_told: bool
) -> None:
    assert bool(texts(starting_deadline, [cron_job(startingDeadlineSeconds=seconds)])) == is_told


def test_a_machine_without_time_zones_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "is_time_zone", lambda _: None)
    found = time_zone.findings(Cluster(objects=[cron_job(timeZone="Europe/Berlin")]))
    assert list(found) == [
        Unseen("CronJob a: this machine has no time zones, so nothing tells whether Europe/Berlin is one", "time-zone")
    ]
