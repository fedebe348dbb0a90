"""What stands twice in one object, of which the API server refuses one or lets one win."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, containers, entries, name, namespace, text, title

_POD = """\
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
          value: info
        - name: COLOUR
          value: green
      ports:
        - name: http
          containerPort: 8000
        - name: metrics
          containerPort: 9000
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: cache
          mountPath: /cache
    - name: proxy
      image: shop/proxy:1.0
  volumes:
    - name: tmp
      emptyDir: {}
    - name: cache
      emptyDir: {}
"""
_CONFIG_MAPS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
data:
  COLOUR: green
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: api
  namespace: shop
data:
  COLOUR: red
"""


@check(
    "duplicate-object",
    why="Of two objects of one kind, namespace and name the one that is applied last wins, in whichever order that is.",
    way_out="Rename or remove one.",
    bad=_CONFIG_MAPS.replace("name: api", "name: web"),
    good=_CONFIG_MAPS,
    waivable=False,
)
def duplicate_object(cluster: Cluster) -> Iterator[Finding]:
    """Objects that are the same in every field are one."""
    for (kind, where, named), objects in same_names(cluster.objects).items():
        if any(o != objects[0] for o in objects):
            there = f"{len(objects)} objects are named {named}{' in ' + where if where else ''}"
            yield Finding(objects[-1], f"{kind}: {there}; rename one")


def same_names(objects: Iterable[Object]) -> Mapping[tuple[str, str, str], Sequence[Object]]:
    """By kind and group, namespace, and name: objects of which the cluster can hold only one."""
    named: dict[tuple[str, str, str], list[Object]] = defaultdict(list)
    for o in objects:
        if not text(o, "metadata", "name"):
            continue  # each gets a name of its own
        group = o["apiVersion"].rpartition("/")[0]
        named[f"{o['kind']}{'.' + group if group else ''}", namespace(o), name(o)].append(o)
    return {key: same for key, same in named.items() if len(same) > 1}


@check(
    "duplicate-container",
    why="The API server refuses a pod with two containers of one name, init containers among them.",
    way_out="Remove or rename one.",
    bad=_POD.replace("name: proxy", "name: web"),
    good=_POD,
    waivable=False,
)
def duplicate_container(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        yield from _twice(o, "container", (text(c, "name") for c in containers(template)))


@check(
    "duplicate-volume",
    why="The API server refuses a pod with two volumes of one name.",
    way_out="Remove or rename one.",
    bad=_POD + "    - name: cache\n      emptyDir: {}\n",
    good=_POD,
    waivable=False,
)
def duplicate_volume(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        yield from _twice(o, "volume", (text(volume, "name") for volume in entries(template, "spec", "volumes")))


@check(
    "duplicate-env",
    why="Of two variables of one name the last wins, and `kubectl apply`, which merges lists by name, may keep either.",
    way_out="Remove or rename one.",
    bad=_POD.replace("name: COLOUR", "name: LOG_LEVEL"),
    good=_POD,
)
def duplicate_env(cluster: Cluster) -> Iterator[Finding]:
    for o, where, container in _containers(cluster):
        yield from _twice(o, f"{where}env", (text(variable, "name") for variable in entries(container, "env")))


@check(
    "duplicate-mount-path",
    why="The API server refuses a container with two volumes at one path.",
    way_out="Remove or rename one.",
    bad=_POD.replace("mountPath: /cache", "mountPath: /tmp"),
    good=_POD,
    waivable=False,
)
def duplicate_mount_path(cluster: Cluster) -> Iterator[Finding]:
    for o, where, container in _containers(cluster):
        mounts = entries(container, "volumeMounts")
        yield from _twice(o, f"{where}mountPath", (text(mount, "mountPath") for mount in mounts))


@check(
    "duplicate-port",
    why="The API server refuses two ports of one name, and two of one number and protocol in a Service; of two such in "
    "a container, `kubectl apply`, which merges lists by number, may keep either.",
    way_out="Remove or rename one.",
    bad=_POD.replace("name: metrics", "name: http"),
    good=_POD,
)
def duplicate_port(cluster: Cluster) -> Iterator[Finding]:
    for o, where, container in _containers(cluster):
        yield from _ports(o, where, entries(container, "ports"), "containerPort")
    for o in cluster.by_kind.get("Service", ()):
        yield from _ports(o, "", entries(o, "spec", "ports"), "port")


def _containers(cluster: Cluster) -> Iterator[tuple[Object, str, Mapping[str, Any]]]:
    """The object, how a text names the container in it, and the container."""
    for o, template in cluster.templates:
        for container in containers(template):
            yield o, f"container {text(container, 'name')}: ", container


def _ports(o: Object, where: str, ports: Sequence[Mapping[str, Any]], field: str) -> Iterator[Finding]:
    yield from _twice(o, f"{where}port", (text(port, "name") for port in ports))
    numbers = (f"{port.get(field)}/{port.get('protocol', 'TCP')}" for port in ports)
    yield from _twice(o, f"{where}{field}", numbers)


def _twice(o: Object, what: str, names: Iterable[str]) -> Iterator[Finding]:
    names = list(filter(None, names))
    if len(set(names)) < len(names):
        for each, times in Counter(names).items():
            if times > 1:
                yield Finding(o, f"{title(o)}: {what} {each} is there {times} times; remove or rename one")
