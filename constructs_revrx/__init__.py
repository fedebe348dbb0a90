"""Kubernetes manifests of a web application, from constructs that know how it stays up and stays closed.

What is wrong is a ManifestError: at once, where a call has an option that is unknown, missing or of another type; else
by `synth`, with all problems of all constructs. docs/constructs has a page for each construct.
"""

from . import _node as _node  # isort: skip  # first: it names the Node that cdk8s starts when it is imported
from ._affinity import Affinity, NodeRequirement, PodAffinityTerm
from ._alb_ingress import AlbIngress
from ._app_namespace import AppNamespace, ContainerLimits, Quota
from ._backup_cron_job import BackupCronJob
from ._config_map import ConfigMap, ExistingConfigMap
from ._container import Container
from ._datastore import Datastore, ExternalDatastore
from ._email import Email
from ._engine import Engine
from ._errors import ManifestError, Problem
from ._exposure import Host, StickyCookie
from ._external import CertificateAuthority, External
from ._external_secrets import ExistingStore, ExternalSecrets, RemoteRef, RemoteSecret, SecretStore
from ._gateway_route import GatewayRoute
from ._kubernetes import target_kubernetes
from ._manifest import Manifest
from ._network import Connectable, Endpoint, Internet
from ._nginx_ingress import NginxIngress
from ._pods import Pods, ServiceAccount, Toleration
from ._probe import Probe
from ._queue_scaling import Fallback, QueueScaling, RedisList
from ._s3 import S3
from ._scaling import Autoscaling, ScalingPolicy, ScalingRules, Singleton
from ._sealed_secrets import Sealed, SealedSecrets
from ._secrets import ExistingSecrets, Secret, SecretsTemplate
from ._service import ClusterIP, Headless
from ._suspended_cron_job import SuspendedCronJob
from ._synth import Synthesis, synth
from ._tls import Acm, Tls
from ._traefik_ingress import TraefikIngress
from ._values import (
    ExistingClaim,
    Heartbeat,
    Image,
    Monitoring,
    Resources,
    RunAs,
    Shutdown,
    Storage,
)
from ._volume import DownwardAPI, ServiceAccountToken, Volume
from ._web_service import WebService
from ._worker import Worker

__all__ = [
    "S3",
    "Acm",
    "Affinity",
    "AlbIngress",
    "AppNamespace",
    "Autoscaling",
    "BackupCronJob",
    "CertificateAuthority",
    "ClusterIP",
    "ConfigMap",
    "Connectable",
    "Container",
    "ContainerLimits",
    "Datastore",
    "DownwardAPI",
    "Email",
    "Endpoint",
    "Engine",
    "ExistingClaim",
    "ExistingConfigMap",
    "ExistingSecrets",
    "ExistingStore",
    "External",
    "ExternalDatastore",
    "ExternalSecrets",
    "Fallback",
    "GatewayRoute",
    "Headless",
    "Heartbeat",
    "Host",
    "Image",
    "Internet",
    "Manifest",
    "ManifestError",
    "Monitoring",
    "NginxIngress",
    "NodeRequirement",
    "PodAffinityTerm",
    "Pods",
    "Probe",
    "Problem",
    "QueueScaling",
    "Quota",
    "RedisList",
    "RemoteRef",
    "RemoteSecret",
    "Resources",
    "RunAs",
    "ScalingPolicy",
    "ScalingRules",
    "Sealed",
    "SealedSecrets",
    "Secret",
    "SecretStore",
    "SecretsTemplate",
    "ServiceAccount",
    "ServiceAccountToken",
    "Shutdown",
    "Singleton",
    "StickyCookie",
    "Storage",
    "SuspendedCronJob",
    "Synthesis",
    "Tls",
    "Toleration",
    "TraefikIngress",
    "Volume",
    "WebService",
    "Worker",
    "synth",
    "target_kubernetes",
]
