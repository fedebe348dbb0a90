"""Ingress controllers on the cluster: Traefik, as itself and for dist/ as it is, whose Ingresses are ingress-nginx'.

Each runs in the namespace and under the class that the charts name, so the NetworkPolicies are theirs.
"""

from dataclasses import dataclass

from ..charts.dist import Object
from .images import TRAEFIK

_NAME = "ingress-controller"
_LABELS = {"app.kubernetes.io/name": _NAME}
# Traefik waits for all of its kinds before it reads any.
_KINDS = (
    "IngressRoute",
    "IngressRouteTCP",
    "IngressRouteUDP",
    "Middleware",
    "MiddlewareTCP",
    "ServersTransport",
    "ServersTransportTCP",
    "TLSOption",
    "TLSStore",
    "TraefikService",
)


@dataclass(frozen=True)
class Controller:
    """namespace, ingress_class: as in charts. controller: of the IngressClass. providers: Traefik's.

    http, https: ports of the node.
    """

    namespace: str
    ingress_class: str
    controller: str
    providers: tuple[str, ...]
    http: int = 80
    https: int = 443


# It reads the annotations of ingress-nginx.
NGINX = Controller("ingress-nginx", "nginx", "k8s.io/ingress-nginx", ("kubernetesingressnginx=true",))
TRAEFIK_ITSELF = Controller(
    "traefik",
    "traefik",
    "traefik.io/ingress-controller",
    ("kubernetesingress=true", "kubernetesingress.ingressclass=traefik", "kubernetescrd=true"),
    8080,
    8443,
)


def kinds() -> list[Object]:
    """Traefik's own, with any fields: those that the library makes are checked where their schemas are."""
    return [_kind(kind) for kind in _KINDS]


def _kind(kind: str) -> Object:
    plural, group = f"{kind.lower()}s", "traefik.io"
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": anything}],
        },
    }


def controller(wanted: Controller) -> list[Object]:
    """Everything of it but its certificates, which are the Ingresses' own."""
    account = {"name": _NAME, "namespace": wanted.namespace}
    role = {"name": f"{_NAME}-{wanted.namespace}"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": wanted.namespace}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": wanted.ingress_class},
            "spec": {"controller": wanted.controller},
        },
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": role,
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
            "metadata": role,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", **role},
            "subjects": [{"kind": "ServiceAccount", **account}],
        },
        _deployment(wanted),
    ]


def _rule(group: str, *resources: str) -> Object:
    return {"apiGroups": [group], "resources": [*resources], "verbs": ["get", "list", "watch"]}


def _deployment(wanted: Controller) -> Object:
    container = {
        "name": "traefik",
        "image": f"traefik:v{TRAEFIK}",
        "args": [
            "--entrypoints.web.address=:8080",
            "--entrypoints.websecure.address=:8443",
            *(f"--providers.{provider}" for provider in wanted.providers),
            "--ping=true",
            "--ping.entrypoint=web",
            "--accesslog=true",
            "--log.level=INFO",
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
        ],
        "ports": [
            {"name": "web", "containerPort": 8080, "hostPort": wanted.http},
            {"name": "websecure", "containerPort": 8443, "hostPort": wanted.https},
        ],
        "readinessProbe": {"httpGet": {"path": "/ping", "port": "web"}, "periodSeconds": 1},
        # Without a request it comes last when pods start and the processor is busy: answers then take half a minute.
        "resources": {"requests": {"cpu": "150m", "memory": "128Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _NAME, "namespace": wanted.namespace},
        "spec": {
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": _LABELS},
            "template": {
                "metadata": {"labels": _LABELS},
                "spec": {"serviceAccountName": _NAME, "containers": [container]},
            },
        },
    }
