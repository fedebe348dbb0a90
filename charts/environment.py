"""What may differ from one environment to another; everything else is in revrx.py."""

from dataclasses import dataclass
from functools import cached_property

from constructs_revrx import (
    AlbIngress,
    Autoscaling,
    External,
    GatewayRoute,
    Monitoring,
    NginxIngress,
    Quota,
    SecretStore,
    Storage,
    TraefikIngress,
)

from .images import Images, images_of


@dataclass(frozen=True, kw_only=True)
class AcmeIssuer:
    """A ClusterIssuer that gets certificates from Let's Encrypt, for a cluster that has none yet.

    name: what `ingress` asks certificates of.
    ingress_class: through which Let's Encrypt is answered.
    """

    email: str
    name: str = "letsencrypt"
    ingress_class: str = "nginx"
    server: str = "https://acme-v02.api.letsencrypt.org/directory"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The values of one environment.

    postgres, redis: a volume in the cluster, or the address of a server outside it.
    deployers, viewers: groups, as the cluster's authenticator names them.
    single_pods: why autoscalers may go down to one pod, which is away while its node is drained; None where they
        may not.
    backup_schedule: when the database is dumped, in UTC: what is written between two dumps is lost with its volume.
    watch_schedule: when somebody is told that the newest backup is too old: later than the dump, and as often.
    verify_volume: holds the database that a backup is restored into once a week.
    monitoring: where the Prometheus Operator is; None emits no ServiceMonitors and PrometheusRules.
    acme_issuer: None where the cluster has the ClusterIssuer already.
    """

    name: str
    namespace: str
    app_host: str
    api_host: str
    log_level: str
    backend: Autoscaling
    frontend: Autoscaling
    celery_worker: Autoscaling
    single_pods: str | None = None
    postgres: Storage | External
    redis: Storage | External
    backup_schedule: str = "0 2 * * *"
    watch_schedule: str = "0 6 * * *"
    verify_volume: Storage
    quota: Quota
    deployers: str
    viewers: str
    secret_store: SecretStore
    ingress: NginxIngress | TraefikIngress | AlbIngress | GatewayRoute = NginxIngress()
    monitoring: Monitoring | None = None
    acme_issuer: AcmeIssuer | None = None

    @cached_property
    def images(self) -> Images:
        return images_of(self.name)
