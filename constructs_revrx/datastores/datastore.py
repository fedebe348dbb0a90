"""Datastore: Postgres or Redis in the cluster, or a server outside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs import Construct

from ..config.rotation import reload_annotation
from ..config.secret import Secret
from ..core.calls import checked
from ..core.component import Component, problems_of
from ..core.labels import Labels
from ..core.manifest import Manifest
from ..networking.network_policy import Endpoint, addresses, pods_of, port_problems
from ..networking.service import Headless, service
from ..pods.container import Container
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.probe import Probe
from ..pods.resources import Resources
from ..pods.run_as import RunAs
from ..pods.scheduling import Pods
from ..pods.storage import ExistingClaim, Storage
from ..pods.volume import Volume
from ..workloads.disruption_budget import disruption_budget
from ..workloads.monitoring import Monitoring, alert, alerts
from ..workloads.workload import Workload
from . import postgres as _postgres
from . import redis as _redis
from .engine import Engine, configuration_problems
from .external import External
from .postgres_memory import PostgresMemory

# Its pods get the label controller-revision-hash, NAME-<10 characters>, and a label's value has 63 at most.
_LONGEST_NAME = 52


class ExternalDatastore(Component):
    """A server outside the cluster: emits nothing, and is what others connect to.

    `tls` says whether they do so by TLS, as `rediss://` and `sslmode=verify-full` ask for, and `ca_certificates` with
    what they verify it.

    Args:
        address: its host name and its addresses.
        port: its TCP port.
        secret: how clients authenticate; read by those that are given it, such as BackupCronJob.
    """

    @checked
    def __init__(self, scope: Construct, id: str, *, address: External, port: int, secret: Secret) -> None:
        super().__init__(scope, id, component="database", options={"address": address, "secret": secret})
        self.host, self.port, self.secret = address.host, port, secret
        self.tls, self.ca_certificates = address.tls, address.ca_certificates
        self.endpoint = Endpoint(peers=addresses(address.networks), ports=(port,))

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from (f"port: {problem}" for problem in port_problems(self.port))


class Datastore(Workload):
    """A single server with a volume: StatefulSet, headless Service, PersistentVolumeClaim `NAME-pvc`, and around them
    ServiceAccount, NetworkPolicy, PodDisruptionBudget; a PrometheusRule when monitored.

    Made by `Datastore.postgres` and `Datastore.redis`, or of any server that an Engine describes; `Datastore.external`
    gives an ExternalDatastore. One replica: a second copy is what RDS or an operator gives. A StatefulSet, for the
    surge of a Deployment would wait for the volume for ever. The claim is an object of its own, which no sync of Argo
    CD prunes or deletes.

    Args:
        engine: what kind of server it is, where it is neither Postgres nor Redis.
        image: the server's; for Postgres and Redis the official one.
        resources: of its pod.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
        storage: the volume; its size can grow, where the StorageClass allows it, and never shrink. Or a claim that
            exists.
        run_as: the uid and gid that own the data.
        secret: POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, or REDIS_PASSWORD; mounted as files.
        monitoring: whether and where the Prometheus Operator is; default not.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        engine: Engine,
        image: Image,
        resources: Resources,
        storage: Storage | ExistingClaim,
        secret: Secret,
        run_as: RunAs = RunAs(),
        monitoring: Monitoring | None = None,
        pods: Pods = Pods(),
    ) -> None:
        data = Volume.claim(storage, name="pvc")
        super().__init__(
            scope,
            id,
            component=engine.component,
            longest_name=_LONGEST_NAME,
            pods=pods,
            options={
                "engine": engine,
                "image": image,
                "resources": resources,
                "storage": storage,
                "secret": secret,
                "run_as": run_as,
                "monitoring": monitoring,
            },
        )
        pod = Pod(
            main=Container(
                name=id,
                image=image,
                resources=resources,
                command=engine.command,
                args=engine.args,
                env=engine.env,
                scratch=engine.scratch,
                # Without what rolls the pods, where a restart would only be an outage.
                secret_files=[secret if engine.rereads_secret else Secret(secret.name, secret.keys)],
                volumes={engine.data_path: data, **engine.volumes},
                ports={engine.port_name: engine.port},
                startup=Probe.tcp(period=5, timeout=3, failures=60),
                readiness=Probe.exec(*engine.ready, period=10, timeout=5, failures=3),
                liveness=Probe.tcp(period=10, timeout=5, failures=6),
            ),
            run_as=run_as,
            grace=engine.grace,
        )
        self.host, self.port, self.secret = id, engine.port, secret
        self.tls, self.ca_certificates = False, None
        self._engine = engine
        self._memory_problems: Sequence[str] = ()
        self.stateful_set = _stateful_set(self, self.labels, self._template(pod), reload_annotation(pod.secrets))
        self.claim = self.claims.get("pvc")
        self.service = service(self, self.labels, pod.main.ports, cluster_ip=Headless())
        self.disruption_budget = disruption_budget(self, self.labels)
        claim_name = data.claim_name(self.labels)
        self.alerts = _alerts(self, self.labels, self.namespace, claim_name, monitoring) if monitoring else None
        self.endpoint = Endpoint(peers=(pods_of(self.labels),), ports=(self.port,), policy=self.network_policy)

    @classmethod
    @checked
    def postgres(
        cls,
        scope: Construct,
        id: str,
        *,
        image: Image,
        resources: Resources,
        storage: Storage | ExistingClaim,
        secret: Secret,
        configuration: Mapping[str, str] | None = None,
        shared_memory: str | None = None,
        run_as: RunAs = RunAs(),
        monitoring: Monitoring | None = None,
        pods: Pods = Pods(),
    ) -> "Datastore":
        """PostgreSQL from the official image; the secret has POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.

        Args:
            configuration: parameters of postgresql.conf, e.g. `{"max_connections": "200"}`; by default the image's.
                What those of memory allow must fit the memory limit.
            shared_memory: the size of /dev/shm, where parallel queries and VACUUM share memory; it counts against the
                memory limit. Default by `configuration` room for one parallel hash join and one parallel VACUUM,
                128Mi at least.
        """
        settings = configuration or {}
        memory = PostgresMemory(configuration=settings, limit=resources.memory[1], given=shared_memory)
        made = cls(
            scope,
            id,
            engine=_postgres.engine(secret, settings, memory.shared),
            image=image,
            resources=resources,
            storage=storage,
            secret=secret,
            run_as=run_as,
            monitoring=monitoring,
            pods=pods,
        )
        made._memory_problems = list(memory.problems())
        return made

    @classmethod
    @checked
    def redis(
        cls,
        scope: Construct,
        id: str,
        *,
        image: Image,
        resources: Resources,
        storage: Storage | ExistingClaim,
        secret: Secret,
        configuration: Mapping[str, str] | None = None,
        run_as: RunAs = RunAs(),
        monitoring: Monitoring | None = None,
        pods: Pods = Pods(),
    ) -> "Datastore":
        """Redis as a broker, from the official image; the secret has REDIS_PASSWORD.

        Args:
            configuration: parameters of redis.conf. By default nothing is evicted, for an evicted task is a lost one;
                a cache says `{"maxmemory-policy": "allkeys-lru"}`, and should be another Redis than the broker.
                maxmemory must be below the memory limit; default three quarters of it.
        """
        settings = configuration or {}
        made = cls(
            scope,
            id,
            engine=_redis.engine(secret, resources.memory[1], settings),
            image=image,
            resources=resources,
            storage=storage,
            secret=secret,
            run_as=run_as,
            monitoring=monitoring,
            pods=pods,
        )
        problems = _redis.memory_problems(resources.memory[1], settings)
        made._memory_problems = [f"configuration: {problem}" for problem in problems]
        return made

    @staticmethod
    @checked
    def external(scope: Construct, id: str, *, address: External, port: int, secret: Secret) -> ExternalDatastore:
        """A server that already exists, e.g. RDS or ElastiCache.

        Args:
            address, port: as for ExternalDatastore.
            secret: as for ExternalDatastore.
        """
        return ExternalDatastore(scope, id, address=address, port=port, secret=secret)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from configuration_problems(self._engine.configuration)
        yield from self._memory_problems
        yield from (f"engine: {problem}" for problem in self._pod.main.program_problems(self.namespace))
        yield from (f"engine: {problem}" for problem in problems_of(self._engine.volumes.values()))
        yield from (f"secret: {problem}" for problem in self.secret.missing(self._engine.keys))


