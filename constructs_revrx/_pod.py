"""The hardened pod: what Pod Security `restricted` admits, with a read-only root file system.

Source of the rules: Kubernetes, Pod Security Standards, Restricted; kubernetes/pod-security-admission, policy/.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _quantity
from ._config_map import ConfigMap, digest_annotation
from ._labels import Labels
from ._secrets import Secret
from ._values import Image, Resources

# Above 10000, so that it is no user of the node (CKV_K8S_40, KSV-0020 and -0021).
UID = 10001

_POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": UID,
    "runAsGroup": UID,
    # The group owns volumes and secret files: without it a uid that is not root could read neither.
    "fsGroup": UID,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}

_LONGEST_VOLUME_NAME = 63

# What env_from takes.
Source = Secret | ConfigMap

DEFAULT_SCRATCH: Mapping[str, str] = {"/tmp": "64Mi"}


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume and where the container sees it."""

    path: str
    volume: Mapping[str, Any]
    read_only: bool = False

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")


def scratch_mounts(sizes: Mapping[str, str], *, medium: str | None = None) -> list[Mount]:
    """Writable folders that go with the pod, path to size limit; medium Memory counts against the memory limit."""
    return [
        Mount(path=path, volume={"emptyDir": {"sizeLimit": size, "medium": medium}}) for path, size in sizes.items()
    ]


def secret_mounts(secrets: Sequence[Secret]) -> list[Mount]:
    """Each Secret as a folder of files, readable by the container's group only (0440)."""
    return [
        Mount(
            path=secret.directory,
            volume={"secret": {"secretName": secret.name, "defaultMode": 0o440}},
            read_only=True,
        )
        for secret in secrets
    ]


def mount_problems(mounts: Sequence[Mount]) -> Iterator[str]:
    """Of the options `scratch` and `secret_files`: paths, sizes, and the volumes' names, which come from the paths."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for mount in mounts:
        by_name[mount.name].append(mount.path)
        if not mount.path.startswith("/"):
            yield f"scratch: path {mount.path!r} does not begin with '/'"
        size = mount.volume.get("emptyDir", {}).get("sizeLimit")
        if size is not None and (problem := _quantity.problem(size)):
            yield f"scratch: size of {mount.path} {problem}"
    for name, paths in by_name.items():
        if len(paths) > 1:
            yield f"scratch, secret_files: {' and '.join(paths)} give two volumes the name {name}; rename one"
        if len(name) > _LONGEST_VOLUME_NAME:
            yield f"scratch, secret_files: {paths[0]} is too long for a volume's name; give 63 characters at most"


def hardened_pod(
    labels: Labels,
    *,
    image: Image,
    resources: Resources,
    command: Sequence[str] = (),
    args: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    env_from: Sequence[Source] = (),
    mounts: Sequence[Mount] = (),
    port: int | None = None,
    port_name: str = "http",
    container: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A pod template of one container, both named after the component, with its ServiceAccount and no token of it.

    Args:
        env: keeps its order: a value may refer to those before it, and to env_from's, by $(NAME).
        container: more fields of Container, e.g. probes.
        fields: more fields of PodSpec, e.g. terminationGracePeriodSeconds.
    """
    config_maps = [source for source in env_from if isinstance(source, ConfigMap)]
    return {
        "metadata": {
            "labels": labels.all,
            "annotations": {**digest_annotation(config_maps), **(annotations or {})} or None,
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": labels.name,
                    "image": image.reference,
                    "imagePullPolicy": image.pull_policy,
                    "command": command or None,
                    "args": args or None,
                    "env": [{"name": name, "value": value} for name, value in (env or {}).items()] or None,
                    "envFrom": [source.environment_source for source in env_from] or None,
                    "ports": port and [{"name": port_name, "containerPort": port, "protocol": "TCP"}],
                    "resources": resources.manifest,
                    "securityContext": _CONTAINER_SECURITY,
                    "volumeMounts": [
                        {"name": mount.name, "mountPath": mount.path, "readOnly": mount.read_only or None}
                        for mount in mounts
                    ]
                    or None,
                    **(container or {}),
                }
            ],
            # Otherwise a Service named redis gives every pod REDIS_PORT=tcp://…, over what the program expects there.
            "enableServiceLinks": False,
            "securityContext": _POD_SECURITY,
            "serviceAccountName": labels.name,
            "volumes": [{"name": mount.name, **mount.volume} for mount in mounts] or None,
            **fields,
        },
    }


def pause(seconds: int) -> dict[str, Any] | None:
    """A preStop pause: exec, because the sleep action came with Kubernetes 1.30; the image must have `sleep`."""
    return {"preStop": {"exec": {"command": ["sleep", str(seconds)]}}} if seconds else None


def spread(labels: Labels) -> dict[str, Any]:
    """Replicas apart from each other, over zones and over nodes: wished for, so that a small cluster still runs them.

    Both forms, because scanners accept one or the other (kube-score the first, Polaris the second).
    """
    selector = {"matchLabels": labels.selector}
    return {
        "affinity": {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "weight": 100,
                        "podAffinityTerm": {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"},
                    }
                ]
            }
        },
        "topologySpreadConstraints": [
            {
                "labelSelector": selector,
                # Only pods of the same revision count, or the old ones would skew where a rollout's new ones go.
                "matchLabelKeys": ["pod-template-hash"],
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }
