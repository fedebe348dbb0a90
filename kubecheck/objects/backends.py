"""The Services that Ingresses and routes send requests to."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .fields import Object, entries, mapping, namespace, text

ROUTES = ("HTTPRoute", "GRPCRoute")


class Backend(NamedTuple):
    """A Service by namespace and name, and its port: by `name`, by `number`, or not said."""

    namespace: str
    service: str
    port: Mapping[str, Any]


def backends(o: Object) -> Iterator[Backend]:
    """Of an Ingress or a route; of any other object none."""
    if o["kind"] == "Ingress":
        for service in _ingress_services(o):
            yield Backend(namespace(o), text(service, "name"), mapping(service, "port"))
    elif o["kind"] in ROUTES:
        for rule in entries(o, "spec", "rules"):
            for backend in entries(rule, "backendRefs"):
                if backend.get("kind", "Service") == "Service":
                    there = text(backend, "namespace") or namespace(o)
                    port = {"number": backend["port"]} if "port" in backend else {}
                    yield Backend(there, text(backend, "name"), port)


def _ingress_services(ingress: Object) -> Iterator[Mapping[str, Any]]:
    yield mapping(ingress, "spec", "defaultBackend", "service")
    for rule in entries(ingress, "spec", "rules"):
        for path in entries(rule, "http", "paths"):
            yield mapping(path, "backend", "service")
