"""watch: tells that backups do not come any more."""

from datetime import timedelta

import pytest

from .pod import Pod, Result, Sample, manifest_key


def told(pod: Pod, text: str, **variables: str) -> None:
    result = pod.run("watch", **variables)
    assert (result.code, len(result.mails)) == (4, 1), (result.events, result.errors)
    assert text in result.reason


def content(pod: Pod, **variables: str) -> Result:
    result = pod.run("watch", **variables)
    assert (result.code, result.mails) == (0, []), (result.events, result.errors)
    return result


def test_a_backup_of_25_hours_ago_is_new_enough(pod: Pod, sample: Sample) -> None:
    key = pod.older(timedelta(hours=25), sample)
    assert content(pod).event("watched")["key"] == key


def test_one_of_27_hours_ago_is_not(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(hours=27), sample)
    told(pod, "is 27 hours old, more than 26")


@pytest.mark.slow
def test_the_hours_can_be_others(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(hours=27), sample)
    content(pod, BACKUP_MAX_AGE_HOURS="28")


def test_none_at_all(pod: Pod) -> None:
    told(pod, "there is no complete backup")


def test_a_newer_dump_without_a_manifest_does_not_count(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(hours=27), sample)
    pod.s3.client.delete_object(Bucket=pod.bucket, Key=manifest_key(pod.older(timedelta(), sample)))
    told(pod, "is 27 hours old")


@pytest.mark.slow
def test_another_databases_backup_does_not_count(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(), sample)
    pod.secret("postgres", POSTGRES_DB=pod.database[:-1])
    told(pod, "there is no complete backup")


def test_a_truncated_dump_is_told(pod: Pod, sample: Sample) -> None:
    key = pod.older(timedelta(), sample)
    pod.s3.write(pod.bucket, key, sample.dump[:-1])
    told(pod, "its manifest says")


@pytest.mark.slow
@pytest.mark.parametrize("days", [100, -100])
def test_a_wrong_clock_is_told(pod: Pod, sample: Sample, days: int) -> None:
    pod.older(timedelta(), sample)
    pod.s3.clock = timedelta(days=days)
    result = pod.run("watch")
    assert (result.code, len(result.mails)) == (3, 1)


def test_it_needs_no_database(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(), sample)
    content(pod, PGHOST="", PGPORT="", BACKUP_WORK_FOLDER="")
