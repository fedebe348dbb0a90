"""Volumes: what a pod may mount beside its scratch folders, and the claims that keep data."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kubecheck.objects import quantity as _quantity
from kubecheck.objects.names import name_problems

from ..config.config_map import ConfigMap, ExistingConfigMap
from ..config.secret import Secret
from ..core.calls import value_object
from ..core.component import problems_of
from ..core.labels import Labels
from .storage import ExistingClaim, Storage

AccessMode = Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany"]

# Readable by the container's group only.
_FILE_MODE = 0o440

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


ProjectedSource = Secret | ConfigMap | ExistingConfigMap | ServiceAccountToken | DownwardAPI


@value_object
class Volume:
    """What is mounted at a path of a container; made by `empty_dir`, `claim`, `ephemeral`, `secret`, `config_map` or
    `projected`.

    One value that two containers of a pod mount is one volume, which they share; so is a claim, Secret or ConfigMap
    that two values name. Two values of `empty_dir` or `ephemeral` are two volumes.

    Source: Kubernetes documentation, Volumes; Pod Security Standards, Restricted (volume types).

    Args:
        kind, size, memory, storage, name, access_mode, sources, keys, is_read_only, identity: set by those six.
    """

    kind: Literal["emptyDir", "claim", "ephemeral", "secret", "configMap", "projected"]
    size: str = ""
    memory: bool = False
    storage: Storage | ExistingClaim | None = None
    name: str = ""
    access_mode: AccessMode = "ReadWriteOnce"
    sources: tuple[ProjectedSource, ...] = ()
    keys: tuple[str, ...] = ()
    is_read_only: bool = False
    # Tells apart those that look the same and hold other files.
    identity: object | None = field(default=None, repr=False)

    @classmethod
    def empty_dir(cls, size: str, *, memory: bool = False) -> "Volume":
        """An empty folder that goes with the pod.

        Args:
            size: a quantity, e.g. 1Gi; over it the pod is evicted.
            memory: never on disk, and counted against the memory limits of the containers that write to it.
        """
        return cls(kind="emptyDir", size=size, memory=memory, identity=object())

    @classmethod
    def claim(
        cls, claim: Storage | ExistingClaim, *, name: str = "data", access_mode: AccessMode = "ReadWriteOnce"
    ) -> "Volume":
        """A PersistentVolumeClaim, which outlives the pods; one that is made here, also the manifest.

        Args:
            claim: its size and class, or a claim that exists, such as another construct's:
                `ExistingClaim(backend.claims["data"].name)`.
            name: of one that is made; it is called CONSTRUCT-NAME, and never renamed: its data would stay behind.
            access_mode: ReadWriteOnce is one node's: a Deployment with it has one replica at most, and stops that
                before it starts the next. Several replicas need ReadWriteMany, which EBS has not and EFS has.
        """
        read_only = access_mode == "ReadOnlyMany"
        return cls(kind="claim", storage=claim, name=name, access_mode=access_mode, is_read_only=read_only)

    @classmethod
    def ephemeral(cls, storage: Storage) -> "Volume":
        """A volume of its own for each pod, made and deleted with it: for more than a node's disk has to spare.

        A pod of a Job is deleted with its Job, not when it ends; until then its volume costs, and counts in the quota.
        Where runs follow one another, a `claim` is one volume for all of them.

        Args:
            storage: its size and class.
        """
        return cls(kind="ephemeral", storage=storage, identity=object())

    @classmethod
    def secret(cls, secret: Secret, *, keys: tuple[str, ...] = ()) -> "Volume":
        """A Secret's keys as files at a path of your own; `secret_files` mounts it below /run/secrets.

        Args:
            secret: the one that is meant.
            keys: those that are mounted, for a program that is to see no others; default all. A pod does not start
                while one of them is missing.
        """
        return cls(kind="secret", sources=(secret,), keys=keys, is_read_only=True)

    @classmethod
    def config_map(cls, config_map: ConfigMap | ExistingConfigMap) -> "Volume":
        """A ConfigMap's keys as files, as `config_files` has it.

        Args:
            config_map: one of this chart, or one that exists.
        """
        return cls(kind="configMap", sources=(config_map,), is_read_only=True)

    @classmethod
    def projected(cls, *sources: ProjectedSource) -> "Volume":
        """Several sources in one folder.

        Args:
            sources: Secrets, ConfigMaps, ServiceAccountToken, DownwardAPI.
        """
        return cls(kind="projected", sources=sources, is_read_only=True)

    def read_only(self) -> "Volume":
        """The same volume, for a container that only reads it."""
        return replace(self, is_read_only=True)

    def is_same(self, other: "Volume") -> bool:
        """Whether both are one volume of the pod."""
        return replace(self, is_read_only=False) == replace(other, is_read_only=False)

    @property
    def is_exclusive(self) -> bool:
        """Whether pods of two nodes, or two pods at all, cannot have it at once."""
        return self.kind == "claim" and self.access_mode in ("ReadWriteOnce", "ReadWriteOncePod")

    def claim_name(self, labels: Labels) -> str:
        return self.storage.name if isinstance(self.storage, ExistingClaim) else f"{labels.name}-{self.name}"

    def manifest(self, labels: Labels) -> dict[str, Any]:
        """The Volume of the API, but for its name."""
        if self.kind == "emptyDir" or not self._is_whole:  # of the latter it is told, and nothing is written
            return {"emptyDir": {"sizeLimit": self.size, "medium": "Memory" if self.memory else None}}
        if self.kind == "claim":
            return {"persistentVolumeClaim": {"claimName": self.claim_name(labels)}}
        if self.kind == "ephemeral":
            template = {"metadata": {"labels": dict(labels.all)}, "spec": self.claim_spec}
            return {"ephemeral": {"volumeClaimTemplate": template}}
        if self.kind == "projected":
            return {"projected": {"defaultMode": _FILE_MODE, "sources": [_projected(each) for each in self.sources]}}
        (source,) = self.sources
        if isinstance(source, Secret):
            items = [{"key": key, "path": key} for key in self.keys]
            return {"secret": {"secretName": source.name, "defaultMode": _FILE_MODE, "items": items or None}}
        assert isinstance(source, ConfigMap | ExistingConfigMap)
        return {"configMap": {"name": source.name}}

    @property
    def _is_whole(self) -> bool:
        """Whether it has what its kind needs, as those have that its factories make."""
        if self.kind in ("secret", "configMap"):
            kinds = Secret if self.kind == "secret" else ConfigMap | ExistingConfigMap
            return len(self.sources) == 1 and isinstance(self.sources[0], kinds)
        return self.kind not in ("claim", "ephemeral") or isinstance(
            self.storage, Storage if self.kind == "ephemeral" else Storage | ExistingClaim
        )

    @property
    def claim_spec(self) -> dict[str, Any]:
        """Of a claim that is to be made."""
        assert isinstance(self.storage, Storage)
        return {
            "accessModes": [self.access_mode],
            "storageClassName": self.storage.storage_class,
            "resources": {"requests": {"storage": self.storage.size}},
        }

    def problems(self) -> Iterator[str]:
        if not self._is_whole:
            yield f"kind {self.kind} lacks what it is made of; use Volume's methods, e.g. Volume.empty_dir('1Gi')"
        if self.kind == "emptyDir" and (problem := _quantity.problem(self.size)):
            yield f"size {problem}"
        yield from problems_of(self.storage)
        yield from problems_of(self.sources)
        if self.keys and isinstance(secret := next(iter(self.sources), None), Secret):
            yield from secret.missing(self.keys)
        if self.kind == "claim" and isinstance(self.storage, Storage):
            yield from name_problems(self.name)
            if self.access_mode == "ReadOnlyMany":
                yield "a new claim that is ReadOnlyMany stays empty; take ReadWriteMany, or an ExistingClaim"
        if self.kind == "projected" and not self.sources:
            yield "projected has no sources; name Secrets, ConfigMaps, a ServiceAccountToken or a DownwardAPI"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume at a path, and the option that says so."""

    option: str
    path: str
    volume: Volume

    @property
    def folder(self) -> str:
        return posixpath.normpath(self.path)

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")

    def problems(self) -> Iterator[str]:
        if not self.path.startswith("/"):
            yield f"path {self.path!r} does not begin with '/'"
        elif not self.path.strip("/"):
            yield f"path {self.path!r} is the root, which stays read-only; name the folders that are written to"
        elif ":" in self.path or ".." in self.path.split("/"):
            yield f"path {self.path!r} has ':' or '..', which Kubernetes refuses; write the folder's own path"


def _projected(source: ProjectedSource) -> dict[str, Any]:
    if isinstance(source, ServiceAccountToken | DownwardAPI):
        return source.source
    return {"secret" if isinstance(source, Secret) else "configMap": {"name": source.name}}


def _file_problems(path: str) -> Iterator[str]:
    if not _FILE.fullmatch(path) or ".." in path.split("/"):
        yield f"{path!r} is not a file's name in the volume; use letters, digits, '-', '_' and '.'"
