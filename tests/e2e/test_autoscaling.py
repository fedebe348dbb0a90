"""Autoscalers under load and after it.

They come down ten times as fast as committed, or it would take longer than all tests may.
"""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from ..charts.dist import DIST, Object, documents, of_kind
from .environment import Environment
from .kubectl import Kubectl
from .metrics import Usage, metrics_api
from .waiting import until

FASTER = 10
# Seconds between an autoscaler's looks, and what a busy machine adds.
INACCURACY = 1.5

# By cpu, by memory, by both: each must be enough.
LOAD = Usage(cpu={"backend": 10.0, "celery-worker": 10.0}, memory={"frontend": 10.0, "celery-worker": 10.0})


@dataclass(frozen=True)
class Change:
    """Of a Deployment's replicas. at: seconds of a clock that only counts forward."""

    at: float
    name: str
    replicas: int


def autoscalers(environment: Environment) -> dict[str, Object]:
    found = of_kind(documents(environment.name), "HorizontalPodAutoscaler")
    return {o["spec"]["scaleTargetRef"]["name"]: o["spec"] for o in found}


@pytest.fixture
def faster(tmp_path: Path) -> Path:
    """dist/, with the seconds of autoscalers' scaleDown divided."""
    shutil.copytree(DIST, tmp_path / "dist")
    files = [*(tmp_path / "dist").glob("*/HorizontalPodAutoscaler.*.yaml")]
    assert files
    for file in files:
        o = yaml.safe_load(file.read_text())
        rules = behavior(o["spec"], "scaleDown")
        rules["stabilizationWindowSeconds"] //= FASTER
        for policy in rules["policies"]:
            policy["periodSeconds"] //= FASTER
        file.write_text(yaml.safe_dump(o))
    return tmp_path / "dist"


@contextmanager
def changes(namespace: Kubectl) -> Iterator[list[Change]]:
    """Those of the replicas of a namespace's Deployments, first what they are when watching begins."""
    found: list[Change] = []
    last: dict[str, int] = {}
    names = {o["metadata"]["name"] for o in namespace.get("deployments")}

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            o = json.loads(line)["object"]
            name, replicas = o["metadata"]["name"], o["spec"]["replicas"]
            if last.get(name) != replicas:
                found.append(Change(time.monotonic(), name, replicas))
                last[name] = replicas

    with namespace.running("get", "deployments", "--watch", "--output-watch-events", "-o=json") as process:
        reader = threading.Thread(target=read)
        reader.start()
        try:
            # Or the first that is seen may be a change already.
            until("the first look", lambda: [name for name in names if name not in last], seconds=30)
            yield found
        finally:
            process.kill()
            reader.join()


def away_from(environment: Environment, bound: str) -> list[str]:
    wanted = {name: spec[bound] for name, spec in autoscalers(environment).items()}
    found = {o["metadata"]["name"]: o["spec"]["replicas"] for o in environment.admin.get("deployments")}
    return [
        f"{environment.name}: {name} has {found[name]} replicas of {wanted[name]}"
        for name in wanted
        if found[name] != wanted[name]
    ] or environment.unready()


def unhealthy(environment: Environment) -> list[str]:
    return [
        f"HorizontalPodAutoscaler {o['metadata']['name']}: {condition}"
        for o in environment.admin.get("horizontalpodautoscalers")
        for condition in o["status"].get("conditions", [{"type": "none yet", "status": "False"}])
        if condition["type"] in ("none yet", "AbleToScale", "ScalingActive") and condition["status"] != "True"
    ]


def scaled_lately(environment: Environment) -> list[str]:
    """Autoscalers whose next step is smaller, for what they have just added counts in the same period."""
    return [
        f"HorizontalPodAutoscaler {o['metadata']['name']} scaled at {o['status']['lastScaleTime']}"
        for o in environment.admin.get("horizontalpodautoscalers")
        if "lastScaleTime" in o["status"]
        # A second more, for the time is cut to whole ones.
        and datetime.now(UTC) - datetime.fromisoformat(o["status"]["lastScaleTime"])
        <= timedelta(seconds=seconds_between_steps_up(o["spec"]) + 1)
    ]


def test_they_scale_to_their_maxima_and_back_within_their_behavior(
    cluster: Kubectl, environments: list[Environment], faster: Path, tmp_path: Path
) -> None:
    usage = Usage()
    with metrics_api(cluster, usage, tmp_path):
        for environment in environments:
            environment.deployer("apply", f"-f={faster / environment.name}")
        for environment in environments:
            until("healthy autoscalers", partial(unhealthy, environment), seconds=60)
            until("the minima", partial(away_from, environment, "minReplicas"), seconds=240)
        for environment in environments:
            until("autoscalers at rest", partial(scaled_lately, environment), seconds=60)

        first, second = environments
        with changes(first.admin) as of_first, changes(second.admin) as of_second:
            loaded = time.monotonic()
            usage.cpu, usage.memory = LOAD.cpu, LOAD.memory
            for environment in environments:
                until("the maxima", partial(away_from, environment, "maxReplicas"), seconds=240)
                # Again, while they are away from what is committed.
                environment.deployer("apply", f"-f={faster / environment.name}")
                assert away_from(environment, "maxReplicas") == []
                assert unhealthy(environment) == []
            relieved = time.monotonic()
            usage.cpu, usage.memory = {}, {}
            for environment in environments:
                until("the minima", partial(away_from, environment, "minReplicas"), seconds=300)
                assert unhealthy(environment) == []
                events = environment.admin.get("events")
                assert [e["message"] for e in events if "exceeded quota" in e.get("message", "")] == []

    for environment, found in ((first, of_first), (second, of_second)):
        for name, spec in autoscalers(environment).items():
            history = [change for change in found if change.name == name]
            up = [change for change in history if change.at < relieved]
            down = [up[-1], *(change for change in history if change.at >= relieved)]
            assert [change.replicas for change in up] == steps_up(spec), name
            assert [change.replicas for change in down] == [*range(spec["maxReplicas"], spec["minReplicas"] - 1, -1)]
            assert_apart([change.at for change in up[1:]], seconds_between_steps_up(spec), name)
            window = behavior(spec, "scaleDown")["stabilizationWindowSeconds"] / FASTER
            assert down[1].at - relieved >= window - INACCURACY, name
            (policy,) = behavior(spec, "scaleDown")["policies"]
            assert_apart([change.at for change in down[1:]], policy["periodSeconds"] / FASTER, name)
            assert up[1].at >= loaded


def behavior(spec: Object, direction: str) -> Object:
    found: Object = spec["behavior"][direction]
    return found


def seconds_between_steps_up(spec: Object) -> int:
    """One period, which all policies have."""
    (seconds,) = {policy["periodSeconds"] for policy in behavior(spec, "scaleUp")["policies"]}
    return int(seconds)


def steps_up(spec: Object) -> list[int]:
    """From minimum to maximum, each time by as much as the more generous policy lets."""
    most = {policy["type"]: policy["value"] for policy in behavior(spec, "scaleUp")["policies"]}
    steps = [spec["minReplicas"]]
    while steps[-1] < spec["maxReplicas"]:
        now = steps[-1]
        grown = max(now + now * most["Percent"] // 100, now + most["Pods"])
        steps.append(min(grown, spec["maxReplicas"]))
    return steps


def assert_apart(times: list[float], seconds: float, name: str) -> None:
    assert [later - sooner for sooner, later in pairwise(times) if later - sooner < seconds - INACCURACY] == [], name
