"""Scratch volumes that hold more than the kubelet lets a pod keep on its node's disk."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ...check import Cluster, Finding, check
from ...evaluators.pod_resources import is_readable, of_pod
from ...objects.fields import containers, entries, mapping, text, title
from ...objects.pods import is_whole
from ...objects.quantity import read
from ..namespaces.quota import defaults, written

_STORAGE = "ephemeral-storage"

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: example.com/web:1.4
      resources:
        limits:
          ephemeral-storage: 2Gi
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 1Gi
"""


@check(
    "scratch-volume-size",
    why="What is in emptyDir volumes on disk counts as ephemeral storage, and a pod with more of it than its "
    "containers' limits together is evicted, before such a volume is full (Kubernetes documentation, Local ephemeral "
    "storage).",
    way_out="Raise a limit of ephemeral-storage above the size, or lower the size.",
    bad=_POD.replace("2Gi", "512Mi"),
    good=_POD,
)
def scratch_volume_size(cluster: Cluster) -> Iterator[Finding]:
    """Of each volume by itself: several seldom are full at once."""
    for o, template in cluster.templates:
        sizes = dict(_sizes(template))
        if not sizes or not is_whole(o) or not is_readable(template):
            continue
        limit = of_pod(template, defaults(cluster, o)).limits.get(_STORAGE)
        for volume, size in sizes.items():
            if limit is not None and size > limit:
                yield Finding(
                    o,
                    f"{title(o)}: volume {volume} may hold {written(_STORAGE, size)}, and its pods are evicted when "
                    f"all that they keep on disk is over {written(_STORAGE, limit)}, the limits of ephemeral-storage "
                    "of their containers together; raise one, or lower the volume's sizeLimit",
                )


def _sizes(template: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """The emptyDirs on disk that have a size and that a container writes to."""
    written_to = {
        text(mount, "name")
        for container in containers(template)
        for mount in entries(container, "volumeMounts")
        if mount.get("readOnly") is not True
    }
    for volume in entries(template, "spec", "volumes"):
        size = read(mapping(volume, "emptyDir").get("sizeLimit"))
        if size and not mapping(volume, "emptyDir").get("medium") and text(volume, "name") in written_to:
            yield text(volume, "name"), size
