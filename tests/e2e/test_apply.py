"""`kubectl apply`, once on an empty cluster and once more."""

import pytest

from ..charts.dist import label
from .environment import STRICT, Environment, bootstrap, empty
from .kubectl import Kubectl
from .waiting import until

pytestmark = pytest.mark.every_release

CLIENT_SIDE: tuple[str, ...] = ()
SERVER_SIDE = ("--server-side",)


def versions(cluster: Kubectl, folders: list[str]) -> dict[str, str]:
    return {label(o): o["metadata"]["resourceVersion"] for o in cluster.get(*folders)}


def settled(cluster: Kubectl, folders: list[str]) -> dict[str, str]:
    """The versions once the controllers have written all they had to say."""
    last: dict[str, str] = {}

    def changing() -> list[str]:
        nonlocal last
        before, last = last, versions(cluster, folders)
        return [name for name in last if last[name] != before.get(name)]

    until("controllers to settle", changing, seconds=60)
    return last


@pytest.mark.parametrize(
    ("names", "options"),
    [
        pytest.param(["staging"], CLIENT_SIDE, id="staging-client-side"),
        pytest.param(["production"], SERVER_SIDE, id="production-server-side"),
        pytest.param(["staging", "production"], SERVER_SIDE, id="both-server-side"),
        pytest.param(["staging", "production"], CLIENT_SIDE, id="both-client-side"),
    ],
)
def test_one_apply_converges_and_a_second_changes_nothing(
    cluster: Kubectl, names: list[str], options: tuple[str, ...]
) -> None:
    empty(cluster)
    environments = [Environment(name, cluster) for name in names]
    deployer = cluster.user("deployer", *(environment.deployers for environment in environments))
    folders = [f"-f=dist/{name}" for name in names]
    everything = ["-f=dist/bootstrap", *folders]

    bootstrap(cluster)
    deployer("apply", *folders, *options, *STRICT)
    for environment in environments:
        until(f"{environment.name} to converge", environment.unready, seconds=120)

    before = settled(cluster, everything)
    bootstrap(cluster)
    deployer("apply", *folders, *options, *STRICT)
    assert versions(cluster, everything) == before
