"""NetworkPolicies that the API server refuses."""

from collections.abc import Generator, Iterator
from ipaddress import IPv6Network, ip_network
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, entries, mapping, title
from ...objects.network_policy import FIELDS, PROTOCOLS, is_network_policy, is_port, parse_cidr
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
        for problem in _problems(policy.get("spec")):
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


def _problems(spec: Any) -> Iterator[str]:
    if spec is None:
        return
    if not isinstance(spec, dict):
        yield f"spec is {spec!r}, which is no mapping; write podSelector and what it opens"
        return
    yield from (f"spec.podSelector {problem}" for problem in selector_problems(spec.get("podSelector")))
    types = yield from _list(spec, "policyTypes", "spec", "Ingress, Egress or both")
    if len(types) > len(FIELDS):
        yield f"spec.policyTypes has {len(types)} entries; write each direction once"
    for wrong in [each for each in types if each not in list(FIELDS)]:
        yield f"spec.policyTypes has {wrong!r}; write Ingress, Egress or both"
    for field, peers in FIELDS.values():
        entries = yield from _list(spec, field, "spec", "rules")
        for n, rule in enumerate(entries):
            if rule is not None:
                yield from _rule_problems(rule, peers, f"spec.{field}[{n}]")


def _list(value: dict[str, Any], field: str, where: str, wanted: str) -> Generator[str, None, list[Any]]:
    """The entries of a list, which may be left out; what is wrong with it is yielded."""
    found = value.get(field)
    if found is None or isinstance(found, list):
        return found or []
    yield f"{where}.{field} is {found!r}, which is no list; write a list of {wanted}"
    return []


def _rule_problems(rule: Any, field: str, where: str) -> Iterator[str]:
    if not isinstance(rule, dict):
        yield f"{where} is {rule!r}; write {field} and ports"
        return
    peers = yield from _list(rule, field, where, "peers")
    for n, peer in enumerate(peers):
        yield from _peer_problems(peer, f"{where}.{field}[{n}]")
    ports = yield from _list(rule, "ports", where, "port and protocol")
    for n, port in enumerate(ports):
        yield from (f"{where}.ports[{n}] {problem}" for problem in _port_problems({} if port is None else port))


def _peer_problems(peer: Any, where: str) -> Iterator[str]:
    selectors = {field: at(peer, field) for field in ("podSelector", "namespaceSelector")}
    block = at(peer, "ipBlock")
    if block is None and all(selector is None for selector in selectors.values()):
        yield f"{where} is {peer!r}, which names no peer; write podSelector, namespaceSelector or ipBlock"
    for field, selector in selectors.items():
        yield from (f"{where}.{field} {problem}" for problem in selector_problems(selector))
        if block is not None and selector is not None:
            yield f"{where} has ipBlock beside {field}; make two peers of them"
    if block is not None:
        yield from _block_problems(block, f"{where}.ipBlock")


def _block_problems(block: Any, where: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield f"{where} is {block!r}; write its cidr"
        return
    yield from (f"{where}.cidr {problem}" for problem in _cidr_problems(block.get("cidr")))
    cidr = parse_cidr(block.get("cidr"))
    excepted = yield from _list(block, "except", where, "subnets")
    for n, each in enumerate(excepted):
        yield from (f"{where}.except[{n}] {problem}" for problem in _cidr_problems(each))
        inner = parse_cidr(each)
        if cidr and inner and not (inner.network_address in cidr and inner.prefixlen > cidr.prefixlen):
            yield f"{where}.except[{n}] is {each}, which is no part of {block['cidr']}; write a smaller subnet of it"


def _cidr_problems(cidr: Any) -> Iterator[str]:
    if parse_cidr(cidr) is None:
        yield f"is {cidr!r}, which is no subnet; write its address and mask, such as 10.0.0.0/16"


def _port_problems(port: Any) -> Iterator[str]:
    if not isinstance(port, dict):
        yield f"is {port!r}; write port and protocol"
        return
    protocol, first, last = (port.get(field) for field in ("protocol", "port", "endPort"))
    if protocol is not None and protocol not in PROTOCOLS:
        yield f"has the protocol {protocol!r}; write TCP, UDP or SCTP"
    if first is not None and not (is_port_name(first) if isinstance(first, str) else is_port(first)):
        yield f"is {first!r}; write a number from 1 to 65535, or the name of a container's port"
    if last is None:
        return
    if not is_port(last):
        yield f"has the endPort {last!r}; write a number from 1 to 65535"
    elif first is None or isinstance(first, str):
        yield f"has the endPort {last} without a number as port; write the first port of the range"
    elif is_port(first) and last < first:
        yield f"ends at {last}, before it begins at {first}; write the range from the lower port to the higher"
