"""WebService: HTTP, scaled, behind an Ingress or a Gateway."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from constructs import Construct

from ..core.calls import checked, value_object
from ..core.errors import OptionProblem
from ..core.options import keywords, keywords_of
from ..networking.alb_ingress import AlbIngress
from ..networking.backend import AppProtocol, Backend
from ..networking.gateway_route import GatewayRoute
from ..networking.host import Host
from ..networking.ingress import acme_solver_policy
from ..networking.network_policy import Endpoint, pods_in, pods_of
from ..networking.nginx_ingress import NginxIngress
from ..networking.router import Exposure
from ..networking.service import ClusterIP, Headless, service
from ..networking.traefik_ingress import TraefikIngress
from ..pods.container import Container, port_number_problems, port_problems
from ..pods.pod import Pod
from ..pods.probe import Probe, probe_problems
from ..pods.program import Program
from ..pods.shutdown import Shutdown
from .deployment import deployment, replicas_problems
from .disruption_budget import disruption_budget
from .monitoring import Monitoring, service_monitor, workload_alerts
from .scaling.autoscaling import Autoscaling
from .scaling.replicas import replicas_of
from .workload import Client, ProgramOptions

HTTP = "http"


@value_object
class WebServiceOptions(ProgramOptions):
    """The options of a WebService.

    Args:
        port: TCP port it listens on; the Service's port too. Its name is http.
        health_path: answers 200 to GET when the pod can serve, or with a ready_path when its process works, whatever
            its dependencies do; None for gRPC, which is asked by its health protocol.
        replicas: how many pods, or by what load they are scaled.
        ready_path: answers 200 to GET when the pod can serve, where that is another path than health_path.
        startup: when the program counts as started; default the health path, for two minutes at most.
        readiness: whether requests are sent to it; default the ready path, without one the health path.
        liveness: whether it need not be restarted. Must not ask a dependency: a restart mends no database. Default the
            health path when there is a ready path too, of which one answer in a minute is enough; otherwise that the
            port accepts connections.
        ports: more TCP ports, by name, of the container and the Service: e.g. {"metrics": 9090}. No Ingress leads to
            them, and `connect_to` opens one only when it is named: `client.connect_to(backend.at("metrics"))`.
        hosts: where it answers from outside; default nowhere.
        ingress: through which controller, and how: NginxIngress, TraefikIngress, AlbIngress or GatewayRoute.
        protocol: what it speaks on `port`: http; grpc, without TLS; or websocket, beside HTTP. Of the last two
            connections may be silent for long.
        cluster_ip: how it is reached inside the cluster: at one address, or Headless().
        metrics_port, metrics_path: where it offers Prometheus metrics, when monitored; default `port` and /metrics.
            Behind an Ingress the world sees them too, unless they have a port of their own.
        monitoring: whether and where the Prometheus Operator is; default not.
        shutdown: default a pause of 10 s, so that the controllers have dropped the pod before it stops listening
            (ingress-nginx issue 3639), and 30 s to finish requests.
    """

    port: int
    health_path: str | None
    replicas: int | Autoscaling
    ready_path: str | None = None
    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    hosts: Sequence[Host] = ()
    ingress: NginxIngress | TraefikIngress | AlbIngress | GatewayRoute = NginxIngress()
    protocol: AppProtocol = "http"
    cluster_ip: ClusterIP | Headless = ClusterIP()
    metrics_port: str = HTTP
    metrics_path: str = "/metrics"
    monitoring: Monitoring | None = None
    shutdown: Shutdown = Shutdown(pause=10, drain=30)

    @property
    def all_ports(self) -> dict[str, int]:
        """Of the container and the Service, the one for requests first."""
        return {HTTP: self.port, **{name: number for name, number in self.ports.items() if name != HTTP}}

    @property
    def probes(self) -> dict[str, Probe]:
        """As they are given or, by default, asked."""
        health = Probe.grpc() if self.protocol == "grpc" else Probe.http(self.health_path or "/")
        ready = health if self.ready_path is None else Probe.http(self.ready_path)
        # The kernel accepts connections for a process that hangs, so that a port alone is asked only where a path
        # would tell of dependencies too. A process that is busy or swaps is late, and a restart would double its load.
        alive = (
            Probe.tcp(period=10, timeout=5, failures=6)
            if ready.asks_the_same(health)
            else replace(health, period=10, timeout=10, failures=6)
        )
        return {
            # Never the ready path: a pod that waits for its database would be restarted every two minutes.
            "startup": self.startup or replace(health, period=3, timeout=3, failures=40),
            "readiness": self.readiness or replace(ready, period=5, timeout=3, failures=3),
            "liveness": self.liveness or alive,
        }

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from probe_problems(self.probes, self.all_ports)
        yield from (OptionProblem("port", problem) for problem in port_number_problems(self.port))
        yield from (OptionProblem("ports", problem) for problem in port_problems(self.ports))
        if HTTP in self.ports:
            text = f"{HTTP} is the name of `port`, {self.port}; choose another name"
            yield OptionProblem("ports", text)
        if self.metrics_port not in self.all_ports:
            text = f"{self.metrics_port!r} is no port of its, which has {', '.join(self.all_ports)}"
            yield OptionProblem("metrics_port", text)
        if self.protocol == "grpc" and self.health_path is not None:
            text = "gRPC has none, its pods are asked by the gRPC health protocol; give None"
            yield OptionProblem("health_path", text)
        elif self.protocol != "grpc" and self.health_path is None:
            text = "is None; give the path that answers 200 to GET when a pod can serve"
            yield OptionProblem("health_path", text)
        yield from (OptionProblem("ready_path", problem) for problem in self._ready_path_problems())
        for option in ("health_path", "ready_path", "metrics_path"):
            path = getattr(self, option)
            if path is not None and not path.startswith("/"):
                yield OptionProblem(option, f"{path!r} does not begin with '/'")

    def _ready_path_problems(self) -> Iterator[str]:
        if self.ready_path is None:
            return
        if self.protocol == "grpc":
            yield "gRPC has none, its pods are asked by the gRPC health protocol; leave it out"
        elif self.ready_path == self.health_path:
            yield (
                f"{self.ready_path} is the health_path, so what makes pods unready would also restart them; "
                "give another, or leave it out"
            )


class WebService(Client):
    """A Deployment that answers HTTP on one port, its Service, and the way to it from outside for its hosts.

    Emits ServiceAccount, NetworkPolicy, Deployment, Service, PodDisruptionBudget; HorizontalPodAutoscaler when
    `replicas` is Autoscaling; when it has hosts Ingress or HTTPRoutes (`routes`, `redirects`, and what these need), and
    the way for cert-manager's challenge; ServiceMonitor and PrometheusRule when monitored.

    Its options are the fields of WebServiceOptions.
    """

    @keywords_of(WebServiceOptions)
    def __init__(self, scope: Construct, id: str, options: WebServiceOptions) -> None:
        super().__init__(scope, id, component="web", options=options)
        self.port, self.ports = options.port, options.all_ports
        self._ingress, self._replicas = options.ingress, replicas_of(options.replicas)
        pod = Pod(
            main=Container(
                name=id,
                image=options.image,
                resources=options.resources,
                ports=self.ports,
                shutdown=options.shutdown,
                **{**options.probes, **keywords(options, Program)},
            ),
            containers=options.containers,
            init_containers=options.init_containers,
            replicated=True,
        )
        self.deployment = deployment(self, self.labels, self._template(pod), self._replicas, pod)
        self._backend = Backend(
            labels=self.labels,
            namespace=self.namespace,
            port=options.port,
            hosts=options.hosts,
            protocol=options.protocol,
            ready_path=options.ready_path or options.health_path,
        )
        self.service = service(
            self,
            self.labels,
            self.ports,
            cluster_ip=options.cluster_ip,
            protocols={HTTP: options.protocol},
            annotations=options.ingress.service_annotations(self._backend) if options.hosts else None,
        )
        self.autoscaler = self._replicas.scaler(self, self.labels).autoscaler
        self.disruption_budget = disruption_budget(self, self.labels)
        exposure = options.ingress.expose(self, self._backend) if options.hosts else Exposure()
        self.routes, self.redirects = exposure.routes, exposure.redirects
        self.middlewares, self.servers_transport = exposure.middlewares, exposure.servers_transport
        self.acme_solver_policy = None
        if options.hosts:
            peers = options.ingress.peers
            if options.ingress.answers_acme_challenges:
                self.acme_solver_policy = acme_solver_policy(self, self.labels, peers)
            self.network_policy.allow_from(peers, [options.port])
        self.service_monitor = self.alerts = None
        if monitoring := options.monitoring:
            port, path = options.metrics_port, options.metrics_path
            self.service_monitor = service_monitor(self, self.labels, port, path, monitoring)
            self.alerts = workload_alerts(self, self.labels, self.namespace, monitoring, self._replicas)
            self.network_policy.allow_from([pods_in(monitoring.namespace)], [self.ports.get(port, options.port)])

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

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from self._pod.problems(self.namespace, self.kubernetes)
        yield from replicas_problems(self._replicas, self._pod)
        if self._backend.hosts:
            yield from self._ingress.refusals(self._backend)


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
