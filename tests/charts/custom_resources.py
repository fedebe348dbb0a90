"""The custom resources that we emit: of each kind the fields that it has here, and no other.

test_schemas.py proves, where the projects' own CRDs lie, that these accept all that is accepted here.

Sources: the API references of Argo CD, Sealed Secrets, cert-manager, External Secrets, Gateway API, KEDA, Prometheus
Operator and Traefik.
"""

import os
from pathlib import Path
from typing import NamedTuple

from .dist import ROOT, Object
from .shapes import ANYTHING, FLAG, TEXT, TEXTS, Shape, UpTo, Value, number, one_of, structural, text

# What the projects publish, as .ci/download-crds fetches it: GROUP_PLURAL.yaml.
CRDS = Path(os.environ.get("CRDS") or ROOT.parent / "shared/crds")


class Kind(NamedTuple):
    group: str
    version: str
    kind: str
    spec: Shape
    scope: str = "Namespaced"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}"

    @property
    def plural(self) -> str:
        return f"{self.kind.lower()}s"

    @property
    def published(self) -> Path:
        """The project's CRD, if it is there."""
        return CRDS / f"{self.group}_{self.plural}.yaml"

    @property
    def schema(self) -> Object:
        top = {"apiVersion!": TEXT, "kind!": TEXT, "metadata!": Value(type="object"), "spec!": self.spec}
        return structural(top)


_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_WORD = "[A-Za-z_][A-Za-z0-9_]*"

