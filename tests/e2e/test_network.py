"""Who may talk to whom: for every pair of pods, port and protocol, from the policies that the API server has."""

from collections.abc import Iterator
from itertools import product

import pytest

from ..charts.dist import K8S, documents, of_kind
from .environment import Environment
from .kubectl import Kubectl
from .network import Network, Peer

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

OUTSIDE = [
    Peer("internet", "203.0.113.7"),
    Peer("company network", "10.1.2.3"),
    Peer("metadata service", "169.254.169.254"),
    Peer("ingress-nginx", "10.244.9.1", "ingress-nginx", {f"{K8S}/name": "ingress-nginx"}),
    Peer("dns", "10.244.9.2", "kube-system", {"k8s-app": "kube-dns"}),
    Peer("kube-system", "10.244.9.3", "kube-system", {f"{K8S}/name": "postgres", f"{K8S}/component": "database"}),
    Peer("default", "10.244.9.4", "default", {f"{K8S}/name": "backend", f"{K8S}/component": "web"}),
]
PORTS = {22, 53, 80, 443, 587, 3000, 5432, 6379, 8000, 8089, 9090, 65535}


@pytest.fixture(scope="module")
def network(cluster: Kubectl, environments: list[Environment]) -> Iterator[Network]:
    cluster("create", "namespace", "ingress-nginx")
    try:
        namespaces = {o["metadata"]["name"]: o["metadata"]["labels"] for o in cluster.get("namespaces")}
        yield Network(cluster.get("networkpolicies", "--all-namespaces"), namespaces)
    finally:
        cluster("delete", "namespace", "ingress-nginx")


@pytest.fixture(scope="module")
def inside(environments: list[Environment]) -> dict[str, list[Peer]]:
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
        # One of each: replicas have the same labels.
        peers = {pod["metadata"]["labels"][f"{K8S}/name"]: pod for pod in pods if "podIP" in pod["status"]}
        found[environment.name] = [
            Peer(name, pod["status"]["podIP"], environment.namespace, pod["metadata"]["labels"])
            for name, pod in peers.items()
        ]
        found[environment.name] += [
            Peer("acme-solver", "10.244.9.5", environment.namespace, {"acme.cert-manager.io/http01-solver": "true"}),
            Peer("someone's pod", "10.244.9.6", environment.namespace, {"run": "shell"}),
        ]
    return found


def test_policies_open_what_is_declared_and_nothing_else(
    environment: Environment, network: Network, inside: dict[str, list[Peer]]
) -> None:
    own = inside[environment.name]
    assert {name for source, target, _ in CONNECTIONS for name in (source, target)} <= {
        peer.name for peer in [*own, *OUTSIDE]
    }
    others = [*OUTSIDE, *(peer for name, peers in inside.items() if name != environment.name for peer in peers)]
    pairs = [(s, t) for s, t in product([*own, *others], repeat=2) if s in own or t in own]

    opened = {
        (_title(source, environment), _title(target, environment), port, protocol)
        for source, target in pairs
        for port in PORTS
        for protocol in ("TCP", "UDP", "SCTP")
        if network.allows(source, target, port, protocol)
    }
    assert opened == {
        *((source, target, port, "TCP") for source, target, port in CONNECTIONS),
        *((source, "dns", 53, protocol) for source in ASK_DNS for protocol in ("TCP", "UDP")),
    }


def _title(peer: Peer, environment: Environment) -> str:
    elsewhere = peer not in OUTSIDE and peer.namespace != environment.namespace
    return f"{peer.namespace}/{peer.name}" if elsewhere else peer.name
