"""A container: a program with a name, an image and resources, and what the kubelet asks of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from kubecheck.objects.names import DNS_LABEL
from kubecheck.objects.version import Version

from ..core.calls import value_object
from ..core.errors import OptionProblem
from .image import Image
from .probe import Probe, probe_problems
from .program import Program
from .resources import Resources
from .security_context import CONTAINER
from .shutdown import Shutdown

# RFC 6335, 5.1: what Kubernetes takes for a port's name.
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")


@value_object
class Container(Program):
    """A container beside a workload's own, or before it; hardened as that one is. Nothing is asked of it by default.

    Args:
        name: unlike those of the pod's other containers; the workload's own has the workload's name.
        image: the container's image.
        resources: of this container; a pod counts for the sum of its containers, or for the init container that asks
            for more than they do (Kubernetes documentation, Init Containers and Sidecar Containers, resource sharing).
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
    ports: Mapping[str, int] = field(default_factory=dict)
    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    shutdown: Shutdown | None = None
    restart_policy: Literal["Always"] | None = None

    @property
    def told_as(self) -> str:
        return self.name

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
            "securityContext": CONTAINER,
            "volumeMounts": volume_mounts or None,
            "lifecycle": self.shutdown and self.shutdown.lifecycle(kubernetes),
            **{f"{option}Probe": probe.manifest(self.ports) for option, probe in self.probes.items()},
        }

    def problems(self) -> Iterator[str]:
        if not DNS_LABEL.fullmatch(self.name):
            yield f"{self.name!r} is not a container's name; use at most 63 lower-case letters, digits and '-'"
        yield from super().problems()
        yield from (OptionProblem("ports", problem) for problem in port_problems(self.ports))
        yield from probe_problems(self.probes, self.ports)


def port_problems(ports: Mapping[str, int]) -> Iterator[str]:
    for name, port in ports.items():
        if not _PORT_NAME.fullmatch(name):
            yield f"{name!r} is not a port's name; use at most 15 lower-case letters, digits and '-'"
        yield from (f"{name} {problem}" for problem in port_number_problems(port))


def port_number_problems(port: int) -> Iterator[str]:
    if not 1024 <= port <= 65535:
        yield f"{port} is not from 1024 to 65535; below that a program needs privileges it does not have"
