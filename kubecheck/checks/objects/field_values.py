"""Words and numbers that a field does not take."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.bounds import Bounds, Fields, numbers, values, words
from ...objects.fields import Object, containers, mapping, text, title
from ...objects.pods import group, is_whole

_RESTART_POLICIES = ("Always", "OnFailure", "Never")

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  restartPolicy: Always
  containers:
    - name: web
      image: shop/web:1.0
      livenessProbe:
        periodSeconds: 5
        exec:
          command: [is-alive]
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: shop
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: shop/migrate:1.0
"""


@check(
    "unknown-value",
    why="The API server refuses a word that it does not know; upper and lower case are not the same.",
    way_out="Write one of the words that the field takes.",
    bad=_POD.replace("Always", "always"),
    good=_POD,
    waivable=False,
)
def unknown_value(cluster: Cluster) -> Iterator[Finding]:
    for o, place, value, known in _values(cluster, words()):
        if isinstance(value, str) and value and value not in known:
            lower = {str(word).lower(): word for word in known}
            close = get_close_matches(value.lower(), lower, n=1)
            way_out = f"write {lower[close[0]]} if that is meant" if close else "write one of these"
            yield Finding(
                o, f"{title(o)}: {place} is {value}, which is none of {', '.join(map(str, known))}; {way_out}"
            )


@check(
    "number-out-of-range",
    why="The API server refuses a number beyond a field's bounds.",
    way_out="Write a number within the bounds, or leave the field out.",
    bad=_POD.replace("periodSeconds: 5", "periodSeconds: -5"),
    good=_POD,
    waivable=False,
)
def number_out_of_range(cluster: Cluster) -> Iterator[Finding]:
    for o, place, value, (first, last) in _values(cluster, numbers()):
        if isinstance(value, int) and not isinstance(value, bool) and not int(first) <= value <= int(last):
            yield Finding(o, f"{title(o)}: {place} is {value}, which is not from {first} to {last}; write one that is")


def _values(cluster: Cluster, table: Mapping[str, Fields]) -> Iterator[tuple[Object, str, Any, Bounds]]:
    """The object, the place in it, what stands there, and what is taken there."""
    for o in cluster.objects:
        for place, value, bounds in values(o, table.get(f"{group(o)}/{o['kind']}", {})):
            yield o, place, value, bounds
    for o, template in cluster.templates:
        if is_whole(o):
            for place, value, bounds in values(mapping(template, "spec"), table["pod"]):
                yield o, place, value, bounds
            for container in containers(template):
                for place, value, bounds in values(container, table["container"]):
                    yield o, f"container {text(container, 'name')}: {place}", value, bounds


@check(
    "restart-policy",
    why="The API server refuses Always, which is the default, in a Job, whose pods must end, and anything else in a "
    "Deployment, StatefulSet, DaemonSet or ReplicaSet, whose pods must not.",
    way_out="Write Never or OnFailure in a Job, only Never beside a podFailurePolicy, and leave it out elsewhere.",
    bad=_JOB.replace("      restartPolicy: Never\n", ""),
    good=_JOB,
    waivable=False,
)
def restart_policy(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        policy = text(template, "spec", "restartPolicy") or "Always"
        allowed, beside = _restart_policies(o)
        if policy in _RESTART_POLICIES and policy not in allowed:
            yield Finding(
                o, f"{title(o)}: restartPolicy {policy} of its pods is refused{beside}; write {' or '.join(allowed)}"
            )


def _restart_policies(o: Object) -> tuple[Sequence[str], str]:
    """Those that its pods may have, and beside what."""
    if group(o) == "batch":
        job = mapping(o, "spec") if o["kind"] == "Job" else mapping(o, "spec", "jobTemplate", "spec")
        if job.get("podFailurePolicy") is not None:
            return ["Never"], " beside a podFailurePolicy"
        return ["Never", "OnFailure"], ""
    if group(o) == "apps" or (o["kind"] == "ReplicationController" and not group(o)):
        return ["Always"], ""
    return _RESTART_POLICIES, ""
