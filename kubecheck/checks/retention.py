"""Volumes that would be deleted together with what uses them."""

from collections.abc import Iterable, Iterator

from ..objects.fields import Finding, Object, mapping, title

_CLAIMS = "persistentVolumeClaimRetentionPolicy"


def retention_problems(objects: Iterable[Object]) -> Iterator[Finding]:
    """Source: Kubernetes documentation, StatefulSets, PersistentVolumeClaim retention."""
    for o in objects:
        if o["kind"] != "StatefulSet":
            continue
        for when, policy in mapping(o, "spec", _CLAIMS).items():
            if policy != "Retain":
                event = "is deleted" if when == "whenDeleted" else "is scaled down"
                yield Finding(
                    o,
                    f"{title(o)}: {_CLAIMS}.{when} is {policy}, so its volumes' data would be gone when it {event}; "
                    "write Retain and delete claims by hand, or take an ephemeral volume for what may be lost",
                )
