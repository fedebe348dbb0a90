"""One cluster for all tests, and the environments on it.

A test that needs another state than `environments` gives makes it, and may leave it: the next module deploys anew,
which takes a few seconds where little has changed. What an apply does not bring back, a test takes away itself.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..charts.custom_resources import KINDS, definition
from ..charts.dist import ENVIRONMENTS
from .control_plane import PROGRAMS, control_plane
from .environment import Environment, deploy
from .kubectl import Kubectl


@pytest.fixture(scope="session")
def binaries() -> Path:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    if not folder:
        pytest.skip(f"KUBEBUILDER_ASSETS is not set: the folder of {', '.join(PROGRAMS)}")
    if missing := [program for program in PROGRAMS if not os.access(Path(folder) / program, os.X_OK)]:
        pytest.fail(f"KUBEBUILDER_ASSETS is {folder}, where {', '.join(missing)} cannot be run", pytrace=False)
    return Path(folder)


@pytest.fixture(scope="session")
def cluster(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """Its administrator."""
    with control_plane(binaries, tmp_path_factory.mktemp("cluster")) as kubectl:
        # Server-side: a client's copy of ExternalSecrets' schemas is larger than an annotation may be.
        for kind in KINDS:
            if kind.published.exists():
                kubectl("apply", "--server-side", f"-f={kind.published}")
            else:
                kubectl.apply([definition(kind)], "--server-side")
        kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")
        yield kubectl


@pytest.fixture(scope="module")
def environments(cluster: Kubectl) -> list[Environment]:
    """All of them, as they are committed, with every pod in place."""
    deployed = [Environment(name, cluster) for name in ENVIRONMENTS]
    deploy(*deployed)
    return deployed


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest, environments: list[Environment]) -> Environment:
    """One of them after another."""
    (chosen,) = (environment for environment in environments if environment.name == request.param)
    return chosen
