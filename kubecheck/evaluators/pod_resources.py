"""What a container and a pod ask for and may use, after the API server has filled in what they do not say.

Source: Kubernetes, component-helpers, resource/helpers.go (PodRequests, PodLimits); pkg/apis/core/v1/defaults.go
(SetDefaults_Pod, defaultPodRequests); plugin/pkg/admission/limitranger.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ..objects.fields import containers, entries, mapping
from ..objects.pods import is_sidecar
from ..objects.quantity import read

Amounts = Mapping[str, Decimal]

SIDES = ("requests", "limits")
HUGE_PAGES = "hugepages-"
_OF_PODS = ("cpu", "memory")
_ZERO = Decimal(0)


class Resources(NamedTuple):
    """Cores and bytes by the resource's name; one that is not there is not stated."""

    requests: Amounts
    limits: Amounts


NOTHING = Resources({}, {})


def amounts(quantities: Mapping[str, Any]) -> Amounts:
    """Those that are quantities; null is one, and means 0."""
    return {str(what): amount for what, value in quantities.items() if (amount := _amount(value)) is not None}


def is_readable(template: Mapping[str, Any]) -> bool:
    """Whether all that its containers and itself ask for are quantities: else nothing can be said of the pod."""
    owners = [*containers(template), mapping(template, "spec")]
    return all(_amount(value) is not None for o in owners for side in SIDES for value in _given(o, side).values())


def of_container(container: Mapping[str, Any], defaults: Resources) -> Resources:
    """A request that is missing is the limit; then come the defaults of the namespace's LimitRanges."""
    requests, limits = (amounts(_given(container, side)) for side in SIDES)
    return Resources({**defaults.requests, **limits, **requests}, {**defaults.limits, **limits})


def of_pod(template: Mapping[str, Any], defaults: Resources) -> Resources:
    """Its containers together; what the pod states as a whole comes before them. Without its overhead."""
    requests, limits = together(template, defaults)
    given_requests, given_limits = (_of_the_whole(template, side) for side in SIDES)
    # A request that neither the pod nor a container states is the pod's limit.
    return Resources({**given_limits, **requests, **given_requests}, {**limits, **given_limits})


def together(template: Mapping[str, Any], defaults: Resources) -> Resources:
    """Of a pod's containers: their sum, or the init container that asks for more.

    Source: Kubernetes documentation, Sidecar Containers (resource sharing within containers).
    """
    init = [(is_sidecar(each), of_container(each, defaults)) for each in entries(template, "spec", "initContainers")]
    main = [of_container(each, defaults) for each in entries(template, "spec", "containers")]
    requests, limits = (
        _together([(beside, each[side]) for beside, each in init], [each[side] for each in main])
        for side in range(len(SIDES))
    )
    return Resources(requests, limits)


def with_overhead(resources: Resources, overhead: Amounts) -> Resources:
    """overhead: of the pod's RuntimeClass. It is added to a limit only where there is one."""
    limited = {what: more for what, more in overhead.items() if resources.limits.get(what)}
    return Resources(plus(resources.requests, overhead), plus(resources.limits, limited))


def has_resources_of_its_own(template: Mapping[str, Any]) -> bool:
    """Whether the pod states them as a whole: then its containers need not."""
    return any(_of_the_whole(template, side) for side in SIDES)


def plus(one: Amounts, other: Amounts) -> Amounts:
    return {what: one.get(what, _ZERO) + other.get(what, _ZERO) for what in {**one, **other}}


def _given(owner: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    return mapping(owner, "resources", side)


def _amount(value: Any) -> Decimal | None:
    return _ZERO if value is None else read(value)


def _of_the_whole(template: Mapping[str, Any], side: str) -> Amounts:
    given = amounts(_given(mapping(template, "spec"), side))
    return {what: amount for what, amount in given.items() if what in _OF_PODS or what.startswith(HUGE_PAGES)}


def _together(init: Iterable[tuple[bool, Amounts]], main: Iterable[Amounts]) -> Amounts:
    """init: whether it is a sidecar, which goes on beside all that come after it, and what it needs."""
    beside: Amounts = {}
    most: Amounts = {}
    for is_beside, own in init:
        now = plus(beside, own)
        most = _larger(most, now)
        if is_beside:
            beside = now
    total = beside
    for own in main:
        total = plus(total, own)
    return _larger(total, most)


def _larger(one: Amounts, other: Amounts) -> Amounts:
    return {what: max(each[what] for each in (one, other) if what in each) for what in {**one, **other}}
