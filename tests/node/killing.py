"""SIGKILL for the processes of a container, from its node: inside the container process 1 is safe from it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen

from ..charts.dist import Object
from ..e2e.kubectl import Kubectl
from .cluster import RealCluster

_NAMESPACE = "tests-of-the-node"
_POD = "killer"

# Finds the processes, says so, and waits: the moment is the test's to choose. A process that is dead has closed its
# connections when it is a zombie or gone.
_SCRIPT = """
import os, pathlib, signal, sys, time
container, which = sys.argv[1:]
parents = {}
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if container in (folder / "cgroup").read_text():
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        pass
(main,) = (process for process, parent in parents.items() if parent not in parents)
children = sorted(process for process, parent in parents.items() if parent == main)
victim = main if which == "main" else children[-1]
print("found", flush=True)
sys.stdin.readline()
os.kill(victim, signal.SIGKILL)
def state():
    try:
        return pathlib.Path(f"/proc/{victim}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
while state() not in "ZX":
    time.sleep(0.001)
print("dead", flush=True)
"""


@dataclass(frozen=True)
class Victim:
    """A process that is found and lives."""

    kubectl: Popen[str]

    def kill(self) -> tuple[float, float]:
        """When it was killed, of time.monotonic: not before the first, and dead at the second."""
        assert self.kubectl.stdin
        assert self.kubectl.stdout
        begin = time.monotonic()
        self.kubectl.stdin.write("\n")
        self.kubectl.stdin.flush()
        self._said("dead")
        end = time.monotonic()
        self.kubectl.communicate(timeout=30)
        return begin, end

    def _said(self, word: str) -> None:
        assert self.kubectl.stdout
        line = self.kubectl.stdout.readline().strip()
        assert line == word, f"{line} {self.kubectl.communicate(timeout=30)[1]}"


@dataclass(frozen=True)
class Killer:
    """A pod that sees the processes of its node, which is the only one of the cluster."""

    kubectl: Kubectl

    def find(self, pod: Object, which: str = "main") -> Victim:
        """which: "main" or "child", a process that the main one has started."""
        (status,) = pod["status"]["containerStatuses"]
        container = status["containerID"].rpartition("/")[2]
        victim = Victim(self.kubectl.running("exec", "-i", _POD, "--", "python3", "-c", _SCRIPT, container, which))
        victim._said("found")
        return victim


@contextmanager
def killer(cluster: RealCluster, image: str) -> Iterator[Killer]:
    """image: one with Python that the node has."""
    kubectl = cluster.admin.within(_NAMESPACE)
    container = {
        "name": "killer",
        "image": image,
        "command": ["sleep", "infinity"],
        "securityContext": {"privileged": True, "runAsUser": 0},
    }
    cluster.admin.apply(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}},
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": _POD, "namespace": _NAMESPACE},
                "spec": {
                    "hostPID": True,
                    "terminationGracePeriodSeconds": 0,
                    "automountServiceAccountToken": False,
                    "containers": [container],
                },
            },
        ]
    )
    try:
        kubectl("wait", "--for=condition=Ready", f"pod/{_POD}", "--timeout=60s")
        yield Killer(kubectl)
    finally:
        cluster.admin("delete", "namespace", _NAMESPACE, "--timeout=60s")
