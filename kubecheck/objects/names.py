"""Names as the API server accepts them."""

import re
from collections.abc import Iterator
from ipaddress import ip_network

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
DNS_LABEL = re.compile(_LABEL)
# Between dots a name may be as long as it likes (apimachinery, IsDNS1123Subdomain), which a host's may not.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_HOST = re.compile(rf"({_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?")


def namespace_problems(name: str) -> Iterator[str]:
    """Source: Kubernetes documentation, Namespaces; DNS Label Names."""
    if not DNS_LABEL.fullmatch(name):
        yield f"{name!r} is not a namespace's name; use at most 63 lower-case letters, digits and '-'"


def name_problems(name: str) -> Iterator[str]:
    """Source: Kubernetes documentation, Object Names and IDs, DNS Subdomain Names."""
    if not _NAME.fullmatch(name) or len(name) > 253:
        yield f"{name!r} is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"


def host_name_problems(name: str) -> Iterator[str]:
    if not _HOST.fullmatch(name) or len(name) > 253:
        yield f"{name!r} is not a host name; write lower-case labels with dots between, e.g. app.example.com"


def cidr_problems(cidr: str) -> Iterator[str]:
    try:
        network = ip_network(cidr)
    except ValueError as error:
        yield f"{cidr!r} is not a CIDR ({error}); write the subnet and its mask, e.g. 10.0.0.0/16"
    else:
        if "/" not in cidr:
            yield f"{cidr!r} has no mask; write {network}, or the subnet's mask"
