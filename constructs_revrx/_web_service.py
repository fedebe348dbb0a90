"""WebService: HTTP, scaled, behind an Ingress."""

from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from ._calls import checked
from ._config_map import ConfigMap
from ._deployment import deployment, most_replicas, replicas_problems
from ._disruption_budget import disruption_budget
from ._ingress import acme_solver_policy, ingress_object
from ._monitoring import service_monitor, workload_alerts
from ._network import Endpoint, pods_in, pods_of
from ._pod import hardened_pod, pause
from ._pods import Pods
from ._probe import Probe
from ._program import DEFAULT_SCRATCH, Program, Source
from ._scaling import Autoscaling, autoscaler
from ._secrets import Secret
from ._service import service
from ._values import Host, Image, Ingress, Monitoring, Resources, Shutdown
from ._workload import Client


class WebService(Client):
    """A Deployment that answers HTTP on one port, its Service, and an Ingress for its hosts.

    Emits ServiceAccount, NetworkPolicy, Deployment, Service, PodDisruptionBudget; HorizontalPodAutoscaler when
    `replicas` is Autoscaling; Ingress and the way for cert-manager's challenge when it has hosts; ServiceMonitor and
    PrometheusRule when monitored.

    Args:
        image: the container's image.
        port: TCP port it listens on; the Service's port too.
        health_path: answers 200 to GET when the pod can serve.
        startup: when the program counts as started; default the health path, for two minutes at most.
        readiness: whether requests are sent to it; default the health path.
        liveness: whether it need not be restarted. Must not ask a dependency: a restart mends no database. Default
            that the port accepts connections.
        resources: of each pod.
        replicas: how many pods, or by what load they are scaled.
        command, args: instead of the image's own.
        env: plain settings; a value may refer to earlier ones, and to those of env_from, by `$(NAME)`.
        env_from: ConfigMaps and Secrets whose keys become environment variables.
        secret_files: Secrets mounted below /run/secrets, a file a key.
        config_files: folders to ConfigMaps, a file a key; a change of theirs rolls the pods.
        scratch: the only folders that can be written to, path to size; default /tmp with 64Mi.
        hosts: where it answers from outside; default nowhere.
        ingress: through which controller.
        metrics_path: where it offers Prometheus metrics on its port; used when monitored.
        monitoring: whether and where the Prometheus Operator is; default not.
        pods: more of its pods: labels, annotations, nodes, priority, ServiceAccount.
        shutdown: default a pause of 10 s, so that the controllers have dropped the pod before it stops listening
            (ingress-nginx issue 3639), and 30 s to finish requests.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        port: int,
        health_path: str,
        resources: Resources,
        replicas: int | Autoscaling,
        startup: Probe | None = None,
        readiness: Probe | None = None,
        liveness: Probe | None = None,
        command: Sequence[str] = (),
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        env_from: Sequence[Source] = (),
        secret_files: Sequence[Secret] = (),
        config_files: Mapping[str, ConfigMap] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
        hosts: Sequence[Host] = (),
        ingress: Ingress = Ingress(),
        metrics_path: str = "/metrics",
        monitoring: Monitoring | None = None,
        shutdown: Shutdown = Shutdown(pause=10, drain=30),
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(
            scope,
            id,
            component="web",
            pods=pods,
            options={
                "image": image,
                "resources": resources,
                "replicas": replicas,
                "env_from": env_from,
                "secret_files": secret_files,
                "hosts": hosts,
                "ingress": ingress,
                "shutdown": shutdown,
                "startup": startup,
                "readiness": readiness,
                "liveness": liveness,
            },
        )
        self.port = port
        self._paths = {"health_path": health_path, "metrics_path": metrics_path}
        startup = startup or Probe.http(health_path, period=3, timeout=3, failures=40)
        self._readiness = readiness or Probe.http(health_path, period=5, timeout=3, failures=3)
        self._liveness = liveness or Probe.tcp(period=10, timeout=5, failures=6)
        self._replicas = replicas
        self._program = Program(
            command=command,
            args=args,
            env=env or {},
            env_from=env_from,
            secret_files=secret_files,
            config_files=config_files or {},
            scratch=scratch,
        )
        template = hardened_pod(
            self.labels,
            image=image,
            resources=resources,
            program=self._program,
            pods=pods,
            replicated=True,
            port=port,
            container={
                "lifecycle": pause(shutdown.pause),
                "startupProbe": startup.manifest(port_name="http", port=port),
                "readinessProbe": self._readiness.manifest(port_name="http", port=port),
                "livenessProbe": self._liveness.manifest(port_name="http", port=port),
            },
            terminationGracePeriodSeconds=shutdown.grace,
        )
        self.deployment = deployment(self, self.labels, template, replicas)
        self.service = service(self, self.labels, port)
        self.autoscaler = autoscaler(self, self.labels, replicas) if isinstance(replicas, Autoscaling) else None
        self.disruption_budget = disruption_budget(self, self.labels)
        self.ingress = ingress_object(self, self.labels, hosts, ingress) if hosts else None
        self.acme_solver_policy = acme_solver_policy(self, self.labels, ingress) if hosts else None
        if hosts:
            self.network_policy.allow_from([pods_in(ingress.controller_namespace)], [port])
        self.service_monitor = service_monitor(self, self.labels, metrics_path, monitoring) if monitoring else None
        self.alerts = (
            workload_alerts(self, self.labels, self.namespace, monitoring, most_replicas(replicas))
            if monitoring
            else None
        )
        if monitoring:
            self.network_policy.allow_from([pods_in(monitoring.namespace)], [port])

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(peers=(pods_of(self.labels),), ports=(self.port,), policy=self.network_policy)

    @property
    def url(self) -> str:
        """Where it answers inside its namespace."""
        return f"http://{self.name}:{self.port}"

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from replicas_problems(self._replicas)
        yield from self._program.problems(self.namespace)
        if not 1024 <= self.port <= 65535:
            yield f"port: {self.port} is not from 1024 to 65535; below that a program needs privileges it does not have"
        for option, path in self._paths.items():
            if not path.startswith("/"):
                yield f"{option}: {path!r} does not begin with '/'"
        if self._liveness.asks_the_same(self._readiness):
            yield "liveness: it asks what readiness asks, so what makes pods unready would also restart them; ask less"
