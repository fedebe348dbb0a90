"""Pods, and the fields of their containers that several checks read."""

from collections.abc import Mapping
from typing import Any

from .fields import Object, mapping, text

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
HOOKS = ("postStart", "preStop")

_GROUPS = {"", "apps", "batch"}


def group(o: Object) -> str:
    """The API group: "apps" of apps/v1, nothing of v1."""
    return text(o, "apiVersion").rpartition("/")[0]


def is_whole(o: Object) -> bool:
    """Whether pods are made of the object's template as it stands.

    Other operators than those of Kubernetes and Argo Rollouts add names, variables and volumes to it, as Knative does.
    """
    return group(o) in _GROUPS or (o["kind"] == "Rollout" and group(o) == "argoproj.io")


def is_sidecar(init_container: Mapping[str, Any]) -> bool:
    """Whether an init container runs beside the others (Kubernetes documentation, Sidecar Containers)."""
    return text(init_container, "restartPolicy") == "Always"


def handlers(container: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The probes and lifecycle hooks that a container has, by their field."""
    there = {probe: mapping(container, probe) for probe in PROBES if container.get(probe) is not None}
    hooks = mapping(container, "lifecycle")
    return there | {f"lifecycle.{hook}": mapping(hooks, hook) for hook in HOOKS if hooks.get(hook) is not None}
