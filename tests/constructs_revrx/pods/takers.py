"""Whatever takes the options of a Program: workloads, and the containers beside and before a workload's own."""

from dataclasses import dataclass, field
from typing import Any

from constructs_revrx import Container, Probe
from constructs import Construct

from ..properties.shop import (
    SMALL,
    TAGGED,
    Object,
    Recipe,
    containers,
    pod_template,
    suspended_cron_job,
    web_service,
    worker,
)


@dataclass(frozen=True)
class Taken:
    """What became of the options."""

    workload: Any
    container: Object
    told_as: str

    @property
    def template(self) -> Object:
        return pod_template(self.workload)

    @property
    def volumes(self) -> list[Object]:
        """Those that its container mounts, without what is put before their names."""
        mounted = {mount["name"] for mount in self.container.get("volumeMounts", ())}
        found = [volume for volume in self.template["spec"].get("volumes", ()) if volume["name"] in mounted]
        return [{**volume, "name": volume["name"].removeprefix("other-")} for volume in found]

    @property
    def mounts(self) -> list[Object]:
        found = self.container.get("volumeMounts", ())
        return [{**mount, "name": mount["name"].removeprefix("other-")} for mount in found]

    @property
    def problems(self) -> list[str]:
        """As those of the options."""
        return [text.removeprefix(self.told_as) for text in self.workload.problems()]


@dataclass(frozen=True)
class Taker:
    """Makes a workload with options of a Program.

    container_in: the workload's option, where a container of the user's takes them.
    others: the workload's options beside those.
    """

    recipe: Recipe
    container_in: str = ""
    others: dict[str, Any] = field(default_factory=dict)

    def __call__(self, scope: Construct, id: str | None = None, /, **options: Any) -> Taken:
        if not self.container_in:
            workload = self.recipe(scope, id, **{**self.others, **options})
            return Taken(workload, pod_template(workload)["spec"]["containers"][0], "")
        other = Container(**{"name": "other", "image": TAGGED, "resources": SMALL, **options})
        workload = self.recipe(scope, id, **self.others, **{self.container_in: [other]})
        (made,) = (each for each in containers(pod_template(workload)) if each["name"] == "other")
        return Taken(workload, made, f"{self.container_in}: other: ")


TAKERS = {
    "web-service": Taker(web_service),
    # Its own heartbeat would be in a folder of scratch.
    "worker": Taker(worker, others={"heartbeat": Probe.none("a test")}),
    "suspended-cron-job": Taker(suspended_cron_job),
    "container": Taker(web_service, "containers", {"scratch": {}}),
    "init-container": Taker(web_service, "init_containers", {"scratch": {}}),
}
