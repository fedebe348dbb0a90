"""docs/topology.md: a picture of each environment, made from nothing but the objects in dist/."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from kubecheck.evaluators.network_policy import NAMESPACE_NAME, ContainerPort, Network, Pod, numbered
from kubecheck.objects.fields import pod_template
from kubecheck.objects.network_policy import ALL_PORTS, AddressPeer, Direction, NamedPort, PortRange, Rule
from kubecheck.objects.selectors import Requirement, Selector, of_labels

Object = Mapping[str, Any]

INTRODUCTION = """\
# Topology

What runs in each environment, how requests reach it and what may talk to what, drawn from the objects in `dist/`.
`make synth` renews this page.

A solid arrow is a connection that NetworkPolicies allow, between two pods those of both: what has no arrow is closed.
Dotted arrows are a request's way from host to Service to pods, where the pods let someone in from outside; of a Gateway
the listener is named instead of a port. Left out are DNS, redirects to HTTPS, and policies for pods that no object here
makes: those with which cert-manager answers challenges.
"""

# In the order of the picture, from left to right.
LAYERS = {
    "host": "Hosts",
    "namespace": "Other namespaces",
    "service": "Services",
    "workload": "Workloads",
    "datastore": "Datastores",
    "address": "Outside the cluster",
}
SHAPES = {"host": '(["{}"])', "namespace": '[["{}"]]', "service": '("{}")', "datastore": '[("{}")]'}

ANY_PORT, DNS_PORT = "any port", 53
NAMES = {"0.0.0.0/0": "internet", "::/0": "internet by IPv6"}


class Node(NamedTuple):
    layer: str
    name: str
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        # Kubernetes' names have neither "_" nor capitals, so that two of them never give the same id.
        name = re.sub(r"[^a-z0-9-]", lambda match: f"_{ord(match[0]):02X}_", self.name)
        return f"{self.layer}_{name.replace('-', '_')}"

    def __str__(self) -> str:
        return self.id + SHAPES.get(self.layer, '["{}"]').format("<br/>".join((self.name, *self.notes)))


Port = int | str
Edge = tuple[Node, Node, Port]


def diagram(objects: Iterable[Object]) -> str:
    """A Mermaid flowchart of one namespace: the objects that its deployers and its administrators apply."""
    objects = list(objects)
    kinds: dict[str, list[Object]] = defaultdict(list)
    for o in objects:
        kinds[o["kind"]].append(o)
    network = Network.of(objects)
    nodes = dict(_nodes(kinds, network))
    beyond = [edge for pod, node in nodes.items() for edge in _beyond(pod, node, network)]
    edges = [*_routes(kinds, nodes, network), *beyond, *_between(nodes, network)]
    drawn = {*nodes.values(), *(node for edge in edges for node in edge[:2])}
    lines = ["flowchart LR"]
    for layer, title in LAYERS.items():
        members = sorted(node for node in drawn if node.layer == layer)
        if members:
            lines += [f'  subgraph layer_{layer}["{title}"]', *(f"    {node}" for node in members), "  end"]
    return "\n".join([*lines, *_arrows(edges)])


def _arrows(edges: Iterable[Edge]) -> Iterator[str]:
    ports: dict[tuple[Node, Node], set[str]] = defaultdict(set)
    for source, target, port in edges:
        ports[source, target].add(str(port))
    for source, target in sorted(ports):
        arrow = "-.->" if "service" in (source.layer, target.layer) else "-->"
        label = ", ".join(sorted(ports[source, target], key=lambda port: (len(port), port)))
        yield f"  {source.id} {arrow}|{label}| {target.id}"


def _nodes(kinds: Mapping[str, Sequence[Object]], network: Network) -> Iterator[tuple[Pod, Node]]:
    claims = {o["metadata"]["name"]: o["spec"]["resources"]["requests"] for o in kinds["PersistentVolumeClaim"]}
    autoscalers = {o["spec"]["scaleTargetRef"]["name"]: o["spec"] for o in kinds["HorizontalPodAutoscaler"]}
    for pod in network.pods:
        assert pod.object, "each is made of an object"
        kind, spec = pod.object["kind"], pod.object["spec"]
        volumes = pod_template(pod.object)["spec"].get("volumes", [])
        mounted = (v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v)
        pace = _pace(spec, autoscalers.get(pod.name))
        notes = (", ".join((kind, *pace)), *(f"{claim} {claims[claim]['storage']}" for claim in mounted))
        yield pod, Node("datastore" if kind == "StatefulSet" else "workload", pod.name, notes)


def _pace(spec: Object, autoscaler: Object | None) -> Iterator[str]:
    """How many, or how often; nothing for what has neither, such as a DaemonSet."""
    if "schedule" in spec:
        yield "started by hand" if spec["suspend"] else f"{spec['schedule']} {spec['timeZone']}"
    elif autoscaler:
        yield f"{autoscaler['minReplicas']}–{autoscaler['maxReplicas']} replicas"
    elif "replicas" in spec:
        yield "1 replica" if spec["replicas"] == 1 else f"{spec['replicas']} replicas"


def _between(nodes: Mapping[Pod, Node], network: Network) -> Iterator[Edge]:
    """Connections that the policies of both ends allow."""
    for source, target, ports in network.connections():
        yield from ((nodes[source], nodes[target], port) for port in _written(ports, target.ports))


def _beyond(pod: Pod, node: Node, network: Network) -> Iterator[Edge]:
    """Connections of which one end is not ours: addresses, and pods of other namespaces."""
    for rule in _rules(pod, "Egress", network):
        asked = [port for port in rule.ports or ALL_PORTS if port[1:] != (DNS_PORT, DNS_PORT)]
        yield from ((node, place, port) for place, port in product(_places(rule, pod), _written(asked)))
    for rule in _rules(pod, "Ingress", network):
        opened = _written(numbered(rule.ports, pod))
        yield from ((place, node, port) for place, port in product(_places(rule, pod), opened))


def _rules(pod: Pod, direction: Direction, network: Network) -> Sequence[Rule]:
    """What is open to pods in one direction: to those that no policy isolates, everything."""
    return network.rules(pod, direction) if network.isolating(pod, direction) else [Rule({}, "", (), ())]


def _written(ports: Sequence[PortRange | NamedPort], declared: Iterable[ContainerPort] = ()) -> list[Port]:
    """Of many ports those that the pods at the end declare, if there are any."""
    if tuple(ports) == ALL_PORTS:
        return [_port(p.number, p.protocol) for p in declared] or [ANY_PORT]
    found: list[Port] = []
    for each in ports:
        if isinstance(each, NamedPort):
            found.append(_port(each.name, each.protocol))
        elif each.first == each.last:
            found.append(_port(each.first, each.protocol))
        else:
            inside = [_port(p.number, p.protocol) for p in declared if each.has(p.number, p.protocol)]
            number = ANY_PORT if each in ALL_PORTS else f"{each.first}–{each.last}"
            found += inside or [_port(number, each.protocol)]
    return found


def _port(number: Port, protocol: str) -> Port:
    """TCP goes without saying."""
    return number if protocol == "TCP" else f"{number} {protocol}"


def _places(rule: Rule, pod: Pod) -> Iterator[Node]:
    """The peers of a rule that are none of our namespace's pods."""
    if not rule.peers:
        yield Node("address", "anywhere")
    for peer in rule.peers:
        if isinstance(peer, AddressPeer):
            cidr = str(peer.block)
            yield Node("address", NAMES.get(cidr, cidr), tuple(f"not {block}" for block in peer.excepted))
        elif peer.namespaces and not _is_named(peer.namespaces, pod.namespace):
            yield Node("namespace", ", ".join(map(_words, peer.namespaces.requirements)) or "any namespace")


