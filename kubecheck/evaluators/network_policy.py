"""Who may reach whom, as NetworkPolicies have it.

A connection is allowed when the egress of the one end and the ingress of the other let it through; replies to it always
are. Pods that no policy isolates in a direction are open in it, and policies only ever add to one another. Pods on the
host's network are outside of all policies: none isolates them, and no podSelector means them, for what they send has
the node's address. What comes from a pod's own node is let in whatever policies say; it is not asked about here.

Source: Kubernetes API reference, NetworkPolicySpec; documentation, Network Policies.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

from ..objects.fields import Object, at, containers, entries, name, namespace, pod_template, text
from ..objects.network_policy import (
    ALL_PORTS,
    AddressPeer,
    Direction,
    NamedPort,
    PodPeer,
    PortRange,
    Rule,
    is_isolating,
    is_network_policy,
    is_port,
    pod_selector,
    rules,
)
from ..objects.selectors import LabelIndex, Selector, as_text

NAMESPACE_NAME = "kubernetes.io/metadata.name"


class ContainerPort(NamedTuple):
    """A port that a container declares. name: "" without one."""

    name: str
    protocol: str
    number: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Pod:
    """One end of a connection: the pods of a Deployment, which are alike, or a single pod.

    Args:
        name: of the object that makes them, or of the pod itself.
        namespace: "" for that of objects that name none.
        labels: those that policies select it by.
        ports: what its containers declare, init containers included; named ports of policies are these.
        addresses: of a pod that runs. None for one that is yet to be made: it is known to be only in a block of all
            addresses.
        is_on_host: whether it is on its host's network.
        is_single: whether it is one pod. It always reaches itself; of several that are alike one is asked whether it
            reaches another.
        object: what makes it, or itself.
    """

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[ContainerPort] = ()
    addresses: Sequence[str] = ()
    is_on_host: bool = False
    is_single: bool = False
    object: Object | None = None


@dataclass(frozen=True)
class Address:
    """The other end of a connection, when it is no pod of the cluster: `Address("203.0.113.7")`, IPv4 or IPv6."""

    text: str


class Side(NamedTuple):
    """What the policies of one end say to a connection.

    Args:
        isolating: those that close the pod in this direction, but for their rules.
        rules: those of their rules that let the connection through.
    """

    isolating: Sequence[Object]
    rules: Sequence[Rule]

    @property
    def is_open(self) -> bool:
        return not self.isolating or bool(self.rules)


class Verdict(NamedTuple):
    """Whether a connection is allowed, and by what. egress is the side of its source, ingress of its target."""

    egress: Side
    ingress: Side

    @property
    def is_allowed(self) -> bool:
        return self.egress.is_open and self.ingress.is_open


class Connection(NamedTuple):
    """The ports on which a pod may reach another; `ports` is sorted, and its ranges don't touch."""

    source: Pod
    target: Pod
    ports: Sequence[PortRange]


_OPEN = Side((), ())


