"""docs/topology.md: a picture of each environment, made from nothing but the objects in dist/."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

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
Rule = tuple[Sequence[Object], Sequence[Port]]  # peers, of which {} is everyone, and ports


class Pods(NamedTuple):
    """A workload's pods as Services and NetworkPolicies see them; ports by name."""

    node: Node
    labels: Mapping[str, str]
    ports: Mapping[Port, int]
    ingress: Sequence[Rule]
    egress: Sequence[Rule]


def diagram(objects: Iterable[Object]) -> str:
    """A Mermaid flowchart of one namespace: the objects that its deployers and its administrators apply."""
    kinds: dict[str, list[Object]] = defaultdict(list)
    for o in objects:
        kinds[o["kind"]].append(o)
    if word := re.search("matchExpressions|endPort", str(kinds["NetworkPolicy"])):
        raise ValueError(f"docs/topology.py cannot draw {word[0]}, which a NetworkPolicy has")
    pods = list(_pods(kinds))
    beyond = list(_beyond(pods))
    edges = [*_routes(kinds, pods, beyond), *beyond, *_between(pods)]
    nodes = {*(p.node for p in pods), *(node for edge in edges for node in edge[:2])}
    lines = ["flowchart LR"]
    for layer, title in LAYERS.items():
        members = sorted(node for node in nodes if node.layer == layer)
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


def _pods(kinds: Mapping[str, Sequence[Object]]) -> Iterator[Pods]:
    claims = {o["metadata"]["name"]: o["spec"]["resources"]["requests"] for o in kinds["PersistentVolumeClaim"]}
    autoscalers = {o["spec"]["scaleTargetRef"]["name"]: o["spec"] for o in kinds["HorizontalPodAutoscaler"]}
    for o in (*kinds["Deployment"], *kinds["CronJob"], *kinds["StatefulSet"]):
        kind, name, spec = o["kind"], o["metadata"]["name"], o["spec"]
        template = (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]
        labels, volumes = template["metadata"]["labels"], template["spec"].get("volumes", [])
        mounted = (v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v)
        notes = (f"{kind}, {_pace(spec, autoscalers.get(name))}", *(f"{c} {claims[c]['storage']}" for c in mounted))
        yield Pods(
            node=Node("datastore" if kind == "StatefulSet" else "workload", name, notes),
            labels=labels,
            ports={p["name"]: p["containerPort"] for c in template["spec"]["containers"] for p in c.get("ports", [])},
            ingress=_rules(kinds["NetworkPolicy"], labels, "Ingress", "from"),
            egress=_rules(kinds["NetworkPolicy"], labels, "Egress", "to"),
        )


def _pace(spec: Object, autoscaler: Object | None) -> str:
    if "schedule" in spec:
        return "started by hand" if spec["suspend"] else f"{spec['schedule']} {spec['timeZone']}"
    if autoscaler:
        return f"{autoscaler['minReplicas']}–{autoscaler['maxReplicas']} replicas"
    return "1 replica" if spec["replicas"] == 1 else f"{spec['replicas']} replicas"


def _rules(policies: Iterable[Object], labels: Mapping[str, str], direction: str, side: str) -> list[Rule]:
    """What is open to pods in one direction: to those that no policy selects, everything."""
    selecting = [p["spec"] for p in policies if _selects(p["spec"]["podSelector"], labels)]
    ruling = [spec for spec in selecting if direction in spec["policyTypes"]]
    rules = [rule for spec in ruling for rule in spec.get(direction.lower(), [])] if ruling else [{}]
    return [(r.get(side) or [{}], [p.get("port", ANY_PORT) for p in r.get("ports") or [{}]]) for r in rules]


def _selects(selector: Object, labels: Mapping[str, str]) -> bool:
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def _between(pods: Sequence[Pods]) -> set[Edge]:
    """Connections that the policies of both ends allow."""

    def allowed(rules: Iterable[Rule], peer: Pods, server: Pods) -> Iterator[Port]:
        for peers, ports in rules:
            if any(p.keys() <= {"podSelector"} and _selects(p.get("podSelector", {}), peer.labels) for p in peers):
                for port in ports:
                    yield from server.ports.values() if port == ANY_PORT else [server.ports.get(port, port)]

    pairs = list(product(pods, repeat=2))
    out = {(c.node, s.node, port) for c, s in pairs for port in allowed(c.egress, s, s)}
    into = {(c.node, s.node, port) for c, s in pairs for port in allowed(s.ingress, c, s)}
    return out & into


def _beyond(pods: Iterable[Pods]) -> Iterator[Edge]:
    """Connections of which one end is not ours: addresses, and pods of other namespaces."""
    for p in pods:
        for peers, ports in p.egress:
            yield from ((p.node, place, port) for place, port in product(_places(peers), ports) if port != DNS_PORT)
        for peers, ports in p.ingress:
            yield from ((place, p.node, p.ports.get(port, port)) for place, port in product(_places(peers), ports))


def _places(peers: Iterable[Object]) -> Iterator[Node]:
    for peer in peers:
        if not peer:
            yield Node("address", "anywhere")
        elif block := peer.get("ipBlock"):
            name = "internet" if block["cidr"] == "0.0.0.0/0" else block["cidr"]
            yield Node("address", name, tuple(f"not {cidr}" for cidr in block.get("except", [])))
        elif "namespaceSelector" in peer:
            labels = peer["namespaceSelector"].get("matchLabels", {"": "any namespace"})
            yield Node("namespace", ", ".join(labels.values()))


def _routes(kinds: Mapping[str, Sequence[Object]], pods: Sequence[Pods], beyond: Iterable[Edge]) -> Iterator[Edge]:
    """From host to Service as an Ingress or a route says, from Service to pods that let someone in from outside."""
    services = {o["metadata"]["name"]: o["spec"] for o in kinds["Service"]}
    let_in = {(target, port) for _, target, port in beyond}
    for host, door, backend, wanted in (*_ingresses(kinds), *_gateway_routes(kinds)):
        node, service = Node("service", backend), services[backend]
        yield Node("host", host), node, door
        ports = [p for p in service["ports"] if wanted in ({"name": p["name"]}, {"number": p["port"]})]
        behind = (p for p in pods if _selects({"matchLabels": service["selector"]}, p.labels))
        for p, target in product(behind, (port["targetPort"] for port in ports)):
            edges = ((node, p.node, port) for port in (p.ports.get(target, target), ANY_PORT))
            yield from (edge for edge in edges if edge[1:] in let_in)


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
