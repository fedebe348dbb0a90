"""The cluster that the tests run on: a node of our own, or the one that KUBECONFIG names."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..charts.dist import ROOT
from ..e2e.kubectl import Kubectl
from .namespaces import network_of


@dataclass(frozen=True)
class RealCluster:
    """A cluster on which containers run.

    admin: its administrator's kubectl.
    address: a node's, where the ingress controller answers.
    node: the program and the folder of a node of our own; None where the cluster is somebody else's.
    world: a process of the machine that pods reach as the internet; None for this machine.
    is_kept: whether an earlier run left it up, with its images.
    """

    admin: Kubectl
    address: str
    node: tuple[Path, Path] | None = None
    world: int | None = None
    is_kept: bool = False

    def outside(self) -> AbstractContextManager[None]:
        """Where users are: sockets and processes that this thread makes meanwhile belong there."""
        return network_of(self.world)

    def tool(self, command: str, *arguments: str | Path, seconds: float = 120) -> str:
        """A command of the program that runs our node: push, disks, recycle, exec."""
        assert self.node, "a cluster of KUBECONFIG has no such program; ask `node` first"
        program, folder = self.node
        done = subprocess.run(
            [program, command, folder, *arguments], capture_output=True, text=True, timeout=seconds, check=False
        )
        assert not done.returncode, f"node {command} {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def push(self, images: Mapping[str, str]) -> None:
        """Put images where the node pulls them. images: by the name in manifests, where each is in skopeo's terms."""
        self.tool("push", *(f"{name}={source}" for name, source in images.items()), seconds=600)


def what_is_missing() -> str | None:
    """Why no test can run here; None when they can."""
    if os.environ.get("KUBECONFIG") and not os.environ.get("NODE"):
        return None
    program = os.environ.get("NODE")
    if not program:
        return "neither KUBECONFIG nor NODE is set: a cluster, or a program that starts one (see CONTRIBUTING.md)"
    if not os.access(program, os.X_OK):
        return f"NODE is {program}, which cannot be run"
    if os.geteuid():
        return "a node needs root"
    if not os.environ.get("KUBEBUILDER_ASSETS"):
        return "KUBEBUILDER_ASSETS is not set: the folder of kube-apiserver, kubelet and what else a node needs"
    missing = [p for p in ("containerd", "runc", "buildah", "skopeo", "docker-registry") if not shutil.which(p)]
    return f"{', '.join(missing)} not in PATH" if missing else None


@contextmanager
def real_cluster(folder: Path) -> Iterator[RealCluster]:
    """folder: for what the node keeps; images stay in it from one run to the next.

    NODE_KEEP leaves the node up, and the next run takes it as it is, images included; `node down` ends it.
    """
    if not os.environ.get("NODE"):
        yield _of_kubeconfig()
        return
    program, binaries = Path(os.environ["NODE"]).resolve(), Path(os.environ["KUBEBUILDER_ASSETS"])
    keep = os.environ.get("NODE_KEEP")
    try:
        is_kept = bool(keep) and _ended_well(program, "exec", folder, "true")
        if not is_kept:
            up = subprocess.run([program, "up", folder, binaries], capture_output=True, text=True, check=False)
            assert not up.returncode, f"{program} up: {up.stderr}"
        kubectl = folder / "kubectl"
        # Where the node's mounts are, no folder is the current one any more.
        inside = f"cd {ROOT} && exec kubectl "
        kubectl.write_text(f'#!/bin/sh\nexec {program} exec {folder} sh -c \'{inside}"$@"\' sh "$@"\n')
        kubectl.chmod(0o755)
        admin = Kubectl(kubectl, folder / "run/kubeconfig")
        world = int((folder / "run/world-ns.pid").read_text())
        yield RealCluster(admin, _address(admin), (program, folder), world, is_kept)
    finally:
        if not keep:
            subprocess.run([program, "down", folder], check=False)


def _ended_well(*command: str | Path) -> bool:
    return not subprocess.run(command, capture_output=True, check=False).returncode


def _of_kubeconfig() -> RealCluster:
    program = shutil.which("kubectl")
    assert program, "kubectl is not in PATH"
    admin = Kubectl(Path(program), Path(os.environ["KUBECONFIG"]))
    return RealCluster(admin, _address(admin))


def _address(admin: Kubectl) -> str:
    node, *_ = admin.get("nodes")
    (address,) = (a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
    return str(address)
