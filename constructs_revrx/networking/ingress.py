"""What Ingresses of all classes have in common, and the policy under which cert-manager answers challenges."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs import Construct

from kubecheck.objects.names import name_problems, namespace_problems

from ..core.labels import Labels
from ..core.manifest import Manifest
from .backend import Backend
from .host import StickyCookie
from .network_policy import NetworkPolicy, pods_in
from .router import Router
from .tls import Tls

# cert-manager answers the HTTP-01 challenge from a pod of its own in the Ingress's namespace, with this label and on
# this port (cert-manager, pkg/issuer/acme/http). Under a default deny no certificate would ever be issued.
_ACME_SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
_NO_POD_YET = {
    "kube-score/ignore": "networkpolicy-targets-pod",
    "kube-score/reason": "cert-manager makes the pod, for as long as a certificate is asked for",
}
_ACME_PORT = 8089


class IngressController(Router):
    """An ingress controller whose pods connect to the service's, and which has the hosts' certificates."""

    class_name: str
    tls: Tls
    controller_namespace: str
    sticky: StickyCookie | None

    @property
    def peers(self) -> Sequence[dict[str, Any]]:
        return [pods_in(self.controller_namespace)]

    @property
    def answers_acme_challenges(self) -> bool:
        return self.tls.cluster_issuer is not None

    def problems(self) -> Iterator[str]:
        yield from (f"class_name: {text}" for text in name_problems(self.class_name))
        yield from (f"controller_namespace: {text}" for text in namespace_problems(self.controller_namespace))


def ingress_object(
    scope: Construct,
    backend: Backend,
    *,
    class_name: str,
    tls: Tls | None,
    annotations: Mapping[str, str],
    id: str = "ingress",
    name: str | None = None,
) -> Manifest:
    """An Ingress with the paths of the hosts.

    annotations: what its controller reads; none may be a snippet, which would be part of nginx's configuration.
    tls: its Secret, and the annotation that cert-manager reads, are added.
    """
    labels, names = backend.labels, list(backend.hosts_by_name)
    secret = tls and tls.secret_name(labels)
    if tls and tls.cluster_issuer is not None:
        annotations = {**annotations, "cert-manager.io/cluster-issuer": tls.cluster_issuer}
    service = {"service": {"name": labels.name, "port": {"name": "http"}}}
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
                        "paths": [{"path": h.path, "pathType": h.path_type, "backend": service} for h in hosts],
                    },
                }
                for host, hosts in backend.hosts_by_name.items()
            ],
        },
    )


def acme_solver_policy(scope: Construct, labels: Labels, peers: Sequence[dict[str, Any]]) -> NetworkPolicy:
    """Lets the ingress controller reach the pod with which cert-manager answers the HTTP-01 challenge."""
    policy = NetworkPolicy(
        scope,
        "acme-solver-policy",
        name=f"{labels.name}-acme-solver",
        labels=labels,
        selector=_ACME_SOLVER,
        annotations=_NO_POD_YET,
    )
    policy.allow_from(peers, [_ACME_PORT])
    return policy
