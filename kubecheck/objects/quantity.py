"""Kubernetes quantities: text such as 250m, 2Gi or 129e6, read to be compared.

Source: Kubernetes, apimachinery, pkg/api/resource/quantity.go (grammar in the comment on Quantity, ParseQuantity).
"""

import re
from collections.abc import Iterator
from decimal import ROUND_UP, Context, Decimal
from functools import lru_cache
from typing import Any

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)}
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<binary>[KMGTPE]i)|(?P<decimal>[numkMGTPE]?)|[eE](?P<exponent>[+-]?0*[0-9]{1,9}))"
)
_SMALLEST = Decimal("1e-9")
_LARGEST_BINARY = Decimal(2**63 - 1)
# Far beyond what anybody has, and small enough for sums of any length. Without it 1e999999999 is an hour's arithmetic.
_LARGEST = Decimal("1e100")


def read(value: Any) -> Decimal | None:
    """The number that stands in anyone's YAML as a quantity, in cores or bytes, also zero or below; None when it is
    none.

    YAML's own numbers are quantities too; spaces around a text are cut off, as the API server does. What is finer than
    a billionth is rounded away from zero.
    """
    if isinstance(value, str):
        return _read(value.strip())
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _bounded(Decimal(value))
    return _read(str(value)) if isinstance(value, float) else None


def parse(text: str) -> Decimal | None:
    """The number that a positive quantity stands for, in cores or bytes; None when the text is not one."""
    value = _read(text)
    return value if value is not None and value > 0 else None


def problem(text: str) -> str | None:
    """What is wrong with a quantity that has to be positive, or None."""
    if parse(text) is not None:
        return None
    return f"{text!r} is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"


def pair_problems(name: str, pair: tuple[str, str | None]) -> Iterator[str]:
    """What is wrong with a request and its limit, which may be none."""
    yield from (f"{name} {wrong}" for text in pair if text is not None and (wrong := problem(text)))
    request, limit = (text and parse(text) for text in pair)
    if request and limit and request > limit:
        yield f"{name} request {pair[0]} exceeds its limit {pair[1]}; raise the limit or lower the request"


# Most of an app's quantities are a few texts.
@lru_cache(maxsize=4096)
def _read(text: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number = Decimal(match["number"])
    exact = _exact(number)
    if match["binary"]:
        value = exact.multiply(number, _BINARY[match["binary"]])
        return _bounded(min(max(value, -_LARGEST_BINARY), _LARGEST_BINARY))
    exponent = _DECIMAL[match["decimal"]] if match["exponent"] is None else int(match["exponent"])
    return _bounded(exact.scaleb(number, exponent))


def _bounded(value: Decimal) -> Decimal:
    """Rounded to billionths, and no larger than can be counted with."""
    if not value:
        return Decimal(0)
    if value.adjusted() >= _LARGEST.adjusted():
        return _LARGEST.copy_sign(value)
    if value.adjusted() < _SMALLEST.adjusted():
        return _SMALLEST.copy_sign(value)
    return value.quantize(_SMALLEST, context=_exact(value)).normalize(_exact(value))


def _exact(value: Decimal) -> Context:
    """A context in which nothing is rounded but by `quantize`."""
    digits = len(value.as_tuple().digits) + _LARGEST.adjusted()
    return Context(prec=digits, rounding=ROUND_UP, Emin=-(10**10), Emax=10**10)
