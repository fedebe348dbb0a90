"""Kinds that the Kubernetes of their chart does not have."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from ...check import Cluster, Finding, Known, check
from ...objects.fields import Object, title
from ...objects.kinds import KINDS
from ...objects.version import NEWEST, OLDEST, Version

_STAGES = ("alpha", "beta")


class _Span(NamedTuple):
    """From the first to the last version that has a kind."""

    first: Version
    last: Version

    def __contains__(self, version: object) -> bool:
        return isinstance(version, Version) and self.first <= version <= self.last


_POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
"""
_QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata:
  name: quota
  namespace: shop
spec:
  hard:
    services: "10"
"""


@check(
    "unavailable-kind",
    why="The API server refuses a kind that its version has not yet, or no more. One that is there may still be "
    "switched off: alpha ones are, and beta ones since 1.24 (Kubernetes documentation, Feature gates; KEP-3136).",
    way_out="Write the apiVersion that the version has, or say that every cluster is of a newer one.",
    bad=_POLICY,
    good=_QUOTA,
)
def unavailable_kind(cluster: Cluster) -> Iterator[Finding]:
    """Of Kubernetes' own kinds. Custom resources are their operators' matter."""
    for o in cluster.objects:
        span = _kinds().get(o["apiVersion"], {}).get(o["kind"])
        if span is not None and cluster.kubernetes(o) not in span:
            yield _lacking(o, span, cluster.kubernetes(o))


@check(
    "unknown-kind",
    why="The API server refuses a kind of Kubernetes' own groups that no version has: it is misspelt, or in another "
    "group, or newer than what is known here.",
    way_out="Write the apiVersion and kind of its documentation.",
    bad=_QUOTA.replace("v1", "apps/v1"),
    good=_QUOTA,
)
def unknown_kind(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.objects:
        if o["kind"] not in _kinds().get(o["apiVersion"], {}) and _is_built_in(o["apiVersion"]):
            way_out = _instead(o["kind"], cluster.kubernetes(o)) or "write the apiVersion and kind of its documentation"
            yield Finding(
                o,
                f"{title(o)}: no Kubernetes from {OLDEST} to {NEWEST} has {o['kind']} in {o['apiVersion']}; {way_out}",
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


def _lacking(o: Object, span: _Span, kubernetes: Version) -> Finding:
    what = f"{title(o)}: {o['kind']} in {o['apiVersion']}"
    other = _instead(o["kind"], kubernetes)
    if kubernetes < span.first:
        came = f"{what} came with Kubernetes {span.first}, and the target is {kubernetes}"
        way_out = f"{other}, or say that all nodes have it" if other else "say that all nodes have it"
        return Finding(o, f"{came}; {way_out}", unless=Known("kubernetes", str(span.first)))
    went = f"{what} went after Kubernetes {span.last}, and the target is {kubernetes}"
    return Finding(o, f"{went}; {other or 'leave it out'}")


def _instead(kind: str, kubernetes: Version) -> str:
    """The newest apiVersion in which the version has the kind: stable before beta, beta before alpha."""
    known = [api_version for api_version, kinds in _kinds().items() if kind in kinds and kubernetes in kinds[kind]]
    if not known:
        return ""
    return f"write {max(known, key=lambda api_version: (*(word not in api_version for word in _STAGES), api_version))}"
