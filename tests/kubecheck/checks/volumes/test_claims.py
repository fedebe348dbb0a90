"""Claims that more pods want at once than may have them."""

from typing import Any

import pytest

from kubecheck import Cluster, Unseen
from kubecheck.checks.volumes.claims import claim_volume_mode, shared_claim

from ...given import Object, o, texts, workload

HOST = "kubernetes.io/hostname"
RECREATE = {"strategy": {"type": "Recreate"}}
CLAIM = {"name": "data", "persistentVolumeClaim": {"claimName": "files"}}


def claim(*modes: str, **spec: Any) -> Object:
    return o("PersistentVolumeClaim", "files", spec={"accessModes": list(modes), **spec})


def user(kind: str = "Deployment", name: str = "a", *, pod: Any = None, **spec: Any) -> Object:
    given = RECREATE if kind == "Deployment" else {}
    found = workload(kind, name, pod={"containers": [], "volumes": [CLAIM], **(pod or {})})
    found["spec"] |= {**given, **spec}
    return {**found, "apiVersion": "batch/v1" if kind.endswith("Job") else "apps/v1"}


@pytest.mark.parametrize(
    ("users", "problem"),
    [
        ([user(), user(name="b")], "Deployment a and Deployment b use it"),
        ([user(), user("StatefulSet", "b")], "Deployment a and StatefulSet b use it"),
        ([user(), user("CronJob", "b")], "Deployment a and CronJob b use it"),
        ([user(replicas=2)], "Deployment a has 2 pods"),
        ([user("StatefulSet", replicas=3)], "StatefulSet a has 3 pods"),
        ([user("Job", parallelism=2)], "Job a has 2 pods"),
        ([user("DaemonSet")], "DaemonSet a has a pod on each node"),
        ([user(strategy={})], "Deployment a starts a pod before the old one is gone, in a rolling update"),
        (
            [user(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})],
            "Deployment a starts a pod before the old one is gone, in a rolling update",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_volume_of_one_node_is_not_for_several_pods(users: list[Object], problem: str) -> None:
    last = f"{users[-1]['kind']} {users[-1]['metadata']['name']}"
    assert texts(shared_claim, [claim("ReadWriteOnce"), *users]) == [
        f"{last}: claim files is ReadWriteOnce, for the pods of one node at a time, and {problem}; take a claim of "
        "ReadWriteMany, a claim each, or one replica with strategy Recreate"
    ]
    assert texts(shared_claim, [claim("ReadWriteMany"), *users]) == []
    assert texts(shared_claim, [claim("ReadWriteOnce", "ReadOnlyMany"), *users]) == []


@pytest.mark.parametrize(
    "scaler",
    [
        o("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "a"}, "maxReplicas": 4}),
        o("ScaledObject", spec={"scaleTargetRef": {"name": "a"}, "maxReplicaCount": 4}),
    ],
    ids=lambda o: o["kind"],
)
def test_so_are_the_pods_that_an_autoscaler_may_add(scaler: Object) -> None:
    (text,) = texts(shared_claim, [claim("ReadWriteOnce"), user(), scaler])
    assert "and Deployment a has up to 4 pods;" in text


@pytest.mark.parametrize(
    "users",
    [
        [user()],
        [user(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})],
        [user(strategy={"rollingUpdate": {"maxSurge": "0%"}})],
        [user("StatefulSet")],
        [user("CronJob"), user("CronJob", "b")],
        [user("Job"), user("Job", "b")],
        [user(), user(name="b", replicas=0)],
        [user(), user("CronJob", "b", suspend=True)],
        [workload("StatefulSet", replicas=3, volumeClaimTemplates=[{"metadata": {"name": "files"}}])],
    ],
    ids=["one", "no-surge", "no-percent", "stateful-set", "cron-jobs", "jobs", "none", "suspended", "templates"],
)
def test_pods_one_after_another_or_with_a_claim_each_are_no_error(users: list[Object]) -> None:
    for mode in ("ReadWriteOnce", "ReadWriteOncePod"):
        assert texts(shared_claim, [claim(mode), *users]) == []


@pytest.mark.parametrize(
    "pod",
    [
        {"nodeName": "a"},
        {"nodeSelector": {HOST: "a"}},
        {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": HOST}]}}},
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": HOST, "operator": "In", "values": ["a"]}]}]
                    }
                }
            }
        },
    ],
    ids=["node", "selector", "beside-other-pods", "affinity"],
)
def test_pods_that_are_kept_at_one_node_share_its_volumes_but_not_those_of_one_pod(pod: Object) -> None:
    users = [user(pod=pod), user(name="b", pod=pod)]
    assert texts(shared_claim, [claim("ReadWriteOnce"), *users]) == []
    (text,) = texts(shared_claim, [claim("ReadWriteOncePod"), *users])
    assert "claim files is ReadWriteOncePod, for one pod at a time, and Deployment a and Deployment b use it" in text
    assert len(texts(shared_claim, [claim("ReadWriteOnce"), users[0], user(name="b")])) == 1


def test_the_modes_of_a_claim_that_is_not_here_cannot_be_said() -> None:
    found = list(shared_claim.findings(Cluster(objects=[user(replicas=2)])))
    assert found == [
        Unseen(
            "PersistentVolumeClaim/shop/files is not here, so nothing tells whether several pods may use it at once: "
            "Deployment a has 2 pods",
            "shared-claim",
        )
    ]
    assert list(shared_claim.findings(Cluster(objects=[user()]))) == []


def test_claims_of_two_namespaces_are_two() -> None:
    other = user(name="b")
    other["metadata"]["namespace"] = "other"
    assert texts(shared_claim, [claim("ReadWriteOnce"), user(), other]) == []


def test_a_device_is_no_folder_and_a_file_system_no_device() -> None:
    def pod(**mount: Any) -> Object:
        return user(pod={"containers": [{"name": "c", **mount}]})

    mounted = pod(volumeMounts=[{"name": "data", "mountPath": "/data"}])
    device = pod(volumeDevices=[{"name": "data", "devicePath": "/dev/data"}])
    block, files = claim("ReadWriteOnce", volumeMode="Block"), claim("ReadWriteOnce")
    assert texts(claim_volume_mode, [block, mounted]) == [
        "Deployment a: container c names volume data in volumeMounts, and its claim has volumeMode Block; name it in "
        "volumeDevices"
    ]
    assert texts(claim_volume_mode, [files, device]) == [
        "Deployment a: container c names volume data in volumeDevices, and its claim has volumeMode Filesystem; name "
        "it in volumeMounts"
    ]
    for right in ([block, device], [files, mounted], [device], [mounted]):
        assert texts(claim_volume_mode, right) == []
