"""The namespace of objects that say none, as most of what Helm writes: kubectl's -n gives it, or the context."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..objects.fields import Object, at, entries, mapping, name, text
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


def placed(objects: list[Object], namespace: str = "", *, is_release: bool = False) -> Placed:
    """All that say no namespace are put into one.

    Args:
        namespace: default the one in which bindings and webhooks look for these objects; else `default`, as kubectl has
            it.
        is_release: whether Helm wrote them, so that others of the release may name its namespace.
    """
    defined = scopes(objects)
    without = {id(o) for o in objects if not at(o, "metadata", "namespace") and is_namespaced(o, defined)}
    if not namespace:
        names = Counter(_looked_for(objects, {(text(o, "kind"), name(o)) for o in objects if id(o) in without}))
        if is_release and not names:
            names.update(text(o, "metadata", "namespace") for o in objects)
        del names[""]
        namespace = next((most for most, _ in names.most_common(1)), _DEFAULT)
    count = 0
    found: list[Object] = []
    for o in objects:
        metadata = mapping(o, "metadata")
        if metadata and id(o) in without:
            found.append({**o, "metadata": {**metadata, "namespace": namespace}})
            count += 1
        elif "namespace" in metadata and is_cluster_scoped(o, defined):
            # The API server takes it away (apiserver, EnsureObjectNamespaceMatchesRequestNamespace).
            found.append({**o, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}})
        else:
            found.append(o)
    return Placed(found, namespace, count)


def _looked_for(objects: Iterable[Object], without: Collection[tuple[str, str]]) -> Iterator[str]:
    """Where one of the objects without a namespace, each a kind and a name, is looked for."""
    for o in objects:
        subjects = [("ServiceAccount", subject) for subject in entries(o, "subjects")]
        hooks = [("Service", mapping(hook, "clientConfig", "service")) for hook in entries(o, "webhooks")]
        for kind, reference in (*subjects, *hooks):
            if (kind, text(reference, "name")) in without:
                yield text(reference, "namespace")
