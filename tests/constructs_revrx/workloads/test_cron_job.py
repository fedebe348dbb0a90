"""CronJobs: one run at a time, none missed, each ended some day; and schedules that Kubernetes reads as meant."""

import pytest
from cdk8s import Chart

from ..properties.shop import CRON_JOBS, Object, Recipe, backup_cron_job, pod_template

every_cron_job = pytest.mark.parametrize("recipe", CRON_JOBS.values(), ids=CRON_JOBS)


def spec(recipe: Recipe, chart: Chart, **options: object) -> Object:
    found: Object = recipe(chart, **options).cron_job.to_json()["spec"]
    return found


@every_cron_job
def test_one_job_runs_at_a_time(chart: Chart, recipe: Recipe) -> None:
    assert spec(recipe, chart)["concurrencyPolicy"] == "Forbid"


@every_cron_job
def test_a_missed_run_is_made_up_for_within_an_hour(chart: Chart, recipe: Recipe) -> None:
    assert spec(recipe, chart)["startingDeadlineSeconds"] == 3600


@every_cron_job
def test_a_run_is_ended_at_its_deadline(chart: Chart, recipe: Recipe) -> None:
    job = spec(recipe, chart, deadline=600)["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] == 600


@every_cron_job
def test_the_last_week_of_jobs_is_kept_by_number_not_by_age(chart: Chart, recipe: Recipe) -> None:
    found = spec(recipe, chart)
    assert (found["successfulJobsHistoryLimit"], found["failedJobsHistoryLimit"]) == (7, 7)
    assert "ttlSecondsAfterFinished" not in found["jobTemplate"]["spec"]


@every_cron_job
def test_a_pod_that_fails_is_not_started_again_in_place(chart: Chart, recipe: Recipe) -> None:
    assert pod_template(recipe(chart))["spec"]["restartPolicy"] == "Never"


@every_cron_job
def test_the_autoscaler_of_the_cluster_does_not_end_a_run(chart: Chart, recipe: Recipe) -> None:
    annotations = pod_template(recipe.everything(chart))["metadata"]["annotations"]
    assert annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"


@every_cron_job
def test_jobs_have_the_labels_of_their_cron_job(chart: Chart, recipe: Recipe) -> None:
    cron_job = recipe(chart).cron_job.to_json()
    assert cron_job["spec"]["jobTemplate"]["metadata"]["labels"] == cron_job["metadata"]["labels"]


WEEKDAY = "has a weekday over 6, which Kubernetes refuses: Sunday is 0"


@pytest.mark.parametrize(
    "schedule",
    [
        "0 2 * * *",
        "*/15 * * * *",
        "0,30 8-18/2 1,15 * *",
        "0 0 1 jan *",
        "0 0 * JAN-MAR MON-fri",
        "59 23 31 12 6",
        "0 0 * * 0",
        "0 0 * * 0-6/7",
    ],
)
def test_schedules_of_five_fields_are_accepted(chart: Chart, schedule: str) -> None:
    backup = backup_cron_job(chart, schedule=schedule)
    assert list(backup.problems()) == []
    assert backup.cron_job.to_json()["spec"]["schedule"] == schedule


FIVE = "write five fields: minute hour day month weekday, e.g. '0 2 * * *'"


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        pytest.param("", "has 0 fields", id="empty"),
        pytest.param("0 2 * *", "has 4 fields", id="four"),
        pytest.param("0 0 2 * * *", "has 6 fields", id="seconds"),
        pytest.param("@daily", "has 1 fields", id="macro"),
        pytest.param("0 2 L * *", "has the field 'L'", id="last-day"),
        pytest.param("0 2 15W * *", "has the field '15W'", id="nearest-weekday"),
        pytest.param("0 2 * * MON#2", "has the field 'MON#2'", id="second-monday"),
        pytest.param("0 2 * * ?", "has the field '?'", id="question-mark"),
        pytest.param("0, 2 * * *", "has the field '0,'", id="trailing-comma"),
        pytest.param("-5 2 * * *", "has the field '-5'", id="negative"),
        pytest.param("60 2 * * *", "is not a cron expression (Bad minute)", id="minute"),
        pytest.param("0 24 * * *", "is not a cron expression (Bad hour)", id="hour"),
        pytest.param("0 2 0 * *", "is not a cron expression (Bad day-of-month)", id="day"),
        pytest.param("0 2 31 2 *", "is not a cron expression (Bad day-of-month)", id="never"),
        pytest.param("0 2 * 13 *", "is not a cron expression (Bad month)", id="month"),
        pytest.param("0 2 * * 7", WEEKDAY, id="weekday"),
        pytest.param("0 2 * * 1-7", WEEKDAY, id="weekdays"),
        pytest.param("0 2 * * 0,8", WEEKDAY, id="weekday-list"),
        pytest.param("0 2 * * FRI-MON", "is not a cron expression (Bad day-of-week)", id="backwards"),
        pytest.param("*/0 * * * *", "is not a cron expression (Bad minute)", id="step"),
        pytest.param("0 2 * * DAY", "is not a cron expression (Bad day-of-week)", id="name"),
    ],
)
def test_what_kubernetes_does_not_read_as_a_schedule_is_refused(chart: Chart, schedule: str, reason: str) -> None:
    assert list(backup_cron_job(chart, schedule=schedule).problems()) == [f"schedule: {schedule!r} {reason}; {FIVE}"]


@pytest.mark.parametrize("time_zone", ["Etc/UTC", "Europe/Berlin", "UTC"])
def test_a_schedule_is_read_in_its_time_zone(chart: Chart, time_zone: str) -> None:
    backup = backup_cron_job(chart, time_zone=time_zone)
    assert list(backup.problems()) == []
    assert backup.cron_job.to_json()["spec"]["timeZone"] == time_zone


@pytest.mark.parametrize("time_zone", ["", "Europe/Bonn", "Europe", "CET+1", "../UTC", "Local"])
def test_a_time_zone_that_is_none_is_refused(chart: Chart, time_zone: str) -> None:
    assert list(backup_cron_job(chart, time_zone=time_zone).problems()) == [
        f"time_zone: {time_zone!r} is not in the IANA database; write e.g. Etc/UTC or Europe/Berlin"
    ]
