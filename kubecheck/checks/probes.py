"""Probes and lifecycle hooks that ask a port which their container does not declare."""

from collections.abc import Iterator

from ..check import Cluster, Finding, check
from ..objects.fields import at, containers, entries, mapping, text, title

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_HOOKS = ("postStart", "preStop")
_ACTIONS = ("httpGet", "tcpSocket", "grpc")

_GOOD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      ports:
        - name: http
          containerPort: 8000
      readinessProbe:
        httpGet:
          path: /ready
          port: http
"""


@check(
    "probe-port",
    why="A probe of a port by a name that the container does not have never succeeds; one of a number that it does not "
    "declare is mostly a port of another container, or of an older version.",
    way_out="Declare the port, or ask one that is declared.",
    bad=_GOOD.replace("port: http", "port: https"),
    good=_GOOD,
)
def probe_port(cluster: Cluster) -> Iterator[Finding]:
    """Lifecycle hooks, which ask ports as probes do, too."""
    for o, template in cluster.templates:
        for container in containers(template):
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
