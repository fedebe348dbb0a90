"""A CronJob's schedule, as the CronJob controller reads it.

Source: Kubernetes documentation, CronJob, Schedule syntax; its parser is that of robfig/cron, version 3, ParseStandard.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Go's idea of white space, which splits the fields: Python's has four control characters more.
_FIELD = re.compile("[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_NUMBER = re.compile(r"[-+]?[0-9]{1,100}")
_LARGEST = 2**63 - 1

_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_MICROSECONDS = dict.fromkeys(("us", "\u00b5s", "\u03bcs"), 10**3)  # with either of Unicode's two signs
_NANOSECONDS = {"ns": 1, **_MICROSECONDS, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(rf"([0-9]{{0,100}})(?:\.([0-9]{{0,100}}))?({'|'.join(_NANOSECONDS)})")

# Of each part of a time zone's name (Kubernetes, pkg/apis/batch/validation, validateTimeZone).
_ZONE = re.compile(r"(?!-|\.\.?(/|$))[A-Za-z.\-_0-9+]{1,14}(/(?!-|\.\.?(/|$))[A-Za-z.\-_0-9+]{1,14})*")

# The controller looks for the next run this far.
_YEARS = 5


class ScheduleError(ValueError):
    """A text that is no schedule; says why, to be read after the text: "has 4 fields"."""


class _Bounds(NamedTuple):
    """A field: what it is called, its smallest and largest number, and their names."""

    name: str
    first: int
    last: int
    names: Mapping[str, int] = {}
    hint: str = ""


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Bounds("minute", 0, 59),
    _Bounds("hour", 0, 23),
    _Bounds("day", 1, 31),
    _Bounds("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Bounds("weekday", 0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}, ": Sunday is 0"),
)


class _Numbers(NamedTuple):
    """What a field allows, and whether it says `*` or `?`: the other one of day and weekday decides alone then."""

    numbers: frozenset[int]
    is_star: bool


@dataclass(frozen=True)
class Schedule:
    """When a CronJob runs.

    Args:
        fields: of a schedule with five fields, what each of them allows.
        every: of `@every DURATION`, the time from one run to the next, a second or more.
    """

    fields: tuple[_Numbers, ...] = ()
    every: timedelta | None = None

    def runs(self, after: datetime) -> Iterator[datetime]:
        """When it runs after a time, without end; it ends when there is none within five years, as for 30 February."""
        if self.every is not None:
            while after <= datetime.max.replace(tzinfo=after.tzinfo) - self.every:
                after += self.every
                yield after
            return
        minutes, hours = (sorted(field.numbers) for field in self.fields[:2])
        times = [(hour, minute) for hour in hours for minute in minutes]
        midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
        limit = after.year + _YEARS
        while times and midnight.year <= limit:
            if self._is_on(midnight):
                for hour, minute in times:
                    time = midnight.replace(hour=hour, minute=minute)
                    if time > after:
                        yield time
                        limit = time.year + _YEARS
            midnight += timedelta(days=1)

    @property
    def has_runs(self) -> bool:
        return next(self.runs(datetime(2024, 1, 1)), None) is not None

    def _is_on(self, day: datetime) -> bool:
        _, _, days, months, weekdays = self.fields
        if day.month not in months.numbers:
            return False
        on_day, on_weekday = day.day in days.numbers, day.isoweekday() % 7 in weekdays.numbers
        return on_day and on_weekday if days.is_star or weekdays.is_star else on_day or on_weekday


def parse(text: str) -> Schedule:
    """What a schedule says. Raises ScheduleError.

    Also what is valid and never comes, such as 30 February: `has_runs` tells.
    """
    if "TZ" in text:
        raise ScheduleError("names a time zone, which belongs into timeZone")
    if text.startswith("@"):
        if text.startswith(_EVERY):
            return Schedule(every=_every(text.removeprefix(_EVERY)))
        if text not in _DESCRIPTORS:
            raise ScheduleError(f"is none of {', '.join(_DESCRIPTORS)} and '@every 1h30m'")
        text = _DESCRIPTORS[text]
    fields = _FIELD.findall(text)
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"has {len(fields)} field{'' if len(fields) == 1 else 's'}")
    return Schedule(fields=tuple(map(_numbers, fields, _FIELDS)))


def _numbers(field: str, bounds: _Bounds) -> _Numbers:
    """What stands between commas: NUMBER, NUMBER-NUMBER, `*` or `?`, and /STEP behind each. Nothing is allowed, too."""
    ranges = [_range(part, bounds) for part in field.split(",") if part]
    return _Numbers(frozenset(number for one in ranges for number in one.numbers), any(one.is_star for one in ranges))


def _range(part: str, bounds: _Bounds) -> _Numbers:
    where = f"has the {bounds.name} {part!r}"
    span, *steps = part.split("/")
    ends = span.split("-")
    is_star = ends[0] in ("*", "?")
    if is_star:  # whatever stands behind a hyphen
        first, last = bounds.first, bounds.last
    else:
        first, last = (_number(end, where, bounds.names) for end in (ends[0], ends[-1]))
        if len(ends) > 2:
            raise ScheduleError(f"{where}, with two hyphens")
    if len(steps) > 1:
        raise ScheduleError(f"{where}, with two slashes")
    step = _number(steps[0], where) if steps else 1
    if steps and len(ends) == 1:
        last = bounds.last
    if first < bounds.first or last > bounds.last:
        raise ScheduleError(f"{where}, which is not from {bounds.first} to {bounds.last}{bounds.hint}")
    if first > last:
        raise ScheduleError(f"{where}, which ends before it begins")
    if step < 1:
        raise ScheduleError(f"{where}, of which the step is not 1 or more")
    return _Numbers(frozenset(range(first, last + 1, step)), is_star and step == 1)


def _number(text: str, where: str, names: Mapping[str, int] | None = None) -> int:
    if names and text.lower() in names:
        return names[text.lower()]
    if not _NUMBER.fullmatch(text) or not 0 <= int(text) <= _LARGEST:
        otherwise = f" and no name such as {next(iter(names))}" if names else ""
        raise ScheduleError(f"{where}, where {text!r} is no number{otherwise}")
    return int(text)


def _every(duration: str) -> timedelta:
    """Source: Go, time.ParseDuration; less than a second is taken for one."""
    sign = duration[:1] if duration[:1] in ("+", "-") else ""
    rest, nanoseconds = duration.removeprefix(sign), 0
    if rest == "0":
        return timedelta(seconds=1)
    while True:
        match = _PART.match(rest)
        if match is None or not (match[1] or match[2]):
            raise ScheduleError(f"has the duration {duration!r}, which is none; write e.g. '@every 1h30m'")
        unit, fraction = _NANOSECONDS[match[3]], match[2] or "0"
        nanoseconds += int(match[1] or 0) * unit + int(fraction) * unit // 10 ** len(fraction)
        if nanoseconds > _LARGEST:
            raise ScheduleError(f"has the duration {duration!r}, which is over 292 years")
        rest = rest[match.end() :]
        if not rest:
            return timedelta(seconds=1 if sign == "-" else max(1, nanoseconds // 10**9))


@cache
def is_time_zone(name: str) -> bool | None:
    """Whether the API server takes it as a CronJob's timeZone; None where this machine has no IANA database."""
    if not _ZONE.fullmatch(name) or name.lower() == "local":
        return False
    if _is_found(name):
        return True
    return False if _is_found("Etc/UTC") else None


def _is_found(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
