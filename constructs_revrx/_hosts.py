"""Hosts and paths that two rules answer."""

from collections.abc import Iterable, Iterator

from ._objects import Finding, Object, entries, mapping, name, namespace, text, title

_CANARY = "nginx.ingress.kubernetes.io/canary"


def host_problems(objects: Iterable[Object]) -> Iterator[Finding]:
    """Ingresses of one class with the same host and path, in any namespace.

    Ingress-nginx serves the oldest of them. Its canaries share host and path on purpose, and are left alone.
    """
    first: dict[tuple[str, ...], Object] = {}
    for o in objects:
        if o["kind"] != "Ingress" or mapping(o, "metadata", "annotations").get(_CANARY) == "true":
            continue
        for rule in entries(o, "spec", "rules"):
            for entry in entries(rule, "http", "paths"):
                host, path = text(rule, "host") or "*", text(entry, "path") or "/"
                key = (text(o, "spec", "ingressClassName"), host, path, text(entry, "pathType"))
                if key in first:
                    yield Finding(
                        o,
                        f"{title(o)}: {host}{path} is answered {_by(first[key], o)}, and one of the two would get no "
                        "request; change the host or the path of one",
                    )
                else:
                    first[key] = o


def _by(other: Object, o: Object) -> str:
    if other is o:
        return "twice"
    where = "" if namespace(other) == namespace(o) else f" in namespace {namespace(other)}"
    return f"by Ingress {name(other)}{where} as well"
