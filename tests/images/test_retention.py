"""Retention: which backups go, and which never."""

from datetime import UTC, datetime, timedelta

import pytest

from .pod import Pod, Sample, manifest_key


@pytest.fixture
def aged(pod: Pod, sample: Sample) -> dict[int, str]:
    """Complete backups, by their age in days."""
    return {days: pod.older(timedelta(days=days), sample) for days in (400, 200, 91, 89, 1)}


def test_what_is_older_than_the_days_goes_after_a_new_backup(pod: Pod, aged: dict[int, str]) -> None:
    new = pod.back_up()
    kept = [aged[89], aged[1], new]
    assert pod.s3.keys(pod.bucket) == sorted([*kept, *map(manifest_key, kept)])


def test_the_newest_stay_whatever_their_age(pod: Pod, aged: dict[int, str]) -> None:
    new = pod.back_up(BACKUP_RETENTION_DAYS="1", BACKUP_KEEP_NEWEST="4")
    kept = [aged[91], aged[89], aged[1], new]
    assert pod.s3.keys(pod.bucket) == sorted([*kept, *map(manifest_key, kept)])


def test_with_0_days_deleting_is_left_to_the_bucket(pod: Pod, aged: dict[int, str]) -> None:
    pod.back_up(BACKUP_RETENTION_DAYS="0", BACKUP_KEEP_NEWEST="1")
    assert len(pod.s3.keys(pod.bucket)) == 2 * (len(aged) + 1)


def test_a_dump_without_a_manifest_is_not_one_of_the_newest(pod: Pod, sample: Sample) -> None:
    complete = [pod.older(timedelta(days=days), sample) for days in (300, 200)]
    for days in (150, 120):
        pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(pod.older(timedelta(days=days), sample)))
    new = pod.back_up(BACKUP_KEEP_NEWEST="3")
    assert pod.s3.keys(pod.bucket) == sorted([*complete, new, *map(manifest_key, [*complete, new])])


def test_only_what_is_named_as_this_databases_backup_goes(pod: Pod, sample: Sample) -> None:
    age = timedelta(days=400)
    day = datetime.now(UTC) - age
    name = f"{day:%Y/%m/%d}/{day:%Y%m%dT%H%M%S.%fZ}-scheduled.dump"
    others = [
        f"postgres/shop/{pod.database}2/{name}",
        f"postgres/shop-staging/{pod.database}/{name}",
        f"postgres/shop/{name}",
        f"postgres/shop/{pod.database}/notes.txt",
        f"postgres/shop/{pod.database}/deeper/{name}",
        f"postgres/shop/{pod.database}/{name}.gz",
        f"postgres/shop/{pod.database}/2001/01/01/{name.rpartition('/')[2]}",
        f"postgres/shop/{pod.database}/{day:%Y/%m/%d}/20249999T999999.000000Z-scheduled.dump",
        f"old/postgres/shop/{pod.database}/{name}",
    ]
    for key in others:
        pod.s3.write(pod.bucket, key, b"of somebody else", age=age)
    pod.back_up(BACKUP_RETENTION_DAYS="1", BACKUP_KEEP_NEWEST="1")
    assert set(others) <= set(pod.s3.keys(pod.bucket))


@pytest.mark.slow
def test_an_old_name_on_a_new_object_does_not_make_it_old(pod: Pod, sample: Sample) -> None:
    # As after a copy from another bucket, or when the clock that named it was wrong.
    key = pod.older(timedelta(days=400), sample)
    pod.s3.write(pod.bucket, key, sample.dump)
    pod.back_up(BACKUP_KEEP_NEWEST="1")
    assert key in pod.s3.keys(pod.bucket)


@pytest.mark.slow
def test_more_than_a_request_can_delete(pod: Pod, sample: Sample) -> None:
    for minute in range(510):
        time = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        key = f"{pod.prefix}{time:%Y/%m/%d}/{time:%Y%m%dT%H%M%S.%fZ}-scheduled.dump"
        for each in (key, manifest_key(key)):
            pod.s3.write(pod.bucket, each, b"", age=timedelta(days=2000))
    pod.back_up(BACKUP_KEEP_NEWEST="1")
    assert len(pod.s3.keys(pod.bucket)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["BACKUP_RETENTION_DAYS", "BACKUP_KEEP_NEWEST"])
@pytest.mark.parametrize("value", ["-1", "ninety", "1.5"])
def test_a_number_that_is_none_deletes_nothing(pod: Pod, variable: str, value: str) -> None:
    result = pod.run("backup", **{variable: value})
    assert (result.code, len(result.mails)) == (2, 1)
    assert f"{variable} is '{value}'" in result.reason
    assert pod.s3.keys(pod.bucket) == []


def test_0_newest_is_refused(pod: Pod) -> None:
    assert pod.run("backup", BACKUP_KEEP_NEWEST="0").code == 2
