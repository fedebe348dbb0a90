"""Services and PodDisruptionBudgets that select no pods, and ports that a Service or its pods do not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, Known, Unseen, check
from ...objects.backends import backends
from ...objects.fields import Object, at, containers, entries, name, namespace, text, title
from ...objects.ports import is_port_number, mentions
from ...objects.selectors import EVERYTHING, NOTHING, Selector, label_selector, of_labels
from ..examples import DISRUPTION_BUDGET
from ..references.dangling import as_external, maker, of_templates

_NO_REQUESTS = "requests would get an error"

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  containers:
    - name: web
      image: shop/web:1.0
      ports:
        - name: http
          containerPort: 8000
---
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: http
"""
_INGRESS = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
spec:
  defaultBackend:
    service:
      name: web
      port:
        number: 80
"""
_WAY_OUT = "Write the labels of the pods that are meant, or name these as `external` when someone else makes them."


@check(
    "dangling-service",
    why="A Service whose selector fits no pods has no endpoints, and every request to it fails.",
    way_out=_WAY_OUT,
    bad=_POD + _SERVICE.replace("app: web", "app: webb"),
    good=_POD + _SERVICE,
)
def dangling_service(cluster: Cluster) -> Iterator[Finding | Unseen]:
    for o in cluster.by_kind.get("Service", ()):
        yield from _dangling(cluster, o, of_labels(at(o, "spec", "selector")), _NO_REQUESTS)


@check(
    "dangling-disruption-budget",
    why="A PodDisruptionBudget whose selector fits no pods protects none: a drain of nodes evicts them all at once.",
    way_out=_WAY_OUT,
    bad=_POD + DISRUPTION_BUDGET.replace("app: web", "app: webb"),
    good=_POD + DISRUPTION_BUDGET,
)
def dangling_disruption_budget(cluster: Cluster) -> Iterator[Finding | Unseen]:
    effect = "nothing would be kept up during a drain"
    for o in cluster.by_kind.get("PodDisruptionBudget", ()):
        yield from _dangling(cluster, o, label_selector(at(o, "spec", "selector")), effect)


@check(
    "target-port",
    why="A targetPort by name leads nowhere when no container of the pods has a port of that name and protocol "
    "(Kubernetes documentation, Service, Port definitions); one of a number, for which `port` counts when it is left "
    "out, when the pods declare other ports and name it nowhere.",
    way_out="Write the name or number of a container's port.",
    bad=_POD + _SERVICE.replace("targetPort: http", "targetPort: web"),
    good=_POD + _SERVICE,
)
def target_port(cluster: Cluster) -> Iterator[Finding | Unseen]:
    for o in cluster.by_kind.get("Service", ()):
        selector = of_templates(of_labels(at(o, "spec", "selector")))
        # Whoever asks a headless Service is told the addresses of pods, and asks them a port of its own choice.
        if selector in (EVERYTHING, NOTHING) or at(o, "spec", "clusterIP") == "None":
            continue
        ports = entries(o, "spec", "ports")
        selected = cluster.pods.selected(namespace(o), selector)
        names = [port["targetPort"] for port in ports if isinstance(port.get("targetPort"), str)]
        if not selected and names:
            yield Unseen(
                f"{title(o)}: its pods are not here, so nothing tells whether they have port {', '.join(names)}"
            )
        for port in ports if selected else ():
            target, protocol = port.get("targetPort") or port.get("port"), text(port, "protocol") or "TCP"
            if not any(_may_have(template, target, protocol) for template in selected):
                field, what = ("name", "name") if isinstance(target, str) else ("containerPort", "number")
                there = [_port(declared, field, protocol) for template in selected for declared in _declared(template)]
                has = ", ".join(sorted(set(filter(None, there)))) or "none with a name"
                yield Finding(
                    o,
                    f"{title(o)}: targetPort {target} is no port of the pods that it selects, which have {has}, so "
                    f"{_NO_REQUESTS}; write the {what} of a container's port",
                )


def _declared(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [port for container in containers(template) for port in entries(container, "ports")]


def _port(declared: Mapping[str, Any], field: str, protocol: str) -> str:
    """With the protocol where it is not the one that is asked."""
    other = text(declared, "protocol") or "TCP"
    return f"{declared[field]}{'' if other == protocol else '/' + other}" if declared.get(field) else ""


def _may_have(template: Mapping[str, Any], target: Any, protocol: str) -> bool:
    """A name must be declared; a number need not be, and is missing only where others are and nothing mentions it."""
    declared = _declared(template)
    if isinstance(target, str):
        return (target, protocol) in [(port.get("name"), text(port, "protocol") or "TCP") for port in declared]
    numbers = [port.get("containerPort") for port in declared]
    return (
        not numbers
        or not is_port_number(target)
        or target in numbers
        or any(mentions(container, target) for container in containers(template))
    )


@check(
    "service-port",
    why="An Ingress or a route to a port that its Service does not have answers every request with an error.",
    way_out="Write a port of the Service.",
    bad=_POD + _SERVICE + _INGRESS.replace("80", "8000"),
    good=_POD + _SERVICE + _INGRESS,
)
def service_port(cluster: Cluster) -> Iterator[Finding]:
    services = {
        (namespace(o), name(o)): entries(o, "spec", "ports")
        for o in cluster.by_kind.get("Service", ())
        # Whoever asks one of these without ports asks the port of the backend (ingress-nginx; Gateway API).
        if text(o, "spec", "type") != "ExternalName" or at(o, "spec", "ports")
    }
    for o in cluster.objects:
        for backend in backends(o):
            ports = services.get((backend.namespace, backend.service))
            for key, value in backend.port.items():
                there = [port.get("name" if key == "name" else "port") for port in ports or ()]
                if ports is not None and value not in there:
                    has = " and ".join(str(port) for port in there if port is not None) or "none"
                    yield Finding(
                        o,
                        f"{title(o)}: port {value} is none of Service {backend.service}, which has {has}, so "
                        f"{_NO_REQUESTS}; write a port of the Service",
                    )


def _dangling(cluster: Cluster, o: Object, selector: Selector, effect: str) -> Iterator[Finding | Unseen]:
    of_pods = of_templates(selector)
    if of_pods in (EVERYTHING, NOTHING) or cluster.pods.selected(namespace(o), of_pods):
        return
    wanted = as_external(namespace(o), selector)
    if any(map(cluster.is_external, wanted)):
        return
    if who := maker(cluster, namespace(o), selector):
        yield Unseen(f"{title(o)}: the pods of {selector} are not here; {who} may make them")
        return
    yield Finding(
        o,
        f"{title(o)}: its selector {selector} selects no pods in namespace {namespace(o)}, so {effect}; "
        "write labels of the pods that are meant, or say that someone else makes them",
        unless=Known("external", wanted[0]) if wanted else None,
    )