NAME = text(rf"{_LABEL}(\.{_LABEL})*")
LABEL = text(_LABEL, most=63)
HOST = text(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
PORT = number(1, 65535)
PATH = text("/[!-~]*", most=1024)
KEY = text("[-._a-zA-Z0-9]+")
SECONDS = text("[0-9]{1,5}s")
MINUTES = text("[0-9]{1,5}m")
SELECTOR = {"matchLabels!": TEXTS}

_HEADERS = {"set!": UpTo(16, {"name!": text("[-A-Za-z0-9!#$%&'*+.^_`|~]+"), "value!": text(".+", most=4096)})}
_PARENT = {"name!": NAME, "namespace!": LABEL, "sectionName!": NAME}
_BACKEND = {"name!": NAME, "port!": PORT}
_SCALING = {
    "policies": [{"type!": one_of("Pods", "Percent"), "value!": number(1), "periodSeconds!": number(1)}],
    "selectPolicy": one_of("Max", "Min", "Disabled"),
    "stabilizationWindowSeconds": number(),
}
_SCRAPED = {"port!": TEXT, "path!": TEXT, "interval!": SECONDS}

KINDS = [
    Kind(
        "argoproj.io",
        "v1alpha1",
        "AppProject",
        {
            "description!": text(".+", most=255),
            "sourceRepos!": [TEXT],
            "destinations!": [{"server!": TEXT, "namespace!": LABEL}],
            # An empty list allows none; left out it would say nothing.
            "clusterResourceWhitelist!": UpTo(0, {}),
            "namespaceResourceWhitelist!": [{"group!": TEXT, "kind!": TEXT}],
        },
    ),
    Kind(
        "argoproj.io",
        "v1alpha1",
        "Application",
        {
            "project!": NAME,
            "source!": {"repoURL!": TEXT, "targetRevision!": TEXT, "path!": TEXT},
            "destination!": {"server!": TEXT, "namespace!": LABEL},
            "syncPolicy!": {
                "automated!": {"prune!": FLAG, "selfHeal!": FLAG},
                "syncOptions!": [TEXT],
                "retry!": {
                    "limit!": number(),
                    "backoff!": {"duration!": SECONDS, "factor!": number(1), "maxDuration!": MINUTES},
                    "refresh!": FLAG,
                },
            },
        },
    ),
    Kind(
        "bitnami.com",
        "v1alpha1",
        "SealedSecret",
        {"encryptedData!": TEXTS, "template!": {"type!": one_of("Opaque"), "metadata!": {"labels!": TEXTS}}},
    ),
    Kind(
        "cert-manager.io",
        "v1",
        "ClusterIssuer",
        {
            "acme!": {
                "email!": TEXT,
                "server!": TEXT,
                "privateKeySecretRef!": {"name!": NAME},
                "solvers!": [
                    {"http01!": {"ingress!": {"ingressClassName!": NAME, "serviceType!": one_of("ClusterIP")}}}
                ],
            }
        },
        scope="Cluster",
    ),
    Kind(
        "external-secrets.io",
        "v1",
        "ExternalSecret",
        {
            "refreshInterval!": text(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+"),
            "secretStoreRef!": {"kind!": one_of("SecretStore", "ClusterSecretStore"), "name!": NAME},
            "target!": {"name!": NAME, "creationPolicy!": one_of("Owner"), "deletionPolicy!": one_of("Retain")},
            "data!": [{"secretKey!": KEY, "remoteRef!": {"key!": TEXT, "property": TEXT, "version": TEXT}}],
        },
    ),
    Kind("external-secrets.io", "v1", "SecretStore", {"provider!": ANYTHING}),
    Kind(
        "gateway.networking.k8s.io",
        "v1",
        "GRPCRoute",
        {
            "parentRefs!": UpTo(1, _PARENT),
            "hostnames!": UpTo(16, HOST),
            "rules!": UpTo(
                1,
                {
                    "matches": UpTo(
                        64,
                        {
                            "method!": {
                                "type!": one_of("Exact"),
                                "service!": text(rf"{_WORD}(\.{_WORD})*"),
                                "method": text(_WORD),
                            }
                        },
                    ),
                    "filters": UpTo(
                        16,
                        {
                            "type!": one_of("RequestHeaderModifier", "ResponseHeaderModifier"),
                            "requestHeaderModifier": _HEADERS,
                            "responseHeaderModifier": _HEADERS,
                        },
                    ),
                    "backendRefs!": UpTo(1, _BACKEND),
                },
            ),
        },
    ),
    Kind(
        "gateway.networking.k8s.io",
        "v1",
        "HTTPRoute",
        {
            "parentRefs!": UpTo(1, _PARENT),
            "hostnames!": UpTo(16, HOST),
            "rules!": UpTo(
                1,
                {
                    "matches!": UpTo(64, {"path!": {"type!": one_of("Exact", "PathPrefix"), "value!": PATH}}),
                    "filters": UpTo(
                        16,
                        {
                            "type!": one_of("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"),
                            "requestHeaderModifier": _HEADERS,
                            "responseHeaderModifier": _HEADERS,
                            "requestRedirect": {"scheme!": one_of("https"), "statusCode!": number(301, 301)},
                        },
                    ),
                    "timeouts": {"request": SECONDS, "backendRequest": SECONDS},
                    "backendRefs": UpTo(1, _BACKEND),
                },
            ),
        },
    ),
    Kind(
        "keda.sh",
        "v1alpha1",
        "ScaledObject",
        {
            "scaleTargetRef!": {"apiVersion!": one_of("apps/v1"), "kind!": one_of("Deployment"), "name!": NAME},
            "minReplicaCount!": number(),
            "maxReplicaCount!": number(1),
            "pollingInterval": number(1),
            "cooldownPeriod": number(),
            "fallback": {"replicas!": number(), "failureThreshold!": number()},
            "advanced!": {
                "horizontalPodAutoscalerConfig!": {
                    "name!": NAME,
                    "behavior!": {"scaleUp!": _SCALING, "scaleDown!": _SCALING},
                }
            },
            "triggers!": [
                {
                    "type!": one_of("redis", "cpu", "memory"),
                    "metricType!": one_of("AverageValue", "Utilization"),
                    "metadata!": TEXTS,
                    "authenticationRef": {"name!": NAME},
                }
            ],
        },
    ),
    Kind(
        "keda.sh",
        "v1alpha1",
        "TriggerAuthentication",
        {"secretTargetRef!": [{"parameter!": one_of("username", "password", "ca"), "name!": NAME, "key!": KEY}]},
    ),
    Kind(
        "monitoring.coreos.com", "v1", "PodMonitor", {"selector!": SELECTOR, "podMetricsEndpoints!": UpTo(1, _SCRAPED)}
    ),
    Kind("monitoring.coreos.com", "v1", "ServiceMonitor", {"selector!": SELECTOR, "endpoints!": UpTo(1, _SCRAPED)}),
    Kind(
        "monitoring.coreos.com",
        "v1",
        "PrometheusRule",
        {
            "groups!": UpTo(
                1,
                {
                    "name!": NAME,
                    "rules!": [
                        {
                            "alert!": text("[A-Za-z]+"),
                            "expr!": text("(.|\n)+", most=2000),
                            "for!": MINUTES,
                            "labels!": {"severity!": one_of("warning", "critical")},
                            "annotations!": {"summary!": TEXT},
                        }
                    ],
                },
            )
        },
    ),
    Kind(
        "traefik.io",
        "v1alpha1",
        "Middleware",
        {
            "buffering": {"maxRequestBodyBytes!": number(most=2**63 - 1)},
            "redirectScheme": {"scheme!": one_of("https"), "permanent!": FLAG},
        },
    ),
    Kind(
        "traefik.io",
        "v1alpha1",
        "ServersTransport",
        {
            "forwardingTimeouts!": {
                "dialTimeout!": SECONDS,
                "responseHeaderTimeout!": SECONDS,
                "idleConnTimeout!": SECONDS,
            }
        },
    ),
]


def definition(kind: Kind) -> Object:
    """A CRD for an API server that has none of the project's: with a status, which its controller would write."""
    schema = kind.schema
    schema["properties"]["status"] = ANYTHING
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{kind.group}",
            # Groups below k8s.io are Kubernetes' own.
            "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"},
        },
        "spec": {
            "group": kind.group,
            "names": {"kind": kind.kind, "plural": kind.plural},
            "scope": kind.scope,
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }
