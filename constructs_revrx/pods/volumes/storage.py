"""Volumes that outlive their pods."""

from collections.abc import Iterator
from typing import Any, Literal

from kubecheck.objects import quantity
from kubecheck.objects.names import name_problems

from ...core.calls import value_object

AccessMode = Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany"]


@value_object
class Storage:
    """A volume that is made: a PersistentVolumeClaim.

    Args:
        size: a quantity, such as 20Gi.
        storage_class: the StorageClass that makes it; default gp3 (AWS EBS).
    """

    size: str
    storage_class: str = "gp3"

    def claim_spec(self, access_mode: AccessMode) -> dict[str, Any]:
        """The PersistentVolumeClaimSpec of the API."""
        return {
            "accessModes": [access_mode],
            "storageClassName": self.storage_class,
            "resources": {"requests": {"storage": self.size}},
        }

    def problems(self) -> Iterator[str]:
        if problem := quantity.problem(self.size):
            yield f"size {problem}"
        yield from (f"storage_class: {problem}" for problem in name_problems(self.storage_class))


@value_object(kw_only=False)
class ExistingClaim:
    """A PersistentVolumeClaim that is already there, e.g. restored from a snapshot; none is emitted.

    Args:
        name: the claim's, in the workload's namespace.
    """

    name: str

    def problems(self) -> Iterator[str]:
        yield from name_problems(self.name)
