"""Worker: takes its work from a queue or a clock, listens on no port, scaled or alone."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs import Construct

from ._calls import checked
from ._config_map import ConfigMap
from ._deployment import Replicas, deployment, most_replicas, replicas_problems
from ._disruption_budget import disruption_budget
from ._monitoring import workload_alerts
from ._pod import hardened_pod, pause
from ._pods import Pods
from ._probe import Probe
from ._program import DEFAULT_SCRATCH, Program, Source
from ._queue_scaling import QueueScaling, scaled_object, trigger_authentication
from ._scaling import Autoscaling, Singleton, autoscaler
from ._secrets import Secret
from ._values import Heartbeat, Image, Monitoring, Resources, Shutdown
from ._workload import Client


class Worker(Client):
    """A Deployment that no one connects to, alive as long as it touches its heartbeat file.

    Emits ServiceAccount, NetworkPolicy, Deployment, PodDisruptionBudget; HorizontalPodAutoscaler when `replicas` is
    Autoscaling; ScaledObject and TriggerAuthentication when it is QueueScaling; PrometheusRule when monitored. No
    Service, and so no readiness probe.

    Args:
        replicas: how many pods; Autoscaling or QueueScaling, by what load they are scaled; Singleton() for the one that
            must be alone.
        image, resources, args, env, env_from, secret_files, config_files, scratch, monitoring: as for
            WebService.
        command: what the container runs, in exec form: a shell between would keep SIGTERM from it.
        heartbeat: the file that it touches, in a folder of `scratch`.
        pods: more of its pods: labels, annotations, nodes, priority, ServiceAccount.
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
        heartbeat: Heartbeat,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        env_from: Sequence[Source] = (),
        secret_files: Sequence[Secret] = (),
        config_files: Mapping[str, ConfigMap] | None = None,
        scratch: Mapping[str, str] = DEFAULT_SCRATCH,
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
                "image": image,
                "resources": resources,
                "replicas": replicas,
                "heartbeat": heartbeat,
                "env_from": env_from,
                "secret_files": secret_files,
                "shutdown": shutdown,
            },
        )
        self._heartbeat = heartbeat
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
            replicated=not isinstance(replicas, Singleton),
            container={"lifecycle": pause(shutdown.pause), **_probes(heartbeat)},
            terminationGracePeriodSeconds=shutdown.grace,
        )
        self.deployment = deployment(self, self.labels, template, replicas)
        self.autoscaler = autoscaler(self, self.labels, replicas) if isinstance(replicas, Autoscaling) else None
        by_queue = replicas if isinstance(replicas, QueueScaling) else None
        self.trigger_authentication = by_queue and trigger_authentication(self, self.labels, by_queue)
        self.scaled_object = by_queue and scaled_object(self, self.labels, by_queue)
        if by_queue:
            by_queue.let_in()
        self.disruption_budget = disruption_budget(self, self.labels)
        self.alerts = (
            workload_alerts(self, self.labels, self.namespace, monitoring, most_replicas(replicas))
            if monitoring
            else None
        )

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        yield from replicas_problems(self._replicas)
        yield from self._program.problems(self.namespace)
        file = self._heartbeat.file
        if not any(file.startswith(f"{folder.rstrip('/')}/") for folder in self._program.scratch):
            yield f"heartbeat: file {file} is in no folder of scratch, where alone the worker can write; add its folder"


def _probes(heartbeat: Heartbeat) -> dict[str, Any]:
    # find exits with 0 whether or not the file is young enough; only its output tells.
    young = f'test -n "$(find {shlex.quote(heartbeat.file)} -mmin -{heartbeat.max_age_minutes})"'
    # Three minutes to connect to the broker and touch the file for the first time.
    startup = Probe.exec("sh", "-c", young, period=5, failures=36)
    liveness = Probe.exec("sh", "-c", young, period=30, failures=3)
    return {"startupProbe": startup.manifest(), "livenessProbe": liveness.manifest()}
