"""An ingress controller for dist/ as it is: Traefik, which reads the annotations of ingress-nginx.

It runs in the namespace and under the class that the charts name, so the NetworkPolicies are theirs.
"""

from ..charts.dist import Object
from .images import TRAEFIK

NAMESPACE = "ingress-nginx"
_NAME = "ingress-controller"
_LABELS = {"app.kubernetes.io/name": _NAME}


def controller() -> list[Object]:
    """Everything of it but its certificates, which are the Ingresses' own."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": "nginx"},
            "spec": {"controller": "k8s.io/ingress-nginx"},
        },
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME, "namespace": NAMESPACE}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": _NAME},
            "rules": [
                _rule("", "services", "endpoints", "secrets", "nodes", "namespaces", "configmaps"),
                _rule("discovery.k8s.io", "endpointslices"),
                _rule("networking.k8s.io", "ingresses", "ingressclasses"),
                _rule("traefik.io", "*"),
                {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": _NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": _NAME},
            "subjects": [{"kind": "ServiceAccount", "name": _NAME, "namespace": NAMESPACE}],
        },
        _deployment(),
    ]


def _rule(group: str, *resources: str) -> Object:
    return {"apiGroups": [group], "resources": [*resources], "verbs": ["get", "list", "watch"]}


def _deployment() -> Object:
    container = {
        "name": "traefik",
        "image": f"traefik:v{TRAEFIK}",
        "args": [
            "--entrypoints.web.address=:8080",
            "--entrypoints.websecure.address=:8443",
            "--providers.kubernetesingressnginx=true",
            "--ping=true",
            "--ping.entrypoint=web",
            "--accesslog=true",
            "--log.level=INFO",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
        ],
        "ports": [
            {"name": "web", "containerPort": 8080, "hostPort": 80},
            {"name": "websecure", "containerPort": 8443, "hostPort": 443},
        ],
        "readinessProbe": {"httpGet": {"path": "/ping", "port": "web"}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _NAME, "namespace": NAMESPACE},
        "spec": {
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _LABELS},
            "template": {
                "metadata": {"labels": _LABELS},
                "spec": {"serviceAccountName": _NAME, "containers": [container]},
            },
        },
    }
