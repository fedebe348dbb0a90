"""Draining the nodes, one after another, as an upgrade of the cluster does."""

from contextlib import ExitStack
from functools import partial

from ..charts.dist import documents, of_kind
from .control_plane import NODES
from .environment import Environment
from .kubectl import Kubectl
from .waiting import until
from .watching import watched

DRAIN = ("--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s")
# More pods than nodes: some node has two of a workload, which a drain would evict together.
REPLICAS = 4


def guarded(environment: Environment) -> set[str]:
    return {o["metadata"]["name"] for o in of_kind(documents(environment.name), "PodDisruptionBudget")}


def drain_each_node(cluster: Kubectl) -> None:
    """Without a pause: only the budgets hold the next drain up until pods are back."""
    for node in NODES:
        cluster("drain", node, *DRAIN)
        pods = cluster.get("pods", "--all-namespaces", f"--field-selector=spec.nodeName={node}")
        assert [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]] == []
        cluster("uncordon", node)


def test_a_web_service_always_has_a_ready_pod_in_production(cluster: Kubectl, environments: list[Environment]) -> None:
    """With as many as it has when nothing is asked of it."""
    (production,) = (environment for environment in environments if environment.name == "production")
    with watched(production.admin) as watch:
        drain_each_node(cluster)
    assert min(watch.fewest("backend"), watch.fewest("frontend")) >= 1


def test_every_budget_is_kept(cluster: Kubectl, environments: list[Environment]) -> None:
    for environment in environments:
        environment.admin("scale", "deployment", "--all", f"--replicas={REPLICAS}")
    for environment in environments:
        until(f"{environment.name} to be in place", environment.unready, seconds=120)
    with ExitStack() as stack:
        watches = {environment: stack.enter_context(watched(environment.admin)) for environment in environments}
        drain_each_node(cluster)
    for environment, watch in watches.items():
        wanted = watch.moments[0]
        assert set(wanted) == guarded(environment)
        assert {name: watch.fewest(name) for name in wanted} == {name: wanted[name] - 1 for name in wanted}


def test_pods_that_are_not_healthy_do_not_block_it(cluster: Kubectl, environments: list[Environment]) -> None:
    for environment in environments:
        environment.admin("scale", "deployment", "celery-worker", "--replicas=0")
        environment.admin("set", "image", "deployment/celery-worker", "celery-worker=example.com/worker:never-ready")
        environment.admin("scale", "deployment", "celery-worker", "--replicas=3")
    for environment in environments:
        until("unhealthy pods to run", partial(too_few_unhealthy, environment), seconds=30)
        (budget,) = environment.admin.get("poddisruptionbudget", "celery-worker")
        assert (budget["status"]["currentHealthy"], budget["status"]["disruptionsAllowed"]) == (0, 0)
    drain_each_node(cluster)


def too_few_unhealthy(environment: Environment) -> list[str]:
    (deployment,) = environment.admin.get("deployment", "celery-worker")
    status = deployment["status"]
    counts = {field: status.get(field, 0) for field in ("updatedReplicas", "replicas", "readyReplicas")}
    running = environment.admin.get("pods", "--field-selector=status.phase=Running")
    workers = [pod for pod in running if pod["metadata"]["name"].startswith("celery-worker-")]
    if counts == {"updatedReplicas": 3, "replicas": 3, "readyReplicas": 0} and len(workers) == 3:
        return []
    return [f"{counts} and {len(workers)} running"]
