"""Schedules of CronJobs: what Kubernetes takes for one, when it runs, and which never does."""

from datetime import datetime, timedelta
from itertools import islice

import pytest

from kubecheck.objects import schedule as module
from kubecheck.objects.schedule import ScheduleError, is_time_zone, parse

# A Friday.
AFTER = datetime(2027, 1, 1, 12, 30)


def runs(schedule: str, count: int = 3) -> list[str]:
    return [f"{run:%a %Y-%m-%d %H:%M}" for run in islice(parse(schedule).runs(AFTER), count)]


@pytest.mark.parametrize(
    ("schedule", "first", "second"),
    [
        ("0 2 * * *", "Sat 2027-01-02 02:00", "Sun 2027-01-03 02:00"),
        ("30 12 * * *", "Sat 2027-01-02 12:30", "Sun 2027-01-03 12:30"),
        ("*/15 * * * *", "Fri 2027-01-01 12:45", "Fri 2027-01-01 13:00"),
        ("5/20 13 * * *", "Fri 2027-01-01 13:05", "Fri 2027-01-01 13:25"),
        ("0 8-18/5 * * *", "Fri 2027-01-01 13:00", "Fri 2027-01-01 18:00"),
        ("0 0,12 1 JAN-mar *", "Mon 2027-02-01 00:00", "Mon 2027-02-01 12:00"),
        ("0 0 * * sun", "Sun 2027-01-03 00:00", "Sun 2027-01-10 00:00"),
        ("0 0 ? * MON-Fri", "Mon 2027-01-04 00:00", "Tue 2027-01-05 00:00"),
        ("0 0 29 2 *", "Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"),
        # A day or a weekday, where neither is a star; a star of every second is none.
        ("0 0 13 * 5", "Fri 2027-01-08 00:00", "Wed 2027-01-13 00:00"),
        ("0 0 31 2 */3", "Wed 2027-02-03 00:00", "Sat 2027-02-06 00:00"),
        ("\t0  2\u00a0* * * ", "Sat 2027-01-02 02:00", "Sun 2027-01-03 02:00"),
        ("+0 02, * * *", "Sat 2027-01-02 02:00", "Sun 2027-01-03 02:00"),
        ("@hourly", "Fri 2027-01-01 13:00", "Fri 2027-01-01 14:00"),
        ("@daily", "Sat 2027-01-02 00:00", "Sun 2027-01-03 00:00"),
        ("@midnight", "Sat 2027-01-02 00:00", "Sun 2027-01-03 00:00"),
        ("@weekly", "Sun 2027-01-03 00:00", "Sun 2027-01-10 00:00"),
        ("@monthly", "Mon 2027-02-01 00:00", "Mon 2027-03-01 00:00"),
        ("@yearly", "Sat 2028-01-01 00:00", "Mon 2029-01-01 00:00"),
        ("@annually", "Sat 2028-01-01 00:00", "Mon 2029-01-01 00:00"),
        ("@every 1h30m", "Fri 2027-01-01 14:00", "Fri 2027-01-01 15:30"),
        ("@every 0.5h", "Fri 2027-01-01 13:00", "Fri 2027-01-01 13:30"),
    ],
)
def test_when_a_schedule_runs(schedule: str, first: str, second: str) -> None:
    assert runs(schedule, 2) == [first, second]
    assert parse(schedule).has_runs


@pytest.mark.parametrize("every", ["0", "-1h", "+1ms", "1us", "1\u00b5s", "1\u03bcs", "999ms", "1.9s"])
def test_the_shortest_time_between_two_runs_is_a_second(every: str) -> None:
    assert parse(f"@every {every}").every == timedelta(seconds=1)


@pytest.mark.parametrize("schedule", ["0 0 30 2 *", "0 0 31 4,6,9,11 ?", "0 0 31 feb *", ", * * * *"])
def test_a_day_that_never_comes_has_no_runs(schedule: str) -> None:
    assert not parse(schedule).has_runs


def test_the_next_run_may_be_years_away_each_time() -> None:
    assert runs("0 0 29 2 *") == ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00", "Fri 2036-02-29 00:00"]


def test_runs_end_where_time_does() -> None:
    assert len(list(parse("@every 2000000h").runs(AFTER))) == 34


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("", "has 0 fields"),
        ("nightly", "has 1 field"),
        ("0 2 * *", "has 4 fields"),
        ("0 0 2 * * *", "has 6 fields"),
        (" @daily", "has 1 field"),
        ("60 2 * * *", "has the minute '60', which is not from 0 to 59"),
        ("0 2 0 * *", "has the day '0', which is not from 1 to 31"),
        ("0 2 * * 1-7", "has the weekday '1-7', which is not from 0 to 6: Sunday is 0"),
        ("0 2 * * FRI-MON", "has the weekday 'FRI-MON', which ends before it begins"),
        ("*/0 * * * *", "has the minute '*/0', of which the step is not 1 or more"),
        ("0 2 L * *", "has the day 'L', where 'L' is no number"),
        ("0 2 * * day", "has the weekday 'day', where 'day' is no number and no name such as sun"),
        ("0 jan * * *", "has the hour 'jan', where 'jan' is no number"),
        ("0 -5 * * *", "has the hour '-5', where '' is no number"),
        ("0 1-2-3 * * *", "has the hour '1-2-3', with two hyphens"),
        ("0 */2/3 * * *", "has the hour '*/2/3', with two slashes"),
        (f"0 {'9' * 20} * * *", f"has the hour '{'9' * 20}', where '{'9' * 20}' is no number"),
        (f"{'1' * 10_000} * * * *", f"has the minute '{'1' * 10_000}', where '{'1' * 10_000}' is no number"),
        ("TZ=Europe/Berlin 0 2 * * *", "names a time zone, which belongs into timeZone"),
        ("CRON_TZ=UTC @daily", "names a time zone, which belongs into timeZone"),
        ("TZ=0", "names a time zone, which belongs into timeZone"),
        (
            "@reboot",
            "is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and '@every 1h30m'",
        ),
        ("@every", "is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and '@every 1h30m'"),
        ("@every 1d", "has the duration '1d', which is none; write e.g. '@every 1h30m'"),
        ("@every 1h0", "has the duration '1h0', which is none; write e.g. '@every 1h30m'"),
        ("@every .h", "has the duration '.h', which is none; write e.g. '@every 1h30m'"),
        ("@every  1h", "has the duration ' 1h', which is none; write e.g. '@every 1h30m'"),
        ("@every 2562048h", "has the duration '2562048h', which is over 292 years"),
    ],
)
def test_what_is_no_schedule_says_why(schedule: str, reason: str) -> None:
    with pytest.raises(ScheduleError) as error:
        parse(schedule)
    assert str(error.value) == reason


@pytest.mark.parametrize(
    "zone", ["Etc/UTC", "UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+1", "US/Eastern"]
)
def test_names_of_the_iana_database_are_time_zones(zone: str) -> None:
    assert is_time_zone(zone)


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Europe/Bonn",
        "Europe",
        "CET+1",
        "../UTC",
        "./UTC",
        "Europe/../UTC",
        "Local",
        "local",
        "/UTC",
        "Europe//Berlin",
    ],
)
def test_other_names_are_no_time_zones(zone: str) -> None:
    assert is_time_zone(zone) is False


def test_without_a_database_it_is_not_known_whether_a_name_is_a_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    is_time_zone.cache_clear()
    monkeypatch.setattr(module, "_is_found", lambda _: False)
    assert is_time_zone("Europe/Berlin") is None
    assert is_time_zone("Local") is False
    is_time_zone.cache_clear()
