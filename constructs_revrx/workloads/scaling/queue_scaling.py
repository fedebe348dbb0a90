"""Replicas that follow the length of a queue: KEDA's ScaledObject, and what KEDA needs to read the queue."""

from collections.abc import Iterator, Sequence
from typing import Any

from constructs import Construct

from kubecheck.objects.names import namespace_problems

from ...core.calls import value_object
from ...core.labels import Labels
from ...core.manifest import Manifest
from ...networking.network_policy import pods_in
from ...networking.server import Server
from .behavior import SCALE_DOWN, SCALE_UP, ScalingRules, behavior, bounds_problems, utilization_problems
from .replicas import Scaler

_API_VERSION = "keda.sh/v1alpha1"


@value_object(kw_only=False)
class RedisList:
    """A list in Redis that holds the tasks to do, such as Celery's `celery`.

    Args:
        name: the list's key. Celery's queues have their own names; one with priorities is several lists.
        length: how many tasks a pod is to have waiting, 1 or more: twice as many in the list, twice the pods.
        activation: with minimum 0, the first pod starts when there are more tasks than this; default 0.
    """

    name: str
    length: int
    activation: int = 0

    @property
    def told_as(self) -> str:
        return self.name

    def problems(self) -> Iterator[str]:
        if not self.name:
            yield "a list has no name; write the queue's, Celery's own is celery"
        if self.length < 1:
            yield f"length {self.length} is below 1"
        if self.activation < 0:
            yield f"activation {self.activation} is negative; give 0 to start with the first task"


@value_object
class Fallback:
    """How many pods there are while KEDA cannot read the queue.

    Args:
        replicas: instead of what the queue would ask for; the other metrics still count.
        failure_threshold: failed reads in a row from which it counts; default 3.
    """

    replicas: int
    failure_threshold: int = 3

    def problems(self) -> Iterator[str]:
        for name in ("replicas", "failure_threshold"):
            if getattr(self, name) < 0:
                yield f"{name} {getattr(self, name)} is negative"


@value_object
class QueueScaling:
    """A Worker's replicas follow the length of its queues in Redis, through KEDA, which the cluster must have.

    KEDA makes the HorizontalPodAutoscaler, under the worker's name: it takes over the one that Autoscaling made. Back
    to Autoscaling, delete the ScaledObject first: its autoscaler goes with it, whoever has written to that since.
    A queue tells nothing of tasks that workers have fetched ahead (Celery's prefetch), so a short queue may hide busy
    pods: that is why cpu and memory count as well.

    Args:
        redis: where the lists are: a Datastore or an ExternalDatastore. KEDA asks it by its full name, with a
            TriggerAuthentication for what `password_key` and the like name in the Secret of its `secret`, which must be
            in the worker's namespace; its NetworkPolicy lets KEDA in. A server outside must do so itself.
        lists: the one that asks for most pods wins.
        minimum: pods, 0 or more. At 0 the worker is gone while there is nothing to do, and the first task waits for
            `polling_interval` and a pod's start.
        maximum: pods, 1 or more.
        cpu, memory: percent of the request, as for Autoscaling; they never start the first pod. None leaves one out.
        polling_interval, cooldown_period: with minimum 0, seconds from one look at the lists to the next, and without
            a task until the last pod goes; default 30 and 300.
        fallback: default none: without news of the queue nothing is scaled down.
        scale_up, scale_down: how fast, above the first pod; as for Autoscaling.
        password_key, username_key: keys of the Secret; None where the server asks for none. Default REDIS_PASSWORD
            and none.
        ca_key: the key with the certificates that a server with TLS is verified with, where it is not the system's.
        database: Redis' number of it; default 0.
        operator_namespace: where KEDA's operator runs; default keda.
    """

    redis: Server
    lists: Sequence[RedisList]
    minimum: int
    maximum: int
    cpu: int | None = 70
    memory: int | None = 80
    polling_interval: int = 30
    cooldown_period: int = 300
    fallback: Fallback | None = None
    scale_up: ScalingRules = SCALE_UP
    scale_down: ScalingRules = SCALE_DOWN
    password_key: str | None = "REDIS_PASSWORD"
    username_key: str | None = None
    ca_key: str | None = None
    database: int = 0
    operator_namespace: str = "keda"

    replicas = None
    is_single = False

    def problems(self) -> Iterator[str]:
        if self.minimum < 0:
            yield f"minimum {self.minimum} is negative; give 0 to run nothing while there is nothing to do"
        if self.maximum < 1:
            yield f"maximum {self.maximum} is below 1; give replicas=0 to stop the worker"
        yield from bounds_problems(self.minimum, self.maximum)
        yield from utilization_problems(cpu=self.cpu, memory=self.memory)
        yield from (f"operator_namespace: {problem}" for problem in namespace_problems(self.operator_namespace))
        if self.polling_interval < 1:
            yield f"polling_interval {self.polling_interval} is below 1 second"
        if self.cooldown_period < 0:
            yield f"cooldown_period {self.cooldown_period} is negative; give seconds"
        if self.database < 0:
            yield f"database {self.database} is negative; Redis counts them from 0"
        if not self.lists:
            yield "lists is empty; name the queues that the worker takes its tasks from"
        if self.fallback is not None and self.fallback.replicas > self.maximum:
            yield f"fallback: replicas {self.fallback.replicas} exceeds maximum {self.maximum}"
        yield from self._server_problems()

    def _server_problems(self) -> Iterator[str]:
        server = self.redis
        yield from server.secret.missing_problems([*self.keys.values()])
        if server.tls and server.ca_certificates != "system" and self.ca_key is None:
            yield (
                f"ca_key is missing: {server.name} is verified with {server.ca_certificates}, which KEDA has not; name "
                f"the key of {server.secret.name} that holds these certificates"
            )
        if self.ca_key is not None and not server.tls:
            yield f"ca_key {self.ca_key} is of no use, for {server.name} is reached without TLS; leave it out"

    @property
    def keys(self) -> dict[str, str]:
        """What KEDA calls it, and the key of the Secret that holds it."""
        keys = {"username": self.username_key, "password": self.password_key, "ca": self.ca_key}
        return {parameter: key for parameter, key in keys.items() if key is not None}

    def scaler(self, scope: Construct, labels: Labels) -> Scaler:
        authentication = _trigger_authentication(scope, labels, self)
        scaled_object = _scaled_object(scope, labels, self)
        endpoint = self.redis.endpoint
        if endpoint.policy is not None:
            endpoint.policy.allow_from([pods_in(self.operator_namespace)], endpoint.ports)
        return Scaler(scaled_object=scaled_object, trigger_authentication=authentication)


