"""Pods beside the Namespace that would refuse them."""

import pytest

from kubecheck import Cluster
from kubecheck.checks.pods.pod_security import pod_security, pod_security_label
from kubecheck.objects.version import Version

from ....charts.dist import Object, documents

PREFIX = "pod-security.kubernetes.io"
HOST_NETWORK = {"hostNetwork": True, "containers": [{"name": "agent"}]}


def shop(**labels: str) -> Object:
    """A Namespace; `enforce_version` is the label of that name with a hyphen."""
    named = {f"{PREFIX}/{label.replace('_', '-')}": value for label, value in labels.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": named}}


def workload(kind: str, spec: Object, namespace: str = "shop") -> Object:
    template = {"template": {"metadata": {}, "spec": spec}}
    holder = {"jobTemplate": {"spec": template}} if kind == "CronJob" else template
    metadata = {"name": "agent", "namespace": namespace}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec if kind == "Pod" else holder}


def texts(*objects: Object, kubernetes: Version = Version(1, 27)) -> list[str]:
    cluster = Cluster(objects=objects, kubernetes=lambda _: kubernetes)
    return [found.text for check in (pod_security_label, pod_security) for found in check.findings(cluster)]


REFUSED = "which its namespace refuses (Pod Security"


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])
def test_pods_that_the_namespace_refuses_are_found_whoever_makes_them(kind: str) -> None:
    assert texts(shop(enforce="baseline"), workload(kind, HOST_NETWORK)) == [
        f"{kind} agent: hostNetwork is true, {REFUSED} baseline: hostNamespaces); leave it out"
    ]


def test_a_privileged_pod_in_the_namespace_that_dist_makes_is_found() -> None:
    spec = {"hostNetwork": True, "containers": [{"name": "agent", "securityContext": {"privileged": True}}]}
    found = texts(*documents("bootstrap"), workload("DaemonSet", spec, "revrx"))
    assert f"DaemonSet agent: hostNetwork is true, {REFUSED} restricted: hostNamespaces); leave it out" in found
    assert len(found) == 6


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"enforce": "privileged"},
        {"enforce": "privileged", "enforce_version": "v1.20"},
        {"audit": "restricted", "warn": "restricted"},
    ],
)
def test_a_namespace_that_enforces_nothing_refuses_nothing(labels: dict[str, str]) -> None:
    assert texts(shop(**labels), workload("Pod", HOST_NETWORK)) == []


@pytest.mark.parametrize(
    ("labels", "kubernetes", "of"),
    [
        ({}, (1, 27), " of Kubernetes 1.37"),
        ({}, (1, 34), ""),
        ({"enforce_version": "latest"}, (1, 27), " of Kubernetes 1.37"),
        ({"enforce_version": "v1.33"}, (1, 37), None),
        ({"enforce_version": "v1.34"}, (1, 37), ""),
        # An API server of 1.27 does not know 1.34, and takes its own.
        ({"enforce_version": "v1.34"}, (1, 27), " of Kubernetes 1.34"),
        ({"enforce_version": "v1.99"}, (1, 37), ""),
        ({}, (1, 20), " of Kubernetes 1.37"),
        ({}, (1, 99), ""),
    ],
)
def test_the_version_is_that_of_the_label_and_no_later_than_the_api_server_s(
    labels: dict[str, str], kubernetes: tuple[int, int], of: str | None
) -> None:
    probe = {"livenessProbe": {"tcpSocket": {"host": "db.example.com", "port": 5432}}}
    pod = workload("Pod", {"containers": [{"name": "web", **probe}]})
    expected = (
        []
        if of is None
        else [
            "Pod agent: container web's livenessProbe asks the host db.example.com, "
            f"{REFUSED} baseline{of}: hostProbesAndHostLifecycle); leave host out and it asks the pod"
        ]
    )
    assert texts(shop(enforce="baseline", **labels), pod, kubernetes=Version(*kubernetes)) == expected


def test_what_each_version_refuses_is_told_once() -> None:
    assert len(texts(shop(enforce="baseline"), workload("Pod", {**HOST_NETWORK, "hostPID": True}))) == 2


def test_a_namespace_that_is_not_there_is_told_once_and_is_no_finding() -> None:
    cluster = Cluster(objects=[workload(kind, HOST_NETWORK, space) for kind in ("Pod", "Job") for space in ("a", "")])
    unseen = "so the level of Pod Security that their pods must meet was not seen"
    assert [(type(found).__name__, found.text) for found in pod_security.findings(cluster)] == [
        ("Unseen", f"some pods are given no namespace, {unseen}"),
        ("Unseen", f"there is no Namespace a, {unseen}"),
    ]


def test_a_policy_older_than_those_that_are_known_is_not_guessed() -> None:
    objects = [shop(enforce="baseline", enforce_version="v1.24"), workload("Pod", HOST_NETWORK)]
    (found,) = pod_security.findings(Cluster(objects=objects))
    assert (type(found).__name__, found.text) == (
        "Unseen",
        "namespace shop enforces Pod Security of 1.24, and kubecheck knows 1.25 on",
    )


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (
            {"enforce": "strict"},
            "enforce is 'strict', which is no level; write one of privileged, baseline, restricted",
        ),
        ({"audit": ""}, "audit is '', which is no level; write one of privileged, baseline, restricted"),
        (
            {"warn_version": "1.30"},
            "warn-version is '1.30', which is no version of the policy; write latest or one such as v1.30",
        ),
        (
            {"enforce": "baseline", "enforce_version": "v1.030"},
            "enforce-version is 'v1.030', which is no version of the policy; write latest or one such as v1.30",
        ),
        ({"enforced": "baseline"}, f"enforced is none of Pod Security, and nobody reads it; write {PREFIX}/enforce"),
    ],
)
def test_a_label_that_pod_security_does_not_know_is_told(labels: dict[str, str], problem: str) -> None:
    assert texts(shop(**labels), workload("Pod", HOST_NETWORK)) == [f"Namespace shop: label {PREFIX}/{problem}"]


def test_labels_of_any_shape_are_read() -> None:
    namespace = shop()
    namespace["metadata"]["labels"] = {f"{PREFIX}/enforce": ["baseline"], f"{PREFIX}/enforce-version": 1.3, 1: None}
    assert [text.partition(",")[0] for text in texts(namespace, workload("Pod", HOST_NETWORK))] == [
        f"Namespace shop: label {PREFIX}/enforce is ['baseline']",
        f"Namespace shop: label {PREFIX}/enforce-version is 1.3",
    ]
    assert len(texts(shop(enforce="baseline", enforce_version="v1." + "9" * 5000))) == 1
