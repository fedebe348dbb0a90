"""The Ingress of a WebService, as all classes have it, and what lets cert-manager answer for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from ._exposure import Exposed
from ._labels import Labels
from ._manifest import Manifest
from ._network import NetworkPolicy
from ._tls import Tls

# cert-manager answers the HTTP-01 challenge from a pod of its own in the Ingress's namespace, with this label and on
# this port (cert-manager, pkg/issuer/acme/http). Under a default deny no certificate would ever be issued.
_ACME_SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
_ACME_PORT = 8089


def ingress_object(
    scope: Construct,
    exposed: Exposed,
    *,
    class_name: str,
    tls: Tls | None,
    annotations: Mapping[str, str],
    id: str = "ingress",
    name: str | None = None,
) -> Manifest:
    """The hosts' paths to the service. Annotations are those of the class; snippets never.

    tls: its Secret and cert-manager's annotation are added.
    """
    labels, names = exposed.labels, list(exposed.by_name)
    secret = tls and tls.secret_name(labels)
    if tls and tls.cluster_issuer is not None:
        annotations = {**annotations, "cert-manager.io/cluster-issuer": tls.cluster_issuer}
    backend = {"service": {"name": labels.name, "port": {"name": "http"}}}
    return Manifest(
        scope,
        id,
        api_version="networking.k8s.io/v1",
        kind="Ingress",
        name=name or labels.name,
        labels=labels.all,
        annotations=annotations,
        spec={
            "ingressClassName": class_name,
            "tls": [{"hosts": names, "secretName": secret}] if secret else None,
            "rules": [
                {
                    "host": host,
                    "http": {
                        "paths": [{"path": h.path, "pathType": h.path_type, "backend": backend} for h in hosts],
                    },
                }
                for host, hosts in exposed.by_name.items()
            ],
        },
    )


def acme_solver_policy(scope: Construct, labels: Labels, peers: Sequence[dict[str, Any]]) -> NetworkPolicy:
    """Lets the ingress controller reach the pod with which cert-manager answers the HTTP-01 challenge."""
    policy = NetworkPolicy(
        scope, "acme-solver-policy", name=f"{labels.name}-acme-solver", labels=labels, selector=_ACME_SOLVER
    )
    policy.allow_from(peers, [_ACME_PORT])
    return policy
