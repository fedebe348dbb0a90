"""NetworkPolicies that are for nobody, or open what does not lead anywhere."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product

from ...check import Cluster, Finding, Known, Unseen, check, once_a_cluster
from ...evaluators.network_policy import NAMESPACE_NAME, ContainerPort, Network, Pod, numbered, shared
from ...objects.fields import Object, at, containers, entries, name, namespace, pod_template, title
from ...objects.network_policy import (
    FIELDS,
    AddressPeer,
    Direction,
    NamedPort,
    PodPeer,
    PortRange,
    Rule,
    is_isolating,
    is_network_policy,
    pod_selector,
    rules,
)
from ...objects.ports import mentions
from ...objects.selectors import EVERYTHING, NOTHING, Selector, of_labels
from ..references.dangling import as_external, maker, of_templates

_DIRECTIONS: tuple[Direction, ...] = ("Ingress", "Egress")
_OTHER_END: dict[Direction, Direction] = {"Ingress": "Egress", "Egress": "Ingress"}

_POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: {name}
"""
_OF_DATABASE = (
    _POLICY.format(name="database")
    + """\
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: web
      ports:
        - port: 5432
"""
)
_EGRESS = """\
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector:
            matchLabels:
              app: database
      ports:
        - port: 5432
"""
_OF_WEB = _POLICY.format(name="web") + _EGRESS


def _pod(name: str, port: int) -> str:
    return f"""\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: shop
  labels:
    app: {name}
spec:
  containers:
    - name: {name}
      image: shop/{name}:1.0
      ports:
        - name: main
          containerPort: {port}
---
"""


_PODS = _pod("web", 8000) + _pod("database", 5432)
_GOOD = f"{_PODS}{_OF_DATABASE}---\n{_OF_WEB}"
# People write labels with these prefixes; those with another are of the project that it names.
_OF_EVERYONE = {"app.kubernetes.io", "helm.sh"}
_FEW = 3
_WAY_OUT = "Write the labels of the pods that are meant, or name these as `external` when someone else makes them."


@once_a_cluster
def _network(cluster: Cluster) -> Network:
    return Network.of(cluster.objects)


def _policies(cluster: Cluster) -> Iterator[Object]:
    return filter(is_network_policy, cluster.by_kind.get("NetworkPolicy", ()))


@once_a_cluster
def _rules(cluster: Cluster) -> Sequence[tuple[Object, Direction, Rule]]:
    """Those that count: of the directions in which their policy isolates."""
    return [
        (policy, direction, rule)
        for policy in _policies(cluster)
        for direction in _DIRECTIONS
        if is_isolating(policy, direction)
        for rule in rules(policy, direction)
    ]


# Whom policies and peers mean


@check(
    "dangling-network-policy",
    why="A NetworkPolicy whose podSelector fits no pods closes and opens nothing: those that are meant stay as open, "
    "or as closed, as they were.",
    way_out=_WAY_OUT,
    bad=_PODS + _OF_DATABASE.replace("app: database", "app: databse"),
    good=_PODS + _OF_DATABASE,
)
def dangling_network_policy(cluster: Cluster) -> Iterator[Finding | Unseen]:
    for policy in _policies(cluster):
        yield from _dangling(cluster, policy, namespace(policy), pod_selector(policy), "podSelector")


@check(
    "dangling-network-policy-peer",
    why="A peer that fits no pods lets nobody in, or out: the connection that is meant stays closed.",
    way_out=_WAY_OUT,
    bad=_PODS + _OF_DATABASE.replace("app: web", "app: webb"),
    good=_PODS + _OF_DATABASE,
)
def dangling_network_policy_peer(cluster: Cluster) -> Iterator[Finding | Unseen]:
    """Asked of peers that name pods, in namespaces of which pods are here."""
    for policy, direction, rule in _rules(cluster):
        for n, peer in enumerate(rule.peers):
            if isinstance(peer, PodPeer) and (there := _where(cluster, policy, peer)):
                field = f"{rule.field}.{FIELDS[direction][1]}[{n}].podSelector"
                found = [list(_dangling(cluster, policy, each, peer.pods, field, is_peer=True)) for each in there]
                yield from found[0] if all(found) else ()


def _where(cluster: Cluster, policy: Object, peer: PodPeer) -> Sequence[str]:
    """The namespaces in which a peer's pods may be; none when some of these are not known, or have no pods here."""
    if peer.namespaces is None:
        return [namespace(policy)]
    named = [r for r in peer.namespaces.requirements if (r.key, r.operator) == (NAMESPACE_NAME, "In")]
    there = sorted(named[0].values) if len(named) == 1 == len(peer.namespaces.requirements) else []
    return there if all(_network(cluster).pods_in(each, EVERYTHING) for each in there) else []


