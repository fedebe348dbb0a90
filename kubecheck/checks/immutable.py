"""What cannot change, against the files of the last run: fields for the API server's sake, images for their data's."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..objects.documents import load_all
from ..objects.fields import Finding, Object, at, mapping, name, namespace, pod_template, title
from ..objects.quantity import parse
from .postgres_image import image_problems

# Source: Kubernetes, pkg/apis/apps/validation (ValidateStatefulSetUpdate), core/validation
# (ValidatePersistentVolumeClaimUpdate, ValidateServiceUpdate), rbac/validation.
_STATEFUL_SET_MUTABLE = {
    "replicas",
    "template",
    "updateStrategy",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
}
_FIELDS: Mapping[str, Sequence[str]] = {
    "Deployment": ["selector"],
    "DaemonSet": ["selector"],
    "ReplicaSet": ["selector"],
    "PersistentVolumeClaim": ["storageClassName", "accessModes", "volumeName", "volumeMode"],
    "Service": ["clusterIP"],
}
_BINDINGS = {"RoleBinding", "ClusterRoleBinding"}
_KEEPING_DATA = {"StatefulSet", "Deployment"}
_KINDS = {*_FIELDS, *_BINDINGS, *_KEEPING_DATA}

_LONGEST_VALUE = 100


def immutable_problems(files: Iterable[tuple[Path, str, Sequence[Object]]]) -> Iterator[Finding]:
    """Changes that an apply would be refused, that need the object deleted first, or that a volume does not bear.

    files: each file's path, its new text and the objects in it. Only what is other than before is read, and of that
    only files with objects of these kinds. A file that cannot be read as YAML is not compared with.
    """
    for path, text, objects in files:
        if any(o["kind"] in _KINDS for o in objects):
            before = _before(path, text)
            for o in objects:
                old = before.get((o["kind"], namespace(o), name(o)))
                if old is not None:
                    yield from (Finding(o, f"{title(o)}: {wrong}") for wrong in _changes(path, old, o))


def _before(path: Path, text: str) -> dict[tuple[str, str, str], Object]:
    try:
        old = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return {}
    if old == text:
        return {}
    return {(o["kind"], namespace(o), name(o)): o for o in load_all(old) if isinstance(at(o, "kind"), str)}


def _changes(path: Path, old: Object, new: Object) -> Iterator[str]:
    kind, spec = new["kind"], mapping(new, "spec")
    fields: Iterable[str] = _FIELDS.get(kind, ())
    if kind == "StatefulSet":
        fields = sorted({*mapping(old, "spec"), *spec} - _STATEFUL_SET_MUTABLE)
    elif kind == "Service" and "ExternalName" in (at(old, "spec", "type"), spec.get("type")):
        fields = ()
    # A successor takes over the pods that are left, unless they carry the labels of another selector.
    keeps_pods = kind == "StatefulSet" and at(old, "spec", "selector") == spec.get("selector")
    way_out = _way_out(path, new, keeps_pods=keeps_pods)
    for field in fields:
        for changed in _differences(f"spec.{field}", at(old, "spec", field), spec.get(field)):
            yield f"{changed}, which the API server refuses; {way_out}"
    if kind in _KEEPING_DATA:
        yield from image_problems(path, old, new)
    if kind in _BINDINGS:
        for changed in _differences("roleRef", old.get("roleRef"), new.get("roleRef")):
            yield f"{changed}, which the API server refuses; {way_out}"
    elif kind == "PersistentVolumeClaim":
        before, after = (at(o, "spec", "resources", "requests", "storage") for o in (old, new))
        if (parse(str(after)) or 0) < (parse(str(before)) or 0):
            yield (
                f"its size shrinks from {before} to {after}, and a volume can only grow; keep {before}, or give the "
                "construct a new id and copy the data to its volume"
            )


def _differences(field: str, before: Any, after: Any) -> Iterator[str]:
    """The fields below this one that differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            yield from _differences(f"{field}.{key}", before.get(key), after.get(key))
    elif before != after:
        yield f"{field} changes from {_short(before)} to {_short(after)}"


def _way_out(path: Path, o: Object, *, keeps_pods: bool = False) -> str:
    kind = o["kind"]
    if kind == "PersistentVolumeClaim":
        return "give the construct a new id and copy the data to its volume"
    where = f" -n {namespace(o)}" if namespace(o) else ""
    orphan, stops = "", ""
    if keeps_pods:
        orphan = " --cascade=orphan"
    elif pod_template(o):
        stops = " (its pods stop until the next apply)"
    return (
        f"give the construct a new id, or run `kubectl delete {kind.lower()} {name(o)}{where}{orphan}`{stops}, "
        f"remove {path} and synth again"
    )


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
