"""The hardened pod: what Pod Security `restricted` admits, with a read-only root file system.

Source of the rules: Kubernetes, Pod Security Standards, Restricted; kubernetes/pod-security-admission, policy/.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from kubecheck.objects.version import SIDECARS, Version

from ..config.config_map import ConfigMap, ExistingConfigMap, digest_annotation
from ..config.rotation import revision_annotation
from ..config.secret import Secret
from ..core.labels import Labels
from .container import Container, name_problems, port_problems
from .run_as import RunAs
from .scheduling import Pods
from .storage import Storage
from .volume import Mount, Volume

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
                if not any(mount.volume.is_same(first.volume) for _, first in volumes):
                    name = mount.name if container is self.main else f"{container.name}-{mount.name}"
                    volumes.append((name, mount))
        return volumes

    @property
    def claims(self) -> Iterator[Volume]:
        return (mount.volume for _, mount in self._volumes if mount.volume.kind == "claim")

    @property
    def is_exclusive(self) -> bool:
        """Whether a volume keeps a second pod waiting."""
        return any(volume.is_exclusive for volume in self.claims)

    @property
    def secrets(self) -> Iterator[Secret]:
        return (secret for container in self._all for secret in container.secrets)

    @property
    def existing_config_maps(self) -> Iterator[ExistingConfigMap]:
        return (config_map for container in self._all for config_map in container.existing_config_maps)

    def template(self, labels: Labels, pods: Pods, kubernetes: Version) -> dict[str, Any]:
        """The PodTemplateSpec, without a token of its ServiceAccount."""
        return {
            "metadata": {
                "labels": labels.all,
                # The user's first: what rolls the pods, and what keeps a drain from ending a backup, is not theirs to
                # lose.
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
                "securityContext": _security(self.run_as),
                "terminationGracePeriodSeconds": self.grace or self._grace,
                "volumes": [{"name": name, **mount.volume.manifest(labels)} for name, mount in self._volumes] or None,
                **pods.fields(labels, replicated=self.replicated),
                **self.fields,
            },
        }

    @property
    def _config_maps(self) -> list[ConfigMap]:
        return [*dict.fromkeys(config_map for container in self._all for config_map in container.config_maps)]

    @property
    def _grace(self) -> int | None:
        return max((container.shutdown.grace for container in self._all if container.shutdown), default=None)

    def _container(self, container: Container, kubernetes: Version) -> dict[str, Any]:
        mounts = [
            {
                "name": next(name for name, first in self._volumes if first.volume.is_same(mount.volume)),
                "mountPath": mount.path,
                "readOnly": mount.volume.is_read_only or None,
            }
            for mount in self._mounts[container.name]
        ]
        return container.manifest(mounts, kubernetes)

    def problems(self, namespace: str | None, kubernetes: Version) -> Iterator[str]:
        """What is wrong with the options, with their names; namespace: the pod's."""
        yield from self.main.problems(namespace)
        for option in ("containers", "init_containers"):
            for container in getattr(self, option):
                where = f"{option}: {container.name}"
                yield from (f"{option}: {problem}" for problem in name_problems(container.name))
                yield from (f"{where}: ports: {problem}" for problem in port_problems(container.ports))
                yield from (f"{where}: {problem}" for problem in container.problems(namespace))
                yield from (f"{where}: {problem}" for problem in _kind_problems(container, option, kubernetes))
        yield from self._duplicates()
        yield from self._volume_name_problems()

    def _duplicates(self) -> Iterator[str]:
        names = (container.name for container in self._all)
        for name, times in Counter(names).items():
            if times > 1:
                yield f"containers: {times} are named {name}, as the workload's own may be; rename one"
        ports = [(container.name, port, number) for container in self._all for port, number in container.ports.items()]
        for port, owners in _grouped((port, name) for name, port, _ in ports):
            if len(owners) > 1:
                yield f"ports: {port} is a port of {' and '.join(owners)}, and a Service can mean only one; rename one"
        for number, owners in _grouped((number, f"{name}'s {port}") for name, port, number in ports):
            if len(owners) > 1:
                yield f"ports: {number} is {' and '.join(owners)}, and a pod has one address; change one"
        claims = (volume.name for volume in self.claims if isinstance(volume.storage, Storage))
        for claim, times in Counter(claims).items():
            if times > 1:
                yield f"volumes: {times} claims are named {claim}; give each its own, Volume.claim(…, name=…)"

    def _volume_name_problems(self) -> Iterator[str]:
        for name, mounts in _grouped(self._volumes):
            if len({mount.folder for mount in mounts}) > 1:
                paths = " and ".join(mount.path for mount in mounts)
                yield f"mounts: {paths} give two volumes the name {name}; rename one"
            if len(name) > _LONGEST_VOLUME_NAME:
                yield f"mounts: {mounts[0].path} is too long for a volume's name; give 63 characters at most"


def _grouped(pairs: Iterable[tuple[K, V]]) -> Iterator[tuple[K, list[V]]]:
    """The values of each key."""
    values: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    yield from values.items()


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


def _security(run_as: RunAs) -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": run_as.user,
        "runAsGroup": run_as.group,
        # The group owns volumes and secret files: without it a uid that is not root could read neither.
        "fsGroup": run_as.group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
