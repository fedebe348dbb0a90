"""Waiting for what a cluster does in its own time: on conditions, with deadlines, and never silently."""

import time
from collections.abc import Callable, Collection

_BETWEEN_LOOKS = 0.25


def until(what: str, missing: Callable[[], Collection[str]], *, seconds: float) -> None:
    """Look until nothing is missing.

    what: what is waited for, as the failure tells it.
    missing: what there is still to come, one text each; when it raises, waiting ends.
    Raises: AssertionError, when something is still missing after so many seconds, with what that is.
    """
    deadline = time.monotonic() + seconds
    while seen := missing():
        if time.monotonic() > deadline:
            shown = "\n  ".join(seen)
            raise AssertionError(f"waited {seconds:g} s for {what}; still missing:\n  {shown}")
        time.sleep(_BETWEEN_LOOKS)