class Network:
    """The pods of a cluster, and who may reach whom.

    Args:
        policies: NetworkPolicies of all namespaces.
        namespaces: the labels of each by its name. Every namespace has kubernetes.io/metadata.name beside them; those
            that are not given have nothing else.
        pods: all that are asked about.
    """

    def __init__(
        self, policies: Iterable[Object], namespaces: Mapping[str, Mapping[str, str]], pods: Iterable[Pod]
    ) -> None:
        self.pods = tuple(pods)
        here: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            here[pod.namespace].append(pod)
        self._pods = {there: LabelIndex((p.labels, p) for p in pods) for there, pods in here.items()}
        self._namespaces = LabelIndex(
            ({**namespaces.get(there, {}), **({NAMESPACE_NAME: there} if there else {})}, there) for there in here
        )
        self._peers: dict[tuple[str, PodPeer | AddressPeer], frozenset[Pod]] = {}
        self._meant: dict[Rule, frozenset[Pod]] = {}
        self._isolating: dict[tuple[Pod | Address, Direction], list[Object]] = {}
        self._rules: dict[tuple[Pod | Address, Direction], list[Rule]] = {}
        for policy in policies:
            self._add(policy)

    @classmethod
    def of(cls, objects: Sequence[Object]) -> "Network":
        """That of finished objects: their NetworkPolicies, Namespaces, and everything that has a pod template."""
        return cls(
            filter(is_network_policy, objects),
            {name(o): as_text(at(o, "metadata", "labels")) for o in objects if o["kind"] == "Namespace"},
            map(pod, filter(pod_template, objects)),
        )

    def _add(self, policy: Object) -> None:
        selected = [p for p in self.selected(policy) if not p.is_on_host]
        directions: tuple[Direction, ...] = ("Ingress", "Egress")
        for direction in directions:
            if is_isolating(policy, direction):
                opened = list(rules(policy, direction))
                for p in selected:
                    self._isolating.setdefault((p, direction), []).append(policy)
                    self._rules.setdefault((p, direction), []).extend(opened)

    def selected(self, policy: Object) -> Sequence[Pod]:
        """The pods that a policy's podSelector means, also those on their host's network, for which it does nothing."""
        return self.pods_in(namespace(policy), pod_selector(policy))

    def pods_in(self, namespace: str, selector: Selector) -> Sequence[Pod]:
        """The pods of a namespace that a selector selects."""
        return self._pods[namespace].selected(selector) if namespace in self._pods else ()

    def isolating(self, end: Pod | Address, direction: Direction) -> Sequence[Object]:
        """The policies that close an end in a direction, but for their rules; without any it is open."""
        return self._isolating.get((end, direction), ())

    def rules(self, end: Pod | Address, direction: Direction) -> Sequence[Rule]:
        """Everything that is open to an end which is isolated, in the order of its policies."""
        return self._rules.get((end, direction), ())

    def verdict(self, source: Pod | Address, target: Pod | Address, port: int, protocol: str = "TCP") -> Verdict:
        """Whether the source may open a connection to a port of the target."""
        if source is target and isinstance(source, Pod) and source.is_single:
            return Verdict(_OPEN, _OPEN)
        wanted = PortRange(protocol, port, port)

        def side(here: Pod | Address, direction: Direction, there: Pod | Address) -> Side:
            opening = [
                rule
                for rule in self.rules(here, direction)
                if self._means(rule, there) and shared(numbered(rule.ports, target), [wanted])
            ]
            return Side(self.isolating(here, direction), opening)

        return Verdict(side(source, "Egress", target), side(target, "Ingress", source))

    def allows(self, source: Pod | Address, target: Pod | Address, port: int, protocol: str = "TCP") -> bool:
        return self.verdict(source, target, port, protocol).is_allowed

    def connections(self) -> Iterator[Connection]:
        """Between any two pods of which one may reach the other on some port, by target and source as they were given.

        Several pods that are alike may reach one another; a single pod and itself is no connection.
        """
        for target in self.pods:
            for source in self._let_in(target):
                if not (source is target and source.is_single) and (ports := self.ports(source, target)):
                    yield Connection(source, target, ports)

    def _let_in(self, target: Pod) -> Sequence[Pod]:
        """All that a pod's ingress lets in on any port."""
        opening = self.rules(target, "Ingress")
        if not self.isolating(target, "Ingress") or any(not rule.peers for rule in opening):
            return self.pods
        found = frozenset[Pod]().union(*map(self.meant, opening))
        return [p for p in self.pods if p in found]

    def ports(self, source: Pod, target: Pod) -> Sequence[PortRange]:
        """Those on which the source may reach the target, sorted; ranges don't touch."""
        out = self._opened(source, "Egress", target, target)
        if not out:
            return out
        into = self._opened(target, "Ingress", source, target)
        if out is ALL_PORTS or into is ALL_PORTS:
            return into if out is ALL_PORTS else out
        return shared(out, into)

    def _opened(self, here: Pod, direction: Direction, there: Pod, target: Pod) -> Sequence[PortRange]:
        if not self.isolating(here, direction):
            return ALL_PORTS
        opening = [rule for rule in self.rules(here, direction) if self._means(rule, there)]
        if any(not rule.ports for rule in opening):
            return ALL_PORTS
        return _merged(ports for rule in opening for ports in numbered(rule.ports, target))

    def _means(self, rule: Rule, other: Pod | Address) -> bool:
        """Whether the other end is one of a rule's peers."""
        if not rule.peers:
            return True
        if isinstance(other, Pod):
            return other in self.meant(rule)
        address = ip_address(other.text)
        return any(isinstance(peer, AddressPeer) and peer.holds(address) for peer in rule.peers)

    def meant(self, rule: Rule) -> frozenset[Pod]:
        """The pods that any peer of a rule means; everyone, when it has none, is not listed."""
        if rule not in self._meant:
            self._meant[rule] = frozenset[Pod]().union(*(self.peers(rule, peer) for peer in rule.peers))
        return self._meant[rule]

    def peers(self, rule: Rule, peer: PodPeer | AddressPeer) -> frozenset[Pod]:
        """The pods that one peer of a rule means."""
        key = namespace(rule.policy), peer
        if key not in self._peers:
            self._peers[key] = frozenset(self._found(*key))
        return self._peers[key]

    def _found(self, here: str, peer: PodPeer | AddressPeer) -> Iterator[Pod]:
        if isinstance(peer, AddressPeer):
            yield from (p for p in self.pods if _is_in(peer, p))
            return
        for there in [here] if peer.namespaces is None else self._namespaces.selected(peer.namespaces):
            yield from (p for p in self.pods_in(there, peer.pods) if not p.is_on_host)


