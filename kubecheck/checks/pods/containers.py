"""Containers as the API server wants them: names, images, ports, probes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import at, containers, entries, mapping, text, title
from ...objects.names import DNS_LABEL
from ...objects.pods import PROBES, handlers, is_sidecar, is_whole
from ...objects.ports import is_port_name, is_port_number
from ..examples import POD

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")

_INIT = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  initContainers:
    - name: migrate
      image: shop/web:1.0
  containers:
    - name: web
      image: shop/web:1.0
"""


@check(
    "incomplete-container",
    why="The API server refuses a pod without containers, and a container without a name or an image.",
    way_out="Give each container a name, at most 63 lower-case letters, digits and '-', and an image.",
    bad=POD.replace("      image: shop/web:1.0\n", ""),
    good=POD,
    waivable=False,
)
def incomplete_container(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        if not is_whole(o):
            continue
        if not entries(template, "spec", "containers"):
            yield Finding(o, f"{title(o)}: it has no containers, so the API server refuses it; add one")
        for place, container in _placed(template):
            named = text(container, "name")
            if not DNS_LABEL.fullmatch(named):
                yield Finding(
                    o,
                    f"{title(o)}: {place} has the name {named!r}, which the API server refuses; use at most 63 "
                    "lower-case letters, digits and '-'",
                )
            if not text(container, "image"):
                where = f"container {named}" if named else place
                yield Finding(o, f"{title(o)}: {where} has no image, so the API server refuses it; write one")


@check(
    "container-port",
    why="The API server refuses other numbers and names of ports, and two of one host port in a pod (Kubernetes API "
    "reference, ContainerPort; RFC 6335).",
    way_out="Write numbers from 1 to 65535, and names of at most 15 lower-case letters, digits and single '-', with a "
    "letter among them.",
    bad=POD.replace("http", "web-application-http"),
    good=POD,
    waivable=False,
)
def container_port(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        if is_whole(o):
            on_host = mapping(template, "spec").get("hostNetwork") is True
            for where, container in _named(template):
                for port in entries(container, "ports"):
                    for problem in _port_problems(port, on_host):
                        yield Finding(o, f"{title(o)}: {where}: {problem}")
            for taken, times in _host_ports(template).items():
                if times > 1:
                    yield Finding(o, f"{title(o)}: hostPort {taken} is there {times} times; remove or change one")


@check(
    "probe-handler",
    why="The API server refuses a probe or a lifecycle hook that asks in no way or in two, one of a port that is none, "
    "and a successThreshold other than 1 of a liveness or startup probe (Kubernetes API reference, Probe).",
    way_out="Write one of exec, httpGet, tcpSocket and, in a probe, grpc, with what it needs: a command or a port.",
    bad=POD.replace("httpGet:", "exec:\n          command: [is-ready]\n        httpGet:"),
    good=POD,
    waivable=False,
)
def probe_handler(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        if is_whole(o):
            for where, container in _named(template):
                for field, handler in handlers(container).items():
                    for problem in _handler_problems(field, handler):
                        yield Finding(o, f"{title(o)}: {where}: {field} {problem}")


@check(
    "init-container-probe",
    why="The API server refuses probes and lifecycle hooks of an init container that is no sidecar, for nothing waits "
    "for it but its end (Kubernetes documentation, Init Containers; Sidecar Containers).",
    way_out="Take them away, or say restartPolicy: Always when it is to run beside the others.",
    bad=_INIT.replace(
        "  containers:", "      livenessProbe:\n        exec:\n          command: [is-up]\n  containers:"
    ),
    good=_INIT,
    waivable=False,
)
def init_container_probe(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        for container in entries(template, "spec", "initContainers") if is_whole(o) else ():
            has = [field for field in (*PROBES, "lifecycle") if container.get(field) is not None]
            if has and not is_sidecar(container):
                yield Finding(
                    o,
                    f"{title(o)}: init container {text(container, 'name')} has {' and '.join(has)}, which the API "
                    "server refuses; take it away, or say restartPolicy: Always when it is to run beside the others",
                )


def _placed(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each container with its place, for one that may have no name."""
    for field in ("initContainers", "containers"):
        for number, container in enumerate(entries(template, "spec", field)):
            yield f"spec.{field}[{number}]", container


def _named(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((f"container {text(container, 'name')}", container) for container in containers(template))


def _port_problems(port: Mapping[str, Any], on_host: bool) -> Iterator[str]:
    number, host, named = port.get("containerPort"), port.get("hostPort"), port.get("name")
    if not is_port_number(number):
        yield f"containerPort {number!r} is not a number from 1 to 65535; write one"
    if host not in (None, 0) and not is_port_number(host):
        yield f"hostPort {host!r} is not a number from 1 to 65535; write one"
    elif on_host and host not in (None, 0, number):
        yield f"hostPort {host} is not the containerPort {number}, as it must be with hostNetwork; leave it out"
    if named not in (None, "") and not is_port_name(named):
        yield f"port name {named!r} is none; use at most 15 lower-case letters, digits and single '-'"


def _host_ports(template: Mapping[str, Any]) -> Counter[str]:
    """Of the containers that run at once."""
    return Counter(
        f"{text(port, 'hostIP')}:{port['hostPort']}/{text(port, 'protocol') or 'TCP'}".removeprefix(":")
        for container in entries(template, "spec", "containers")
        for port in entries(container, "ports")
        if port.get("hostPort") not in (None, 0)
    )


def _handler_problems(field: str, handler: Mapping[str, Any]) -> Iterator[str]:
    known = [name for name in _HANDLERS if name != ("sleep" if field in PROBES else "grpc")]
    ways = [name for name in known if handler.get(name) is not None]
    if len(ways) != 1:
        has = " and ".join(ways) or "none"
        yield f"has {has} of {', '.join(known)}, of which the API server wants one; write one"
    for way in ways:
        port = at(handler, way, "port")
        if way == "exec" and not at(handler, way, "command"):
            yield "has no command to exec; write one"
        elif way in ("httpGet", "tcpSocket", "grpc") and not _is_port(port, by_name=way != "grpc"):
            yield f"asks port {port!r}, which is none; write a number from 1 to 65535, or the name of a port"
    if field in ("livenessProbe", "startupProbe") and handler.get("successThreshold") not in (None, 0, 1):
        yield f"has the successThreshold {handler['successThreshold']}, where only 1 is allowed; leave it out"
    if field == "readinessProbe" and handler.get("terminationGracePeriodSeconds") is not None:
        yield "has terminationGracePeriodSeconds, which only probes that end the container may have; leave it out"


def _is_port(port: Any, *, by_name: bool) -> bool:
    return is_port_number(port) or (by_name and is_port_name(port))
