"""Numbers of pods and the like, as anyone may have written them."""

import re
from typing import Any

_PERCENTAGE = re.compile(r"([0-9]{1,9})%")


def count(value: Any, default: int = 0) -> int:
    """A whole number, 0 or more; the default for what is left out, and for what the API server refuses."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def scaled(value: Any, total: int) -> int | None:
    """A number, or a percentage of all, rounded up; None for what is neither (API reference, IntOrString)."""
    if isinstance(value, str) and (percentage := _PERCENTAGE.fullmatch(value)):
        return -(-total * int(percentage[1]) // 100)
    number = count(value, -1)
    return None if number < 0 else number
