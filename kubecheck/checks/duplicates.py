"""What stands twice in one object, of which the API server refuses one or lets one win."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..objects.fields import Finding, Object, containers, entries, pod_template, text, title


def duplicates_in(objects: Iterable[Object]) -> Iterator[Finding]:
    for o in objects:
        for twice in _duplicates(o):
            yield Finding(o, f"{title(o)}: {twice}; remove or rename one")


def _duplicates(o: Object) -> Iterator[str]:
    template = pod_template(o)
    if template:
        yield from _twice("container", (text(c, "name") for c in containers(template)))
        yield from _twice("volume", (text(volume, "name") for volume in entries(template, "spec", "volumes")))
    for container in containers(template):
        where = f"container {text(container, 'name')}: "
        yield from _twice(f"{where}env", (text(variable, "name") for variable in entries(container, "env")))
        yield from _twice(f"{where}mountPath", (text(m, "mountPath") for m in entries(container, "volumeMounts")))
        yield from _ports(where, entries(container, "ports"), "containerPort")
    if o["kind"] == "Service":
        yield from _ports("", entries(o, "spec", "ports"), "port")


def _ports(where: str, ports: Iterable[Mapping[str, Any]], field: str) -> Iterator[str]:
    ports = list(ports)
    yield from _twice(f"{where}port", (text(port, "name") for port in ports))
    yield from _twice(f"{where}{field}", (f"{port.get(field)}/{port.get('protocol', 'TCP')}" for port in ports))


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            yield f"{what} {name} is there {times} times"
