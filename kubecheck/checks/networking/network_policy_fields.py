"""NetworkPolicies that the API server refuses."""

from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, entries, mapping, title
from ...objects.network_policy import FIELDS, is_network_policy, is_port, parse_cidr
from ...objects.ports import is_port_name
from ...objects.selectors import selector_problems

_GOOD = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 10.0.0.0/8
            except: [10.1.0.0/16]
      ports:
        - port: 8000
          endPort: 8010
"""


@check(
    "invalid-network-policy",
    why="The API server refuses it (Kubernetes API reference, NetworkPolicySpec), and the pods stay as open, or as "
    "closed, as they were.",
    way_out="Write the field as the text says.",
    bad=_GOOD.replace("8010", "80"),
    good=_GOOD,
    waivable=False,
)
def invalid_network_policy(cluster: Cluster) -> Iterator[Finding]:
    for policy in filter(is_network_policy, cluster.by_kind.get("NetworkPolicy", ())):
        for problem in _problems(policy):
            yield Finding(policy, f"{title(policy)}: {problem}")


@check(
    "ambiguous-cidr",
    why="Programs disagree on what a subnet means that has bits beyond its mask, leading zeros, or an IPv4 address as "
    "IPv6; from Kubernetes 1.36 on the API server refuses a new policy with one (feature StrictIPCIDRValidation).",
    way_out="Write the subnet as the text says.",
    bad=_GOOD.replace("10.1.0.0/16", "10.1.2.3/16"),
    good=_GOOD,
)
def ambiguous_cidr(cluster: Cluster) -> Iterator[Finding]:
    for policy in filter(is_network_policy, cluster.by_kind.get("NetworkPolicy", ())):
        for cidr in dict.fromkeys(filter(_is_ambiguous, _cidrs(policy))):
            yield Finding(policy, f"{title(policy)}: the subnet {cidr} can be read in two ways; write {_exact(cidr)}")


def _cidrs(policy: Object) -> Iterator[str]:
    for field, peers in FIELDS.values():
        for rule in entries(policy, "spec", field):
            for block in (mapping(peer, "ipBlock") for peer in entries(rule, peers)):
                excepted = at(block, "except")
                texts = [block.get("cidr"), *(excepted if isinstance(excepted, list) else ())]
                yield from (each for each in texts if isinstance(each, str) and parse_cidr(each))


def _exact(cidr: str) -> str:
    """The subnet as it is written best, which is another text than that of an ambiguous one."""
    network = parse_cidr(cidr)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return f"{mapped}/{network.prefixlen - 96}" if network and mapped else str(network)


def _is_ambiguous(cidr: str) -> bool:
    """Not when it is but longer than need be, as IPv6 is with all of its zeros."""
    try:
        network = ip_network(cidr)
    except ValueError:
        return True
    return "/0" in cidr.removesuffix("/0") or getattr(network.network_address, "ipv4_mapped", None) is not None


def _problems(policy: Object) -> Iterator[str]:
    """field-type and unknown-value tell of what is no list or mapping, and of words that are none."""
    yield from (f"spec.podSelector {problem}" for problem in selector_problems(at(policy, "spec", "podSelector")))
    types = _list(at(policy, "spec", "policyTypes"))
    if len(types) > len(FIELDS) or "" in types or None in types:
        yield f"spec.policyTypes is {types}; write Ingress, Egress or both, each once"
    for field, peers in FIELDS.values():
        for n, rule in enumerate(_list(at(policy, "spec", field))):
            for m, peer in enumerate(_list(at(rule, peers))):
                yield from _peer_problems(peer, f"spec.{field}[{n}].{peers}[{m}]")
            for m, port in enumerate(_list(at(rule, "ports"))):
                yield from (f"spec.{field}[{n}].ports[{m}] {problem}" for problem in _port_problems(port))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _peer_problems(peer: Any, where: str) -> Iterator[str]:
    selectors = {field: at(peer, field) for field in ("podSelector", "namespaceSelector")}
    block = at(peer, "ipBlock")
    if block is None and all(selector is None for selector in selectors.values()):
        yield f"{where} names no peer; write podSelector, namespaceSelector or ipBlock"
    for field, selector in selectors.items():
        yield from (f"{where}.{field} {problem}" for problem in selector_problems(selector))
        if block is not None and selector is not None:
            yield f"{where} has ipBlock beside {field}; make two peers of them"
    if block is not None:
        yield from (f"{where}.ipBlock.{problem}" for problem in _block_problems(block))


def _block_problems(block: Any) -> Iterator[str]:
    given, excepted = at(block, "cidr"), _list(at(block, "except"))
    cidr = parse_cidr(given)
    for field, each in (("cidr", given), *((f"except[{n}]", each) for n, each in enumerate(excepted))):
        inner = parse_cidr(each)
        if inner is None:
            yield f"{field} is {each!r}, which is no subnet; write its address and mask, such as 10.0.0.0/16"
        elif cidr and field != "cidr" and not (inner.network_address in cidr and inner.prefixlen > cidr.prefixlen):
            yield f"{field} is {each}, which is no part of {given}; write a smaller subnet of it"


def _port_problems(port: Any) -> Iterator[str]:
    first, last = at(port, "port"), at(port, "endPort")
    if at(port, "protocol") == "":
        yield "has an empty protocol; write TCP, UDP or SCTP"
    if isinstance(first, str) and not is_port_name(first):
        yield f"is {first!r}; write the name of a container's port, or a number without quotes"
    elif isinstance(first, int) and not is_port(first):
        yield f"is {first!r}; write a number from 1 to 65535"
    if not isinstance(last, int):
        return
    if not is_port(last):
        yield f"has the endPort {last!r}; write a number from 1 to 65535"
    elif not isinstance(first, int):
        yield f"has the endPort {last} without a number as port; write the first port of the range"
    elif is_port(first) and last < first:
        yield f"ends at {last}, before it begins at {first}; write the range from the lower port to the higher"
