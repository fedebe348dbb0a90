"""A real Argo CD beside the cluster: its repo server and application controller, with Redis."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..charts.dist import Object
from .kubectl import Kubectl
from .processes import Processes, free_ports
from .waiting import until

NAMESPACE = "argocd"
_PART_OF = {"app.kubernetes.io/part-of": "argocd"}


@contextmanager
def argocd(binary: Path, cluster: Kubectl, folder: Path) -> Iterator[str]:
    """Runs until the `with` ends. Gives the cluster's address, for spec.destination.server.

    binary: Argo CD's, which is the controller or the repo server by ARGOCD_BINARY_NAME.
    folder: empty; takes logs and what Argo CD keeps. redis-server and git must be in PATH.
    """
    config = json.loads(cluster.kubeconfig.read_text())
    server: str = config["clusters"][0]["cluster"]["server"]
    cluster.apply(_settings(server, config["users"][0]["user"]["token"]))
    redis_port, repo_port, *metrics_ports = free_ports(4)
    for name in ("tls", "ssh", "gpg", "tmp"):
        (folder / name).mkdir()
    (folder / "gpg").chmod(0o700)
    environment = {
        # A commit is seen in seconds.
        "ARGOCD_RECONCILIATION_TIMEOUT": "5s",
        "ARGOCD_RECONCILIATION_JITTER": "0s",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
        "GNUPGHOME": str(folder / "gpg"),
        "TMPDIR": str(folder / "tmp"),
        # Repositories of this test belong to whoever runs it.
        "HOME": str(folder),
    }
    with Processes(folder) as processes:
        processes.start(
            "redis", "redis-server", f"--port {redis_port}", "--bind 127.0.0.1", "--save", "", "--appendonly no"
        )
        processes.start(
            "repo-server",
            binary,
            f"--redis=localhost:{redis_port}",
            "--address=127.0.0.1",
            f"--port={repo_port}",
            f"--metrics-port={metrics_ports[0]}",
            "--disable-tls",
            "--revision-cache-expiration=3s",
            env={**environment, "ARGOCD_BINARY_NAME": "argocd-repo-server"},
        )
        processes.start(
            "application-controller",
            binary,
            f"--namespace={NAMESPACE}",
            f"--redis=localhost:{redis_port}",
            f"--repo-server=localhost:{repo_port}",
            "--repo-server-plaintext",
            f"--metrics-port={metrics_ports[1]}",
            f"--kubeconfig={cluster.kubeconfig}",
            env={**environment, "ARGOCD_BINARY_NAME": "argocd-application-controller"},
        )

        def silent() -> list[str]:
            assert processes.ended() == []
            return [f"nobody listens on {port}" for port in (repo_port, metrics_ports[1]) if not _listens(port)]

        until("Argo CD", silent, seconds=60)
        yield server


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _settings(server: str, token: str) -> list[Object]:
    """What Argo CD reads at its start, and the cluster that it deploys to: the one it is in."""
    settings: list[Object] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": _PART_OF},
        }
        for name in ("argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm")
    ]
    config = json.dumps({"bearerToken": token, "tlsClientConfig": {"insecure": True}})
    labels = {"argocd.argoproj.io/secret-type": "cluster"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        *settings,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "argocd-secret", "namespace": NAMESPACE, "labels": _PART_OF},
            "stringData": {"server.secretkey": "throw-away"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "this-cluster", "namespace": NAMESPACE, "labels": labels},
            "stringData": {"name": "this-cluster", "server": server, "config": config},
        },
    ]
