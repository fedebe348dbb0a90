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


@pytest.mark.parametrize("schedule", ["0 2 * * *", "0,30 8-18/2 1,15 * MON-fri", "0 2 ? * *", "@daily", "@every 6h"])
def test_what_kubernetes_reads_as_a_schedule_is_accepted(chart: Chart, schedule: str) -> None:
    backup = backup_cron_job(chart, schedule=schedule)
    assert list(backup.problems()) == []
    assert backup.cron_job.to_json()["spec"]["schedule"] == schedule


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        pytest.param("0 0 2 * * *", "has 6 fields", id="seconds"),
        pytest.param("0 24 * * *", "has the hour '24', which is not from 0 to 23", id="hour"),
        pytest.param("0 2 L * *", "has the day 'L', where 'L' is no number", id="last-day"),
        pytest.param("TZ=UTC 0 2 * * *", "names a time zone, which belongs into timeZone", id="time-zone"),
        pytest.param("0 2 31 2 *", "has no day that ever comes", id="never"),
    ],
)
def test_what_kubernetes_does_not_read_as_a_schedule_is_refused(chart: Chart, schedule: str, reason: str) -> None:
    five = "write five fields: minute hour day month weekday, e.g. '0 2 * * *'"
    assert list(backup_cron_job(chart, schedule=schedule).problems()) == [f"schedule: {schedule!r} {reason}; {five}"]


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
