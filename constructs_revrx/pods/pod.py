"""The hardened pod: what Pod Security `restricted` admits, with a read-only root file system."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import inf
from typing import Any, TypeVar

from kubecheck.objects import quantity
from kubecheck.objects.version import SIDECARS, Version

from ..config.config_map import ConfigMap, ExistingConfigMap, digest_annotation
from ..config.rotation import revision_annotation
from ..config.secret import Secret
from ..core.errors import OptionProblem
from ..core.labels import Labels
from .container import Container
from .scheduling import Pods
from .security_context import RunAs
from .volumes.mount import Mount
from .volumes.source import EmptyDir, PersistentVolumeClaim
from .volumes.storage import Storage

_LONGEST_VOLUME_NAME = 63

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What a workload's pods hold.

    Args:
        main: the workload's own container, named after it.
        containers, init_containers: the user's, beside and before it.
        replicated: whether there are several, to be kept apart.
        annotations: the library's own, which the user's do not replace.
        grace: seconds from SIGTERM to SIGKILL; default what the slowest container's shutdown needs.
        fields: more fields of PodSpec, e.g. restartPolicy.
    """

    main: Container
    containers: Sequence[Container] = ()
    init_containers: Sequence[Container] = ()
    run_as: RunAs = RunAs()
    replicated: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict)
    grace: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _all(self) -> tuple[Container, ...]:
        return (self.main, *self.containers, *self.init_containers)

    @cached_property
    def _mounts(self) -> Mapping[str, list[Mount]]:
        """Of each container, by its name: made once, for two values of an empty folder are two folders."""
        return {container.name: container.mounts for container in self._all}

    @cached_property
    def _volumes(self) -> list[tuple[str, Mount]]:
        """The pod's volumes, each once, named after where it is mounted first."""
        volumes: list[tuple[str, Mount]] = []
        for container in self._all:
            for mount in self._mounts[container.name]:
                if not any(mount.volume.source == first.volume.source for _, first in volumes):
                    name = mount.name if container is self.main else f"{container.name}-{mount.name}"
                    volumes.append((name, mount))
        return volumes

    @property
    def claims(self) -> Iterator[PersistentVolumeClaim]:
        sources = (mount.volume.source for _, mount in self._volumes)
        return (source for source in sources if isinstance(source, PersistentVolumeClaim))

    @property
    def is_exclusive(self) -> bool:
        """Whether a volume keeps a second pod waiting."""
        return any(claim.is_exclusive for claim in self.claims)

    @cached_property
    def _sources(self) -> tuple[Any, ...]:
        """What all its variables and files are read from."""
        return tuple(source for container in self._all for source in container.sources)

    @property
    def secrets(self) -> list[Secret]:
        return [source for source in self._sources if isinstance(source, Secret)]

    @property
    def existing_config_maps(self) -> list[ExistingConfigMap]:
        return [source for source in self._sources if isinstance(source, ExistingConfigMap)]

    def template(self, labels: Labels, pods: Pods, kubernetes: Version) -> dict[str, Any]:
        """The PodTemplateSpec, without a token of its ServiceAccount."""
        return {
            "metadata": {
                "labels": labels.all,
                # The user's first, so that they replace none of the library's: digests that roll the pods, and what
                # keeps a node drain from ending a backup.
                "annotations": {
                    **pods.annotations,
                    **self.annotations,
                    **digest_annotation(self._config_maps),
                    **revision_annotation(self.secrets),
                }
                or None,
            },
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [self._container(each, kubernetes) for each in (self.main, *self.containers)],
                "initContainers": [self._container(each, kubernetes) for each in self.init_containers] or None,
                # Otherwise a Service named redis gives every pod REDIS_PORT=tcp://…, over what the program expects.
                "enableServiceLinks": False,
                "securityContext": self.run_as.security_context,
                "terminationGracePeriodSeconds": self.grace or self._grace,
                "volumes": [{"name": name, **mount.volume.source.manifest(labels)} for name, mount in self._volumes]
                or None,
                **pods.fields(labels, replicated=self.replicated),
                **self.fields,
            },
        }

    @property
    def _config_maps(self) -> list[ConfigMap]:
        return [*dict.fromkeys(source for source in self._sources if isinstance(source, ConfigMap))]

    @property
    def _grace(self) -> int | None:
        return max((container.shutdown.grace for container in self._all if container.shutdown), default=None)

    @property
    def _ephemeral_storage(self) -> Decimal | float:
        """The pod's limit: of the containers that run at once, or of an init container that has more."""
        ends = [each for each in self.init_containers if not each.restart_policy]
        runs = [each for each in self._all if not any(each is other for other in ends)]
        return max([sum(map(_ephemeral_storage, runs)), *map(_ephemeral_storage, ends)])

    def _container(self, container: Container, kubernetes: Version) -> dict[str, Any]:
        mounts = [
            {
                "name": next(name for name, first in self._volumes if first.volume.source == mount.volume.source),
                "mountPath": mount.path,
                "readOnly": mount.volume.is_read_only or None,
            }
            for mount in self._mounts[container.name]
        ]
        return container.manifest(mounts, kubernetes)

    def problems(self, namespace: str | None, kubernetes: Version) -> Iterator[OptionProblem]:
        """What is wrong with the containers as those of one pod in a namespace; what they say of themselves is not
        asked again.
        """
        yield from self._problems_in_pod(self.main, namespace)
        for option in ("containers", "init_containers"):
            for container in getattr(self, option):
                texts = [*self._problems_in_pod(container, namespace), *_kind_problems(container, option, kubernetes)]
                yield from (OptionProblem(option, f"{container.name}: {text}") for text in texts)
        yield from self._duplicates()
        yield from self._volume_name_problems()

    def _problems_in_pod(self, container: Container, namespace: str | None) -> Iterator[OptionProblem]:
        """Of a container's options: ConfigMaps that the pod cannot read, and folders that it can never fill.

        Source: Kubernetes documentation, Local ephemeral storage: emptyDirs count against the pod's limit.
        """
        for source in dict.fromkeys(source for source in container.sources if isinstance(source, ConfigMap)):
            if source.namespace != namespace:
                text = (
                    f"{source.name} is in the namespace {source.namespace}, where the pod cannot read it; make one in "
                    "its own chart"
                )
                yield OptionProblem("env_from, config_files", text)
        most = self._ephemeral_storage
        for mount in self._mounts[container.name]:
            volume = mount.volume.source
            if isinstance(volume, EmptyDir) and not volume.memory and (quantity.parse(volume.size) or 0) > most:
                text = (
                    f"{mount.path}: size {volume.size} is above the limit of ephemeral_storage in resources, at which "
                    "the pod is evicted; raise that, or lower the size"
                )
                yield OptionProblem(mount.option, text)

    def _duplicates(self) -> Iterator[OptionProblem]:
        names = (container.name for container in self._all)
        for name, times in Counter(names).items():
            if times > 1:
                text = f"{times} are named {name}, as the workload's own may be; rename one"
                yield OptionProblem("containers", text)
        ports = [(container.name, port, number) for container in self._all for port, number in container.ports.items()]
        for port, owners in _grouped((port, name) for name, port, _ in ports):
            if len(owners) > 1:
                text = f"{port} is a port of {' and '.join(owners)}, and a Service can mean only one; rename one"
                yield OptionProblem("ports", text)
        for number, owners in _grouped((number, f"{name}'s {port}") for name, port, number in ports):
            if len(owners) > 1:
                text = f"{number} is {' and '.join(owners)}, and a pod has one address; change one"
                yield OptionProblem("ports", text)
        claims = (each.name for each in self.claims if isinstance(each.claim, Storage))
        for claim, times in Counter(claims).items():
            if times > 1:
                text = f"{times} claims are named {claim}; give each its own, Volume.claim(…, name=…)"
                yield OptionProblem("volumes", text)

    def _volume_name_problems(self) -> Iterator[OptionProblem]:
        for name, mounts in _grouped(self._volumes):
            if len({mount.folder for mount in mounts}) > 1:
                paths = " and ".join(mount.path for mount in mounts)
                options = ", ".join(dict.fromkeys(mount.option for mount in mounts))
                yield OptionProblem(options, f"{paths} give two volumes the name {name}; rename one")
            if len(name) > _LONGEST_VOLUME_NAME:
                text = f"{mounts[0].path} is too long for a volume's name; give 63 characters at most"
                yield OptionProblem(mounts[0].option, text)


def _grouped(pairs: Iterable[tuple[K, V]]) -> Iterator[tuple[K, list[V]]]:
    """The values of each key."""
    values: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    yield from values.items()


def _ephemeral_storage(container: Container) -> Decimal | float:
    """Its limit; infinite when that is no quantity, which the container's resources tell."""
    return quantity.parse(container.resources.ephemeral_storage[1]) or inf


def _kind_problems(container: Container, option: str, kubernetes: Version) -> Iterator[str]:
    is_sidecar = container.restart_policy == "Always"
    if is_sidecar and option == "containers":
        yield "restart_policy: Always is an init container's, which it makes a sidecar; move it to init_containers"
    elif is_sidecar and kubernetes < SIDECARS:
        yield (
            f"restart_policy: sidecars came with Kubernetes {SIDECARS}, and the chart is for {kubernetes}; "
            f'say target_kubernetes(app, "{SIDECARS}") or later, or put it into containers'
        )
    elif option == "init_containers" and not is_sidecar:
        for name in container.probes:
            yield f"{name}: an init container that ends is not asked; leave it out, or make it a sidecar"
        if container.shutdown:
            yield "shutdown: an init container that ends has none; leave it out, or make it a sidecar"
