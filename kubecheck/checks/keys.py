"""Keys of Secrets and ConfigMaps that objects read and whoever makes the Secret or ConfigMap does not declare."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from ..objects.fields import Finding, Object, containers, entries, mapping, name, namespace, pod_template, text, title

_Keys = dict[tuple[str, str, str], set[str]]


class _Reference(NamedTuple):
    kind: str
    name: str
    key: str


def key_problems(objects: Collection[Object]) -> Iterator[Finding]:
    """Of those that one of the objects makes and lists all keys of; what is made elsewhere has keys nobody knows."""
    declared: _Keys = {}
    for o in objects:
        declared.update(_declared(o))
    for o in objects:
        for kind, named, key in dict.fromkeys(_references(o)):
            keys = declared.get((kind, namespace(o), named))
            if keys is not None and key not in keys:
                close = get_close_matches(key, sorted(keys), n=1)
                way_out = f"write {close[0]} if that is meant, or declare it" if close else "declare it"
                yield Finding(
                    o,
                    f"{title(o)}: {kind} {named} has no key {key}, so the container would not start; {way_out}",
                )


def _declared(o: Object) -> Iterator[tuple[tuple[str, str, str], set[str]]]:
    kind, spec = o["kind"], mapping(o, "spec")
    if kind == "ConfigMap":
        yield (kind, namespace(o), name(o)), {*mapping(o, "data"), *mapping(o, "binaryData")}
    elif kind == "Secret":
        yield (kind, namespace(o), name(o)), {*mapping(o, "data"), *mapping(o, "stringData")}
    elif kind == "ExternalSecret" and not spec.get("dataFrom") and not mapping(spec, "target", "template"):
        made = text(spec, "target", "name") or name(o)
        yield ("Secret", namespace(o), made), {text(entry, "secretKey") for entry in entries(spec, "data")}
    elif kind == "SealedSecret":
        made = text(spec, "template", "metadata", "name") or name(o)
        yield ("Secret", namespace(o), made), {*mapping(spec, "encryptedData"), *mapping(spec, "template", "data")}


def _references(o: Object) -> Iterator[_Reference]:
    template = pod_template(o)
    for container in containers(template):
        for variable in entries(container, "env"):
            source = mapping(variable, "valueFrom")
            yield from _keys("Secret", [mapping(source, "secretKeyRef")])
            yield from _keys("ConfigMap", [mapping(source, "configMapKeyRef")])
    for volume in entries(template, "spec", "volumes"):
        for source in (volume, *entries(volume, "projected", "sources")):
            for kind, field in (("Secret", "secret"), ("ConfigMap", "configMap")):
                whole = mapping(source, field)
                named = {"name": whole.get("secretName", whole.get("name")), "optional": whole.get("optional")}
                yield from _keys(kind, [{**item, **named} for item in entries(whole, "items")])


def _keys(kind: str, sources: Iterable[Mapping[str, Any]]) -> Iterator[_Reference]:
    for source in sources:
        if text(source, "key") and not source.get("optional"):
            yield _Reference(kind, text(source, "name"), text(source, "key"))
