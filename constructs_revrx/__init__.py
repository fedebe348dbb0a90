"""Kubernetes manifests of a web application, from constructs that know how it stays up and stays closed.

What is wrong is a ManifestError: at once, where a call has an option that is unknown, missing or of another type; else
by `synth`, with all problems of all constructs. docs/constructs has a page for each construct.
"""

from .core import node as node  # isort: skip  # first: it names the Node that cdk8s starts when it is imported
from .config.config_map import ConfigMap, ExistingConfigMap
from .config.external_secrets import ExistingStore, ExternalSecrets, RemoteRef, RemoteSecret, SecretStore
from .config.sealed_secrets import Sealed, SealedSecrets
from .config.secret import ExistingSecrets, Secret, SecretsTemplate
from .core.errors import ManifestError, Problem
from .core.kubernetes import target_kubernetes
from .core.manifest import Manifest
from .datastores.backups.backup_cron_job import BackupCronJob
from .datastores.backups.email import Email
from .datastores.backups.s3 import S3
from .datastores.datastore import Datastore
from .datastores.engine import Engine
from .datastores.external import CertificateAuthority, External, ExternalDatastore
from .namespaces.app_namespace import AppNamespace, ContainerLimits, Quota
from .networking.alb_ingress import AlbIngress
from .networking.gateway_route import GatewayRoute
from .networking.host import Host, StickyCookie
from .networking.network_policy import Connectable, Endpoint, Internet
from .networking.nginx_ingress import NginxIngress
from .networking.service import ClusterIP, Headless
from .networking.tls import Acm, Tls
from .networking.traefik_ingress import TraefikIngress
from .pods.affinity import Affinity, NodeRequirement, PodAffinityTerm
from .pods.container import Container
from .pods.image import Image
from .pods.probe import Probe
from .pods.resources import Resources
from .pods.scheduling import Pods, ServiceAccount, Toleration
from .pods.security_context import RunAs
from .pods.shutdown import Shutdown
from .pods.volumes.projected import DownwardAPI, ServiceAccountToken
from .pods.volumes.storage import ExistingClaim, Storage
from .pods.volumes.volume import Volume
from .synth.synth import Synthesis, synth
from .synth.waiver import Waiver
from .workloads.heartbeat import Heartbeat
from .workloads.monitoring import Monitoring
from .workloads.scaling.autoscaling import Autoscaling
from .workloads.scaling.behavior import ScalingPolicy, ScalingRules
from .workloads.scaling.queue_scaling import Fallback, QueueScaling, RedisList
from .workloads.scaling.replicas import Singleton
from .workloads.suspended_cron_job import SuspendedCronJob
from .workloads.web_service import WebService
from .workloads.worker import Worker

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
    "Waiver",
    "WebService",
    "Worker",
    "synth",
    "target_kubernetes",
]
