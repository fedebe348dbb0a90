"""What makes an object one: its kind, version, names, labels and annotations, as the API server wants them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..objects.fields import Finding, Object, at, mapping, name, pod_template, title
from ..objects.labels import annotation_problems, syntax_problems
from ..objects.names import DNS_LABEL, name_problems

_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}")
_VERSION = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?")

# What is shorter than the 253 characters of other names, and no name with dots. Of a StatefulSet, whose pods get
# 11 characters more in a label; of a CronJob, whose Jobs get them in their name (pkg/apis/batch/validation).
_LONGEST = {"Service": 63, "Namespace": 63, "StatefulSet": 52, "CronJob": 52}
_METADATA = (
    *((field, str, "text") for field in ("name", "namespace")),
    *((field, dict, "a mapping of texts to texts") for field in ("labels", "annotations")),
)
_RBAC = "rbac.authorization.k8s.io/"


def shape_problems(o: Any) -> Iterator[str]:
    """What must be there for any other check to read the object; a patch may have taken it away."""
    kind, version, metadata = at(o, "kind"), at(o, "apiVersion"), at(o, "metadata")
    named = f"{kind or 'an object'} {at(metadata, 'name') or 'without a name'}"
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        yield f"{named}: kind {kind!r} is not one; write letters and digits, e.g. ConfigMap"
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        yield f"{named}: apiVersion {version!r} is not one; write VERSION or GROUP/VERSION, e.g. v1 or apps/v1"
    if at(metadata, "name") is None:
        yield f"{named}: metadata.name is missing; give it"
    for field, expected, wanted in _METADATA:
        value = at(metadata, field)
        if value is not None and not isinstance(value, expected):
            yield f"{named}: metadata.{field} is {value!r}, which is not {wanted}; write {wanted}"


def metadata_problems(objects: Iterable[Object], *, told: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """told: labels that are checked elsewhere."""
    right: set[tuple[str, Any]] = set(told)
    for o in objects:
        yield from (Finding(o, f"{o['kind']}: {problem}") for problem in _name_problems(o))
        for labels in (mapping(o, "metadata", "labels"), mapping(pod_template(o), "metadata", "labels")):
            # Most labels are those of other objects too.
            new = {key: value for key, value in labels.items() if not _is_in((key, value), right)}
            problems = list(syntax_problems(new))
            yield from (Finding(o, f"{title(o)}: label {problem}") for problem in problems)
            if not problems:
                right.update(new.items())
        for annotations in (mapping(o, "metadata", "annotations"), mapping(pod_template(o), "metadata", "annotations")):
            yield from (Finding(o, f"{title(o)}: annotation {problem}") for problem in annotation_problems(annotations))


def _is_in(pair: tuple[str, Any], known: set[tuple[str, Any]]) -> bool:
    return isinstance(pair[1], str) and pair in known


def _name_problems(o: Object) -> Iterator[str]:
    kind, named = o["kind"], name(o)
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