def _is_named(namespaces: Selector, namespace: str) -> bool:
    return Requirement(NAMESPACE_NAME, "In", frozenset({namespace})) in namespaces.requirements


def _words(requirement: Requirement) -> str:
    """A label's value alone, for that is most often the namespace's name."""
    is_label = requirement.operator == "In" and len(requirement.values) == 1
    return next(iter(requirement.values)) if is_label else str(requirement)


def _routes(kinds: Mapping[str, Sequence[Object]], nodes: Mapping[Pod, Node], network: Network) -> Iterator[Edge]:
    """From host to Service as an Ingress or a route says, from Service to pods that let someone in from outside."""
    services = {o["metadata"]["name"]: o["spec"] for o in kinds["Service"]}
    for host, door, backend, wanted in (*_ingresses(kinds), *_gateway_routes(kinds)):
        node, service = Node("service", backend), services[backend]
        yield Node("host", host), node, door
        targets = {p["targetPort"] for p in service["ports"] if wanted in ({"name": p["name"]}, {"number": p["port"]})}
        selector = of_labels(service.get("selector"))
        for pod, target in product((pod for pod in nodes if selector.selects(pod.labels)), targets):
            numbers = [p.number for p in pod.ports if p.name == target] if isinstance(target, str) else [target]
            yield from ((node, nodes[pod], number) for number in numbers if _is_let_in(pod, number, network))


