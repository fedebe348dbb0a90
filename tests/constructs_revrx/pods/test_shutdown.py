"""Shutdown: seconds to pause and to drain."""

import pytest
from constructs_revrx import Shutdown


def test_shutdown() -> None:
    assert list(Shutdown(pause=0, drain=0).problems()) == []
    assert list(Shutdown(pause=-1, drain=-2).problems()) == [
        "pause -1 is negative; give seconds, 0 for none",
        "drain -2 is negative; give seconds, 0 for none",
    ]


@pytest.mark.parametrize(("pause", "drain"), [(0, 0), (10, 30), (0, 300)])
def test_the_grace_period_is_longer_than_pause_and_drain(pause: int, drain: int) -> None:
    assert Shutdown(pause=pause, drain=drain).grace == pause + drain + 5
