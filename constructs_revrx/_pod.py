"""The hardened pod: what Pod Security `restricted` admits, with a read-only root file system.

Source of the rules: Kubernetes, Pod Security Standards, Restricted; kubernetes/pod-security-admission, policy/.
"""

from collections.abc import Mapping
from typing import Any

from ._config_map import digest_annotation
from ._labels import Labels
from ._pods import Pods
from ._program import Program
from ._values import Image, Resources, RunAs

_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def hardened_pod(
    labels: Labels,
    *,
    image: Image,
    resources: Resources,
    program: Program,
    pods: Pods,
    run_as: RunAs = RunAs(),
    replicated: bool = False,
    port: int | None = None,
    port_name: str = "http",
    container: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] = {},
    **fields: Any,
) -> dict[str, Any]:
    """A pod template of one container, both named after the component, without a token of its ServiceAccount.

    Args:
        replicated: whether there are several, to be kept apart.
        container: more fields of Container, e.g. probes.
        fields: more fields of PodSpec, e.g. terminationGracePeriodSeconds.
    """
    mounts = program.mounts
    return {
        "metadata": {
            "labels": labels.all,
            # The user's first: what rolls the pods, and what keeps a drain from ending a backup, is not theirs to lose.
            "annotations": {**pods.annotations, **annotations, **digest_annotation(program.config_maps)} or None,
        },
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": labels.name,
                    "image": image.reference,
                    "imagePullPolicy": image.pull_policy,
                    "command": program.command or None,
                    "args": program.args or None,
                    "env": [{"name": name, "value": value} for name, value in program.env.items()] or None,
                    "envFrom": [source.environment_source for source in program.env_from] or None,
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
            "securityContext": _pod_security(run_as),
            "volumes": [{"name": mount.name, **mount.volume} for mount in mounts] or None,
            **pods.fields(labels, replicated=replicated),
            **fields,
        },
    }


def _pod_security(run_as: RunAs) -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": run_as.user,
        "runAsGroup": run_as.group,
        # The group owns volumes and secret files: without it a uid that is not root could read neither.
        "fsGroup": run_as.group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def pause(seconds: int) -> dict[str, Any] | None:
    """A preStop pause: exec, because the sleep action came with Kubernetes 1.30; the image must have `sleep`."""
    return {"preStop": {"exec": {"command": ["sleep", str(seconds)]}}} if seconds else None
