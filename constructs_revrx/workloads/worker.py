"""Worker: takes its work from a queue or a clock, listens on no port, scaled or alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from constructs import Construct

from ..core.calls import value_object
from ..core.errors import OptionProblem
from ..core.options import keywords, keywords_of
from ..networking.network_policy import pods_in
from ..pods.container import Container, port_problems
from ..pods.pod import Pod
from ..pods.probe import Probe, probe_problems
from ..pods.program import Program
from ..pods.shutdown import Shutdown
from .deployment import deployment, replicas_problems
from .disruption_budget import disruption_budget
from .heartbeat import Heartbeat
from .monitoring import Monitoring, pod_monitor, workload_alerts
from .scaling.autoscaling import Autoscaling
from .scaling.queue_scaling import QueueScaling
from .scaling.replicas import Singleton, replicas_of
from .workload import Client, ProgramOptions


@value_object
class WorkerOptions(ProgramOptions):
    """The options of a Worker.

    Args:
        command: what the container runs, in exec form: a shell between would keep SIGTERM from it.
        replicas: how many pods; Autoscaling or QueueScaling, by what load they are scaled; Singleton() for the one that
            must be alone.
        heartbeat: how it shows that it need not be restarted: by the file that it touches, in a folder of `scratch`;
            or what a Probe asks, which should not be the broker; or `Probe.none("why")`, when nothing is to notice
            that it hangs.
        startup: when it counts as started; default at the first sign of its heartbeat, after three minutes at most.
        readiness: whether it is available, for which a rollout waits; default once it has started.
        ports: TCP ports that it listens on, by name, for Prometheus and for probes; no one else may connect.
        metrics_port, metrics_path: which of them offers Prometheus metrics, and where; default none.
        monitoring: whether and where the Prometheus Operator is; default not.
        shutdown: default no pause, and 60 s to finish the task in hand.
    """

    command: Sequence[str] = field()
    replicas: int | Autoscaling | QueueScaling | Singleton
    heartbeat: Heartbeat | Probe
    startup: Probe | None = None
    readiness: Probe | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    metrics_port: str | None = None
    metrics_path: str = "/metrics"
    monitoring: Monitoring | None = None
    shutdown: Shutdown = Shutdown(pause=0, drain=60)

    @property
    def liveness(self) -> Probe:
        return self.heartbeat.probe if isinstance(self.heartbeat, Heartbeat) else self.heartbeat

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        probes = {"startup": self.startup, "readiness": self.readiness, "heartbeat": self.liveness}
        given = {option: probe for option, probe in probes.items() if probe}
        yield from probe_problems(given, self.ports, liveness="heartbeat")
        yield from (OptionProblem("ports", problem) for problem in port_problems(self.ports))
        if self.metrics_port is not None and self.metrics_port not in self.ports:
            declared = ", ".join(self.ports) or "none"
            text = f"{self.metrics_port!r} is no port of its, which has {declared}; add it to `ports`"
            yield OptionProblem("metrics_port", text)
        if not self.metrics_path.startswith("/"):
            yield OptionProblem("metrics_path", f"{self.metrics_path!r} does not begin with '/'")
        if isinstance(self.heartbeat, Heartbeat):
            file = self.heartbeat.file
            if not any(file.startswith(f"{folder.rstrip('/')}/") for folder in self.scratch):
                text = f"file {file} is in no folder of scratch, where alone the worker can write; add its folder"
                yield OptionProblem("heartbeat", text)


class Worker(Client):
    """A Deployment that no one connects to; alive, by default, as long as it touches its heartbeat file.

    Emits ServiceAccount, NetworkPolicy, Deployment, PodDisruptionBudget; HorizontalPodAutoscaler when `replicas` is
    Autoscaling; ScaledObject and TriggerAuthentication when it is QueueScaling; PrometheusRule when monitored, and a
    PodMonitor when it has a metrics port. No Service.

    Its options are the fields of WorkerOptions.
    """

    @keywords_of(WorkerOptions)
    def __init__(self, scope: Construct, id: str, options: WorkerOptions) -> None:
        super().__init__(scope, id, component="worker", options=options)
        self._replicas = replicas = replicas_of(options.replicas)
        pod = Pod(
            main=Container(
                name=id,
                image=options.image,
                resources=options.resources,
                ports=options.ports,
                shutdown=options.shutdown,
                startup=options.startup or replace(options.liveness, period=5, failures=36),
                readiness=options.readiness,
                liveness=options.liveness,
                **keywords(options, Program),
            ),
            containers=options.containers,
            init_containers=options.init_containers,
            replicated=not replicas.is_single,
        )
        self.deployment = deployment(self, self.labels, self._template(pod), replicas, pod)
        scaler = replicas.scaler(self, self.labels)
        self.autoscaler = scaler.autoscaler
        self.scaled_object, self.trigger_authentication = scaler.scaled_object, scaler.trigger_authentication
        self.disruption_budget = disruption_budget(self, self.labels)
        self.pod_monitor = self.alerts = None
        monitoring, port, path = options.monitoring, options.metrics_port, options.metrics_path
        if monitoring and port is not None:
            self.pod_monitor = pod_monitor(self, self.labels, port, path, monitoring)
            number = options.ports.get(port)
            self.network_policy.allow_from([pods_in(monitoring.namespace)], [] if number is None else [number])
        if monitoring:
            self.alerts = workload_alerts(self, self.labels, self.namespace, monitoring, replicas)

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from self._pod.problems(self.namespace, self.kubernetes)
        yield from replicas_problems(self._replicas, self._pod)
