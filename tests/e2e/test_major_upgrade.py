"""docs/deployment/postgres-major-upgrade.md, played from its first step to its last on a control plane.

The edits are made in a copy of charts/, whose dist/ is applied. What happens in the servers is played by
tests/images/test_major_upgrade.py.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..charts.dist import DIST, ROOT
from ..docs.runbooks import Edit, steps
from .environment import Environment, empty
from .kubectl import Kubectl
from .person import Person, operators

PAGE = "deployment/postgres-major-upgrade.md"


@pytest.fixture(scope="module", autouse=True)
def nothing_left(cluster: Kubectl) -> Iterator[None]:
    """The server that only this page makes."""
    yield
    empty(cluster)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    for source in (ROOT / "charts", DIST):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", folder)
    (folder / "images").symlink_to(ROOT / "images")
    return folder


def test_it_is_played(environments: list[Environment], checkout: Path, tmp_path: Path) -> None:
    (production,) = (environment for environment in environments if environment.name == "production")
    deployer = Person.of(production.cluster.user("deployer", production.deployers), tmp_path / "deployer")
    administrator = Person.of(production.cluster, tmp_path / "administrator")
    deployer.program("make", f'[ "$*" = synth ] && PYTHONPATH={ROOT} exec {sys.executable} main.py')
    claimed = claims(production)
    reached = {}
    with operators(production):
        for heading, found in steps(PAGE).items():
            for step in found:
                if isinstance(step, Edit):
                    step.apply(checkout, {"TAG": "0.2.0"})
                elif {"cluster", "checkout"} & {*step.places}:
                    person = administrator if step.administrator else deployer
                    person.does(step, {}, folder=checkout)
            reached[heading] = (database_of(production), claimed.items() <= claims(production).items())
    assert reached["Before the day"] == ("postgres", True)
    assert reached["The day"] == ("postgres-17", True)
    assert reached["Going back"] == ("postgres", True)
    assert {*claimed} - {*claims(production)} == {"postgres-pvc"}


def claims(production: Environment) -> dict[str, str]:
    """Their names and uids."""
    found = production.admin.get("persistentvolumeclaims")
    return {o["metadata"]["name"]: o["metadata"]["uid"] for o in found}


def database_of(production: Environment) -> str:
    """What the backend's policy lets it reach on Postgres' port."""
    (policy,) = production.admin.get("networkpolicy", "backend")
    (name,) = (
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for rule in policy["spec"]["egress"]
        for peer in rule.get("to", [])
        if any(port["port"] == 5432 for port in rule["ports"])
    )
    assert isinstance(name, str)
    return name
