"""Volumes of pods, and where containers mount them."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, containers, entries, mapping, name, text, title
from ...objects.names import DNS_LABEL
from ...objects.pods import is_whole

# The field of each kind of volume, with what it must say (Kubernetes API reference, Volume).
_KINDS: Mapping[str, str | None] = {
    **{"emptyDir": None, "configMap": "name", "secret": "secretName", "projected": None, "downwardAPI": None},
    **{"persistentVolumeClaim": "claimName", "ephemeral": "volumeClaimTemplate", "hostPath": "path", "csi": "driver"},
    **dict.fromkeys(
        (
            *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker"),
            *("gcePersistentDisk", "gitRepo", "glusterfs", "image", "iscsi", "nfs", "photonPersistentDisk"),
            *("portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"),
        )
    ),
}
_OF_FILES = ("configMap", "secret", "projected", "downwardAPI")
_LARGEST_MODE = 0o777
_DRIVE = re.compile(r"[A-Za-z]:[^:]*")

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: cache
          mountPath: /tmp/cache
          subPath: web
  volumes:
    - name: tmp
      emptyDir: {}
    - name: cache
      hostPath:
        path: /var/cache/web
"""
_FILES = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      volumeMounts:
        - name: settings
          mountPath: /etc/web
  volumes:
    - name: settings
      downwardAPI:
        defaultMode: 0440
        items:
          - path: labels
            fieldRef:
              fieldPath: metadata.labels
