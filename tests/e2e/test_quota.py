"""The quota: room for all maxima during a rolling update, and none for more."""

from functools import partial

import pytest

from ..charts.dist import Object, documents, of_kind, quantity
from .environment import Environment
from .kubectl import KubectlError
from .waiting import until


def maxima(environment: Environment) -> dict[str, int]:
    """Deployments at the most replicas that their autoscalers give them."""
    autoscalers = of_kind(documents(environment.name), "HorizontalPodAutoscaler")
    return {o["spec"]["scaleTargetRef"]["name"]: o["spec"]["maxReplicas"] for o in autoscalers}


def cron_jobs(environment: Environment) -> list[str]:
    return [o["metadata"]["name"] for o in of_kind(documents(environment.name), "CronJob")]


def replicas(environment: Environment) -> dict[str, int]:
    return {o["metadata"]["name"]: o["spec"]["replicas"] for o in environment.admin.get("deployments")}


def refusals(environment: Environment) -> list[str]:
    """What the quota has kept controllers from making."""
    events = environment.admin.get("events")
    return [event["message"] for event in events if "exceeded quota" in event.get("message", "")]


def unfinished(environment: Environment) -> list[str]:
    assert refusals(environment) == []
    return environment.unready()


def scale(environment: Environment, replicas: dict[str, int]) -> None:
    for name, number in replicas.items():
        environment.admin("scale", "deployment", name, f"--replicas={number}")


def test_it_admits_rolling_updates_at_all_maxima_beside_the_jobs(environments: list[Environment]) -> None:
    committed = {environment: replicas(environment) for environment in environments}
    try:
        for environment in environments:
            scale(environment, maxima(environment))
        for environment in environments:
            until(f"{environment.name} at its maxima", environment.unready, seconds=120)
        for environment in environments:
            environment.deployer("rollout", "restart", "deployment")
            for name in cron_jobs(environment):
                environment.deployer("create", "job", f"--from=cronjob/{name}", f"meanwhile-{name}")
        for environment in environments:
            until(f"{environment.name}'s rolling updates", partial(unfinished, environment), seconds=180)
            assert replicas(environment) == maxima(environment)
            assert len(environment.admin.get("jobs")) == len(cron_jobs(environment))
    finally:
        for environment in environments:
            environment.admin("delete", "jobs", "--all")
            scale(environment, committed[environment])


def idle(name: str, cpu: str) -> Object:
    """A pod that Pod Security and the limits admit."""
    resources = {"cpu": cpu, "memory": "64Mi", "ephemeral-storage": "64Mi"}
    container = {
        "name": "idle",
        "image": "example.com/idle:1",
        "resources": {"requests": resources, "limits": resources},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    restricted = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    metadata = {"name": name, "labels": {"test": "idle"}}
    spec = {"containers": [container], "securityContext": restricted, "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def uncounted(environment: Environment) -> list[str]:
    """Pods that end still, or that the quota has not seen end."""
    pods = [pod for pod in environment.admin.get("pods") if pod["status"]["phase"] not in ("Succeeded", "Failed")]
    (quota,) = environment.admin.get("resourcequota", "quota")
    counted = int(quota["status"]["used"]["pods"])
    ending = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" in pod["metadata"]]
    return [f"{counted} pods counted of {len(pods)}; ending: {ending}"] if ending or counted != len(pods) else []


def test_it_refuses_pods_beyond_it(environment: Environment) -> None:
    until("pods of the tests before to end", partial(uncounted, environment), seconds=60)
    pods = [idle(f"idle-{number}", "2") for number in range(20)]
    try:
        with pytest.raises(KubectlError, match=r"exceeded quota: quota, requested: .*requests.cpu=2"):
            environment.admin.create(pods)
        (quota,) = environment.admin.get("resourcequota", "quota")
        used, hard = quota["status"]["used"], quota["status"]["hard"]
        assert quantity(hard["requests.cpu"]) - 2 < quantity(used["requests.cpu"]) <= quantity(hard["requests.cpu"])
    finally:
        environment.admin("delete", "pods", "--selector=test=idle", "--wait=false")


def test_a_container_beyond_the_limit_range_is_refused(environment: Environment) -> None:
    with pytest.raises(KubectlError, match="maximum cpu usage per Container is 2, but limit is 3"):
        environment.admin.create([idle("idle", "3")])


@pytest.mark.parametrize("type_", ["NodePort", "LoadBalancer"])
def test_it_refuses_services_that_open_the_cluster(environment: Environment, type_: str) -> None:
    spec = {"type": type_, "ports": [{"port": 80}], "selector": {"test": "none"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "open"}, "spec": spec}
    with pytest.raises(KubectlError, match="exceeded quota: quota, requested: services"):
        environment.admin.create([service])


def test_it_refuses_volumes_beyond_it(environment: Environment) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "gp3",
        "resources": {"requests": {"storage": "1000Gi"}},
    }
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "more"}, "spec": spec}
    with pytest.raises(KubectlError, match=r"exceeded quota: quota, requested: requests.storage=1000Gi"):
        environment.admin.create([claim])