def _trigger_authentication(scope: Construct, labels: Labels, scaling: QueueScaling) -> Manifest | None:
    """What KEDA reads from the Secret; none where the server asks for nothing."""
    if not scaling.keys:
        return None
    return Manifest(
        scope,
        "trigger-authentication",
        api_version=_API_VERSION,
        kind="TriggerAuthentication",
        name=labels.name,
        labels=labels.all,
        spec={
            "secretTargetRef": [
                {"parameter": parameter, "name": scaling.redis.secret.name, "key": key}
                for parameter, key in scaling.keys.items()
            ]
        },
    )


def _scaled_object(scope: Construct, labels: Labels, scaling: QueueScaling) -> Manifest:
    # Only from and to no pods at all; elsewhere they have no effect, and KEDA warns of them.
    pace = {"pollingInterval": scaling.polling_interval, "cooldownPeriod": scaling.cooldown_period}
    fallback = scaling.fallback
    return Manifest(
        scope,
        "scaled-object",
        api_version=_API_VERSION,
        kind="ScaledObject",
        name=labels.name,
        labels=labels.all,
        # KEDA refuses a workload that has an autoscaler, unless it may take that over. Argo CD with PruneLast would
        # wait for ever: it deletes the autoscaler of an earlier release only after this is applied.
        annotations={"scaledobject.keda.sh/transfer-hpa-ownership": "true"},
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": labels.name},
            "minReplicaCount": scaling.minimum,
            "maxReplicaCount": scaling.maximum,
            **(pace if scaling.minimum == 0 else {}),
            "fallback": fallback and {"replicas": fallback.replicas, "failureThreshold": fallback.failure_threshold},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "name": labels.name,
                    "behavior": behavior(scaling.scale_up, scaling.scale_down),
                }
            },
            "triggers": [
                *(_list_trigger(labels, scaling, each) for each in scaling.lists),
                *(
                    {"type": name, "metricType": "Utilization", "metadata": {"value": str(target)}}
                    for name, target in (("cpu", scaling.cpu), ("memory", scaling.memory))
                    if target is not None
                ),
            ],
        },
    )


def _list_trigger(labels: Labels, scaling: QueueScaling, each: RedisList) -> dict[str, Any]:
    return {
        "type": "redis",
        "metricType": "AverageValue",
        "metadata": {
            "address": f"{scaling.redis.full_host}:{scaling.redis.port}",
            "databaseIndex": str(scaling.database),
            "enableTLS": "true" if scaling.redis.tls else "false",
            "listName": each.name,
            "listLength": str(each.length),
            "activationListLength": str(each.activation),
        },
        "authenticationRef": {"name": labels.name} if scaling.keys else None,
    }
