"""Objects that a check is given, no more of them than it reads."""

from collections.abc import Iterable
from typing import Any

from kubecheck import Check, Cluster, Finding

Object = dict[str, Any]


def o(kind: str, name: str = "a", *, namespace: str = "shop", annotations: Any = None, **fields: Any) -> Object:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace, "annotations": annotations}, **fields}


def workload(kind: str = "Deployment", name: str = "a", *, pod: Any = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": pod or {"containers": []}}
    if kind == "CronJob":
        return o(kind, name, spec={"jobTemplate": {"spec": {"template": template, **spec}}})
    return o(kind, name, spec={"template": template, **spec})


def container(**fields: Any) -> Object:
    return {"containers": [{"name": "c", **fields}]}


def texts(check: Check, objects: Iterable[Object], **known: Any) -> list[str]:
    """What a check finds. known: what the Cluster knows beside its objects."""
    return [found.text for found in check.findings(Cluster(objects=[*objects], **known)) if isinstance(found, Finding)]