def numbered(ports: Sequence[PortRange | NamedPort], target: Pod | Address) -> Sequence[PortRange]:
    """Those of a rule, by number. A name is that of a port of the target, which an address has none of."""
    if not ports:
        return ALL_PORTS
    found = []
    for wanted in ports:
        if isinstance(wanted, PortRange):
            found.append(wanted)
        elif isinstance(target, Pod):
            found += [PortRange(p.protocol, p.number, p.number) for p in target.ports if (p.protocol, p.name) == wanted]
    return found


def pod(o: Object) -> Pod:
    """The pods that an object makes, or the pod that it is."""
    template = pod_template(o)
    is_pod = o["kind"] == "Pod"
    return Pod(
        name=name(o),
        namespace=namespace(o),
        labels=as_text(at(template, "metadata", "labels")),
        ports=tuple(port for container in containers(template) for port in _container_ports(container)),
        addresses=tuple(_addresses(o)) if is_pod else (),
        is_on_host=at(template, "spec", "hostNetwork") is True,
        is_single=is_pod,
        object=o,
    )


def _container_ports(container: Object) -> Iterator[ContainerPort]:
    for entry in entries(container, "ports"):
        if is_port(number := entry.get("containerPort")):
            yield ContainerPort(text(entry, "name"), text(entry, "protocol") or "TCP", number)


def _addresses(o: Object) -> Iterator[str]:
    for entry in entries(o, "status", "podIPs"):
        with suppress(ValueError):
            yield str(ip_address(text(entry, "ip")))


def _is_in(peer: AddressPeer, pod: Pod) -> bool:
    if not pod.addresses:
        return peer.is_everything
    return any(peer.holds(ip_address(address)) for address in pod.addresses)


def _merged(ranges: Iterable[PortRange]) -> Sequence[PortRange]:
    """Sorted; those that overlap or touch are one."""
    merged: list[PortRange] = []
    for each in sorted(ranges):
        if each.first > each.last:
            continue
        if merged and merged[-1].protocol == each.protocol and each.first <= merged[-1].last + 1:
            merged[-1] = merged[-1]._replace(last=max(merged[-1].last, each.last))
        else:
            merged.append(each)
    return merged


def shared(some: Iterable[PortRange], others: Sequence[PortRange]) -> Sequence[PortRange]:
    """What lies in both: sorted, and ranges don't touch."""
    overlaps = (
        PortRange(a.protocol, max(a.first, b.first), min(a.last, b.last))
        for a in some
        for b in others
        if a.protocol == b.protocol
    )
    return _merged(overlaps)
