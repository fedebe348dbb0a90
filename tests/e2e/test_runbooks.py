"""The runbooks' commands for a cluster, read from the pages and run in their order by whom the page says.

tests/docs/runbooks.py says what a command is; tests/images runs those for AWS and for Postgres' container.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ..charts.dist import ENVIRONMENTS
from ..docs.runbooks import sections
from .environment import Environment, deploy, empty
from .operators import play
from .person import Person, operators
from .test_rollout import NEVER_READY, images, release, replicas
from .waiting import until

# Played by test_major_upgrade.py, with the edits between the commands, and by test_environment_setup.py, from nothing.
ELSEWHERE = ("postgres-major-upgrade: ", "environment-setup: ")
SECTIONS = {title: found for title, found in sections("cluster").items() if not title.startswith(ELSEWHERE)}

Values = Mapping[str, str]
Scenario = Callable[[Environment], Iterator[Values]]


def as_deployed(production: Environment) -> Iterator[Values]:
    play(production.admin)
    yield {"NAME": "postgres-backup-1"}


def argo_cd(production: Environment) -> Iterator[Values]:
    cluster = production.cluster
    cluster("create", "namespace", "argocd")
    try:
        cluster("apply", "-f=dist/argocd")
        yield {}
        (application,) = cluster.get("application", "revrx-production", "-n=argocd")
        assert application["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    finally:
        cluster("delete", "namespace", "argocd", "--timeout=60s")


def a_bad_release(production: Environment) -> Iterator[Values]:
    before = images(production)
    release(production, dict.fromkeys(replicas(production), NEVER_READY))
    yield {}
    until("the rollback", production.unready, seconds=60)
    assert images(production) == before


def node_of_postgres(production: Environment) -> Iterator[Values]:
    (pod,) = production.admin.get("pod", "postgres-0")
    (node,) = production.cluster.get("node", pod["spec"]["nodeName"])
    yield {"NODE": node["metadata"]["name"]}
    (moved,) = production.admin.get("pod", "postgres-0")
    assert moved["metadata"]["uid"] != pod["metadata"]["uid"]
    for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        node["metadata"].pop(field, None)
    production.cluster.apply([node])
    production.cluster("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")


def volume_of_postgres(production: Environment) -> Iterator[Values]:
    (claim,) = production.admin.get("persistentvolumeclaim", "postgres-pvc")
    yield {}
    (new,) = production.admin.get("persistentvolumeclaim", "postgres-pvc")
    assert new["metadata"]["uid"] != claim["metadata"]["uid"]


def nothing(production: Environment) -> Iterator[Values]:
    empty(production.cluster)
    yield {}
    deploy(*(Environment(name, production.cluster) for name in ENVIRONMENTS))


# Where it is not as it is deployed that a section begins.
SCENARIOS: dict[str, Scenario] = {
    "disaster-recovery: Where Argo CD deploys": argo_cd,
    "disaster-recovery: A release is broken": a_bad_release,
    "disaster-recovery: Its node is gone": node_of_postgres,
    "disaster-recovery: Its volume is gone": volume_of_postgres,
    "disaster-recovery: Everything is gone": nothing,
}


@pytest.fixture
def production(environments: list[Environment]) -> Iterator[Environment]:
    (chosen,) = (environment for environment in environments if environment.name == "production")
    yield chosen
    for environment in environments:
        environment.admin("delete", "jobs", "--all")
        if stopped := [name for name, wanted in replicas(environment).items() if not wanted]:
            environment.admin("scale", "deployment", *stopped, "--replicas=1")


@pytest.mark.parametrize("title", SECTIONS)
def test_the_commands_of(title: str, production: Environment, tmp_path: Path) -> None:
    groups = [Environment(name, production.cluster).deployers for name in ENVIRONMENTS]
    deployer = Person.of(production.cluster.user("deployer", *groups), tmp_path / "deployer")
    administrator = Person.of(production.cluster, tmp_path / "administrator")
    recently = datetime.now(UTC) - timedelta(minutes=1)
    with (
        contextmanager(SCENARIOS.get(title, as_deployed))(production) as values,
        operators(production),
    ):
        for command in SECTIONS[title]:
            person = administrator if command.administrator else deployer
            person.does(command, {**values, "2026-11-24T12:00:00Z": f"{recently:%Y-%m-%dT%H:%M:%SZ}"})


def test_no_scenario_is_of_commands_that_are_gone() -> None:
    assert SCENARIOS.keys() <= SECTIONS.keys()
