"""What a volume is made of, as the API names it: the VolumeSources that Pod Security `restricted` allows."""

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from kubecheck.objects import quantity
from kubecheck.objects.names import name_problems

from ...config.config_map import ConfigMap, ExistingConfigMap
from ...config.secret import Secret
from ...core.calls import value_object
from ...core.labels import Labels
from .projected import DownwardAPI, ServiceAccountToken
from .storage import AccessMode, ExistingClaim, Storage

ProjectedSource = Secret | ConfigMap | ExistingConfigMap | ServiceAccountToken | DownwardAPI

# Readable by the container's group only.
_FILE_MODE = 0o440


class VolumeSource:
    """What all of them answer."""

    @property
    def files(self) -> tuple[ProjectedSource, ...]:
        """What its files are read from."""
        return ()

    def manifest(self, labels: Labels) -> dict[str, Any]:
        """The Volume of the API, but for its name; labels: the workload's."""
        raise NotImplementedError


@value_object
class EmptyDir(VolumeSource):
    size: str
    memory: bool = False
    # Tells apart those that look the same and hold other files.
    identity: object = field(default_factory=object, repr=False)

    def manifest(self, labels: Labels) -> dict[str, Any]:  # noqa: ARG002
        return {"emptyDir": {"sizeLimit": self.size, "medium": "Memory" if self.memory else None}}

    def problems(self) -> Iterator[str]:
        if problem := quantity.problem(self.size):
            yield f"size {problem}"


@value_object
class PersistentVolumeClaim(VolumeSource):
    """claim: how one is made, or one that exists; name: of one that is made."""

    claim: Storage | ExistingClaim
    name: str
    access_mode: AccessMode

    @property
    def is_exclusive(self) -> bool:
        """Whether pods of two nodes, or two pods at all, cannot have it at once."""
        return self.access_mode in ("ReadWriteOnce", "ReadWriteOncePod")

    def claim_name(self, labels: Labels) -> str:
        return self.claim.name if isinstance(self.claim, ExistingClaim) else f"{labels.name}-{self.name}"

    def manifest(self, labels: Labels) -> dict[str, Any]:
        return {"persistentVolumeClaim": {"claimName": self.claim_name(labels)}}

    def problems(self) -> Iterator[str]:
        if isinstance(self.claim, Storage):
            yield from name_problems(self.name)
            if self.access_mode == "ReadOnlyMany":
                yield "a new claim that is ReadOnlyMany stays empty; take ReadWriteMany, or an ExistingClaim"


@value_object
class Ephemeral(VolumeSource):
    storage: Storage
    identity: object = field(default_factory=object, repr=False)

    def manifest(self, labels: Labels) -> dict[str, Any]:
        template = {"metadata": {"labels": dict(labels.all)}, "spec": self.storage.claim_spec("ReadWriteOnce")}
        return {"ephemeral": {"volumeClaimTemplate": template}}


@value_object
class SecretFiles(VolumeSource):
    """keys: those that are mounted; none for all."""

    secret: Secret
    keys: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[ProjectedSource, ...]:
        return (self.secret,)

    def manifest(self, labels: Labels) -> dict[str, Any]:  # noqa: ARG002
        items = [{"key": key, "path": key} for key in self.keys]
        return {"secret": {"secretName": self.secret.name, "defaultMode": _FILE_MODE, "items": items or None}}

    def problems(self) -> Iterator[str]:
        yield from self.secret.missing_problems(self.keys)


@value_object
class ConfigMapFiles(VolumeSource):
    config_map: ConfigMap | ExistingConfigMap

    @property
    def files(self) -> tuple[ProjectedSource, ...]:
        return (self.config_map,)

    def manifest(self, labels: Labels) -> dict[str, Any]:  # noqa: ARG002
        return {"configMap": {"name": self.config_map.name}}


@value_object
class Projected(VolumeSource):
    sources: tuple[ProjectedSource, ...]

    @property
    def files(self) -> tuple[ProjectedSource, ...]:
        return self.sources

    def manifest(self, labels: Labels) -> dict[str, Any]:  # noqa: ARG002
        return {"projected": {"defaultMode": _FILE_MODE, "sources": [_projected(each) for each in self.sources]}}

    def problems(self) -> Iterator[str]:
        if not self.sources:
            yield "projected has no sources; name Secrets, ConfigMaps, a ServiceAccountToken or a DownwardAPI"


def _projected(source: ProjectedSource) -> dict[str, Any]:
    if isinstance(source, ServiceAccountToken | DownwardAPI):
        return source.source
    return {"secret" if isinstance(source, Secret) else "configMap": {"name": source.name}}
