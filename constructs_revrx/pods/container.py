"""A container: what it runs, and what it finds in its pod."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import combinations
from typing import Any, Literal

from kubecheck.objects.names import DNS_LABEL
from kubecheck.objects.version import Version

from ..config.config_map import ConfigMap, ExistingConfigMap
from ..config.secret import Secret
from ..core.calls import value_object
from ..core.component import problems_of
from .image import Image
from .probe import Probe
from .resources import Resources
from .shutdown import Shutdown
from .volume import Mount, Volume

# What env_from takes.
Source = Secret | ConfigMap | ExistingConfigMap
# What config_files takes.
Files = ConfigMap | ExistingConfigMap

DEFAULT_SCRATCH: Mapping[str, str] = {"/tmp": "64Mi"}

_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}

_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
# RFC 6335, 5.1: what Kubernetes takes for a port's name.
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


@value_object
class Container:
    """A container beside a workload's own, or before it; hardened as that one is. Nothing is asked of it by default.

    Args:
        name: unlike those of the pod's other containers; the workload's own has the workload's name.
        image: the container's image.
        resources: of this container; a pod counts for the sum of its containers, or for the init container that asks
            for more than they do (Kubernetes documentation, Init Containers and Sidecar Containers, resource sharing).
        command, args: instead of the image's own; in exec form, a text an argument.
        env: plain settings; a value may refer to earlier ones, and to those of env_from, by `$(NAME)`.
        env_from: ConfigMaps and Secrets whose keys become environment variables.
        secret_files: Secrets mounted below /run/secrets, a file a key, readable by the container's group only (0440).
        config_files: folders to ConfigMaps, a file a key; a change of theirs rolls the pods.
        scratch: folders of its own that can be written to and go with the pod, path to size; default /tmp with 64Mi.
        volumes: other volumes, by path. A Volume that another container mounts too is shared with it.
        ports: TCP ports it listens on, by name; all containers of a pod share one address, so no port twice.
        startup, readiness, liveness: probes of its own ports, by default of the first; default none. One that is not
            ready takes the whole pod out of its Service. Not for an init container, unless it is a sidecar.
        shutdown: how long it needs to end; the pod's grace period is that of its slowest container.
        restart_policy: Always makes an init container a sidecar: it starts before the pod's containers, runs beside
            them, ends after them, and keeps no Job from completing. Since Kubernetes 1.29.
    """

    name: str
    image: Image
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_from: Sequence[Source] = ()
    secret_files: Sequence[Secret] = ()
    config_files: Mapping[str, Files] = field(default_factory=dict)
    scratch: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_SCRATCH))
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    shutdown: Shutdown | None = None
    restart_policy: Literal["Always"] | None = None

    @property
    def config_maps(self) -> Iterator[ConfigMap]:
        """Those whose change must roll the pods."""
        mounted = (source for mount in self.mounts for source in mount.volume.sources)
        for source in (*self.env_from, *mounted):
            if isinstance(source, ConfigMap):
                yield source

    @property
    def secrets(self) -> Iterator[Secret]:
        mounted = (source for mount in self.mounts for source in mount.volume.sources)
        return (source for source in (*self.env_from, *mounted) if isinstance(source, Secret))

    @property
    def existing_config_maps(self) -> Iterator[ExistingConfigMap]:
        mounted = (source for mount in self.mounts for source in mount.volume.sources)
        for source in (*self.env_from, *mounted):
            if isinstance(source, ExistingConfigMap):
                yield source

    @property
    def mounts(self) -> list[Mount]:
        return [
            *(Mount(option="volumes", path=path, volume=volume) for path, volume in self.volumes.items()),
            *(Mount(option="scratch", path=path, volume=Volume.empty_dir(size)) for path, size in self.scratch.items()),
            *(
                Mount(option="secret_files", path=secret.directory, volume=Volume.secret(secret))
                for secret in self.secret_files
            ),
            *(
                Mount(option="config_files", path=path, volume=Volume.config_map(config_map))
                for path, config_map in self.config_files.items()
            ),
        ]

    @property
    def probes(self) -> dict[str, Probe]:
        probes = {"startup": self.startup, "readiness": self.readiness, "liveness": self.liveness}
        return {option: probe for option, probe in probes.items() if probe is not None}

    def manifest(self, volume_mounts: Sequence[Mapping[str, Any]], kubernetes: Version) -> dict[str, Any]:
        """The Container of the API, with its mounts as the pod has named them."""
        return {
            "name": self.name,
            "image": self.image.reference,
            "imagePullPolicy": self.image.pull_policy,
            "command": self.command or None,
            "args": self.args or None,
            "env": [{"name": name, "value": value} for name, value in self.env.items()] or None,
            "envFrom": [source.environment_source for source in self.env_from] or None,
            "ports": [{"name": name, "containerPort": port, "protocol": "TCP"} for name, port in self.ports.items()]
            or None,
            "resources": self.resources.manifest,
            "restartPolicy": self.restart_policy,
            "securityContext": _SECURITY,
            "volumeMounts": volume_mounts or None,
            "lifecycle": self.shutdown and self.shutdown.lifecycle(kubernetes),
            **{f"{option}Probe": probe.manifest(self.ports) for option, probe in self.probes.items()},
        }

    def problems(self, namespace: str | None) -> Iterator[str]:
        """What is wrong with the options, with their names; namespace: the pod's."""
        yield from self._value_problems()
        yield from self.program_problems(namespace)

    def _value_problems(self) -> Iterator[str]:
        """What the options' values say of themselves."""
        for option in (
            "image",
            "resources",
            "env_from",
            "secret_files",
            "shutdown",
            "startup",
            "readiness",
            "liveness",
        ):
            yield from (f"{option}: {problem}" for problem in problems_of(getattr(self, option)))
        for path, volume in self.volumes.items():
            yield from (f"volumes: {path}: {problem}" for problem in volume.problems())

    def program_problems(self, namespace: str | None) -> Iterator[str]:
        """What is wrong with how the program is run, and with what it finds there."""
        for name in self.env:
            if not _VARIABLE.fullmatch(name):
                yield f"env: {name!r} is not a variable's name; use letters, digits, '-', '_' and '.'"
        for config_map in dict.fromkeys(self.config_maps):
            if config_map.namespace != namespace:
                yield (
                    f"env_from, config_files: {config_map.name} is in the namespace {config_map.namespace}, where the "
                    "pod cannot read it; make one in its own chart"
                )
        for option, probe in self.probes.items():
            yield from (f"{option}: {problem}" for problem in probe.port_problems(self.ports))
        if self.liveness and self.readiness and self.liveness.asks_the_same(self.readiness):
            yield "liveness: it asks what readiness asks, so what makes pods unready would also restart them; ask less"
        yield from self._mount_problems()

    def _mount_problems(self) -> Iterator[str]:
        mounts = self.mounts
        for mount in mounts:
            yield from (f"{mount.option}: {problem}" for problem in mount.problems())
            if mount.option in ("scratch", "config_files"):
                yield from (f"{mount.option}: {mount.path}: {problem}" for problem in mount.volume.problems())
        for one, other in combinations(mounts, 2):
            outer, inner = sorted((one, other), key=lambda mount: len(mount.folder))
            if outer.folder == inner.folder:
                options = " and ".join(dict.fromkeys(mount.option for mount in (one, other)))
                yield f"mounts: {outer.folder} is given twice, by {options}; a folder holds one volume"
            elif outer.folder != "/" and inner.folder.startswith(f"{outer.folder}/"):
                yield (
                    f"mounts: {inner.path} lies inside the volume {outer.path}, where it would hide files or find no "
                    "place to be mounted; mount them beside each other"
                )


def name_problems(name: str) -> Iterator[str]:
    if not DNS_LABEL.fullmatch(name):
        yield f"{name!r} is not a container's name; use at most 63 lower-case letters, digits and '-'"


def port_problems(ports: Mapping[str, int]) -> Iterator[str]:
    for name, port in ports.items():
        if not _PORT_NAME.fullmatch(name):
            yield f"{name!r} is not a port's name; use at most 15 lower-case letters, digits and '-'"
        yield from (f"{name} {problem}" for problem in port_number_problems(port))


def port_number_problems(port: int) -> Iterator[str]:
    if not 1024 <= port <= 65535:
        yield f"{port} is not from 1024 to 65535; below that a program needs privileges it does not have"
