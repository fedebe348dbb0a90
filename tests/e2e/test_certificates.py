"""What cert-manager makes in a namespace while a certificate is asked for, and the Secret that it leaves there.

The objects are those of cert-manager 1.21 (pkg/issuer/acme/http), with the `serviceType: ClusterIP` that the README
asks for.
"""

from ..charts.dist import Object, documents, of_kind
from .environment import Environment
from .waiting import until

PORT = 8089
LABELS = {
    "acme.cert-manager.io/http-domain": "1",
    "acme.cert-manager.io/http-token": "2",
    "acme.cert-manager.io/http01-solver": "true",
}
METADATA = {"name": "cm-acme-http-solver", "labels": LABELS}

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": METADATA,
    "spec": {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "restartPolicy": "OnFailure",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "acmesolver",
                "image": "example.com/cert-manager-acmesolver:v1.21.2",
                "imagePullPolicy": "IfNotPresent",
                "args": [f"--listen-port={PORT}", "--domain=example.com", "--token=token", "--key=key"],
                "resources": {
                    "requests": {"cpu": "10m", "memory": "64Mi"},
                    "limits": {"cpu": "100m", "memory": "64Mi"},
                },
                "ports": [{"name": "http", "containerPort": PORT}],
                "securityContext": {
                    "readOnlyRootFilesystem": True,
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": METADATA,
    "spec": {
        "type": "ClusterIP",
        "ports": [{"name": "http", "port": PORT, "targetPort": PORT}],
        "selector": LABELS,
    },
}


def way_in(host: str) -> Object:
    backend = {"service": {"name": METADATA["name"], "port": {"number": PORT}}}
    path = {"path": "/.well-known/acme-challenge/token", "pathType": "Exact", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": METADATA,
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def certificate(ingress: Object) -> Object:
    (tls,) = ingress["spec"]["tls"]
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": tls["secretName"]},
        "stringData": {"tls.crt": "certificate", "tls.key": "key"},
    }


def test_a_challenge_is_answered_and_the_certificate_kept_beside_the_workloads(environment: Environment) -> None:
    ingress, *_ = of_kind(documents(environment.name), "Ingress")
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"]
    challenge = [POD, SERVICE, way_in(ingress["spec"]["rules"][0]["host"])]
    secret = certificate(ingress)

    def unanswered() -> list[str]:
        slices = environment.admin.get("endpointslices", "--selector=acme.cert-manager.io/http01-solver=true")
        ready = [e for each in slices for e in each["endpoints"] or [] if e["conditions"]["ready"]]
        return [] if ready else ["an endpoint that is ready"]

    try:
        environment.admin.create(challenge, "--warnings-as-errors")
        until("the solver", unanswered, seconds=30)
        environment.admin.create([secret])
    finally:
        names = [f"{o['kind']}/{o['metadata']['name']}" for o in (*challenge, secret)]
        environment.admin("delete", *names, "--ignore-not-found", "--wait=false")
