"""The fields of objects, read without trust: anyone may have written them, and anything may stand anywhere."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .selectors import LabelIndex, Selector, as_text

Object = Mapping[str, Any]

# Where each kind keeps its pod template.
_TEMPLATES = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), ("spec", "template")),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


def at(value: Any, *path: str) -> Any:
    """What stands at the path; None when there is nothing, or something else on the way."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Any, *path: str) -> str:
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def mapping(value: Any, *path: str) -> Mapping[str, Any]:
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def entries(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings in a list."""
    found = at(value, *path)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def canonical(value: Any) -> str:
    """A text that is the same for the same value, in whichever order its keys stand. Keys may be anything."""
    return json.dumps(_with_text_keys(value), sort_keys=True, default=str)


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value


def name(o: Object) -> str:
    """Or what the API server makes a name of, where it is to make one."""
    return _metadata(o, "name") or _metadata(o, "generateName")


def namespace(o: Object) -> str:
    """Empty for what is cluster-scoped, and in a chart that has none."""
    return _metadata(o, "namespace")


def _metadata(o: Object, field: str) -> str:
    """What every check asks of every object; `text` takes twice as long."""
    metadata = o.get("metadata") if isinstance(o, dict) else None
    found = metadata.get(field) if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def title(o: Object) -> str:
    return f"{o['kind']} {name(o)}"


def pod_template(o: Object) -> Mapping[str, Any]:
    if path := _TEMPLATES.get(o["kind"]):
        return mapping(o, *path)
    if o["kind"] == "Pod":
        return o
    template = mapping(o, "spec", "template")  # of a custom resource, such as Argo's Rollout
    return template if entries(template, "spec", "containers") else {}


def containers(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*entries(template, "spec", "initContainers"), *entries(template, "spec", "containers")]


class PodIndex:
    """The pod templates of all objects, to be found by a selector."""

    def __init__(self, objects: Iterable[Object]) -> None:
        found: dict[str, list[tuple[Mapping[str, str], Mapping[str, Any]]]] = defaultdict(list)
        for o in objects:
            if template := pod_template(o):
                found[namespace(o)].append((as_text(at(template, "metadata", "labels")), template))
        self._by_namespace = {there: LabelIndex(templates) for there, templates in found.items()}

    def selected(self, namespace: str, selector: Selector) -> Sequence[Mapping[str, Any]]:
        index = self._by_namespace.get(namespace)
        return index.selected(selector) if index else ()


def full_name(kind: str, namespace: str | None, name: str) -> str:
    """How a text names an object: KIND/NAMESPACE/NAME, or KIND/NAME without a namespace."""
    return "/".join(filter(None, (kind, namespace, name)))