"""


@check(
    "unknown-volume",
    why="The API server refuses a mount of a volume that the pod does not have.",
    way_out="Write the name of one of its volumes, or add the volume.",
    bad=_POD.replace("name: cache\n          mountPath", "name: cash\n          mountPath"),
    good=_POD,
    waivable=False,
)
def unknown_volume(cluster: Cluster) -> Iterator[Finding]:
    for o, template in _templates(cluster):
        names = [text(volume, "name") for volume in entries(template, "spec", "volumes")]
        names += [name(claim) for claim in entries(o, "spec", "volumeClaimTemplates")]
        for container in containers(template):
            mounts = entries(container, "volumeMounts") + entries(container, "volumeDevices")
            for named in dict.fromkeys(text(mount, "name") for mount in mounts):
                if named not in names:
                    has = ", ".join(names) or "none"
                    yield Finding(
                        o,
                        f"{title(o)}: container {text(container, 'name')} mounts volume {named!r}, which the pod does "
                        f"not have: it has {has}; write one of these, or add it",
                    )


@check(
    "mount-path",
    why="Kubernetes refuses a mountPath with ':', and a subPath that leads out of the volume; nothing says where a "
    "mountPath without '/' in front, or with '..', is, and of two at one folder one hides the other (Kubernetes API "
    "reference, VolumeMount).",
    way_out="Write the folder's own path from the root, and a subPath that begins with no '/' and has no '..'.",
    bad=_POD.replace("mountPath: /tmp/cache", "mountPath: tmp/cache"),
    good=_POD,
)
def mount_path(cluster: Cluster) -> Iterator[Finding]:
    for o, template in _templates(cluster):
        for container in containers(template):
            folders: dict[str, str] = {}
            for mount in entries(container, "volumeMounts"):
                where = f"{title(o)}: container {text(container, 'name')}"
                yield from (Finding(o, f"{where}: {problem}") for problem in _mount_problems(mount))
                path = text(mount, "mountPath")
                other = folders.setdefault(posixpath.normpath(path), path)
                if other != path:
                    yield Finding(o, f"{where}: {path} is the same folder as {other}; take another for one volume")


@check(
    "volume-source",
    why="The API server refuses a volume without a name that is a DNS label, one of two kinds, and one that does not "
    "say which Secret, ConfigMap, claim or path it is of.",
    way_out="Write a name of at most 63 lower-case letters, digits and '-', and one kind with what it needs.",
    bad=_POD.replace("    - name: tmp\n      emptyDir", '    - name: ""\n      emptyDir'),
    good=_POD,
    waivable=False,
)
def volume_source(cluster: Cluster) -> Iterator[Finding]:
    for o, template in _templates(cluster):
        for number, volume in enumerate(entries(template, "spec", "volumes")):
            named = text(volume, "name")
            where = f"{title(o)}: volume {named or f'spec.volumes[{number}]'}"
            yield from (Finding(o, f"{where} {problem}") for problem in _volume_problems(volume, named))


@check(
    "volume-file",
    why="The API server refuses files of a volume that lead out of it, two of one path, and modes over 0777: 0644 is "
    "octal, and 644 is not (Kubernetes API reference, KeyToPath).",
    way_out="Write paths that begin with no '/' and no '..', and modes from 0 to 0777 with the 0 in front.",
    bad=_FILES.replace("path: labels", "path: ../labels"),
    good=_FILES,
    waivable=False,
)
def volume_file(cluster: Cluster) -> Iterator[Finding]:
    for o, template in _templates(cluster):
        for volume in entries(template, "spec", "volumes"):
            where = f"{title(o)}: volume {text(volume, 'name')}"
            for problem in _file_problems(volume):
                yield Finding(o, f"{where}: {problem}")


def _templates(cluster: Cluster) -> Iterator[tuple[Object, Mapping[str, Any]]]:
    return ((o, template) for o, template in cluster.templates if is_whole(o))


def _mount_problems(mount: Mapping[str, Any]) -> Iterator[str]:
    path = text(mount, "mountPath")
    # Of Windows, where a path begins with its drive.
    if not path:
        yield f"volume {text(mount, 'name')} is mounted without a mountPath; write one"
    elif ":" in path and not _DRIVE.fullmatch(path):
        yield f"mountPath {path} has ':', which Kubernetes refuses; write one without"
    elif not path.startswith("/") and not _DRIVE.fullmatch(path) and not path.startswith("\\"):
        yield f"mountPath {path} does not begin with '/', and nothing says what it begins at; write it from the root"
    elif ".." in path.split("/"):
        yield f"mountPath {path} has '..', and nothing says where that leads; write the folder's own path"
    for field in ("subPath", "subPathExpr"):
        inside = text(mount, field)
        if inside.startswith("/") or ".." in inside.split("/"):
            yield f"{field} {inside} leads out of the volume, which the API server refuses; write a path in it"
    if mount.get("subPath") and mount.get("subPathExpr"):
        yield f"mountPath {path} has a subPath and a subPathExpr, of which the API server takes one; leave one out"


def _volume_problems(volume: Mapping[str, Any], named: str) -> Iterator[str]:
    if not DNS_LABEL.fullmatch(named):
        yield f"has the name {named!r}, which the API server refuses; use at most 63 lower-case letters, digits and '-'"
    kinds = [kind for kind in _KINDS if volume.get(kind) is not None]
    if len(kinds) > 1:
        yield f"is of {' and '.join(kinds)}, and the API server takes one; leave one out"
    for kind in kinds:
        needed = _KINDS[kind]
        if needed and not at(volume, kind, needed):
            yield f"has no {kind}.{needed}, which the API server wants; write it"
    if ".." in text(volume, "hostPath", "path").split("/"):
        path = text(volume, "hostPath", "path")
        yield f"has '..' in the hostPath {path}, which the API server refuses; write the folder's own path"


def _file_problems(volume: Mapping[str, Any]) -> Iterator[str]:
    for kind in _OF_FILES:
        whole = mapping(volume, kind)
        yield from _mode_problems("defaultMode", whole.get("defaultMode"))
        paths: set[str] = set()
        for item in _items(whole) if whole else ():
            path = item.get("path")
            if not isinstance(path, str) or not path or path.startswith(("/", "..")) or ".." in path.split("/"):
                yield f"path {path!r} is none in the volume; write one that begins with no '/' and no '..'"
            elif path in paths and kind == "projected":
                yield f"path {path} is there twice; change one"
            else:
                paths.add(path)
            yield from _mode_problems("mode", item.get("mode"))
            if kind in ("configMap", "secret") and not item.get("key"):
                yield f"the item of path {path} has no key; write one"


def _items(whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from entries(whole, "items")
    for source in entries(whole, "sources"):
        for kind in ("configMap", "secret", "downwardAPI"):
            yield from entries(source, kind, "items")
        if source.get("serviceAccountToken") is not None:
            yield mapping(source, "serviceAccountToken")


def _mode_problems(field: str, mode: Any) -> Iterator[str]:
    if isinstance(mode, int) and not 0 <= mode <= _LARGEST_MODE:
        yield f"{field} {mode} is over {_LARGEST_MODE}, which is 0777; write it with a 0 in front, e.g. 0{mode}"
