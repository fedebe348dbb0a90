"""Resources: what an API calls the objects of a kind, and Roles say whom they allow."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from .kinds import KINDS

# What is no kind, but what Roles allow (Kubernetes documentation, Using RBAC Authorization and User Impersonation;
# Certificate Signing Requests), or was one of a version that charts still provide for.
_NO_KINDS = {
    "": {"groups", "users"},
    "authentication.k8s.io": {"uids", "userextras"},
    "certificates.k8s.io": {"signers"},
    "policy": {"podsecuritypolicies"},
}

# Kubernetes API reference, Pod: operations.
POD_SUBRESOURCES = frozenset(
    ("attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status")
)


def resource_of(kind: str) -> str:
    """The plural, by the rules of English, as Kubernetes' own kinds and those of CRDs are named."""
    singular = kind.lower()
    if singular.endswith(("endpoints", "parameters")):
        return singular
    if singular.endswith("s"):
        return f"{singular}es"
    return re.sub("([^aeiou])y$", r"\1ie", singular) + "s"


@cache
def built_in() -> Mapping[str, frozenset[str]]:
    """The resources of each API group of Kubernetes itself, in any version that is known; "" is the core."""
    found: dict[str, set[str]] = defaultdict(set)
    for api_version, _, _, kinds in KINDS:
        found[api_version.rpartition("/")[0]].update(map(resource_of, kinds.split()))
    return {group: frozenset(found[group] | _NO_KINDS.get(group, set())) for group in found}
