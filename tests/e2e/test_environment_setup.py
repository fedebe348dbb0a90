"""docs/deployment/environment-setup.md, staging and production from nothing: its commands for a cluster, in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..charts.dist import ENVIRONMENTS, Object, documents, named
from ..docs.runbooks import sections
from .environment import Environment, empty
from .kubectl import Kubectl
from .metrics import Usage, metrics_api
from .person import Person, operators

SECTIONS = {
    title.removeprefix("environment-setup: "): found
    for title, found in sections("cluster").items()
    if title.startswith("environment-setup: ")
}
NGINX: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "nginx"},
    "spec": {"controller": "k8s.io/ingress-nginx"},
}


@contextmanager
def controllers(cluster: Kubectl, folder: Path) -> Iterator[None]:
    """What helm would install, as far as one can see it; and no StorageClass of the page's name."""
    (played,) = cluster.get("storageclass", "gp3")
    played["metadata"] = {"name": "gp3"}
    cluster.apply([NGINX])
    cluster("delete", "storageclass", "gp3")
    try:
        with metrics_api(cluster, Usage(), folder):
            yield
    finally:
        # The page's is of EBS, of which nobody plays the volumes.
        cluster("delete", "storageclass", "gp3", "--ignore-not-found")
        cluster.apply([played])
        cluster("delete", "ingressclass", "nginx")


@pytest.fixture(params=ENVIRONMENTS)
def values(request: pytest.FixtureRequest) -> dict[str, str]:
    name: str = request.param
    hosts = {
        component: named(documents(name), "Ingress", component)["spec"]["rules"][0]["host"]
        for component in ("backend", "frontend")
    }
    return {
        "ENVIRONMENT": name,
        "NAMESPACE": ENVIRONMENTS[name],
        "API-HOST": hosts["backend"],
        "APP-HOST": hosts["frontend"],
    }


def test_an_environment_is_made_from_nothing(values: dict[str, str], cluster: Kubectl, tmp_path: Path) -> None:
    environment = Environment(values["ENVIRONMENT"], cluster)
    administrator = Person.of(cluster, tmp_path / "administrator")
    deployer = Person.of(cluster.user("deployer", environment.deployers), tmp_path / "deployer")
    empty(cluster)
    with controllers(cluster, tmp_path):
        for command in SECTIONS["The cluster"]:
            administrator.does(command, values)
    with operators(environment):
        for command in (command for heading in ("Apply", "Verify") for command in SECTIONS[heading]):
            (administrator if command.administrator else deployer).does(command, values)
    assert environment.unready() == []


def test_every_section_with_commands_for_a_cluster_is_run() -> None:
    assert SECTIONS.keys() == {"The cluster", "Apply", "Verify"}
