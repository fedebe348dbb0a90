"""Volumes: what a container may mount beside its scratch folders."""

from dataclasses import field, replace

from ...config.config_map import ConfigMap, ExistingConfigMap
from ...config.secret import Secret
from ...core.calls import value_object
from .source import (
    ConfigMapFiles,
    EmptyDir,
    Ephemeral,
    PersistentVolumeClaim,
    Projected,
    ProjectedSource,
    SecretFiles,
    VolumeSource,
)
from .storage import AccessMode, ExistingClaim, Storage


@value_object
class Volume:
    """What is mounted at a path of a container; made by `empty_dir`, `claim`, `ephemeral`, `secret`, `config_map` or
    `projected`.

    One value that two containers of a pod mount is one volume, which they share; so is a claim, Secret or ConfigMap
    that two values name. Two values of `empty_dir` or `ephemeral` are two volumes.

    Source: Kubernetes documentation, Volumes; Pod Security Standards, Restricted (volume types).

    Args:
        source, is_read_only: set by those six.
    """

    source: VolumeSource = field(metadata={"told_as": ""})
    is_read_only: bool = False

    @classmethod
    def empty_dir(cls, size: str, *, memory: bool = False) -> "Volume":
        """An empty folder that goes with the pod.

        Args:
            size: a quantity, e.g. 1Gi; over it the pod is evicted.
            memory: never on disk, and counted against the memory limits of the containers that write to it.
        """
        return cls(source=EmptyDir(size=size, memory=memory))

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
        source = PersistentVolumeClaim(claim=claim, name=name, access_mode=access_mode)
        return cls(source=source, is_read_only=access_mode == "ReadOnlyMany")

    @classmethod
    def ephemeral(cls, storage: Storage) -> "Volume":
        """A volume of its own for each pod, made and deleted with it: for more than a node's disk has to spare.

        A pod of a Job is deleted with its Job, not when it ends; until then its volume costs, and counts in the quota.
        Where runs follow one another, a `claim` is one volume for all of them.

        Args:
            storage: its size and class.
        """
        return cls(source=Ephemeral(storage=storage))

    @classmethod
    def secret(cls, secret: Secret, *, keys: tuple[str, ...] = ()) -> "Volume":
        """A Secret's keys as files at a path of your own; `secret_files` mounts it below /run/secrets.

        Args:
            secret: the one that is meant.
            keys: those that are mounted, for a program that is to see no others; default all. A pod does not start
                while one of them is missing.
        """
        return cls(source=SecretFiles(secret=secret, keys=keys), is_read_only=True)

    @classmethod
    def config_map(cls, config_map: ConfigMap | ExistingConfigMap) -> "Volume":
        """A ConfigMap's keys as files, as `config_files` has it.

        Args:
            config_map: one of this chart, or one that exists.
        """
        return cls(source=ConfigMapFiles(config_map=config_map), is_read_only=True)

    @classmethod
    def projected(cls, *sources: ProjectedSource) -> "Volume":
        """Several sources in one folder.

        Args:
            sources: Secrets, ConfigMaps, ServiceAccountToken, DownwardAPI.
        """
        return cls(source=Projected(sources=sources), is_read_only=True)

    def read_only(self) -> "Volume":
        """The same volume, for a container that only reads it."""
        return replace(self, is_read_only=True)