def _dangling(
    cluster: Cluster, policy: Object, there: str, selector: Selector, field: str, *, is_peer: bool = False
) -> Iterator[Finding | Unseen]:
    """What is told of a selector that selects no pods of a namespace; of one without requirements nothing is."""
    of_pods = of_templates(selector)
    if of_pods in (EVERYTHING, NOTHING) or _network(cluster).pods_in(there, of_pods):
        return
    wanted = as_external(there, selector)
    if any(map(cluster.is_external, wanted)):
        return
    where = f" in namespace {there}" if there else ""
    if reason := _reason(cluster, there, of_pods, is_peer=is_peer):
        yield Unseen(f"{title(policy)}: the pods of {field} {selector} are not here{where}; {reason}")
        return
    effect = "nobody is meant" if is_peer else "it does nothing"
    yield Finding(
        policy,
        f"{title(policy)}: {field} {selector} selects no pods{where}, so {effect}; write labels of the pods that are "
        "meant, or say that someone else makes them",
        unless=Known("external", wanted[0]) if wanted else None,
    )


def _reason(cluster: Cluster, there: str, selector: Selector, *, is_peer: bool) -> str:
    """Why pods that are not here may be there all the same; "" when nothing speaks for it."""
    if who := maker(cluster, there, selector):
        return f"{who} may make them"
    others = _network(cluster).pods_in(there, EVERYTHING)
    if not others:
        return "no pods of that namespace are"
    needed = {r.key for r in selector.requirements if r.operator in ("In", "Exists")}
    for key in sorted(needed.difference(*(pod.labels for pod in others))):
        prefix, slash, _ = key.rpartition("/")
        if slash and prefix not in _OF_EVERYONE:
            return f"whoever gives pods the labels of {prefix} may make them"
        if is_peer:
            return f"none here has the label {key}, so that those are meant which others give it to"
    return ""


# What rules open


@check(
    "network-policy-port",
    why="A policy is about the ports of pods, not of Services (Kubernetes API reference, NetworkPolicyPort): a port by "
    "a name that no container has is none, and one of a number leads nowhere when the pods declare others and mention "
    "it nowhere.",
    way_out="Write the name or number of a container's port.",
    bad=_GOOD.replace("port: 5432", "port: 5433"),
    good=_GOOD,
)
def network_policy_port(cluster: Cluster) -> Iterator[Finding]:
    """A number beside others that lead somewhere is told only when a Service leads from it to another one."""
    for policy, direction, rule in _rules(cluster):
        targets = _targets(_network(cluster), policy, direction, rule)
        if not targets:
            continue
        missing = [port for port in dict.fromkeys(rule.ports) if not any(_may_listen(pod, port) for pod in targets)]
        for port in missing:
            leads = _target_port(cluster, targets, port)
            if leads or isinstance(port, NamedPort) or len(missing) == len(rule.ports):
                has = ", ".join(sorted({_of_container(p) for pod in targets for p in pod.ports})) or "none"
                yield Finding(
                    policy,
                    f"{title(policy)}: {rule.field} opens port {_text(port)} of {_titles(targets)}, which has {has}; "
                    f"{leads or 'write one of these, or declare it'}",
                )


def _targets(found: Network, policy: Object, direction: Direction, rule: Rule) -> Collection[Pod]:
    """The pods whose ports a rule opens; none when it may open those of others too."""
    if direction == "Ingress":
        return found.selected(policy) if pod_selector(policy).requirements else ()
    groups = [found.peers(rule, peer) if _names_pods(peer) else () for peer in rule.peers]
    return {pod for group in groups for pod in group} if all(groups) else ()


def _names_pods(peer: PodPeer | AddressPeer) -> bool:
    return isinstance(peer, PodPeer) and bool(peer.pods.requirements)


def _may_listen(pod: Pod, port: PortRange | NamedPort) -> bool:
    """Containers need not declare what they listen on: a number is missing when others are there and nothing has it."""
    if isinstance(port, NamedPort):
        return any((p.protocol, p.name) == port for p in pod.ports)
    if port.first != port.last or not pod.ports or port.first in [p.number for p in pod.ports]:
        return True
    return any(mentions(container, port.first) for container in containers(pod_template(pod.object or {})))


