"""NetworkPolicies as they are read: whom they isolate, and which peers and ports their rules open.

What the API server would refuse opens nothing: a peer or port of that kind is nobody's, for if everything were open
instead, a mistake would be taken for a wish.

Source: Kubernetes API reference, NetworkPolicySpec.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any, Literal, NamedTuple, TypeGuard

from .fields import Object, at, mapping, text
from .selectors import EVERYTHING, NOTHING, Selector, label_selector

Direction = Literal["Ingress", "Egress"]
# The fields that hold a direction's rules, and a rule's peers.
FIELDS: dict[Direction, tuple[str, str]] = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}

PROTOCOLS = ("SCTP", "TCP", "UDP")


class PortRange(NamedTuple):
    """Ports from first to last."""

    protocol: str
    first: int
    last: int

    def has(self, number: int, protocol: str) -> bool:
        return self.protocol == protocol and self.first <= number <= self.last


class NamedPort(NamedTuple):
    """A port that a container of the pod at the end of the connection names."""

    protocol: str
    name: str


ALL_PORTS = tuple(PortRange(protocol, 1, 65535) for protocol in PROTOCOLS)


class PodPeer(NamedTuple):
    """Pods. namespaces: None for the policy's own."""

    namespaces: Selector | None
    pods: Selector


class AddressPeer(NamedTuple):
    """Addresses of a block, but for those of others in it."""

    block: IPv4Network | IPv6Network
    excepted: tuple[IPv4Network | IPv6Network, ...] = ()

    def holds(self, address: IPv4Address | IPv6Address) -> bool:
        return address in self.block and not any(address in block for block in self.excepted)

    @property
    def is_everything(self) -> bool:
        """All addresses of IPv4, or of IPv6."""
        return self.block.prefixlen == 0 and not self.excepted


_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_NOBODY = PodPeer(None, NOTHING)
_NO_PORT = PortRange("TCP", 1, 0)


@dataclass(frozen=True, eq=False)
class Rule:
    """What one entry of a policy's ingress or egress opens: each of its peers on each of its ports.

    Args:
        policy: the object.
        field: where it stands, `spec.ingress[0]`.
        peers: none for everyone.
        ports: none for all.
    """

    policy: Object
    field: str
    peers: Sequence[PodPeer | AddressPeer]
    ports: Sequence[PortRange | NamedPort]


def is_network_policy(o: Object) -> bool:
    """Kubernetes' own: Calico and Antrea have kinds of this name with other fields."""
    return o["kind"] == "NetworkPolicy" and text(o, "apiVersion").startswith("networking.k8s.io/")


def pod_selector(policy: Object) -> Selector:
    """Left out it is the empty one, which selects all pods of the namespace."""
    value = at(policy, "spec", "podSelector")
    return EVERYTHING if value is None else label_selector(value)


def is_isolating(policy: Object, direction: Direction) -> bool:
    """Whether it closes its pods in a direction, but for its rules."""
    types = at(policy, "spec", "policyTypes")
    if types:
        return isinstance(types, list) and direction in types
    return direction == "Ingress" or bool(at(policy, "spec", "egress"))


def rules(policy: Object, direction: Direction) -> Iterator[Rule]:
    field, _ = FIELDS[direction]
    entries = at(policy, "spec", field)
    for n, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(rule := {} if entry is None else entry, dict):
            yield Rule(policy, f"spec.{field}[{n}]", peers(rule, direction), _ports(rule))


def peers(rule: Any, direction: Direction) -> Sequence[PodPeer | AddressPeer]:
    """Those of an entry, in its order; none for everyone."""
    entries = rule.get(FIELDS[direction][1])
    if not entries:
        return ()
    return [peer(entry) for entry in entries] if isinstance(entries, list) else (_NOBODY,)


def peer(entry: Any) -> PodPeer | AddressPeer:
    namespaces, pods, block = (at(entry, key) for key in ("namespaceSelector", "podSelector", "ipBlock"))
    if block is not None:
        return _NOBODY if (namespaces, pods) != (None, None) else _address_peer(block)
    if namespaces is None and pods is None:
        return _NOBODY
    return PodPeer(
        None if namespaces is None else label_selector(namespaces),
        EVERYTHING if pods is None else label_selector(pods),
    )


def _address_peer(block: Any) -> PodPeer | AddressPeer:
    cidr = parse_cidr(at(block, "cidr"))
    entries = mapping(block).get("except") or []
    excepted = [parse_cidr(entry) for entry in entries] if isinstance(entries, list) else [None]
    if cidr is None or None in excepted:
        return _NOBODY
    return AddressPeer(cidr, tuple(block for block in excepted if block is not None))


def parse_cidr(value: Any) -> IPv4Network | IPv6Network | None:
    """A subnet; None when it is none.

    Bits beyond the mask and leading zeros are passed over, as the API server does up to Kubernetes 1.35.
    """
    return _parse_cidr(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _parse_cidr(value: str) -> IPv4Network | IPv6Network | None:
    # ip_network also takes a netmask, a scope and an address alone, which the API server does not.
    address, _, length = value.partition("/")
    if not (length.isascii() and length.isdecimal()) or "%" in address:
        return None
    try:
        return ip_network(value if ":" in address else _ZEROS.sub("", value), strict=False)
    except ValueError:
        return None


def _ports(rule: Any) -> Sequence[PortRange | NamedPort]:
    entries = rule.get("ports")
    if not entries:
        return ()
    return [port(entry) for entry in entries] if isinstance(entries, list) else (_NO_PORT,)


def port(entry: Any) -> PortRange | NamedPort:
    if not isinstance(entry, dict):
        return _NO_PORT
    protocol, first, last = (entry.get(field) for field in ("protocol", "port", "endPort"))
    if protocol is None:
        protocol = "TCP"
    if protocol not in PROTOCOLS:
        return _NO_PORT
    if isinstance(first, str):
        return NamedPort(protocol, first) if last is None else _NO_PORT
    if first is None:
        return PortRange(protocol, 1, 65535) if last is None else _NO_PORT
    if last is None:
        last = first
    return PortRange(protocol, first, last) if is_port(first) and is_port(last) else _NO_PORT


def is_port(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535
