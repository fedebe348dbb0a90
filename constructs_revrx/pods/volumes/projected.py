"""Sources of a projected volume that are no objects: a token of the ServiceAccount, and what the pod is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...core.calls import value_object

_SHORTEST_EXPIRY = 600
_FILE = re.compile(r"[-._a-zA-Z0-9]+(/[-._a-zA-Z0-9]+)*")
# Kubernetes documentation, Downward API: what a volume may hold.
_POD_FIELD = re.compile(r"metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])")


@value_object
class ServiceAccountToken:
    """A token of the pod's ServiceAccount for one reader, renewed by the kubelet before it expires; a projected file.

    Args:
        audience: who is to accept it, e.g. `sts.amazonaws.com` or `vault`. The API server accepts its own only.
        expiry: seconds that it holds, 600 or more; default an hour.
        path: the file's name.
    """

    audience: str
    expiry: int = 3600
    path: str = "token"

    @property
    def source(self) -> dict[str, Any]:
        token = {"audience": self.audience, "expirationSeconds": self.expiry, "path": self.path}
        return {"serviceAccountToken": token}

    def problems(self) -> Iterator[str]:
        if not self.audience:
            yield "a token has no audience, so the API server would accept it; name who is to read it"
        if self.expiry < _SHORTEST_EXPIRY:
            yield f"a token's expiry {self.expiry} is below the {_SHORTEST_EXPIRY} seconds that Kubernetes grants"
        yield from _file_problems(self.path)


@value_object
class DownwardAPI:
    """What the pod may know of itself, as projected files.

    Args:
        files: file name to field, e.g. `{"labels": "metadata.labels"}`. Fields: metadata.name, namespace, uid, labels,
            annotations, labels['KEY'], annotations['KEY'].
    """

    files: Mapping[str, str]

    @property
    def source(self) -> dict[str, Any]:
        items = [{"path": path, "fieldRef": {"fieldPath": name}} for path, name in sorted(self.files.items())]
        return {"downwardAPI": {"items": items}}

    def problems(self) -> Iterator[str]:
        for path, name in self.files.items():
            yield from _file_problems(path)
            if not _POD_FIELD.fullmatch(name):
                yield f"{name!r} is no field that a file can hold; write e.g. metadata.name or metadata.labels['team']"


def _file_problems(path: str) -> Iterator[str]:
    """Source: Kubernetes API reference, KeyToPath and ServiceAccountTokenProjection, path."""
    if not _FILE.fullmatch(path) or ".." in path.split("/") or path.startswith(".."):
        yield f"{path!r} is not a file's name in the volume; use letters, digits, '-', '_' and '.'"
