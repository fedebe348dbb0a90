"""SuspendedCronJob: an operation that waits for someone to start it."""

import pytest
from cdk8s import Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import container, objects, suspended_cron_job


def test_minimal(chart: Chart, snapshot: SnapshotAssertion) -> None:
    suspended_cron_job(chart)
    assert chart.to_json() == snapshot


def test_everything(chart: Chart, snapshot: SnapshotAssertion) -> None:
    suspended_cron_job.everything(chart)
    assert chart.to_json() == snapshot


def test_emits_a_cron_job_its_account_and_its_policy(chart: Chart) -> None:
    migrate = suspended_cron_job(chart)
    assert sorted(o["kind"] for o in objects(migrate)) == ["CronJob", "NetworkPolicy", "ServiceAccount"]


def test_never_starts_by_itself(chart: Chart) -> None:
    spec = suspended_cron_job(chart).cron_job.to_json()["spec"]
    assert spec["suspend"] is True
    # The API wants them; midnight of the first of January is as seldom as a schedule can be.
    assert (spec["schedule"], spec["timeZone"]) == ("0 0 1 1 *", "Etc/UTC")


def test_runs_its_command(chart: Chart) -> None:
    only = container(suspended_cron_job(chart, command=["alembic"], args=["upgrade", "head"]))
    assert (only["command"], only["args"]) == (["alembic"], ["upgrade", "head"])


def test_is_tried_once_and_ended_after_an_hour_by_default(chart: Chart) -> None:
    job = suspended_cron_job(chart).cron_job.to_json()["spec"]["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 3600)


def test_is_tried_again_as_often_as_asked(chart: Chart) -> None:
    job = suspended_cron_job(chart, retries=3).cron_job.to_json()["spec"]["jobTemplate"]["spec"]
    assert job["backoffLimit"] == 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"deadline": 0}, "deadline: 0 is below 1", id="deadline"),
        pytest.param({"retries": -1}, "retries: -1 is negative; give 0 for none", id="retries"),
    ],
)
def test_refuses(chart: Chart, options: dict[str, object], problem: str) -> None:
    assert list(suspended_cron_job(chart, **options).problems()) == [problem]


def test_a_second_and_no_retry_are_enough(chart: Chart) -> None:
    assert list(suspended_cron_job(chart, deadline=1, retries=0).problems()) == []
