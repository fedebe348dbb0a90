"""Datastore: Postgres or Redis in the cluster, or a server outside it."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from constructs import Construct

from ..config.rotation import reload_annotation
from ..config.secret import Secret
from ..core.calls import value_object
from ..core.errors import OptionProblem
from ..core.labels import Labels
from ..core.manifest import Manifest
from ..core.options import keywords, keywords_of
from ..networking.network_policy import Endpoint, pods_of
from ..networking.server import Server
from ..networking.service import Headless, service
from ..pods.container import Container
from ..pods.pod import Pod
from ..pods.probe import Probe
from ..pods.program import Program
from ..pods.security_context import RunAs
from ..pods.volumes.source import PersistentVolumeClaim
from ..pods.volumes.storage import ExistingClaim, Storage
from ..pods.volumes.volume import Volume
from ..workloads.disruption_budget import disruption_budget
from ..workloads.monitoring import Monitoring, alert, alerts
from ..workloads.workload import Workload, WorkloadOptions
from . import postgres as _postgres
from . import redis as _redis
from .engine import Engine, configuration_problems
from .external import ExternalDatastore, ExternalDatastoreOptions
from .postgres_memory import PostgresMemory
from .stateful_set import stateful_set

# Its pods get the label controller-revision-hash, NAME-<10 characters>, and a label's value has 63 at most.
_LONGEST_NAME = 52


@value_object
class ServerOptions(WorkloadOptions):
    """The options of a server of any kind.

    Args:
        image: the server's; for Postgres and Redis the official one.
        resources: of its pod.
        storage: the volume; its size can grow, where the StorageClass allows it, and never shrink. Or a claim that
            exists.
        secret: POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, or REDIS_PASSWORD; mounted as files.
        run_as: the uid and gid that own the data.
        monitoring: whether and where the Prometheus Operator is; default not.
    """

    storage: Storage | ExistingClaim
    secret: Secret
    run_as: RunAs = RunAs()
    monitoring: Monitoring | None = None


@value_object
class DatastoreOptions(ServerOptions):
    """The options of a Datastore.

    Args:
        engine: what kind of server it is, where it is neither Postgres nor Redis.
    """

    engine: Engine


@value_object
class PostgresOptions(ServerOptions):
    """The options of `Datastore.postgres`.

    Args:
        configuration: parameters of postgresql.conf, e.g. `{"max_connections": "200"}`; by default the image's.
            What those of memory allow must fit the memory limit.
        shared_memory: the size of /dev/shm, where parallel queries and VACUUM share memory; it counts against the
            memory limit. Default by `configuration` room for one parallel hash join and one parallel VACUUM, 128Mi at
            least.
    """

    configuration: Mapping[str, str] = field(default_factory=dict)
    shared_memory: str | None = None

    @property
    def memory(self) -> PostgresMemory:
        limit = self.resources.memory[1]
        return PostgresMemory(configuration=self.configuration, limit=limit, given=self.shared_memory)

    def problems(self) -> Iterator[str]:
        yield from (OptionProblem("configuration", text) for text in configuration_problems(self.configuration))
        yield from self.memory.problems()


@value_object
class RedisOptions(ServerOptions):
    """The options of `Datastore.redis`.

    Args:
        configuration: parameters of redis.conf. By default nothing is evicted, for an evicted task is a lost one; a
            cache says `{"maxmemory-policy": "allkeys-lru"}`, and should be another Redis than the broker. maxmemory
            must be below the memory limit; default three quarters of it.
    """

    configuration: Mapping[str, str] = field(default_factory=dict)

    def problems(self) -> Iterator[str]:
        yield from (OptionProblem("configuration", text) for text in configuration_problems(self.configuration))
        problems = _redis.memory_problems(self.resources.memory[1], self.configuration)
        yield from (OptionProblem("configuration", text) for text in problems)


class Datastore(Workload, Server):
    """A single server with a volume: StatefulSet, headless Service, PersistentVolumeClaim `NAME-pvc`, and around them
    ServiceAccount, NetworkPolicy, PodDisruptionBudget; a PrometheusRule when monitored.

    Made by `Datastore.postgres` and `Datastore.redis`, or of any server that an Engine describes; `Datastore.external`
    gives an ExternalDatastore. One replica: a second copy is what RDS or an operator gives. A StatefulSet, for the
    surge of a Deployment would wait for the volume for ever. The claim is an object of its own, which no sync of Argo
    CD prunes or deletes.

    Its options are the fields of DatastoreOptions.
    """

    @keywords_of(DatastoreOptions)
    def __init__(self, scope: Construct, id: str, options: DatastoreOptions) -> None:
        engine, secret = options.engine, options.secret
        super().__init__(scope, id, component=engine.component, longest_name=_LONGEST_NAME, options=options)
        self._engine = engine
        data = PersistentVolumeClaim(claim=options.storage, name="pvc", access_mode="ReadWriteOnce")
        program = {
            **keywords(engine, Program),
            # Without `revision` and `reload`, which would restart a server that does not read the value again.
            "secret_files": [
                secret if engine.rereads_secret else Secret(secret.name, secret.keys),
                *engine.secret_files,
            ],
            "volumes": {engine.data_path: Volume(source=data), **engine.volumes},
        }
        pod = Pod(
            main=Container(
                name=id,
                image=options.image,
                resources=options.resources,
                ports={engine.port_name: engine.port},
                startup=Probe.tcp(period=5, timeout=3, failures=60),
                readiness=Probe.exec(*engine.ready, period=10, timeout=5, failures=3),
                liveness=Probe.tcp(period=10, timeout=5, failures=6),
                **program,
            ),
            run_as=options.run_as,
            grace=engine.grace,
        )
        self.host, self.port, self.secret = id, engine.port, secret
        self.tls, self.ca_certificates = False, None
        self.stateful_set = stateful_set(self, self.labels, self._template(pod), reload_annotation(pod.secrets))
        self.claim = self.claims.get("pvc")
        self.service = service(self, self.labels, pod.main.ports, cluster_ip=Headless())
        self.disruption_budget = disruption_budget(self, self.labels)
        self.alerts = None
        if options.monitoring:
            claim_name = data.claim_name(self.labels)
            self.alerts = _alerts(self, self.labels, self.namespace, claim_name, options.monitoring)
        self.endpoint = Endpoint(peers=(pods_of(self.labels),), ports=(self.port,), policy=self.network_policy)

    @classmethod
    @keywords_of(PostgresOptions)
    def postgres(cls, scope: Construct, id: str, options: PostgresOptions) -> "Datastore":
        """PostgreSQL from the official image; the secret has POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB."""
        engine = _postgres.engine(options.secret, options.configuration, options.memory.shared)
        return cls._of_engine(scope, id, engine, options)

    @classmethod
    @keywords_of(RedisOptions)
    def redis(cls, scope: Construct, id: str, options: RedisOptions) -> "Datastore":
        """Redis as a broker, from the official image; the secret has REDIS_PASSWORD."""
        engine = _redis.engine(options.secret, options.resources.memory[1], options.configuration)
        return cls._of_engine(scope, id, engine, options)

    @classmethod
    def _of_engine(cls, scope: Construct, id: str, engine: Engine, options: ServerOptions) -> "Datastore":
        made = cls(scope, id, engine=engine, **keywords(options, ServerOptions))
        # Problems are those of the options that the user gave, not of the engine that was made of them.
        made._options = options
        return made

    @classmethod
    @keywords_of(ExternalDatastoreOptions)
    def external(cls, scope: Construct, id: str, options: ExternalDatastoreOptions) -> ExternalDatastore:
        """A server that already exists, e.g. RDS or ElastiCache."""
        return ExternalDatastore(scope, id, **keywords(options, ExternalDatastoreOptions))

    @property
    def full_host(self) -> str:
        return f"{self.host}.{self.namespace}.svc"

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from (OptionProblem("engine", problem) for problem in self._pod.main.program_problems())
        yield from (OptionProblem("secret", problem) for problem in self.secret.missing_problems(self._engine.keys))


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
