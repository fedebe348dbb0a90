"""Who reaches whom, tried: a connection from every pod to every other, to the outside, and from there.

Every port that is asked about has a listener, one of ours where the pod has none: what does not answer is closed.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path

import pytest

from kubecheck.evaluators.network_policy import Address, Network, Pod, pod

from ..charts.dist import Object, documents, of_kind, pod_template
from ..e2e.kubectl import Kubectl
from ..e2e.waiting import until
from .conftest import Staging
from .internet import ADDRESS
from .namespaces import network_of

# Those that containers and policies name, and three that none does.
PORTS = (25, 80, 443, 587, 3000, 5432, 6379, 8000, 8089, 9090, 9999)
INTERNET = Address(ADDRESS)
_SECONDS = 2

End = Pod | Address
Question = tuple[End, End, int]


@pytest.fixture(scope="module")
def pods(staging: Staging) -> Iterator[list[Object]]:
    """Those that run, one of each CronJob, and two strangers: one that no policy means, one from another namespace."""
    if not staging.cluster.node:
        pytest.skip("the pods' networks can be entered on a node of our own only")
    admin, namespace = staging.environment.admin, staging.environment.namespace
    image = documents("staging/Deployment.backend.k8s.yaml")[0]["spec"]["template"]["spec"]["containers"][0]["image"]
    asleep = [_asleep(f"asleep-{o['metadata']['name']}", namespace, pod_template(o) or {}) for o in _jobs()]
    asleep.append(_asleep("asleep-stranger", namespace, {}, image))
    twin = documents("staging/Deployment.backend.k8s.yaml")[0]["spec"]["template"]["metadata"]
    asleep.append(_asleep("asleep-elsewhere", "default", {"metadata": twin}, image))
    staging.cluster.admin.apply(asleep)
    try:
        admin("wait", "--for=condition=Ready", "pods", "--all", "--timeout=100s")
        staging.cluster.admin("wait", "-n=default", "--for=condition=Ready", "pods", "--all", "--timeout=100s")
        yield [o for o in staging.cluster.admin.get("pods", "--all-namespaces") if o["status"]["phase"] == "Running"]
    finally:
        staging.cluster.admin.delete(asleep)


def _jobs() -> list[Object]:
    return of_kind(documents("staging"), "CronJob")


def _asleep(name: str, namespace: str, template: Object, image: str = "") -> Object:
    """A pod with the labels of a template, to which policies apply; it does nothing."""
    image = image or template["spec"]["containers"][0]["image"]
    closed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    resources = {"cpu": "10m", "memory": "16Mi", "ephemeral-storage": "1Mi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": template.get("metadata", {}).get("labels", {}),
        },
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "main",
                    "image": image,
                    "command": ["sleep", "3600"],
                    "securityContext": closed,
                    "resources": {"requests": resources, "limits": resources},
                }
            ],
        },
    }


def test_what_policies_open_answers_and_nothing_else(staging: Staging, pods: list[Object]) -> None:
    network = _network(staging.cluster.admin, pods)
    processes: dict[End, int | None] = {pod: _process(pod.object or {}) for pod in network.pods}
    processes[INTERNET] = staging.cluster.world
    addresses: dict[End, str] = {pod: pod.addresses[0] for pod in network.pods}
    addresses[INTERNET] = ADDRESS
    asked = [
        (source, target, port)
        for source in processes
        for target in processes
        for port in PORTS
        if source is not target and not _belongs_to_the_system(source)
    ]
    wanted = {question for question in asked if network.allows(*question)}
    assert len(wanted) > 50
    assert len(asked) - len(wanted) > 500

    def differences() -> list[str]:
        opened = set(chain(*_in_parallel(processes, lambda source: _reached(source, asked, addresses))))
        return [
            f"{_title(source)} to {_title(target)}:{port} is {'closed' if (source, target, port) in wanted else 'open'}"
            for source, target, port in asked
            if ((source, target, port) in wanted) != ((source, target, port) in opened)
        ]

    with _listening(processes.values()):
        # The enforcer needs some seconds for pods that are new.
        until("connections as kubecheck computes them", differences, seconds=60)


def test_names_are_resolved_by_who_may_ask_for_them(staging: Staging, pods: list[Object]) -> None:
    network = _network(staging.cluster.admin, pods)
    (dns,) = (p for p in network.pods if p.labels.get("k8s-app") == "kube-dns")
    for source in network.pods:
        if _belongs_to_the_system(source):
            continue
        with network_of(_process(source.object or {})):
            answered = _resolves(dns.addresses[0])
        assert answered == network.allows(source, dns, 53, "UDP"), _title(source)


def _network(admin: Kubectl, pods: Iterable[Object]) -> Network:
    labels = {o["metadata"]["name"]: o["metadata"]["labels"] for o in admin.get("namespaces")}
    return Network(admin.get("networkpolicies", "--all-namespaces"), labels, map(pod, pods))


def _belongs_to_the_system(end: End) -> bool:
    """Asked to, but not from: nobody here says what it may."""
    return isinstance(end, Pod) and end.namespace == "kube-system"


def _title(end: End) -> str:
    return end.name if isinstance(end, Pod) else "the internet"


def _process(pod: Object) -> int:
    """A process of a pod: all of them share its network."""
    identity = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    for cgroup in Path("/proc").glob("[0-9]*/cgroup"):
        with suppress(OSError):
            if identity in cgroup.read_text():
                return int(cgroup.parent.name)
    raise AssertionError(f"no process of {pod['metadata']['name']} is here")


@contextmanager
def _listening(processes: Iterable[int | None]) -> Iterator[None]:
    """At every port of each of these networks, unless somebody does."""
    with ExitStack() as stack:
        for process in processes:
            with network_of(process):
                for port in PORTS:
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    with suppress(OSError):
                        listener.bind(("0.0.0.0", port))
                        listener.listen(1000)
        yield


def _in_parallel(ends: Mapping[End, int | None], ask: Callable[[End], list[Question]]) -> list[list[Question]]:
    """A thread for each end, in its network."""
    found: list[list[Question]] = []

    def run(end: End, process: int | None) -> None:
        with network_of(process):
            found.append(ask(end))

    threads = [threading.Thread(target=run, args=pair) for pair in ends.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _reached(source: End, asked: Iterable[Question], addresses: Mapping[End, str]) -> list[Question]:
    questions = [question for question in asked if question[0] is source]

    async def ask() -> list[bool]:
        return await asyncio.gather(*(_answers(addresses[target], port) for _, target, port in questions))

    return [question for question, is_open in zip(questions, asyncio.run(ask()), strict=True) if is_open]


async def _answers(address: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _resolves(server: str) -> bool:
    """kubernetes.default.svc.cluster.local, type A, class IN."""
    labels = b"".join(bytes([len(part)]) + part for part in b"kubernetes.default.svc.cluster.local".split(b"."))
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_SECONDS)
        try:
            asking.connect((server, 53))
            asking.send(question)
            return asking.recv(512)[:2] == question[:2]
        except OSError:
            return False
