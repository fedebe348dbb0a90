"""What cannot change, against the files of the last run: fields for the API server's sake, images for their data's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...check import Cluster, Finding, check, once_a_cluster
from ...objects.documents import load_all
from ...objects.fields import Object, at, canonical, mapping, name, namespace, pod_template, title
from ...objects.quantity import parse

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


_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  clusterIP: None
  ports:
    - port: 80
"""
_CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: shop
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 20Gi
"""


class Changed(NamedTuple):
    """An object that is not as it was in the file of the last run."""

    path: Path
    old: Object
    new: Object


@check(
    "immutable-field",
    why="The API server refuses an update of these fields (Kubernetes API reference: selectors of workloads, most of a "
    "StatefulSet's spec, a claim's class and modes, a Service's clusterIP, a binding's roleRef).",
    way_out="Give the object another name, or delete the one in the cluster first.",
    before=_SERVICE,
    bad=_SERVICE.replace("  clusterIP: None\n", ""),
    good=_SERVICE.replace("80", "8080"),
)
def immutable_field(cluster: Cluster) -> Iterator[Finding]:
    for change in changed(cluster):
        way_out = _way_out(change)
        for what in _immutable_changes(change):
            yield Finding(change.new, f"{title(change.new)}: {what}, which the API server refuses; {way_out}")


@check(
    "shrinking-claim",
    why="A volume can grow and never shrink (Kubernetes documentation, Persistent Volumes, Expanding Persistent "
    "Volumes Claims).",
    way_out="Keep the size, or copy the data to a new, smaller volume.",
    before=_CLAIM,
    bad=_CLAIM.replace("20Gi", "10Gi"),
    good=_CLAIM.replace("20Gi", "30Gi"),
)
def shrinking_claim(cluster: Cluster) -> Iterator[Finding]:
    for _, old, new in changed(cluster):
        if new["kind"] == "PersistentVolumeClaim":
            before, after = (at(o, "spec", "resources", "requests", "storage") for o in (old, new))
            if (parse(str(after)) or 0) < (parse(str(before)) or 0):
                yield Finding(
                    new,
                    f"{title(new)}: its size shrinks from {before} to {after}, and a volume can only grow; keep "
                    f"{before}, or give the construct a new id and copy the data to its volume",
                )


@once_a_cluster
def changed(cluster: Cluster) -> Sequence[Changed]:
    """Of the kinds that any of the checks is about; no other file is read."""
    return [
        Changed(path, old, o)
        for path, text, objects in cluster.before
        if any(o["kind"] in _KINDS for o in objects)
        for before in [_identified(load_all(text))]
        for o in objects
        if (old := before.get((o["kind"], namespace(o), name(o)))) is not None
    ]


def _identified(documents: Iterable[Any]) -> Mapping[tuple[str, str, str], Object]:
    return {(o["kind"], namespace(o), name(o)): o for o in documents if isinstance(at(o, "kind"), str)}


def _immutable_changes(change: Changed) -> Iterator[str]:
    _, old, new = change
    kind, spec = new["kind"], mapping(new, "spec")
    fields: Iterable[str] = _FIELDS.get(kind, ())
    if kind == "StatefulSet":
        fields = sorted({*mapping(old, "spec"), *spec} - _STATEFUL_SET_MUTABLE, key=str)
    elif kind == "Service" and "ExternalName" in (at(old, "spec", "type"), spec.get("type")):
        fields = ()
    for field in fields:
        yield from _differences(f"spec.{field}", at(old, "spec", field), spec.get(field))
    if kind in _BINDINGS:
        yield from _differences("roleRef", old.get("roleRef"), new.get("roleRef"))


def _differences(field: str, before: Any, after: Any) -> Iterator[str]:
    """The fields below this one that differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            yield from _differences(f"{field}.{key}", before.get(key), after.get(key))
    elif before != after:
        yield f"{field} changes from {_short(before)} to {_short(after)}"


def _way_out(change: Changed) -> str:
    path, old, o = change
    kind = o["kind"]
    if kind == "PersistentVolumeClaim":
        return "give the construct a new id and copy the data to its volume"
    where = f" -n {namespace(o)}" if namespace(o) else ""
    orphan, stops = "", ""
    # A successor takes over the pods that are left, unless they carry the labels of another selector.
    if kind == "StatefulSet" and at(old, "spec", "selector") == at(o, "spec", "selector"):
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
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
