"""A volume at a path of a container."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .volume import Volume


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume at a path; option: which says so."""

    option: str
    path: str
    volume: Volume

    @property
    def folder(self) -> str:
        return posixpath.normpath(self.path)

    @property
    def name(self) -> str:
        """What the pod calls the volume, unless another container mounts it too."""
        return re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")

    def problems(self) -> Iterator[str]:
        """Source: Kubernetes API reference, Volume (name) and VolumeMount (mountPath)."""
        if not self.path.startswith("/"):
            yield f"path {self.path!r} does not begin with '/'"
        elif not self.path.strip("/"):
            yield f"path {self.path!r} is the root, which stays read-only; name the folders that are written to"
        elif ":" in self.path or ".." in self.path.split("/"):
            yield f"path {self.path!r} has ':' or '..', which Kubernetes refuses; write the folder's own path"
        elif not self.name:
            yield f"path {self.path!r} has none of a-z and 0-9, of which its volume is named; choose another folder"