def _stateful_set(
    scope: Construct, labels: Labels, template: Mapping[str, Any], annotations: Mapping[str, str]
) -> Manifest:
    return Manifest(
        scope,
        "stateful-set",
        api_version="apps/v1",
        kind="StatefulSet",
        name=labels.name,
        labels=labels.all,
        annotations=annotations,
        spec={
            "replicas": 1,
            "serviceName": labels.name,
            "selector": {"matchLabels": labels.selector},
            "updateStrategy": {"type": "RollingUpdate"},
            "revisionHistoryLimit": 10,
            "template": template,
        },
    )


def _alerts(
    scope: Construct, labels: Labels, namespace: str | None, claim_name: str, monitoring: Monitoring
) -> Manifest:
    name, where = labels.name, f'namespace="{namespace}"'
    volume = f'{where},persistentvolumeclaim="{claim_name}"'
    rules: list[dict[str, Any]] = [
        alert(
            "DatastoreNotReady",
            f'kube_statefulset_status_replicas_ready{{{where},statefulset="{name}"}} < 1',
            minutes=5,
            severity="critical",
            summary=f"{name} has not been ready for 5 minutes",
        ),
        alert(
            "VolumeAlmostFull",
            f"kubelet_volume_stats_available_bytes{{{volume}}}"
            f" / kubelet_volume_stats_capacity_bytes{{{volume}}} < 0.15",
            minutes=15,
            severity="warning",
            summary=f"the volume of {name} has less than 15 % left; raise its size",
        ),
    ]
    return alerts(scope, labels, monitoring, rules)
