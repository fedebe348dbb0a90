"""What LimitRanges fill into pods, and what they refuse.

Source: Kubernetes, plugin/pkg/admission/limitranger; pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ..objects.fields import Object, entries, mapping
from .pod_resources import Amounts, Resources, amounts

_LARGEST_MILLI = (2**63 - 1) // 1000


@dataclass(frozen=True)
class Violation:
    """What a LimitRange refuses.

    Args:
        side: requests or limits, of which the resource is too much or too little; None of their ratio.
        asked: how much; None when it is not stated, and has to be. Of a ratio how many times.
        bound: min, max or maxLimitRequestRatio.
        allowed: as the LimitRange has it.
    """

    resource: str
    side: str | None
    asked: Decimal | None
    bound: str
    allowed: Any


def items(limit_range: Object, type: str) -> list[Mapping[str, Any]]:
    """type: Container, Pod or PersistentVolumeClaim."""
    return [limit for limit in entries(limit_range, "spec", "limits") if limit.get("type") == type]


def defaults(limit_ranges: Iterable[Object]) -> Resources:
    """What containers get that do not say. Where two LimitRanges differ, nobody knows which is taken: here the last."""
    requests: Amounts = {}
    limits: Amounts = {}
    for limit_range in limit_ranges:
        for item in items(limit_range, "Container"):
            own = item_defaults(item)
            requests, limits = {**requests, **own.requests}, {**limits, **own.limits}
    return Resources(requests, limits)


def item_defaults(item: Mapping[str, Any]) -> Resources:
    """The limit is default, or max; the request is defaultRequest, or that limit, or min."""
    least, most, limits, requests = (
        amounts(mapping(item, field)) for field in ("min", "max", "default", "defaultRequest")
    )
    limits = {**most, **limits}
    return Resources({**least, **limits, **requests}, limits)


def violations(item: Mapping[str, Any], asked: Resources) -> Iterator[Violation]:
    """Of a container, with its defaults, or of a pod. At most one for each resource and bound.

    The sums of a pod may have requests above the limits, where a container states no limit: both are bounded.
    """
    for what, least in amounts(mapping(item, "min")).items():
        request = _beyond(what, "requests", asked, "min", least, item)
        yield from request or (_beyond(what, "limits", asked, "min", least, item) if what in asked.limits else [])
    for what, most in amounts(mapping(item, "max")).items():
        limit = _beyond(what, "limits", asked, "max", most, item)
        yield from limit or (_beyond(what, "requests", asked, "max", most, item) if what in asked.requests else [])
    for what, most in amounts(mapping(item, "maxLimitRequestRatio")).items():
        yield from _ratio(what, asked, most, item)


def claim_violations(item: Mapping[str, Any], requests: Amounts) -> Iterator[Violation]:
    """Of a PersistentVolumeClaim, whose limits nobody reads."""
    asked = Resources(requests, {})
    for bound in ("min", "max"):
        for what, edge in amounts(mapping(item, bound)).items():
            yield from _beyond(what, "requests", asked, bound, edge, item)


def _beyond(
    what: str, side: str, asked: Resources, bound: str, edge: Decimal, item: Mapping[str, Any]
) -> list[Violation]:
    amount = getattr(asked, side).get(what)
    if amount is not None:
        own, allowed = _comparable(amount, edge)
        if not (own < allowed if bound == "min" else own > allowed):
            return []
    return [Violation(what, side, amount, bound, mapping(item, bound).get(what, edge))]


def _ratio(what: str, asked: Resources, most: Decimal, item: Mapping[str, Any]) -> Iterator[Violation]:
    bound = "maxLimitRequestRatio"
    allowed = mapping(item, bound).get(what, most)
    for side in ("requests", "limits"):
        if not getattr(asked, side).get(what):
            yield Violation(what, side, None, bound, allowed)
            return
    request, limit = _comparable(asked.requests[what], asked.limits[what])
    if limit / request * 1000 > _comparable(most)[0]:
        yield Violation(what, None, limit / request, bound, allowed)


def _comparable(*quantities: Decimal) -> list[Decimal]:
    """Rounded up to thousandths, or to whole numbers when one is too large, as the admission plugin does."""
    scale = 1000 if all(quantity <= _LARGEST_MILLI for quantity in quantities) else 1
    return [(quantity * scale).to_integral_value(ROUND_CEILING) for quantity in quantities]
