"""Probes and lifecycle hooks that ask a port which their container does not declare."""

from collections.abc import Iterable, Iterator

from ..objects.fields import Finding, Object, at, containers, entries, mapping, pod_template, text, title

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_HOOKS = ("postStart", "preStop")
_ACTIONS = ("httpGet", "tcpSocket", "grpc")


def probe_port_problems(objects: Iterable[Object]) -> Iterator[Finding]:
    for o in objects:
        for container in containers(pod_template(o)):
            ports = entries(container, "ports")
            declared = [port[field] for port in ports for field in ("name", "containerPort") if field in port]
            asking = {probe: mapping(container, probe) for probe in _PROBES}
            asking |= {hook: mapping(container, "lifecycle", hook) for hook in _HOOKS}
            for asked, what in asking.items():
                port = next((at(what, action, "port") for action in _ACTIONS if at(what, action)), None)
                if port is not None and port not in declared:
                    has = ", ".join(map(str, declared)) or "none"
                    yield Finding(
                        o,
                        f"{title(o)}: {asked} of container {text(container, 'name')} asks port {port}, which it does "
                        f"not declare: it has {has}; declare it, or ask one that is",
                    )
