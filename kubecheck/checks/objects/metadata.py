"""What makes an object one: its kind, version, names, labels and annotations, as the API server wants them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, mapping, name, title
from ...objects.labels import annotation_problems, syntax_problems
from ...objects.names import DNS_LABEL, name_problems, namespace_problems

_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}")
_VERSION = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?")

# What is shorter than the 253 characters of other names, and no name with dots. Of a StatefulSet, whose pods get
# 11 characters more in a label; of a CronJob, whose Jobs get them in their name (pkg/apis/batch/validation).
_LONGEST = {"Service": 63, "Namespace": 63, "StatefulSet": 52, "CronJob": 52}
_METADATA = (
    *((field, str, "text") for field in ("name", "generateName", "namespace")),
    *((field, dict, "a mapping of texts to texts") for field in ("labels", "annotations")),
)
_RBAC = "rbac.authorization.k8s.io/"

_GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
  labels:
    team: web
  annotations:
    example.com/checked: "true"
"""


def shape_problems(o: Any) -> Iterator[str]:
    """What must be there for any other check to read the object; a patch may have taken it away."""
    kind, version, metadata = at(o, "kind"), at(o, "apiVersion"), at(o, "metadata")
    named = f"{kind or 'an object'} {at(metadata, 'name') or 'without a name'}"
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        yield f"{named}: kind {kind!r} is not one; write letters and digits, e.g. ConfigMap"
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        yield f"{named}: apiVersion {version!r} is not one; write VERSION or GROUP/VERSION, e.g. v1 or apps/v1"
    if at(metadata, "name") is None and not at(metadata, "generateName"):
        yield f"{named}: metadata.name is missing; give it"
    for field, expected, wanted in _METADATA:
        value = at(metadata, field)
        if value is not None and not isinstance(value, expected):
            yield f"{named}: metadata.{field} is {value!r}, which is not {wanted}; write {wanted}"


@check(
    "malformed-object",
    why="Without apiVersion, kind and metadata.name, and metadata that can be read, it is no object, and nothing else "
    "about it can be checked (Kubernetes documentation, Objects, Required fields).",
    way_out="Write the field that is missing or is of another type.",
    bad=_GOOD.replace("  name: settings\n", ""),
    good=_GOOD,
    waivable=False,
)
def malformed_object(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.objects:
        yield from (Finding(o, problem) for problem in shape_problems(o))


@check(
    "object-name",
    why="The API server refuses other names (Kubernetes documentation, Object Names and IDs).",
    way_out="Rename it: a-z, 0-9, '-' and '.', and no '.' where the name becomes a part of a host's or a label.",
    bad=_GOOD.replace("settings", "Settings"),
    good=_GOOD,
    waivable=False,
)
def object_name(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.objects:
        yield from (Finding(o, f"{o['kind']}: {problem}") for problem in _name_problems(o))


@check(
    "namespace-name",
    why="The API server refuses other names of namespaces (Kubernetes documentation, Namespaces; DNS Label Names).",
    way_out="Write at most 63 lower-case letters, digits and '-'.",
    bad=_GOOD.replace("shop", "web.shop"),
    good=_GOOD,
    waivable=False,
)
def namespace_name(cluster: Cluster) -> Iterator[Finding]:
    for there, objects in cluster.by_namespace.items():
        if there:
            for problem in namespace_problems(there):
                yield from (Finding(o, f"{title(o)}: namespace: {problem}") for o in objects)


@check(
    "label-syntax",
    why="The API server refuses other labels (Kubernetes documentation, Labels and Selectors, Syntax and character "
    "set); a number or `true` without quotes is no text in YAML.",
    way_out="Write a key such as `team` or `example.com/team`, and as the value at most 63 letters, digits, '-', '_' "
    "and '.', in quotes where YAML would read something else than a text.",
    bad=_GOOD.replace("team: web", "team: web shop"),
    good=_GOOD,
    waivable=False,
)
def label_syntax(cluster: Cluster) -> Iterator[Finding]:
    return _problems(cluster, "labels", "label", syntax_problems)


@check(
    "annotation-syntax",
    why="The API server refuses other keys, and values that are no text (Kubernetes documentation, Annotations).",
    way_out="Write a key such as `team` or `example.com/team`, and its value in quotes.",
    bad=_GOOD.replace('"true"', "true"),
    good=_GOOD,
    waivable=False,
)
def annotation_syntax(cluster: Cluster) -> Iterator[Finding]:
    return _problems(cluster, "annotations", "annotation", annotation_problems)


def _problems(
    cluster: Cluster, field: str, what: str, find: Callable[[Mapping[Any, Any]], Iterator[str]]
) -> Iterator[Finding]:
    """Of each object and its pod template. Most pairs are those of other objects too, and are looked at once."""
    right: set[tuple[Any, str]] = set()
    for o, holder in (*((o, o) for o in cluster.objects), *cluster.templates):
        pairs = mapping(holder, "metadata", field)
        new = {key: value for key, value in pairs.items() if not (isinstance(value, str) and (key, value) in right)}
        problems = list(find(new)) if new else ()
        yield from (Finding(o, f"{title(o)}: {what} {problem}") for problem in problems)
        if not problems:
            right.update(new.items())


def _name_problems(o: Object) -> Iterator[str]:
    kind, named = o["kind"], at(o, "metadata", "name")
    if named is None:
        # The API server cuts generateName where the name that it makes would be too long.
        kind, named = "", name(o)[:200] + "a"
    if o["apiVersion"].startswith(_RBAC):
        # These may have any character but those of a path (Kubernetes, ValidatePathSegmentName).
        if named in ("", ".", "..") or re.search("[/%]", named):
            yield f"{named!r} is not a name that Kubernetes accepts; leave out '/' and '%'"
    elif kind in _LONGEST:
        longest = _LONGEST[kind]
        if not DNS_LABEL.fullmatch(named) or len(named) > longest:
            yield f"{named!r} is not a DNS label of at most {longest} characters; use a-z, 0-9 and '-'"
    else:
        yield from name_problems(named)
