"""Kubernetes quantities: text such as 250m or 2Gi, read to be compared.

Source: Kubernetes, apimachinery, pkg/api/resource/quantity.go (grammar in the comment on Quantity).
"""

import re
from collections.abc import Iterator
from decimal import Decimal

_SUFFIXES = {
    **{"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)([a-zA-Z]{0,2})")


def parse(text: str) -> Decimal | None:
    """The number that a positive quantity stands for, in cores or bytes; None when the text is not one."""
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in _SUFFIXES:
        return None
    value = Decimal(match[1]) * _SUFFIXES[match[2]]
    return value if value > 0 else None


def problem(text: str) -> str | None:
    """What is wrong with a quantity, or None."""
    if parse(text) is not None:
        return None
    return f"{text!r} is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"


def pair_problems(name: str, pair: tuple[str, str | None]) -> Iterator[str]:
    """What is wrong with a request and its limit, which may be none."""
    yield from (f"{name} {wrong}" for text in pair if text is not None and (wrong := problem(text)))
    request, limit = (text and parse(text) for text in pair)
    if request and limit and request > limit:
        yield f"{name} request {pair[0]} exceeds its limit {pair[1]}; raise the limit or lower the request"
