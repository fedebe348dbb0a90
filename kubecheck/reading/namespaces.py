"""The namespace of objects that say none, as most of what Helm writes: kubectl's -n gives it, or the context."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..objects.fields import Object, at, entries, mapping, text
from ..objects.scope import is_cluster_scoped, is_namespaced, scopes

_DEFAULT = "default"


@dataclass(frozen=True)
class Placed:
    """Objects, those in a namespace whose kind is namespaced, and no others.

    namespace: what those have got that said none.
    count: how many they are.
    """

    objects: list[Object]
    namespace: str
    count: int


def placed(objects: list[Object], namespace: str = "") -> Placed:
    """All that say no namespace are put into one.

    Args:
        namespace: default the one that the objects name most often, since a release's bindings name its own; `default`,
            as kubectl has it, when they name none.
    """
    namespace = namespace or next(iter(Counter(_named(objects)).most_common(1)), (_DEFAULT, 0))[0]
    defined = scopes(objects)
    count = 0
    found: list[Object] = []
    for o in objects:
        metadata = mapping(o, "metadata")
        if metadata and not metadata.get("namespace") and is_namespaced(o, defined):
            found.append({**o, "metadata": {**metadata, "namespace": namespace}})
            count += 1
        elif "namespace" in metadata and is_cluster_scoped(o, defined):
            # The API server takes it away (apiserver, EnsureObjectNamespaceMatchesRequestNamespace).
            found.append({**o, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}})
        else:
            found.append(o)
    return Placed(found, namespace, count)


def _named(objects: Iterable[Object]) -> Iterator[str]:
    for o in objects:
        subjects: Iterable[Mapping[str, Any]] = entries(o, "subjects")
        hooks = [at(hook, "clientConfig", "service") for hook in entries(o, "webhooks")]
        for each in (at(o, "metadata"), *subjects, *hooks):
            if name := text(each, "namespace"):
                yield name
