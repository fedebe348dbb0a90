"""Rolling updates: of an image that works, and of one that does not."""

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import partial

from ..charts.dist import Object, containers, documents, of_kind
from .environment import Environment
from .waiting import until
from .watching import watched

NEVER_READY = "ghcr.io/revrx/backend:never-ready"


def deployments(environment: Environment) -> dict[str, Object]:
    return {o["metadata"]["name"]: o for o in environment.admin.get("deployments")}


def replicas(environment: Environment) -> dict[str, int]:
    return {name: o["spec"]["replicas"] for name, o in deployments(environment).items()}


def images(environment: Environment) -> dict[str, str]:
    """Each Deployment has one container."""
    return {name: container["image"] for name, o in deployments(environment).items() for container in containers(o)}


def release(environment: Environment, image: Mapping[str, str]) -> None:
    for name, reference in image.items():
        environment.deployer("set", "image", f"deployment/{name}", f"{name}={reference}")


def pods_of(environment: Environment, image: str) -> list[str]:
    pods = environment.admin.get("pods")
    return titles(pod for pod in pods if image in (container["image"] for container in pod["spec"]["containers"]))


def titles(objects: Iterable[Object]) -> list[str]:
    return [o["metadata"]["name"] for o in objects]


def test_an_image_that_never_gets_ready_stops_and_undo_brings_the_old_one_back(
    environments: list[Environment],
) -> None:
    with ExitStack() as stack:
        watches = {environment: stack.enter_context(watched(environment.admin)) for environment in environments}
        before = {environment: images(environment) for environment in environments}
        wanted = {environment: replicas(environment)["backend"] for environment in environments}
        for environment in environments:
            # Sooner than the ten minutes that are committed, to be seen here.
            soon = json.dumps({"spec": {"progressDeadlineSeconds": 15}})
            environment.deployer("patch", "deployment", "backend", f"-p={soon}")
            release(environment, {"backend": NEVER_READY})
        for environment in environments:
            until("the rollout to be given up", partial(not_given_up, environment), seconds=90)
            assert len(pods_of(environment, NEVER_READY)) == 1
            assert watches[environment].fewest("backend") == wanted[environment]

            environment.deployer("rollout", "undo", "deployment/backend")
        for environment in environments:
            until("the rollback", environment.unready, seconds=60)
            until("the bad pod to go", partial(pods_of, environment, NEVER_READY), seconds=30)
            assert images(environment) == before[environment]
    for environment, watch in watches.items():
        assert watch.fewest("backend") == wanted[environment]


def not_given_up(environment: Environment) -> list[str]:
    """What is said of the backend's rollout, until it is that it takes too long."""
    conditions = deployments(environment)["backend"]["status"]["conditions"]
    progress = [condition for condition in conditions if condition["type"] == "Progressing"]
    return [f"{c['reason']}: {c['message']}" for c in progress if c["reason"] != "ProgressDeadlineExceeded"]


def test_a_rolling_update_never_has_fewer_ready_pods_than_wanted(environments: list[Environment]) -> None:
    with ExitStack() as stack:
        watches = {environment: stack.enter_context(watched(environment.admin)) for environment in environments}
        wanted = {environment: replicas(environment) for environment in environments}
        for environment in environments:
            release(environment, {name: f"example.com/{name}:next" for name in wanted[environment]})
        for environment in environments:
            until("the rollout", environment.unready, seconds=180)
    for environment, watch in watches.items():
        assert set(wanted[environment]) == set(titles(of_kind(documents(environment.name), "Deployment")))
        assert images(environment) == {name: f"example.com/{name}:next" for name in wanted[environment]}
        assert {name: watch.fewest(name) for name in wanted[environment]} == wanted[environment]
