"""Worker: takes its work from a queue or a clock, listens on no port, scaled or alone."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from constructs import Construct

from ..config.secret import Secret
from ..core.calls import checked
from ..networking.network_policy import pods_in
from ..pods.container import DEFAULT_SCRATCH, Container, Files, Source, port_problems
from ..pods.heartbeat import Heartbeat
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.probe import Probe
from ..pods.resources import Resources
from ..pods.scheduling import Pods
from ..pods.shutdown import Shutdown
from ..pods.volume import Volume
from .autoscaling import Autoscaling, Singleton, autoscaler
from .deployment import Replicas, deployment, most_replicas, replicas_problems
from .disruption_budget import disruption_budget
from .monitoring import Monitoring, pod_monitor, workload_alerts
from .queue_scaling import QueueScaling, scaled_object, trigger_authentication
from .workload import Client


class Worker(Client):
    """A Deployment that no one connects to; alive, by default, as long as it touches its heartbeat file.

    Emits ServiceAccount, NetworkPolicy, Deployment, PodDisruptionBudget; HorizontalPodAutoscaler when `replicas` is
    Autoscaling; ScaledObject and TriggerAuthentication when it is QueueScaling; PrometheusRule when monitored, and a
    PodMonitor when it has a metrics port. No Service.

    Args:
        replicas: how many pods; Autoscaling or QueueScaling, by what load they are scaled; Singleton() for the one that
            must be alone.
        image, resources, args, env, env_from, secret_files, config_files, scratch, volumes, containers,
            init_containers, monitoring: as for WebService.
        command: what the container runs, in exec form: a shell between would keep SIGTERM from it.
        heartbeat: how it shows that it need not be restarted: by the file that it touches, in a folder of `scratch`;
            or what a Probe asks, which should not be the broker; or `Probe.none("why")`, when nothing is to notice
            that it hangs.
        startup: when it counts as started; default at the first sign of its heartbeat, after three minutes at most.
        readiness: whether it is available, for which a rollout waits; default once it has started.
        ports: TCP ports that it listens on, by name, for Prometheus and for probes; no one else may connect.
        metrics_port, metrics_path: which of them offers Prometheus metrics, and where; default none.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
        shutdown: default no pause, and 60 s to finish the task in hand.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        command: Sequence[str],
        resources: Resources,
        replicas: Replicas,
        heartbeat: Heartbeat | Probe,
        startup: Probe | None = None,
        readiness: Probe | None = None,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        env_from: Sequence[Source] = (),
        secret_files: Sequence[Secret] = (),
        config_files: Mapping[str, Files] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
        volumes: Mapping[str, Volume] | None = None,
        containers: Sequence[Container] = (),
        init_containers: Sequence[Container] = (),
        ports: Mapping[str, int] | None = None,
        metrics_port: str | None = None,
        metrics_path: str = "/metrics",
        monitoring: Monitoring | None = None,
        shutdown: Shutdown = Shutdown(pause=0, drain=60),
        pods: Pods = Pods(),
    ) -> None:
        super().__init__(
            scope,
            id,
            component="worker",
            pods=pods,
            options={
                "replicas": replicas,
                "heartbeat": heartbeat if isinstance(heartbeat, Heartbeat) else None,
                "monitoring": monitoring,
            },
        )
        liveness = heartbeat if isinstance(heartbeat, Probe) else _young(heartbeat)
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
                ports=ports or {},
                shutdown=shutdown,
                startup=startup or replace(liveness, period=5, failures=36),
                readiness=readiness,
                liveness=liveness,
            ),
            containers=containers,
            init_containers=init_containers,
            replicated=not isinstance(replicas, Singleton),
        )
        self._heartbeat, self._startup, self._replicas = heartbeat, startup, replicas
        self._metrics_port, self._metrics_path = metrics_port, metrics_path
        template = self._template(pod)
        self.deployment = deployment(self, self.labels, template, replicas, pod)
        self.autoscaler = autoscaler(self, self.labels, replicas) if isinstance(replicas, Autoscaling) else None
        by_queue = replicas if isinstance(replicas, QueueScaling) else None
        self.trigger_authentication = by_queue and trigger_authentication(self, self.labels, by_queue)
        self.scaled_object = by_queue and scaled_object(self, self.labels, by_queue)
        if by_queue:
            by_queue.let_in()
        self.disruption_budget = disruption_budget(self, self.labels)
        self.pod_monitor = None
        if monitoring and metrics_port is not None:
            self.pod_monitor = pod_monitor(self, self.labels, metrics_port, metrics_path, monitoring)
            number = pod.main.ports.get(metrics_port)
            self.network_policy.allow_from([pods_in(monitoring.namespace)], [] if number is None else [number])
        self.alerts = (
            workload_alerts(self, self.labels, self.namespace, monitoring, most_replicas(replicas))
            if monitoring
            else None
        )

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from self._pod_problems()
        yield from replicas_problems(self._replicas, exclusive=self._pod.is_exclusive)
        ports = self._pod.main.ports
        yield from (f"ports: {problem}" for problem in port_problems(ports))
        if self._metrics_port is not None and self._metrics_port not in ports:
            declared = ", ".join(ports) or "none"
            yield f"metrics_port: {self._metrics_port!r} is no port of its, which has {declared}; add it to `ports`"
        if not self._metrics_path.startswith("/"):
            yield f"metrics_path: {self._metrics_path!r} does not begin with '/'"
        yield from self._heartbeat_problems()

    def _pod_problems(self) -> Iterator[str]:
        """Under the names of this construct's options: what liveness and, by default, startup ask is the heartbeat."""
        for problem in self._pod.problems(self.namespace, self.kubernetes):
            option, _, text = problem.partition(": ")
            if option != "startup" or self._startup:
                yield f"heartbeat: {text}" if option == "liveness" else problem

    def _heartbeat_problems(self) -> Iterator[str]:
        if isinstance(self._heartbeat, Heartbeat):
            file = self._heartbeat.file
            if not any(file.startswith(f"{folder.rstrip('/')}/") for folder in self._pod.main.scratch):
                yield (
                    f"heartbeat: file {file} is in no folder of scratch, where alone the worker can write; add its "
                    "folder"
                )


def _young(heartbeat: Heartbeat) -> Probe:
    # find exits with 0 whether or not the file is young enough; only its output tells.
    young = f'test -n "$(find {shlex.quote(heartbeat.file)} -mmin -{heartbeat.max_age_minutes})"'
    return Probe.exec("sh", "-c", young, period=30, failures=3)
