"""Heartbeat: a file that is young while a worker is at work."""

from constructs_revrx import Heartbeat


def test_heartbeat() -> None:
    assert list(Heartbeat(max_age_minutes=1).problems()) == []
    assert list(Heartbeat(max_age_minutes=0).problems()) == ["max_age_minutes 0 is below 1, the unit of find -mmin"]
