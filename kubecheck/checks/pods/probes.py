"""Probes and lifecycle hooks that ask a port which their container does not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import at, containers, entries, mapping, text, title
from ...objects.ports import mentions
from ..examples import POD

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_HOOKS = ("postStart", "preStop")
_ACTIONS = ("httpGet", "tcpSocket", "grpc")


@check(
    "probe-port",
    why="A probe of a port by a name that the container does not have never succeeds; one of a number is a mistake "
    "when it is that of another container of the pod, or when the one port that the container declares is another. A "
    "container need not declare what it listens on, so that other numbers are not told.",
    way_out="Declare the port, or ask one that is declared.",
    bad=POD.replace("port: http", "port: https"),
    good=POD,
)
def probe_port(cluster: Cluster) -> Iterator[Finding]:
    """Lifecycle hooks, which ask ports as probes do, too."""
    for o, template in cluster.templates:
        pod = containers(template)
        for container in pod:
            ports = entries(container, "ports")
            declared = [port[field] for port in ports for field in ("name", "containerPort") if field in port]
            asking = {probe: mapping(container, probe) for probe in _PROBES}
            asking |= {hook: mapping(container, "lifecycle", hook) for hook in _HOOKS}
            for asked, what in asking.items():
                port = next((at(what, action, "port") for action in _ACTIONS if at(what, action)), None)
                if port is not None and port not in declared and not _may_listen(container, port, pod):
                    has = ", ".join(map(str, declared)) or "none"
                    yield Finding(
                        o,
                        f"{title(o)}: {asked} of container {text(container, 'name')} asks port {port}, which it does "
                        f"not declare: it has {has}; declare it, or ask one that is",
                    )


def _may_listen(container: Mapping[str, Any], port: Any, pod: list[Mapping[str, Any]]) -> bool:
    """Whether it may listen on a port that it does not declare."""
    if not isinstance(port, int):
        return False
    of_others = {number for other in pod if other is not container for number in _numbers(other)}
    return port not in of_others and (len(_numbers(container)) != 1 or mentions(container, port))


def _numbers(container: Mapping[str, Any]) -> set[Any]:
    return {port.get("containerPort") for port in entries(container, "ports")}
