"""Pods that their namespace refuses: the level of the Pod Security Standards stands in labels of the Namespace."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from ...check import Cluster, Finding, Unseen, check
from ...evaluators.pod_security import LEVELS, NEWEST, OLDEST, violations
from ...objects.fields import Object, mapping, name, namespace, title
from ...objects.version import Version

_PREFIX = "pod-security.kubernetes.io/"
_MODES = ("enforce", "audit", "warn")
_LABELS = (*_MODES, *(f"{mode}-version" for mode in _MODES))
# The API server reads the number as one of 64 bits.
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]{0,17})")

_NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: v1.30
"""
_POD = """\
---
apiVersion: v1
kind: Pod
metadata:
  name: shell
  namespace: shop
spec:
  containers:
    - name: shell
      image: example.com/shell:1.4
"""


class _Policy(NamedTuple):
    """What a namespace enforces. minor: of the version 1.minor; None for that of the API server."""

    level: str
    minor: int | None

    def versions(self, kubernetes: Version) -> set[Version]:
        """As which policies it is read: by the API server that the pods are for, and by those until the newest.

        One that does not know a later version yet takes its own.
        """
        servers = (min(max(kubernetes, OLDEST), NEWEST), NEWEST)
        return {server if self.minor is None else min(Version(1, self.minor), server) for server in servers}


@check(
    "pod-security-label",
    why="The API server refuses a Namespace with a level or version that it does not know, and overlooks a label that "
    "is spelt otherwise, so that nothing is enforced (Kubernetes documentation, Pod Security Admission).",
    way_out="Write enforce, audit or warn with privileged, baseline or restricted, or -version of these with latest or "
    "v1.30.",
    bad=_NAMESPACE.replace("enforce: baseline", "enforce: strict"),
    good=_NAMESPACE,
    waivable=False,
)
def pod_security_label(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.by_kind.get("Namespace", ()):
        for label, value in mapping(o, "metadata", "labels").items():
            if str(label).startswith(_PREFIX) and (problem := _problem(label.removeprefix(_PREFIX), value)):
                yield Finding(o, f"{title(o)}: label {label}{problem}")


@check(
    "pod-security",
    why="The API server refuses such pods, while it accepts the Deployment or Job that should make them (Kubernetes "
    "documentation, Pod Security Standards).",
    way_out="Change the fields that are named, or let the namespace enforce a lower level.",
    bad=_NAMESPACE + _POD.replace("spec:", "spec:\n  hostNetwork: true"),
    good=_NAMESPACE + _POD,
)
def pod_security(cluster: Cluster) -> Iterator[Finding | Unseen]:
    policies = {name(o): _policy(o) for o in cluster.by_kind.get("Namespace", ())}
    unseen: set[str] = set()
    for o, template in cluster.templates:
        there = namespace(o)
        policy = policies.get(there)
        if there not in policies:
            reason = f"there is no Namespace {there}" if there else "some pods are given no namespace"
            unseen.add(f"{reason}, so the level of Pod Security that their pods must meet was not seen")
        elif policy is not None and policy.minor is not None and policy.minor < OLDEST.minor:
            unseen.add(f"namespace {there} enforces Pod Security of 1.{policy.minor}, and kubecheck knows {OLDEST} on")
        elif policy is not None:
            for violation in _refused(template, policy, cluster.kubernetes(o)):
                yield Finding(o, f"{title(o)}: {violation}")
    yield from map(Unseen, sorted(unseen))


def _refused(template: Object, policy: _Policy, kubernetes: Version) -> Iterator[str]:
    """What is wrong with a pod, each once, though several versions may say so."""
    versions = policy.versions(kubernetes)
    found: dict[tuple[str, str], tuple[str, set[Version]]] = {}
    for version in sorted(versions):
        for control, wrong, way_out in violations(template, policy.level, version):
            found.setdefault((control, wrong), (way_out, set()))[1].add(version)
    for (control, wrong), (way_out, by) in found.items():
        of = "" if by == versions else f" of Kubernetes {', '.join(map(str, sorted(by)))}"
        yield f"{wrong}, which its namespace refuses (Pod Security {policy.level}{of}: {control}); {way_out}"


def _policy(namespace: Object) -> _Policy | None:
    """None where nothing is enforced, or nothing that can be."""
    labels = mapping(namespace, "metadata", "labels")
    level, version = labels.get(f"{_PREFIX}enforce"), labels.get(f"{_PREFIX}enforce-version", "latest")
    if level not in ("baseline", "restricted") or _problem("enforce-version", version):
        return None
    return _Policy(str(level), None if version == "latest" else int(version.removeprefix("v1.")))


def _problem(label: str, value: object) -> str:
    if label not in _LABELS:
        close = get_close_matches(label, _LABELS, n=1)
        return f" is none of Pod Security, and nobody reads it; write {_PREFIX}{(close or ['enforce'])[0]}"
    if label in _MODES:
        return "" if value in LEVELS else f" is {value!r}, which is no level; write one of {', '.join(LEVELS)}"
    if value == "latest" or _VERSION.fullmatch(str(value)):
        return ""
    return f" is {value!r}, which is no version of the policy; write latest or one such as v1.30"
