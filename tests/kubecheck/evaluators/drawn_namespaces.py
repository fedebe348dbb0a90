"""Namespaces as anyone may write them, with quotas, a LimitRange and pods that fit into them or not."""

from random import Random
from typing import Any

from ..given import Object

_SIZES = {
    "cpu": ("0", "50m", "100m", "333m", 0.25, "1e-1", "0.5", 1, "1500m", "2"),
    "memory": ("0", "32Mi", "64Mi", "100M", "129e6", "128Mi", "0.5Gi", "1Gi", "2Gi"),
    "ephemeral-storage": ("0", "64Mi", "100M", "129e6", "0.5Gi", "2Gi"),
}
# What a LimitRange says, mostly in the order that the API server wants.
_BOUNDS = {
    "min": {"cpu": "50m", "memory": "32Mi", "ephemeral-storage": "64Mi"},
    "defaultRequest": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "100M"},
    "default": {"cpu": "0.5", "memory": "128Mi", "ephemeral-storage": "0.5Gi"},
    "max": {"cpu": "2", "memory": "1Gi", "ephemeral-storage": "2Gi"},
    "maxLimitRequestRatio": {"cpu": "10", "memory": "8", "ephemeral-storage": "16"},
}
_SCOPES: tuple[dict[str, Any], ...] = (
    {},
    {"scopes": ["BestEffort"]},
    {"scopes": ["NotBestEffort", "NotTerminating"]},
    {"scopes": ["Terminating"]},
    {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]}},
)
_PODS = ("pods", "count/pods")
_COMPUTE = ("cpu", "memory", "limits.cpu", "limits.memory")
_OTHERS = (
    *("requests.ephemeral-storage", "limits.ephemeral-storage", "requests.example.com/gpu", "services.nodeports"),
    *("services", "count/services", "requests.storage", "persistentvolumeclaims", "configmaps"),
    *(f"gold.storageclass.storage.k8s.io/{what}" for what in ("requests.storage", "persistentvolumeclaims")),
)


def namespace(random: Random, name: str) -> tuple[list[Object], list[Object]]:
    """What guards it, and what is to be admitted."""

    def made(kind: str, named: str, **fields: Any) -> Object:
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": named, "namespace": name}, **fields}

    guards = [made("LimitRange", "limits", spec={"limits": _limits(random)})]
    for number, scopes in enumerate(random.sample(_SCOPES, 3)):
        guards.append(made("ResourceQuota", f"quota-{number}", spec={"hard": _hard(random, scopes), **scopes}))
    admitted = [made("Pod", f"pod-{number}", spec=_pod(random)) for number in range(8)]
    for number in range(2):
        admitted.append(made("PersistentVolumeClaim", f"claim-{number}", spec=_claim(random)))
        service = {"type": random.choice(("ClusterIP", "NodePort", "LoadBalancer")), "ports": [{"port": 80}]}
        admitted.append(made("Service", f"service-{number}", spec=service))
    return guards, admitted


def _some(random: Random, share: float) -> list[str]:
    return [resource for resource in _SIZES if random.random() < share]


def _limits(random: Random) -> list[Object]:
    chosen = random.sample([*_BOUNDS], random.randint(1, 3))
    container = {bound: {what: _bound(random, bound, what) for what in _some(random, 0.5)} for bound in chosen}
    limits: list[Object] = [{"type": "Container", **container}]
    if random.random() < 0.4:
        limits.append({"type": "Pod", "max": {what: _SIZES[what][-1] for what in _some(random, 0.3)}})
    if random.random() < 0.4:
        limits.append({"type": "PersistentVolumeClaim", "max": {"storage": "5Gi"}})
    return limits


def _bound(random: Random, bound: str, what: str) -> Any:
    return random.choice(_SIZES[what]) if random.random() < 0.03 else _BOUNDS[bound][what]


def _hard(random: Random, scopes: dict[str, Any]) -> dict[str, str]:
    """No bound that is ever reached: what is used is what is compared."""
    keys = [*_PODS] if not scopes else ["pods"]
    if scopes.get("scopes") != ["BestEffort"]:
        keys += [key for key in _COMPUTE if random.random() < 0.2]
    return dict.fromkeys([*keys, *(() if scopes else _OTHERS)], "1e15")


def _resources(random: Random) -> Object:
    resources = {side: {what: random.choice(_SIZES[what]) for what in _some(random, 0.8)} for side in _sides(random)}
    for what in sorted(resources.get("requests", {}).keys() & resources.get("limits", {}).keys()):
        if random.random() < 0.9:
            resources["requests"][what] = resources["limits"][what]
    if random.random() < 0.15:
        for side in ("requests", "limits"):
            resources.setdefault(side, {})["example.com/gpu"] = "1"
    return resources


def _sides(random: Random) -> list[str]:
    return [side for side in ("requests", "limits") if random.random() < 0.8]


def _pod(random: Random) -> Object:
    def container(name: str, **fields: Any) -> Object:
        return {"name": name, "image": "example.com/app:1", "resources": _resources(random), **fields}

    spec: Object = {"containers": [container(f"c{number}") for number in range(random.randint(1, 2))]}
    sidecar = {"restartPolicy": "Always"}
    spec["initContainers"] = [
        container(f"i{number}", **(sidecar if random.random() < 0.5 else {}))
        for number in range(random.choice((0, 0, 1, 3)))
    ]
    if random.random() < 0.2:
        spec["activeDeadlineSeconds"] = 600
    if random.random() < 0.2:
        spec["priorityClassName"] = "drawn"
    if random.random() < 0.2:
        spec["runtimeClassName"] = "drawn"
    return spec


def _claim(random: Random) -> Object:
    size = random.choice(("1Gi", "1e9", "0.3Gi", "10Gi", "1500000000500m"))
    storage_class = {"storageClassName": "gold"} if random.random() < 0.5 else {}
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **storage_class}
