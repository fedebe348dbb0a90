"""Volumes that would be deleted together with what uses them."""

from collections.abc import Iterator

from ...check import Cluster, Finding, check
from ...objects.fields import mapping, title

_CLAIMS = "persistentVolumeClaimRetentionPolicy"

_GOOD = """\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: queue
  namespace: shop
spec:
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
  selector:
    matchLabels:
      app: queue
  template:
    metadata:
      labels:
        app: queue
    spec:
      containers:
        - name: queue
          image: example.com/queue:2.1
"""


@check(
    "claim-retention",
    why="The data of the volumes is gone when the StatefulSet is deleted or scaled down, be it by mistake (Kubernetes "
    "documentation, StatefulSets, PersistentVolumeClaim retention).",
    way_out="Write Retain and delete claims by hand, or take an ephemeral volume for what may be lost.",
    bad=_GOOD.replace("Retain", "Delete"),
    good=_GOOD,
)
def claim_retention(cluster: Cluster) -> Iterator[Finding]:
    for o in cluster.by_kind.get("StatefulSet", ()):
        for when, policy in mapping(o, "spec", _CLAIMS).items():
            if policy != "Retain":
                event = "is deleted" if when == "whenDeleted" else "is scaled down"
                yield Finding(
                    o,
                    f"{title(o)}: {_CLAIMS}.{when} is {policy}, so its volumes' data would be gone when it {event}; "
                    "write Retain and delete claims by hand, or take an ephemeral volume for what may be lost",
                )
