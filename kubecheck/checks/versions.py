"""Objects and fields that the Kubernetes of their chart does not have."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from ..objects.fields import Finding, Object, at, containers, entries, pod_template, text, title
from ..objects.kinds import KINDS
from ..objects.version import NEWEST, OLDEST, SIDECARS, SLEEP_ACTION, Version

_STAGES = ("alpha", "beta")


class _Span(NamedTuple):
    """From the first to the last version that has a kind."""

    first: Version
    last: Version

    def __contains__(self, version: object) -> bool:
        return isinstance(version, Version) and self.first <= version <= self.last


def version_problems(objects: Iterable[Object], kubernetes: Version) -> Iterator[Finding]:
    """Kinds of Kubernetes' own APIs that this version has not yet or no more, and fields that it drops unread.

    Custom resources are their operators' matter. An API that is there may still be switched off: alpha ones are, and
    beta ones since 1.24 (Kubernetes documentation, Feature gates; KEP-3136).
    """
    for o in objects:
        if o["kind"] in _kinds().get(o["apiVersion"], {}):
            span = _kinds()[o["apiVersion"]][o["kind"]]
            if kubernetes not in span:
                yield Finding(o, f"{title(o)}: {_lacking(o, span, kubernetes)}")
        elif _is_built_in(o["apiVersion"]):
            yield Finding(
                o,
                f"{title(o)}: no Kubernetes from {OLDEST} to {NEWEST} has {o['kind']} in {o['apiVersion']}; "
                f"{_instead(o['kind'], kubernetes) or 'write the apiVersion and kind of its documentation'}",
            )
        for field, since in _too_new_fields(o, kubernetes):
            yield Finding(
                o,
                f"{title(o)}: {field} came with Kubernetes {since}, and the chart is for {kubernetes}, which drops it "
                f'without a word; leave it out, or say target_kubernetes(app, "{since}")',
            )


@cache
def _kinds() -> Mapping[str, Mapping[str, _Span]]:
    """By apiVersion and kind. Not at import: reading the table takes longer than checking most apps."""
    kinds: dict[str, dict[str, _Span]] = defaultdict(dict)
    for api_version, first, last, names in KINDS:
        for kind in names.split():
            kinds[api_version][kind] = _Span(Version(1, first), Version(1, last))
    return kinds


@cache
def _is_built_in(api_version: str) -> bool:
    """Groups without a dot are Kubernetes' own: a custom resource's must have one (apiextensions, validation)."""
    group = api_version.rpartition("/")[0]
    return "." not in group or any(known.rpartition("/")[0] == group for known in _kinds())


def _lacking(o: Object, span: _Span, kubernetes: Version) -> str:
    what = f"{o['kind']} in {o['apiVersion']}"
    other = _instead(o["kind"], kubernetes)
    if kubernetes < span.first:
        way_out = f'say target_kubernetes(app, "{span.first}") when all nodes have it'
        return (
            f"{what} came with Kubernetes {span.first}, and the chart is for {kubernetes}; "
            f"{f'{other}, or ' if other else ''}{way_out}"
        )
    way_out = other or "leave it out"
    return f"{what} went after Kubernetes {span.last}, and the chart is for {kubernetes}; {way_out}"


def _instead(kind: str, kubernetes: Version) -> str:
    """The newest apiVersion in which the version has the kind: stable before beta, beta before alpha."""
    known = [api_version for api_version, kinds in _kinds().items() if kind in kinds and kubernetes in kinds[kind]]
    if not known:
        return ""
    return f"write {max(known, key=lambda api_version: (*(word not in api_version for word in _STAGES), api_version))}"


def _too_new_fields(o: Object, kubernetes: Version) -> Iterator[tuple[str, Version]]:
    if template := pod_template(o):
        for (field, since), is_in in _FIELDS.items():
            if kubernetes < since and is_in(template):
                yield field, since


def _sleeps(template: Mapping[str, Any]) -> bool:
    hooks = [at(container, "lifecycle", "preStop", "sleep") for container in containers(template)]
    return any(hook is not None for hook in hooks)


def _has_sidecars(template: Mapping[str, Any]) -> bool:
    return any(text(container, "restartPolicy") for container in entries(template, "spec", "initContainers"))


# What this library may write and an older version does not know.
_FIELDS: Mapping[tuple[str, Version], Callable[[Mapping[str, Any]], bool]] = {
    ("lifecycle.preStop.sleep", SLEEP_ACTION): _sleeps,
    ("initContainers.restartPolicy", SIDECARS): _has_sidecars,
}
