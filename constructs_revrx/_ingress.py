"""The Ingress of a WebService, for an ingress-nginx controller and cert-manager."""

from collections.abc import Sequence

from constructs import Construct

from ._labels import Labels
from ._manifest import Manifest
from ._network import NetworkPolicy, pods_in
from ._values import Host, Ingress

# cert-manager answers the HTTP-01 challenge from a pod of its own in the Ingress's namespace, with this label and on
# this port (cert-manager, pkg/issuer/acme/http). Under a default deny no certificate would ever be issued.
_ACME_SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
_ACME_PORT = 8089


def ingress_object(scope: Construct, labels: Labels, hosts: Sequence[Host], options: Ingress) -> Manifest:
    """HTTPS for the hosts, HTTP redirected to it. Annotations are strings, timeouts plain seconds; snippets never."""
    names = sorted({host.name for host in hosts})
    return Manifest(
        scope,
        "ingress",
        api_version="networking.k8s.io/v1",
        kind="Ingress",
        name=labels.name,
        labels=labels.all,
        annotations={
            "cert-manager.io/cluster-issuer": options.cluster_issuer,
            "nginx.ingress.kubernetes.io/ssl-redirect": "true",
            # Also behind a load balancer that ends TLS itself.
            "nginx.ingress.kubernetes.io/force-ssl-redirect": "true",
            "nginx.ingress.kubernetes.io/proxy-body-size": options.body_size,
            "nginx.ingress.kubernetes.io/proxy-connect-timeout": str(options.connect_timeout),
            "nginx.ingress.kubernetes.io/proxy-read-timeout": str(options.read_timeout),
            "nginx.ingress.kubernetes.io/proxy-send-timeout": str(options.send_timeout),
        },
        spec={
            "ingressClassName": options.class_name,
            "tls": [{"hosts": names, "secretName": f"{labels.name}-tls"}],
            "rules": [
                {
                    "host": name,
                    "http": {
                        "paths": [
                            {
                                "path": host.path,
                                "pathType": "Prefix",
                                "backend": {"service": {"name": labels.name, "port": {"name": "http"}}},
                            }
                            for host in hosts
                            if host.name == name
                        ]
                    },
                }
                for name in names
            ],
        },
    )


def acme_solver_policy(scope: Construct, labels: Labels, options: Ingress) -> NetworkPolicy:
    """Lets the ingress controller reach the pod with which cert-manager answers the HTTP-01 challenge."""
    policy = NetworkPolicy(
        scope, "acme-solver-policy", name=f"{labels.name}-acme-solver", labels=labels, selector=_ACME_SOLVER
    )
    policy.allow_from([pods_in(options.controller_namespace)], [_ACME_PORT])
    return policy
