"""Who may talk to whom: for every pair of pods, port and protocol, from the policies that the API server has."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product

import pytest

from kubecheck.evaluators.network_policy import Address, Network, Pod, pod
from kubecheck.objects.network_policy import PROTOCOLS

from ..charts.dist import K8S, documents, of_kind
from .environment import Environment
from .kubectl import Kubectl

# From, to, port: what charts/revrx.py connects, the ways in that hosts open, and nothing else.
CONNECTIONS = {
    ("ingress-nginx", "backend", 8000),
    ("ingress-nginx", "frontend", 3000),
    ("ingress-nginx", "acme-solver", 8089),
    ("frontend", "backend", 8000),
    ("backend", "postgres", 5432),
    ("backend", "redis", 6379),
    ("backend", "internet", 443),
    ("celery-worker", "postgres", 5432),
    ("celery-worker", "redis", 6379),
    ("celery-worker", "internet", 443),
    ("backend-migrate", "postgres", 5432),
    ("postgres-backup", "postgres", 5432),
    ("postgres-backup", "internet", 443),
    ("postgres-backup", "internet", 587),
    ("postgres-backup-verify", "internet", 443),
    ("postgres-backup-verify", "internet", 587),
    ("postgres-backup-watch", "internet", 443),
    ("postgres-backup-watch", "internet", 587),
    ("postgres-restore", "postgres", 5432),
    ("postgres-restore", "internet", 443),
    ("postgres-restore", "internet", 587),
}
BACKUPS = {"postgres-backup", "postgres-backup-verify", "postgres-backup-watch", "postgres-restore"}
ASK_DNS = {"backend", "frontend", "celery-worker", "backend-migrate", *BACKUPS}


def made_up(name: str, namespace: str, address: str, labels: dict[str, str]) -> Pod:
    """A pod that does not run here."""
    return Pod(name=name, namespace=namespace, labels=labels, addresses=(address,))


OUTSIDE = [
    made_up("ingress-nginx", "ingress-nginx", "10.244.9.1", {f"{K8S}/name": "ingress-nginx"}),
    made_up("dns", "kube-system", "10.244.9.2", {"k8s-app": "kube-dns"}),
    made_up("kube-system", "kube-system", "10.244.9.3", {f"{K8S}/name": "postgres", f"{K8S}/component": "database"}),
    made_up("default", "default", "10.244.9.4", {f"{K8S}/name": "backend", f"{K8S}/component": "web"}),
]
ADDRESSES: dict[Pod | Address, str] = {
    Address("203.0.113.7"): "internet",
    Address("10.1.2.3"): "company network",
    Address("169.254.169.254"): "metadata service",
}
PORTS = {22, 53, 80, 443, 587, 3000, 5432, 6379, 8000, 8089, 9090, 65535}


@pytest.fixture(scope="module")
def network(cluster: Kubectl, environments: list[Environment]) -> Iterator[Callable[[Iterable[Pod]], Network]]:
    """What the policies and namespaces of the API server make of pods."""
    cluster("create", "namespace", "ingress-nginx")
    try:
        namespaces = {o["metadata"]["name"]: o["metadata"]["labels"] for o in cluster.get("namespaces")}
        policies = cluster.get("networkpolicies", "--all-namespaces")
        yield lambda pods: Network(policies, namespaces, pods)
    finally:
        cluster("delete", "namespace", "ingress-nginx")


@pytest.fixture(scope="module")
def inside(environments: list[Environment]) -> dict[str, list[Pod]]:
    """The pods of each environment, with those of the Jobs that can be started."""
    found = {}
    for environment in environments:
        cron_jobs = [o["metadata"]["name"] for o in of_kind(documents(environment.name), "CronJob")]
        for name in cron_jobs:
            environment.deployer("create", "job", f"--from=cronjob/{name}", f"connecting-{name}")
        try:
            jobs = [f"job/connecting-{name}" for name in cron_jobs]
            environment.deployer("wait", "--for=condition=Complete", "--timeout=60s", *jobs)
            pods = environment.admin.get("pods")
        finally:
            environment.deployer("delete", "jobs", *(f"connecting-{name}" for name in cron_jobs))
        # One of each stands for all of its replicas, which have the same labels.
        each = {o["metadata"]["labels"][f"{K8S}/name"]: pod(o) for o in pods if "podIP" in o["status"]}
        found[environment.name] = [
            *(replace(running, name=name, is_single=False) for name, running in each.items()),
            made_up("acme-solver", environment.namespace, "10.244.9.5", {"acme.cert-manager.io/http01-solver": "true"}),
            made_up("someone's pod", environment.namespace, "10.244.9.6", {"run": "shell"}),
        ]
    return found


def test_policies_open_what_is_declared_and_nothing_else(
    environment: Environment, network: Callable[[Iterable[Pod]], Network], inside: dict[str, list[Pod]]
) -> None:
    own, pods = inside[environment.name], [*OUTSIDE, *(pod for pods in inside.values() for pod in pods)]
    answers = network(pods)
    ends = ADDRESSES | {pod: _title(pod, environment) for pod in pods}
    assert {name for source, target, _ in CONNECTIONS for name in (source, target)} <= {*ends.values()}

    opened = {
        (ends[source], ends[target], port, protocol)
        for source, target in product(ends, repeat=2)
        if source in own or target in own
        for port in PORTS
        for protocol in PROTOCOLS
        if answers.allows(source, target, port, protocol)
    }
    assert opened == {
        *((source, target, port, "TCP") for source, target, port in CONNECTIONS),
        *((source, "dns", 53, protocol) for source in ASK_DNS for protocol in ("TCP", "UDP")),
    }


def _title(pod: Pod, environment: Environment) -> str:
    elsewhere = pod not in OUTSIDE and pod.namespace != environment.namespace
    return f"{pod.namespace}/{pod.name}" if elsewhere else pod.name
