"""WebService: HTTP, scaled, behind an Ingress or a Gateway."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from constructs import Construct

from ..config.secret import Secret
from ..core.calls import checked
from ..networking.alb_ingress import AlbIngress
from ..networking.exposure import AppProtocol, Exposed, Exposure, Host
from ..networking.gateway_route import GatewayRoute
from ..networking.ingress import acme_solver_policy
from ..networking.network_policy import Endpoint, pods_in, pods_of
from ..networking.nginx_ingress import NginxIngress
from ..networking.service import ClusterIP, Headless, service
from ..networking.traefik_ingress import TraefikIngress
from ..pods.container import DEFAULT_SCRATCH, Container, Files, Source, port_number_problems, port_problems
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.probe import Probe
from ..pods.resources import Resources
from ..pods.scheduling import Pods
from ..pods.shutdown import Shutdown
from ..pods.volume import Volume
from .autoscaling import Autoscaling, autoscaler
from .deployment import deployment, most_replicas, replicas_problems
from .disruption_budget import disruption_budget
from .monitoring import Monitoring, service_monitor, workload_alerts
from .workload import Client

HTTP = "http"


class WebService(Client):
    """A Deployment that answers HTTP on one port, its Service, and the way to it from outside for its hosts.

    Emits ServiceAccount, NetworkPolicy, Deployment, Service, PodDisruptionBudget; HorizontalPodAutoscaler when
    `replicas` is Autoscaling; when it has hosts Ingress or HTTPRoutes (`routes`, `redirects`, and what these need), and
    the way for cert-manager's challenge; ServiceMonitor and PrometheusRule when monitored.

    Args:
        image: the container's image.
        port: TCP port it listens on; the Service's port too. Its name is http.
        ports: more TCP ports, by name, of the container and the Service: e.g. {"metrics": 9090}. No Ingress leads to
            them, and `connect_to` opens one only when it is named: `client.connect_to(backend.at("metrics"))`.
        health_path: answers 200 to GET when the pod can serve; None for gRPC, which is asked by its health protocol.
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
        scratch: folders that can be written to and go with the pod, path to size; default /tmp with 64Mi.
        volumes: other volumes, by path. A claim that is ReadWriteOnce allows one replica, which stops before its
            successor starts.
        containers: more containers beside it.
        init_containers: containers that run before it, one after another; sidecars with restart_policy="Always".
        hosts: where it answers from outside; default nowhere.
        ingress: through which controller, and how: NginxIngress, TraefikIngress, AlbIngress or GatewayRoute.
        protocol: what it speaks on `port`: http; grpc, without TLS; or websocket, beside HTTP. Of the last two
            connections may be silent for long.
        cluster_ip: how it is reached inside the cluster: at one address, or Headless().
        metrics_port, metrics_path: where it offers Prometheus metrics, when monitored; default `port` and /metrics.
            Behind an Ingress the world sees them too, unless they have a port of their own.
        monitoring: whether and where the Prometheus Operator is; default not.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
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
        health_path: str | None,
        resources: Resources,
        replicas: int | Autoscaling,
        startup: Probe | None = None,
        readiness: Probe | None = None,
        liveness: Probe | None = None,
        ports: Mapping[str, int] | None = None,
        command: Sequence[str] = (),
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        env_from: Sequence[Source] = (),
        secret_files: Sequence[Secret] = (),
        config_files: Mapping[str, Files] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
        volumes: Mapping[str, Volume] | None = None,
        containers: Sequence[Container] = (),
        init_containers: Sequence[Container] = (),
        hosts: Sequence[Host] = (),
        ingress: NginxIngress | TraefikIngress | AlbIngress | GatewayRoute = NginxIngress(),
        protocol: AppProtocol = "http",
        cluster_ip: ClusterIP | Headless = ClusterIP(),
        metrics_port: str = HTTP,
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
                "replicas": replicas,
                "hosts": hosts,
                "ingress": ingress,
                "cluster_ip": cluster_ip,
                "monitoring": monitoring,
            },
        )
        self.port, self._extra_ports = port, ports or {}
        self.ports = {HTTP: port, **{name: number for name, number in self._extra_ports.items() if name != HTTP}}
        health = Probe.grpc() if protocol == "grpc" else Probe.http(health_path or "/")
        pod = Pod(
            main=Container(
                name=id,
                image=image,
                resources=resources,
                command=command,
                args=args,
                env=env or {},
                env_from=env_from,
                secret_files=secret_files,
                config_files=config_files or {},
                scratch=scratch,
                volumes=volumes or {},
                ports=self.ports,
                startup=startup or replace(health, period=3, timeout=3, failures=40),
                readiness=readiness or replace(health, period=5, timeout=3, failures=3),
                liveness=liveness or Probe.tcp(period=10, timeout=5, failures=6),
                shutdown=shutdown,
            ),
            containers=containers,
            init_containers=init_containers,
            replicated=True,
        )
        # Made from health_path, which tells its own mistake.
        self._defaults = {name for name, probe in (("startup", startup), ("readiness", readiness)) if probe is None}
        self._paths = {"health_path": health_path, "metrics_path": metrics_path}
        self._protocol, self._ingress = protocol, ingress
        self._replicas, self._metrics_port = replicas, metrics_port
        template = self._template(pod)
        self.deployment = deployment(self, self.labels, template, replicas, pod)
        self._exposed = Exposed(
            labels=self.labels,
            namespace=self.namespace,
            port=port,
            hosts=hosts,
            protocol=protocol,
            health_path=health_path,
        )
        self.service = service(
            self,
            self.labels,
            self.ports,
            cluster_ip=cluster_ip,
            protocols={HTTP: protocol},
            annotations=ingress.service_annotations(self._exposed) if hosts else None,
        )
        self.autoscaler = autoscaler(self, self.labels, replicas) if isinstance(replicas, Autoscaling) else None
        self.disruption_budget = disruption_budget(self, self.labels)
        exposure = ingress.expose(self, self._exposed) if hosts else Exposure()
        self.routes, self.redirects = exposure.routes, exposure.redirects
        self.middlewares, self.servers_transport = exposure.middlewares, exposure.servers_transport
        solves = bool(hosts) and ingress.solves_challenges
        self.acme_solver_policy = acme_solver_policy(self, self.labels, ingress.peers) if solves else None
        if hosts:
            self.network_policy.allow_from(ingress.peers, [port])
        self.service_monitor = (
            service_monitor(self, self.labels, metrics_port, metrics_path, monitoring) if monitoring else None
        )
        self.alerts = (
            workload_alerts(self, self.labels, self.namespace, monitoring, most_replicas(replicas))
            if monitoring
            else None
        )
        if monitoring:
            self.network_policy.allow_from([pods_in(monitoring.namespace)], [self.ports.get(metrics_port, port)])

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(peers=(pods_of(self.labels),), ports=(self.port,), policy=self.network_policy)

    @checked
    def at(self, port: str) -> "NamedPort":
        """One of its `ports`, for `connect_to`."""
        return NamedPort(service=self, port=port)

    @property
    def url(self) -> str:
        """Where it answers inside its namespace."""
        return f"http://{self.name}:{self.port}"

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        for problem in self._pod.problems(self.namespace, self.kubernetes):
            if problem.partition(":")[0] not in self._defaults:
                yield problem
        yield from replicas_problems(self._replicas, exclusive=self._pod.is_exclusive)
        yield from (f"port: {problem}" for problem in port_number_problems(self.port))
        yield from (f"ports: {problem}" for problem in port_problems(self._extra_ports))
        if HTTP in self._extra_ports:
            yield f"ports: {HTTP} is the name of `port`, {self.port}; choose another name"
        if self._metrics_port not in self.ports:
            yield f"metrics_port: {self._metrics_port!r} is no port of its, which has {', '.join(self.ports)}"
        if self._protocol == "grpc" and self._paths["health_path"] is not None:
            yield "health_path: gRPC has none, its pods are asked by the gRPC health protocol; give None"
        elif self._protocol != "grpc" and self._paths["health_path"] is None:
            yield "health_path: is None; give the path that answers 200 to GET when a pod can serve"
        for option, path in self._paths.items():
            if path is not None and not path.startswith("/"):
                yield f"{option}: {path!r} does not begin with '/'"
        if self._exposed.hosts:
            yield from self._ingress.refusals(self._exposed)


@dataclass(frozen=True, kw_only=True)
class NamedPort:
    """One port of a WebService, made by its `at`; what `connect_to` opens is that port only."""

    service: WebService
    port: str

    @property
    def name(self) -> str:
        return f"{self.service.name}'s {self.port}"

    @property
    def namespace(self) -> str | None:
        return self.service.namespace

    @property
    def endpoint(self) -> Endpoint:
        number = self.service.ports.get(self.port)
        return replace(self.service.endpoint, ports=() if number is None else (number,))

    def problems(self) -> Iterator[str]:
        if self.port not in self.service.ports:
            ports = ", ".join(self.service.ports)
            yield f"{self.service.name} has no port {self.port!r}, but {ports}; name one of them"
