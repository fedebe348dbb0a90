"""What NetworkPolicies mean, computed: nothing enforces them here.

Source: Kubernetes documentation, Network Policies, and the API reference, NetworkPolicySpec. What is not known here,
such as ports by name, is an error, lest it be taken for closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from ..charts.dist import Object


@dataclass(frozen=True)
class Peer:
    """An end of a connection: a pod, or with neither namespace nor labels an address outside the cluster."""

    name: str
    address: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


class Network:
    """policies: of all namespaces. namespaces: their labels, by name."""

    def __init__(self, policies: Iterable[Object], namespaces: Mapping[str, Mapping[str, str]]) -> None:
        self._policies = list(policies)
        self._namespaces = namespaces

    def allows(self, source: Peer, target: Peer, port: int, protocol: str) -> bool:
        """Both ends must let it through."""
        ends = (("Egress", source, target), ("Ingress", target, source))
        return all(self._open(direction, here, there, port, protocol) for direction, here, there in ends)

    def _open(self, direction: str, here: Peer, there: Peer, port: int, protocol: str) -> bool:
        specs = [
            policy["spec"]
            for policy in self._policies
            if policy["metadata"]["namespace"] == here.namespace
            and direction in policy["spec"]["policyTypes"]
            and _selects(policy["spec"]["podSelector"], here.labels)
        ]
        # A pod that no policy selects is open, and policies add to one another.
        rules = [rule for spec in specs for rule in spec.get(direction.lower(), [])]
        return not specs or any(self._matches(rule, direction, here, there, port, protocol) for rule in rules)

    def _matches(self, rule: Object, direction: str, here: Peer, there: Peer, port: int, protocol: str) -> bool:
        peers = rule.get("from" if direction == "Ingress" else "to")
        ports = rule.get("ports")
        return (not ports or any(_is(entry, port, protocol) for entry in ports)) and (
            not peers or any(self._is_peer(peer, here, there) for peer in peers)
        )

    def _is_peer(self, peer: Object, here: Peer, there: Peer) -> bool:
        if "ipBlock" in peer:
            block, address = peer["ipBlock"], ip_address(there.address)
            return address in ip_network(block["cidr"]) and not any(
                address in ip_network(excepted) for excepted in block.get("except", [])
            )
        assert peer.keys() <= {"podSelector", "namespaceSelector"}, peer
        if not there.namespace:
            return False
        if "namespaceSelector" in peer:
            near = _selects(peer["namespaceSelector"], self._namespaces[there.namespace])
        else:
            near = there.namespace == here.namespace
        return near and _selects(peer.get("podSelector", {}), there.labels)


def _selects(selector: Object, labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}, selector
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def _is(entry: Object, port: int, protocol: str) -> bool:
    first = entry.get("port", 0)
    assert isinstance(first, int), entry
    last: int = entry.get("endPort", first or 65535)
    return first <= port <= last and bool(entry.get("protocol", "TCP") == protocol)
