"""Services as the API server wants them: their ports, and the fields of their type."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, entries, mapping, text, title
from ...objects.names import DNS_LABEL, name_problems
from ...objects.pods import group
from ...objects.ports import is_port_name, is_port_number

# Fields that only some types of Service have.
_OF_TYPES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("loadBalancerClass", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"), ("LoadBalancer",)
    ),
    "externalTrafficPolicy": ("NodePort", "LoadBalancer"),
    "healthCheckNodePort": ("LoadBalancer",),
}

_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  ports:
    - name: http
      port: 80
      targetPort: 8000
    - name: metrics
      port: 9000
"""
_EXTERNAL = """\
apiVersion: v1
kind: Service
metadata:
  name: db
  namespace: shop
spec:
  type: ExternalName
  externalName: db.example.com
"""


@check(
    "service-port-name",
    why="The API server refuses a Service with several ports of which one has no name, and names that are no DNS "
    "labels (Kubernetes documentation, Service, Multi-port Services).",
    way_out="Give each port a name of at most 63 lower-case letters, digits and '-'.",
    bad=_SERVICE.replace("    - name: metrics\n      port", "    - port"),
    good=_SERVICE,
    waivable=False,
)
def service_port_name(cluster: Cluster) -> Iterator[Finding]:
    for o in _services(cluster):
        ports = entries(o, "spec", "ports")
        for port in ports:
            named = text(port, "name")
            if not named and len(ports) > 1:
                yield Finding(o, f"{title(o)}: port {port.get('port')} has no name, as each of several must; write one")
            elif named and not DNS_LABEL.fullmatch(named):
                yield Finding(
                    o,
                    f"{title(o)}: port name {named!r} is none; use at most 63 lower-case letters, digits and '-'",
                )


@check(
    "service-port-number",
    why="The API server refuses a Service without ports, unless it is headless or an ExternalName, numbers of ports "
    "that are none, a targetPort in quotes that is a number, and a nodePort where the type opens none.",
    way_out="Write numbers from 1 to 65535 without quotes, and nodePort only for NodePort and LoadBalancer.",
    bad=_SERVICE.replace("targetPort: 8000", 'targetPort: "8000"'),
    good=_SERVICE,
    waivable=False,
)
def service_port_number(cluster: Cluster) -> Iterator[Finding]:
    for o in _services(cluster):
        for problem in _port_problems(mapping(o, "spec")):
            yield Finding(o, f"{title(o)}: {problem}")


@check(
    "service-type",
    why="The API server refuses fields that a Service of its type cannot have, such as an address of an ExternalName "
    "(Kubernetes API reference, ServiceSpec).",
    way_out="Leave the field out, or write the type that has it.",
    bad=_EXTERNAL + "  clusterIP: None\n",
    good=_EXTERNAL,
    waivable=False,
)
def service_type(cluster: Cluster) -> Iterator[Finding]:
    for o in _services(cluster):
        for problem in _type_problems(mapping(o, "spec")):
            yield Finding(o, f"{title(o)}: {problem}")


def _services(cluster: Cluster) -> Iterator[Object]:
    return (o for o in cluster.by_kind.get("Service", ()) if not group(o))


def _type(spec: Mapping[str, Any]) -> str:
    return text(spec, "type") or "ClusterIP"


def _port_problems(spec: Mapping[str, Any]) -> Iterator[str]:
    ports = entries(spec, "ports")
    if not ports and text(spec, "clusterIP") != "None" and _type(spec) != "ExternalName":
        yield "it has no ports, so the API server refuses it; write one"
    for port in ports:
        number, target = port.get("port"), port.get("targetPort")
        if not is_port_number(number):
            yield f"port {number!r} is not a number from 1 to 65535; write one"
        if target not in (None, 0, "") and not (is_port_number(target) or is_port_name(target)):
            yield f"targetPort {target!r} is neither a number from 1 to 65535 nor a port's name; write one of them"
        if port.get("nodePort") not in (None, 0) and _type(spec) == "ClusterIP":
            yield f"nodePort {port['nodePort']} is for NodePort or LoadBalancer, and this is ClusterIP; leave it out"
    taken = Counter(
        f"{port['nodePort']}/{text(port, 'protocol') or 'TCP'}"
        for port in ports
        if port.get("nodePort") not in (None, 0)
    )
    yield from (f"nodePort {each} is there {times} times; change one" for each, times in taken.items() if times > 1)


def _type_problems(spec: Mapping[str, Any]) -> Iterator[str]:
    kind, address = _type(spec), spec.get("clusterIP")
    if kind == "ExternalName":
        named = text(spec, "externalName").removesuffix(".")
        yield from (f"externalName {problem}" for problem in name_problems(named))
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(field):
                yield f"{field} is nothing that an ExternalName has; leave it out"
    elif address == "None" and kind != "ClusterIP":
        yield f"clusterIP None is for type ClusterIP, and this is {kind}; leave it out"
    for field, kinds in _OF_TYPES.items():
        if _is_said(spec.get(field)) and kind not in kinds and not _is_reached(field, spec):
            yield f"{field} is for type {' or '.join(kinds)}, and this is {kind}; leave it out"


def _is_said(value: Any) -> bool:
    return isinstance(value, bool) or bool(value)


def _is_reached(field: str, spec: Mapping[str, Any]) -> bool:
    """Whether requests come from outside by addresses that are routed to nodes by hand."""
    return field == "externalTrafficPolicy" and bool(spec.get("externalIPs")) and _type(spec) == "ClusterIP"