def _target_port(cluster: Cluster, targets: Iterable[Pod], port: PortRange | NamedPort) -> str:
    """What to write instead of a Service's port, which a policy does not see."""
    for pod in targets:
        for service in cluster.by_namespace.get(pod.namespace, ()):
            if service["kind"] == "Service" and of_labels(at(service, "spec", "selector")).selects(pod.labels):
                for each in entries(service, "spec", "ports"):
                    if port[1] in (each.get("port"), each.get("name")) and each.get("targetPort", port[1]) != port[1]:
                        return f"it is one of {title(service)}, which leads to {each['targetPort']}; write that"
    return ""


@check(
    "one-sided-connection",
    why="A connection is open only when the policies of both of its ends let it through: a rule whose other end stays "
    "closed opens nothing.",
    way_out="Add the rule that is missing to a policy of the other end, or take this one away.",
    bad=_GOOD.replace(_EGRESS, "  policyTypes: [Egress]\n"),
    good=_GOOD,
)
def one_sided_connection(cluster: Cluster) -> Iterator[Finding]:
    """Asked of peers that name pods, when both ends are here."""
    found = _network(cluster)
    for policy, direction, rule in _rules(cluster):
        mine = [pod for pod in found.selected(policy) if not pod.is_on_host]
        for peer in filter(_names_pods, rule.peers):
            others = found.peers(rule, peer)
            ends = (mine, others) if direction == "Egress" else (others, mine)
            ports: Sequence[PortRange | NamedPort | None] = rule.ports or [None]
            closed = [port for port in ports if _is_closed(found, port, *ends)]
            if closed:
                on = f" on port {', '.join(_text(port) for port in closed if port)}" if rule.ports else ""
                opens, way = ("lets out to", "in") if direction == "Egress" else ("lets in", "out")
                guards = {name(o) for pod in others for o in found.isolating(pod, _OTHER_END[direction])}
                yield Finding(
                    policy,
                    f"{title(policy)}: {rule.field} {opens} {_titles(others)}{on}, but NetworkPolicy "
                    f"{' and '.join(sorted(guards))} does not let that {way}; open it there too, or close it here",
                )


def _is_closed(
    found: Network, port: PortRange | NamedPort | None, sources: Collection[Pod], targets: Collection[Pod]
) -> bool:
    """Whether no source reaches any target that has the port, of which there are some. port: None for all."""
    listening = [pod for pod in targets if port is None or _may_listen(pod, port)]
    pairs = [(s, t) for s, t in product(sources, listening) if not (s is t and s.is_single)]
    wanted = () if port is None else (port,)
    return bool(pairs) and not any(shared(found.ports(s, t), numbered(wanted, t)) for s, t in pairs)


# What counts for nothing


@check(
    "ignored-network-policy-rules",
    why="Rules of a direction that policyTypes does not list count for nothing, and neither does `egress: []` without "
    "policyTypes: a policy closes egress only when it has rules for it, or lists Egress (Kubernetes API reference, "
    "NetworkPolicySpec).",
    way_out="List the direction in policyTypes, or take its rules away.",
    bad=_PODS + _OF_WEB.replace("[Egress]", "[Ingress]"),
    good=_PODS + _OF_WEB,
)
def ignored_network_policy_rules(cluster: Cluster) -> Iterator[Finding]:
    for policy in _policies(cluster):
        for direction, (field, _) in FIELDS.items():
            listed, opened = at(policy, "spec", "policyTypes"), at(policy, "spec", field)
            if is_isolating(policy, direction) or not isinstance(opened, list):
                continue
            if not listed:
                text = f"{field} is empty and policyTypes left out, so that {field} stays open; write policyTypes: "
                yield Finding(policy, f"{title(policy)}: {text}[Ingress, Egress]")
            # What is none of the two is told by unknown-value. An empty rule opens everything, which it is.
            elif any(opened) and listed == [_OTHER_END[direction]]:
                text = f"policyTypes is {listed}, so that the rules of {field} count for nothing; add {direction} to it"
                yield Finding(policy, f"{title(policy)}: {text}, or take them away")


def _text(port: PortRange | NamedPort) -> str:
    number = port.name if isinstance(port, NamedPort) else str(port.first)
    if isinstance(port, PortRange) and port.first != port.last:
        number = f"{port.first}-{port.last}"
    return number if port.protocol == "TCP" else f"{number}/{port.protocol}"


def _of_container(port: ContainerPort) -> str:
    text = _text(PortRange(port.protocol, port.number, port.number))
    return f"{port.name} ({text})" if port.name else text


def _titles(pods: Collection[Pod]) -> str:
    """A few of them."""
    titles = sorted({title(pod.object) for pod in pods if pod.object})
    return " and ".join(titles) if len(titles) <= _FEW else f"{', '.join(titles[:_FEW])} and others"
