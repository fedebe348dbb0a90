"""Fields that the Kubernetes of their chart does not have, and values of another type than their field."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from ...check import Cluster, Finding, Known, check, once_a_cluster
from ...objects.fields import Object, title
from ...objects.schema import Deviation, definitions, deviations
from ...objects.version import NEWEST, OLDEST

# Fields of which another check knows more than their type, and tells.
_TOLD_ELSEWHERE = {
    "ConfigMap": {"data", "binaryData"},
    "ContainerPort": {"containerPort", "hostPort"},
    "EnvVar": {"value"},
    "ObjectMeta": {"annotations", "labels"},
    "Secret": {"data", "stringData"},
    "ServicePort": {"port"},
}
_LONGEST = 40

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: shop/web:1.0
          lifecycle:
            preStop:
              exec:
                command: [sleep, "5"]
"""


@check(
    "unknown-field",
    why="A field that no version has is misspelt, or stands in the wrong place: `kubectl apply` refuses it, and other "
    "clients lose it without a word (Kubernetes documentation, Server Side Field Validation).",
    way_out="Write the field as the API reference has it, and where it has it.",
    bad=_DEPLOYMENT.replace("replicas", "replica"),
    good=_DEPLOYMENT,
)
def unknown_field(cluster: Cluster) -> Iterator[Finding]:
    for o, found in _deviations(cluster):
        if found.field is None:
            yield Finding(
                o,
                f"{title(o)}: {found.place} is a field that no Kubernetes from {OLDEST} to {NEWEST} has in "
                f"{found.definition}; {_instead(found)}",
            )


@check(
    "unavailable-field",
    why="An API server drops a field that it does not have, or that is not on yet, without a word (Kubernetes "
    "documentation, Server Side Field Validation), and the pod runs without what it says.",
    way_out="Leave it out, or say that every cluster is of a newer version.",
    bad=_DEPLOYMENT.replace('exec:\n                command: [sleep, "5"]', "sleep: {seconds: 5}"),
    good=_DEPLOYMENT,
)
def unavailable_field(cluster: Cluster) -> Iterator[Finding]:
    for o, found in _deviations(cluster):
        if found.field is not None and not found.wanted:
            kubernetes = cluster.kubernetes(o)
            if found.field.last < kubernetes:
                yield Finding(
                    o,
                    f"{title(o)}: {found.place} went after Kubernetes {found.field.last}, and the target is "
                    f"{kubernetes}; leave it out",
                )
            else:
                since = found.field.first
                yield Finding(
                    o,
                    f"{title(o)}: {found.place} came with Kubernetes {since}, and the target is {kubernetes}, which "
                    "drops it without a word; leave it out, or say that all nodes have it",
                    unless=Known("kubernetes", str(since)),
                )


@check(
    "field-type",
    why="The API server refuses a value of another type than that of its field (Kubernetes API reference).",
    way_out="Write a value of the field's type: numbers without quotes, texts that look like numbers with them.",
    bad=_DEPLOYMENT.replace("replicas: 3", 'replicas: "3"'),
    good=_DEPLOYMENT,
    waivable=False,
)
def field_type(cluster: Cluster) -> Iterator[Finding]:
    for o, found in _deviations(cluster):
        if found.wanted and not _is_told_elsewhere(found):
            shown = repr(found.value) if isinstance(found.value, str | int | float) else _kind(found.value)
            shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
            yield Finding(
                o, f"{title(o)}: {found.place} is {shown}, where {found.wanted} belongs; write {found.wanted}"
            )


def _instead(unknown: Deviation) -> str:
    """The way out: the one definition that has such a field, or a field that is called like it."""
    key, known = str(unknown.place.key), definitions()[unknown.definition]
    misspelt = get_close_matches(key, known, n=1, cutoff=0.85)
    elsewhere = [name for name, fields in definitions().items() if key in fields and name != "EphemeralContainer"]
    if len(elsewhere) == 1 and not misspelt:
        return f"{elsewhere[0]} has it: move it there if that is meant"
    close = misspelt or get_close_matches(key, known, n=1, cutoff=0.7)
    return f"write {close[0]} if that is meant" if close else "look for its name and place in the API reference"


def _is_told_elsewhere(found: Deviation) -> bool:
    fields = _TOLD_ELSEWHERE.get(found.definition, ())
    return found.place.key in fields or (found.place.above is not None and found.place.above.key in fields)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else type(value).__name__


@once_a_cluster
def _deviations(cluster: Cluster) -> Sequence[tuple[Object, Deviation]]:
    return [(o, found) for o in cluster.objects for found in deviations(o, cluster.kubernetes(o))]
