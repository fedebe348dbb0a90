"""Value objects: what a construct's options are made of.

Nothing here raises: a value knows what is wrong with it but not where it stands, so it yields its problems, the
construct adds the option's name, and `synth` adds the path and raises once with all of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from ipaddress import ip_network
from typing import Any

from . import _quantity
from ._calls import value_object
from ._kubernetes import SLEEP_ACTION, Version
from ._labels import label_problems

# Source: distribution/reference, regexp.go.
_DOMAIN = r"[a-zA-Z0-9]+([.-][a-zA-Z0-9]+)*(:\d+)?"
_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"({_DOMAIN}/)?{_COMPONENT}(/{_COMPONENT})*"
    r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(@(?P<digest>sha256:[a-f0-9]{64}))?"
)
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
DNS_LABEL = re.compile(_LABEL)
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_HOST = re.compile(rf"({_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?")


@value_object(kw_only=False)
class Image:
    """A container image.

    Args:
        reference: `ghcr.io/shop/api:1.4.2`, `…@sha256:…` or both. Without a tag, or with `latest`, it is refused.
    """

    reference: str

    @property
    def pull_policy(self) -> str:
        """Always for a tag, which its owner can move; IfNotPresent for a digest, which nobody can."""
        return "IfNotPresent" if "@" in self.reference else "Always"

    def problems(self) -> Iterator[str]:
        match = _IMAGE.fullmatch(self.reference)
        if match is None:
            yield f"{self.reference!r} is not an image reference; write name:tag or name@sha256:<64 hex digits>"
        elif match["digest"] is None and match["tag"] in (None, "latest"):
            yield f"{self.reference} can change under a running pod; give a version or a digest"


@value_object
class Resources:
    """What a container asks for and may use at most, each as (request, limit).

    Args:
        cpu: cores, `("250m", "1000m")`; with None as the limit a pod may use what its node has to spare, and the
            namespace's Quota and ContainerLimits must have None there as well.
        memory: bytes, `("512Mi", "2Gi")`; over its limit the container is killed.
        ephemeral_storage: logs and emptyDirs on disk; over its limit the pod is evicted. Default ("256Mi", "1Gi").
    """

    cpu: tuple[str, str | None]
    memory: tuple[str, str]
    ephemeral_storage: tuple[str, str] = ("256Mi", "1Gi")

    def problems(self) -> Iterator[str]:
        for name in ("cpu", "memory", "ephemeral_storage"):
            yield from _quantity.pair_problems(name, getattr(self, name))

    @property
    def manifest(self) -> dict[str, dict[str, str | None]]:
        pairs = {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": self.ephemeral_storage}
        return {
            "requests": {name: request for name, (request, _) in pairs.items()},
            "limits": {name: limit for name, (_, limit) in pairs.items()},
        }


@value_object
class Storage:
    """A volume that is made: a PersistentVolumeClaim.

    Args:
        size: a quantity, such as 20Gi.
        storage_class: the StorageClass that makes it; default gp3 (AWS EBS).
    """

    size: str
    storage_class: str = "gp3"

    def problems(self) -> Iterator[str]:
        if problem := _quantity.problem(self.size):
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


@value_object
class RunAs:
    """The uid and gid of a pod's processes and volumes; default 10001, above those of a node's own users.

    Another is for a data directory that another uid has written: Postgres refuses one that is not its own. The
    official images use 70:70 (postgres, alpine) and 999:1000 (redis, alpine).

    Args:
        user: the uid, 1 or more; default 10001.
        group: the gid, 1 or more, which also owns the volumes (fsGroup); default 10001.
    """

    user: int = 10001
    group: int = 10001

    def problems(self) -> Iterator[str]:
        for name in ("user", "group"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is root or none, which Pod Security restricted refuses"


@value_object
class Heartbeat:
    """A file that a worker touches while it works, and the age in minutes from which it counts as hung.

    `celery inspect ping` instead would import the application at each probe, and fail on a busy worker or a broker
    that is down, killing tasks (celery issue 4079).

    Args:
        file: its path, in a folder of `scratch`; default /tmp/heartbeat.
        max_age_minutes: 1 or more; default 2.
    """

    file: str = "/tmp/heartbeat"
    max_age_minutes: int = 2

    def problems(self) -> Iterator[str]:
        if self.max_age_minutes < 1:
            yield f"max_age_minutes {self.max_age_minutes} is below 1, the unit of find -mmin"


@value_object
class Shutdown:
    """How a pod ends without losing work, in seconds.

    Args:
        pause: the preStop pause, in which load balancers forget the pod while it still answers.
        drain: what the program then needs, after SIGTERM, to finish what it has begun.
        command: run instead of the pause, in exec form; `pause` is then the time that it may take. Only the kubelet's
            own pause, from a target_kubernetes of 1.30 on, needs no program in the image; before it is `sleep`.
    """

    pause: int
    drain: int
    command: Sequence[str] = ()

    @property
    def grace(self) -> int:
        """terminationGracePeriodSeconds: pause and drain, and a margin before SIGKILL."""
        return self.pause + self.drain + 5

    def lifecycle(self, kubernetes: Version) -> dict[str, Any] | None:
        """The container's Lifecycle; None without a pause."""
        if self.command:
            return {"preStop": {"exec": {"command": self.command}}}
        if not self.pause:
            return None
        if kubernetes >= SLEEP_ACTION:
            return {"preStop": {"sleep": {"seconds": self.pause}}}
        return {"preStop": {"exec": {"command": ["sleep", str(self.pause)]}}}

    def problems(self) -> Iterator[str]:
        for name in ("pause", "drain"):
            if getattr(self, name) < 0:
                yield f"{name} {getattr(self, name)} is negative; give seconds, 0 for none"
        if self.command and self.pause == 0:
            yield "pause 0 gives the command no time; give the seconds that it may take"


@value_object
class Monitoring:
    """Where the Prometheus Operator is, which reads the monitors and the alerts.

    Args:
        namespace: where its Prometheus runs, which alone may connect; default monitoring.
        labels: by which it picks up monitors and rules; default those of the chart kube-prometheus-stack.
    """

    namespace: str = "monitoring"
    labels: Mapping[str, str] = field(default_factory=lambda: {"release": "kube-prometheus-stack"})

    def problems(self) -> Iterator[str]:
        yield from (f"namespace: {problem}" for problem in namespace_problems(self.namespace))
        yield from (f"labels: {problem}" for problem in label_problems(self.labels))


def namespace_problems(name: str) -> Iterator[str]:
    """Source: Kubernetes documentation, Namespaces; DNS Label Names."""
    if not DNS_LABEL.fullmatch(name):
        yield f"{name!r} is not a namespace's name; use at most 63 lower-case letters, digits and '-'"


def name_problems(name: str) -> Iterator[str]:
    """Source: Kubernetes documentation, Object Names and IDs, DNS Subdomain Names."""
    if not _NAME.fullmatch(name) or len(name) > 253:
        yield f"{name!r} is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"


def host_name_problems(name: str) -> Iterator[str]:
    if not _HOST.fullmatch(name) or len(name) > 253:
        yield f"{name!r} is not a host name; write lower-case labels with dots between, e.g. app.example.com"


def cidr_problems(cidr: str) -> Iterator[str]:
    try:
        network = ip_network(cidr)
    except ValueError as error:
        yield f"{cidr!r} is not a CIDR ({error}); write the subnet and its mask, e.g. 10.0.0.0/16"
    else:
        if "/" not in cidr:
            yield f"{cidr!r} has no mask; write {network}, or the subnet's mask"
