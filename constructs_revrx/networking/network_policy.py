"""NetworkPolicies: everything is closed, each declared connection opens both of its ends."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from constructs import Construct

from ..core.calls import value_object
from ..core.labels import Labels
from ..core.manifest import Manifest
from ..core.plain_values import tidy

# RFC 1918, RFC 6598 and link-local, where a cloud's metadata service gives out credentials.
_NOT_PUBLIC = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")

NAMESPACE_NAME = "kubernetes.io/metadata.name"  # set by the API server on every Namespace since 1.22

# The fields of its spec that hold rules.
_DIRECTIONS = ("egress", "ingress")


@value_object
class Endpoint:
    """What a connection ends at, for what no construct here describes: `worker.connect_to(Endpoint(…))`.

    Args:
        peers: addresses or pods, as a NetworkPolicy names them: `{"ipBlock": {"cidr": "10.1.0.0/24"}}`,
            `{"namespaceSelector": …, "podSelector": …}`; a podSelector alone means the client's own namespace.
        ports: their TCP ports.
        policy: the one that guards these pods, when it is made here; it lets the client in. Default none.
    """

    peers: tuple[dict[str, Any], ...]
    ports: tuple[int, ...]
    policy: "NetworkPolicy | None" = None

    @property
    def endpoint(self) -> "Endpoint":
        return self

    def problems(self) -> Iterator[str]:
        if not self.peers:
            yield "peers is empty, which to a NetworkPolicy means everyone; name those that are meant"
        for port in self.ports:
            yield from (f"port {problem}" for problem in port_problems(port))


class Connectable(Protocol):
    """What `connect_to` accepts: a Datastore, a WebService, Internet(port), an Endpoint, or anything that has one."""

    @property
    def endpoint(self) -> Endpoint:
        """What a connection to it ends at."""


@value_object(kw_only=False)
class Internet:
    """Public addresses on one TCP port: an API over HTTPS, a mail server. Private and link-local ones stay closed.

    Args:
        port: 1 to 65535; default 443.
    """

    port: int = 443

    def problems(self) -> Iterator[str]:
        yield from (f"port {problem}" for problem in port_problems(self.port))

    @property
    def endpoint(self) -> Endpoint:
        peer = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_PUBLIC)}}
        return Endpoint(peers=(peer,), ports=(self.port,))


class NetworkPolicy(Manifest):
    """A workload's own policy. It allows nothing but what `allow_from` and `allow_to` add.

    Rules are a set, kept in the order of their texts: that of the code would only tell where a connection is declared.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        labels: Labels,
        selector: dict[str, str],
        annotations: dict[str, str] | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="networking.k8s.io/v1",
            kind="NetworkPolicy",
            name=name,
            labels=labels.all,
            annotations=annotations,
            spec={
                "podSelector": {"matchLabels": selector},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [],
                "egress": [],
            },
        )
        self._texts: dict[str, list[str]] = {direction: [] for direction in _DIRECTIONS}

    def allow_from(self, peers: Sequence[dict[str, Any]], ports: Sequence[int]) -> None:
        self._add("ingress", {"from": peers, "ports": _tcp(ports)})

    def allow_to(self, peers: Sequence[dict[str, Any]], ports: Sequence[int]) -> None:
        self._add("egress", {"to": peers, "ports": _tcp(ports)})

    def allow_dns(self) -> None:
        """To the cluster's DNS: the pods that kube-dns and CoreDNS installations label k8s-app=kube-dns."""
        peer = {
            "namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
        self._add("egress", {"to": [peer], "ports": [{"port": 53, "protocol": name} for name in ("TCP", "UDP")]})

    def document(self) -> dict[str, Any]:
        """Without an empty list of rules: it means the same as none, but the API server drops it, and each apply would
        set it again.
        """
        document = super().document()
        spec = document.get("spec")
        if isinstance(spec, dict):  # whatever a patch has made of it
            document["spec"] = {key: value for key, value in spec.items() if key not in _DIRECTIONS or value != []}
        return document

    def _add(self, direction: str, rule: dict[str, Any]) -> None:
        rule = tidy(rule)
        text, texts = json.dumps(rule, sort_keys=True), self._texts[direction]
        place = bisect_left(texts, text)
        if texts[place : place + 1] != [text]:  # several workers let the same KEDA in
            texts.insert(place, text)
            self.fields["spec"][direction].insert(place, rule)


def port_problems(port: int) -> Iterator[str]:
    if not 1 <= port <= 65535:
        yield f"{port} is not from 1 to 65535"


def _tcp(ports: Sequence[int]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in sorted(ports)]


def addresses(cidrs: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Peers: what has an address in one of the subnets."""
    return tuple({"ipBlock": {"cidr": cidr}} for cidr in cidrs)


def pods_of(labels: Labels) -> dict[str, Any]:
    """A peer: a component's pods, in the policy's own namespace."""
    return {"podSelector": {"matchLabels": labels.selector}}


def pods_in(namespace: str) -> dict[str, Any]:
    """A peer: all pods of another namespace."""
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: namespace}}}