def _is_let_in(pod: Pod, number: int, network: Network) -> bool:
    """Whether anyone outside of the namespace may reach a port."""
    return any(
        ports.has(number, "TCP")
        for rule in _rules(pod, "Ingress", network)
        if any(_places(rule, pod))
        for ports in numbered(rule.ports, pod)
    )


# Host, the port or listener that it is reached at, the Service and which of its ports.
Way = tuple[str, Port, str, Object]


def _ingresses(kinds: Mapping[str, Sequence[Object]]) -> Iterator[Way]:
    redirecting = [o["metadata"] for o in kinds["Middleware"] if "redirectScheme" in o["spec"]]
    redirects = {f"{metadata['namespace']}-{metadata['name']}@kubernetescrd" for metadata in redirecting}
    for ingress in kinds["Ingress"]:
        annotations = ingress.get("metadata", {}).get("annotations", {})
        if redirects & {*annotations.get("traefik.ingress.kubernetes.io/router.middlewares", "").split(",")}:
            continue
        encrypted = {host for entry in ingress["spec"].get("tls", []) for host in entry["hosts"]}
        by_alb = "HTTPS" in annotations.get("alb.ingress.kubernetes.io/listen-ports", "")
        for rule in ingress["spec"]["rules"]:
            for backend in (path["backend"]["service"] for path in rule["http"]["paths"]):
                port = 443 if by_alb or rule["host"] in encrypted else 80
                yield rule["host"], port, backend["name"], backend["port"]


def _gateway_routes(kinds: Mapping[str, Sequence[Object]]) -> Iterator[Way]:
    """Those that only redirect have no backend."""
    for route in (*kinds["HTTPRoute"], *kinds["GRPCRoute"]):
        doors = [parent.get("sectionName", ANY_PORT) for parent in route["spec"]["parentRefs"]]
        backends = [backend for rule in route["spec"]["rules"] for backend in rule.get("backendRefs", [])]
        for host, door, backend in product(route["spec"]["hostnames"], doors, backends):
            yield host, door, backend["name"], {"number": backend["port"]}


def page(dist: Path) -> str:
    """The text of docs/topology.md. An environment is a folder with a file of the same name in bootstrap/."""
    sections = [INTRODUCTION]
    for guards in sorted(dist.glob("bootstrap/*.k8s.yaml")):
        name = guards.name.removesuffix(".k8s.yaml")
        files = (guards, *sorted(dist.glob(f"{name}/*.k8s.yaml")))
        objects = (o for file in files for o in YAML(typ="safe").load_all(file))
        sections.append(f"## {name}\n\n```mermaid\n{diagram(objects)}\n```\n")
    return "\n".join(sections)


if __name__ == "__main__":
    Path(__file__).with_suffix(".md").write_text(page(Path(__file__).parents[1] / "dist"), encoding="utf-8")
