"""What an administrator applies once for each environment."""

from constructs_revrx import AppNamespace, Manifest
from cdk8s import Chart
from constructs import Construct

from .environment import AcmeIssuer, Environment
from .revrx import PART_OF, RevRx


class Bootstrap(Chart):
    """The namespace and its guards; the ClusterIssuer where the environment asks for one.

    deploys: the environment, complete: the deployers' Role is made from its objects.
    """

    def __init__(self, scope: Construct, env: Environment, *, deploys: RevRx) -> None:
        super().__init__(scope, env.name, labels={**PART_OF, "app.kubernetes.io/instance": env.namespace})
        AppNamespace(
            self,
            env.namespace,
            deploys=deploys,
            deployers=env.deployers,
            viewers=env.viewers,
            quota=env.quota,
        )
        if env.acme_issuer:
            _cluster_issuer(self, env.acme_issuer)


def _cluster_issuer(scope: Construct, acme: AcmeIssuer) -> Manifest:
    return Manifest(
        scope,
        "cluster-issuer",
        api_version="cert-manager.io/v1",
        kind="ClusterIssuer",
        name=acme.name,
        labels={
            "app.kubernetes.io/name": acme.name,
            "app.kubernetes.io/component": "certificates",
            "app.kubernetes.io/managed-by": "cdk8s",
        },
        spec={
            "acme": {
                "email": acme.email,
                "server": acme.server,
                "privateKeySecretRef": {"name": f"{acme.name}-account"},
                # cert-manager's own default is a NodePort, which the namespaces' quota refuses.
                "solvers": [
                    {"http01": {"ingress": {"ingressClassName": acme.ingress_class, "serviceType": "ClusterIP"}}}
                ],
            }
        },
    )
