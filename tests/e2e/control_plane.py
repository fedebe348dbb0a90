"""A throw-away Kubernetes cluster on loopback.

etcd, the API server with its default admission plug-ins, the controllers and the scheduler are the real ones; kwok
plays three nodes in three zones (kwok-stages.yaml says how). No container runs, and no NetworkPolicy is enforced.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .kubectl import Kubectl, KubectlError
from .processes import Processes, free_ports
from .waiting import until

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")
NODES = {"node-a": "zone-a", "node-b": "zone-b", "node-c": "zone-c"}

_STAGES = Path(__file__).with_name("kwok-stages.yaml")
_CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "110", "ephemeral-storage": "500Gi"}


@contextmanager
def control_plane(binaries: Path, folder: Path) -> Iterator[Kubectl]:
    """A cluster that runs until the `with` ends, as its administrator sees it.

    binaries: a folder with PROGRAMS.
    folder: empty; takes the cluster's data and logs.
    """
    port, etcd_port, peer_port, kwok_port = free_ports(4)
    kubeconfig = _credentials(folder, port)
    kubectl = Kubectl(binaries / "kubectl", kubeconfig)
    with Processes(folder) as processes:
        etcd, peer = f"http://127.0.0.1:{etcd_port}", f"http://127.0.0.1:{peer_port}"
        processes.start(
            "etcd",
            binaries / "etcd",
            f"--data-dir={folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )
        processes.start(
            "kube-apiserver",
            binaries / "kube-apiserver",
            f"--etcd-servers={etcd}",
            f"--cert-dir={folder / 'certificates'}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder / 'service-accounts.key'}",
            f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
            "--service-cluster-ip-range=10.0.0.0/16",
            # Or validation refuses a privileged pod before Pod Security sees it.
            "--allow-privileged",
        )

        def unanswered() -> list[str]:
            if ended := processes.ended():
                raise AssertionError("\n".join(ended))
            try:
                kubectl("get", "--raw=/readyz")
            except KubectlError as refusal:
                return [str(refusal)]
            return []

        until("the API server", unanswered, seconds=120)
        processes.start(
            "kube-controller-manager",
            binaries / "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            f"--service-account-private-key-file={folder / 'service-accounts.key'}",
            "--use-service-account-credentials",
            # Of an autoscaler's times only its behavior shall count.
            "--horizontal-pod-autoscaler-sync-period=1s",
            "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
            "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
        )
        processes.start(
            "kube-scheduler",
            binaries / "kube-scheduler",
            f"--kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
        )
        processes.start(
            "kwok",
            binaries / "kwok",
            f"--config={_STAGES}",
            f"--kubeconfig={kubeconfig}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
            "--cidr=10.244.0.0/16",
            "--node-ip=10.0.0.1",
            f"--server-address=127.0.0.1:{kwok_port}",
        )
        kubectl.apply([*map(_node, NODES), _GP3])
        kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
        until("ServiceAccounts", lambda: [] if kubectl.get("serviceaccount", "default") else ["default"], seconds=60)
        yield kubectl


def _credentials(folder: Path, port: int) -> Path:
    token = secrets.token_hex(16)
    _private(folder / "tokens.csv", f"{token},admin,admin,system:masters\n")
    key = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout
    _private(folder / "service-accounts.key", key)
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "admin"}}],
        "current-context": "local",
    }
    return _private(folder / "kubeconfig", json.dumps(config))


def _private(file: Path, text: str) -> Path:
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        stream.write(text)
    return file


def _node(name: str) -> dict[str, object]:
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": NODES[name]}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {**labels, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "status": {"allocatable": _CAPACITY, "capacity": _CAPACITY},
    }


_GP3 = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp3"},
    "provisioner": "kwok.x-k8s.io/volume",
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
    "allowVolumeExpansion": True,
}
