"""Staging is production with other numbers."""

from typing import Any

from .dist import ENVIRONMENTS, K8S, Object, documents, guards

# The guards are named after their namespace.
GUARDED = f"labels/{K8S}/name"

# Where objects of a kind may differ, beside their namespace: by what an environment's module of values says.
DIFFERENCES = {
    "ConfigMap": {"data"},
    "CronJob": {"image", "env/BACKUP_NAMESPACE"},
    "Deployment": {"image", "annotations/checksum/config"},
    "ExternalSecret": {"data/remoteRef/key"},
    "HorizontalPodAutoscaler": {"minReplicas", "maxReplicas", "metadata/annotations"},
    "Ingress": {"host", "hosts"},
    "LimitRange": {GUARDED},
    "Namespace": {"metadata/name", GUARDED},
    "NetworkPolicy": {GUARDED},
    "PersistentVolumeClaim": {"requests/storage"},
    "ResourceQuota": {"hard", GUARDED},
    "Role": {GUARDED},
    "RoleBinding": {"subjects", GUARDED},
    "StatefulSet": {"image"},
}


def by_name(objects: list[Object]) -> dict[tuple[str, str], Object]:
    return {(o["kind"], o["metadata"]["name"]): o for o in objects}


def differences(one: Any, other: Any, path: str = "") -> set[str]:
    """Paths at which two values differ; entries of env are named by their variable."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        return {d for key in keys for d in differences(one.get(key), other.get(key), f"{path}/{key}")}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {
            d
            for a, b in zip(one, other, strict=True)
            for d in differences(a, b, f"{path}/{a['name']}" if path.endswith("/env") else path)
        }
    return set() if one == other else {path}


def test_both_hold_the_same_kinds_and_names() -> None:
    staging, production = (by_name(documents(environment)) for environment in ENVIRONMENTS)
    assert staging.keys() == production.keys()


def test_they_differ_in_nothing_but_the_listed_fields() -> None:
    staging, production = (by_name(documents(environment)) for environment in ENVIRONMENTS)
    for key, ours in production.items():
        assert unexpected(key, staging[key], ours) == set(), key


def test_their_guards_differ_in_nothing_but_the_listed_fields() -> None:
    staging, production = (
        {(kind, "namespace" if kind == "Namespace" else name): o for (kind, name), o in by_name(guards(e)).items()}
        for e in ENVIRONMENTS
    )
    assert staging.keys() == production.keys()
    for key, ours in production.items():
        assert unexpected(key, staging[key], ours) == set(), key


def test_neither_is_named_in_the_other() -> None:
    for environment, foreign in (("staging", "production"), ("production", "staging")):
        for o in documents(environment):
            assert foreign not in str(o), (environment, o["kind"], o["metadata"]["name"])


def unexpected(key: tuple[str, str], staging: Object, production: Object) -> set[str]:
    allowed = {"namespace", f"{K8S}/instance", *DIFFERENCES.get(key[0], ())}
    paths = differences(staging, production)
    return {path for path in paths if not any(f"/{part}/" in f"{path}/" for part in allowed)}
