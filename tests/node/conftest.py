"""One cluster for all tests, with staging on it as it is committed.

Tests run in the order of ORDER: those that disturb nothing first, so that a restart meanwhile is a fault; a test leaves
staging as it found it.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..charts.custom_resources import KINDS, definition
from ..charts.dist import Object, documents
from ..e2e.environment import Environment, bootstrap
from ..e2e.waiting import until
from . import images
from .cluster import RealCluster, real_cluster, what_is_missing
from .ingress import NGINX, controller
from .internet import Internet, authority_in, internet
from .secrets import certificates, opaque, values

# By file; one that is not named here comes last.
ORDER = ("test_ready", "test_browser", "test_network", "test_backups", "test_quiet")

_OWNERS = ("ReplicaSet", "StatefulSet")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return ORDER.index(item.path.stem) if item.path.stem in ORDER else len(ORDER)

    items.sort(key=place)


@dataclass(frozen=True, repr=False)
class Staging:
    """Staging with every pod in place.

    since: when that was, of time.monotonic.
    secrets: what its Secrets hold, by name and key. first_pods: as they were then.
    """

    environment: Environment
    cluster: RealCluster
    internet: Internet
    secrets: dict[str, dict[str, str]]
    since: float
    first_pods: list[Object]

    def pods(self) -> list[Object]:
        """Those of its workloads, not those of Jobs."""
        return pods_of_workloads(self.environment)

    @property
    def objects(self) -> list[Object]:
        """As they are committed."""
        return documents("staging")

    @property
    def authority(self) -> str:
        return self.internet.authority_file.read_text()


def pods_of_workloads(environment: Environment) -> list[Object]:
    pods = environment.admin.get("pods")
    return [pod for pod in pods if pod["metadata"].get("ownerReferences", [{}])[0].get("kind") in _OWNERS]


@pytest.fixture(scope="session")
def cluster() -> Iterator[RealCluster]:
    if missing := what_is_missing():
        pytest.skip(missing)
    folder = Path(os.environ.get("NODE_DIR") or Path(tempfile.gettempdir()) / "revrx-node")
    with real_cluster(folder.resolve()) as found:
        yield found


@pytest.fixture(scope="session")
def staging(cluster: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    folder = tmp_path_factory.mktemp("internet")
    authority, authority_file = authority_in(cluster.node[1] if cluster.node else folder)
    objects = documents("staging")
    if cluster.node and not cluster.is_kept:
        images.push(cluster, objects, authority_file, tmp_path_factory.mktemp("images"))
    environment, admin = Environment("staging", cluster.admin), cluster.admin
    if not cluster.node and admin.get("namespace", environment.namespace):
        pytest.fail(
            f"namespace {environment.namespace} is in the cluster of KUBECONFIG already, and these tests would write"
            " over it; name a cluster for tests, or delete the namespace",
            pytrace=False,
        )
    # Server-side: a client's copy of ExternalSecrets' schemas is larger than an annotation may be.
    admin.apply((definition(kind) for kind in KINDS), "--server-side")
    admin("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")
    admin.apply(controller(NGINX))
    with internet(cluster, authority, authority_file, folder) as found:
        given = values(environment.admin)
        bootstrap(admin)
        admin.apply([*opaque(environment.namespace, given), *certificates(environment.namespace, objects, authority)])
        environment.deployer("apply", "-f=dist/staging")
        # Not claims: that of `verify` gets a volume when its first pod comes.
        until("staging to converge", lambda: environment.unready("deployments,statefulsets"), seconds=240)
        admin("rollout", "status", f"-n={NGINX.namespace}", "deployment/ingress-controller", "--timeout=60s")
        yield Staging(environment, cluster, found, given, time.monotonic(), pods_of_workloads(environment))
