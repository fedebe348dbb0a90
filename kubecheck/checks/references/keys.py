"""Keys of Secrets and ConfigMaps that objects read and whoever makes the Secret or ConfigMap does not declare."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from ...check import Cluster, Finding, Unseen, check, once_a_cluster
from ...objects.fields import Object, containers, entries, full_name, mapping, name, namespace, text, title

_GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  namespace: shop
data:
  LOG_LEVEL: info
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      env:
        - name: LOG_LEVEL
          valueFrom:
            configMapKeyRef:
              name: app
              key: LOG_LEVEL
"""


class _Reference(NamedTuple):
    kind: str
    name: str
    key: str
    effect: str = "the container would not start"


@check(
    "unknown-key",
    why="A container does not start while a key that it reads is not in the Secret or ConfigMap, and where it mounts "
    "one by subPath it finds an empty folder (Kubernetes documentation, Configure a Pod to Use a ConfigMap; Secrets).",
    way_out="Write a key that is there, declare it, or mark the reference as optional.",
    bad=_GOOD.replace("key: LOG_LEVEL", "key: LOGLEVEL"),
    good=_GOOD,
)
def unknown_key(cluster: Cluster) -> Iterator[Finding | Unseen]:
    """Of those that one of the objects makes and lists all keys of; what is made elsewhere has keys nobody knows."""
    declared = declared_keys(cluster)
    unseen = set()
    for o, template in cluster.templates:
        for kind, named, key, effect in dict.fromkeys(_references(template)):
            keys = declared.get((kind, namespace(o), named))
            if keys is None:
                unseen.add(full_name(kind, namespace(o), named))
            elif key not in keys:
                close = get_close_matches(key, sorted(keys), n=1)
                way_out = f"write {close[0]} if that is meant, or declare it" if close else "declare it"
                yield Finding(o, f"{title(o)}: {kind} {named} has no key {key}, so {effect}; {way_out}")
    yield from (
        Unseen(f"{made}: its keys are not listed here, so nothing tells whether all are there that are read")
        for made in sorted(unseen)
    )


@once_a_cluster
def declared_keys(cluster: Cluster) -> Mapping[tuple[str, str, str], set[str]]:
    """By kind, namespace and name the keys of each Secret and ConfigMap of which an object here lists all."""
    return {made: keys for o in cluster.objects for made, keys in _declared(o)}


def _declared(o: Object) -> Iterator[tuple[tuple[str, str, str], set[str]]]:
    kind, spec = o["kind"], mapping(o, "spec")
    if kind == "ConfigMap":
        yield (kind, namespace(o), name(o)), _texts(mapping(o, "data"), mapping(o, "binaryData"))
    elif kind == "Secret":
        yield (kind, namespace(o), name(o)), _texts(mapping(o, "data"), mapping(o, "stringData"))
    elif kind == "ExternalSecret" and not spec.get("dataFrom") and not mapping(spec, "target", "template"):
        made = text(spec, "target", "name") or name(o)
        yield ("Secret", namespace(o), made), {text(entry, "secretKey") for entry in entries(spec, "data")}
    elif kind == "SealedSecret":
        made = text(spec, "template", "metadata", "name") or name(o)
        yield ("Secret", namespace(o), made), _texts(mapping(spec, "encryptedData"), mapping(spec, "template", "data"))


def _texts(*keys: Iterable[Any]) -> set[str]:
    return {key for each in keys for key in each if isinstance(key, str)}


def _references(template: Mapping[str, Any]) -> Iterator[_Reference]:
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
        yield from _mounted(template, volume)


def _mounted(template: Mapping[str, Any], volume: Mapping[str, Any]) -> Iterator[_Reference]:
    """The keys that containers mount one by one. Those that `items` place elsewhere have other paths."""
    for kind, field, named in (("Secret", "secret", "secretName"), ("ConfigMap", "configMap", "name")):
        source = mapping(volume, field)
        if text(source, named) and not source.get("items") and not source.get("optional"):
            for container in containers(template):
                for mount in entries(container, "volumeMounts"):
                    key = text(mount, "subPath").strip("/")
                    if mount.get("name") == volume.get("name") and key:
                        where = f"{text(mount, 'mountPath')} would be an empty folder"
                        yield _Reference(kind, text(source, named), key, where)


def _keys(kind: str, sources: Iterable[Mapping[str, Any]]) -> Iterator[_Reference]:
    for source in sources:
        if text(source, "key") and not source.get("optional"):
            yield _Reference(kind, text(source, "name"), text(source, "key"))
