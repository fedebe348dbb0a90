"""What a ResourceQuota and a LimitRange make of the workloads of their namespace."""

from collections.abc import Iterable
from typing import Any

import pytest

from kubecheck.evaluators.quota import quota_problems

from ..given import Object, o, workload


def asks(cpu: str, *, limit: str | None = None) -> Object:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": limit or cpu}}}


def texts(objects: Iterable[Object]) -> list[str]:
    return [finding.text for finding in quota_problems(list(objects))]


CLAIM = {"spec": {"storageClassName": "gp3", "resources": {"requests": {"storage": "10Gi"}}}}
EPHEMERAL = {"volumes": [{"ephemeral": {"volumeClaimTemplate": CLAIM}}]}


@pytest.mark.parametrize(
    ("objects", "key", "needed"),
    [
        # A surge of 25 %, rounded up, is Kubernetes' own default.
        ([workload(replicas=5, pod={"containers": [asks("1")]})], "requests.cpu", "7"),
        ([workload(replicas=5, strategy={"rollingUpdate": {"maxSurge": 3}})], "pods", "8"),
        ([workload(replicas=5, strategy={"rollingUpdate": {"maxSurge": "10%"}})], "pods", "6"),
        ([workload(replicas=5, strategy={"type": "Recreate"})], "pods", "5"),
        ([workload(strategy={"rollingUpdate": {"maxSurge": 0}})], "pods", "1"),
        ([workload("StatefulSet", replicas=3)], "pods", "3"),
        ([workload("CronJob")], "pods", "1"),
        ([workload("CronJob", parallelism=4)], "pods", "4"),
        ([workload("Job", parallelism=2), workload("Job", "b")], "pods", "3"),
        (
            [
                workload("StatefulSet"),
                o(
                    "HorizontalPodAutoscaler",
                    spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "a"}, "maxReplicas": 9},
                ),
            ],
            "pods",
            "9",
        ),
        (
            [
                workload(strategy={"type": "Recreate"}),
                o("ScaledObject", spec={"scaleTargetRef": {"name": "a"}, "maxReplicaCount": 7}),
            ],
            "pods",
            "7",
        ),
        # Init containers run before the others; one with restartPolicy Always runs beside them.
        (
            [workload("Job", pod={"initContainers": [asks("3")], "containers": [asks("1"), asks("1")]})],
            "requests.cpu",
            "3",
        ),
        (
            [
                workload(
                    "Job", pod={"initContainers": [{**asks("3"), "restartPolicy": "Always"}], "containers": [asks("1")]}
                )
            ],
            "requests.cpu",
            "4",
        ),
        ([workload("Job", pod={"containers": [asks("100m", limit="1500m")]})], "limits.cpu", "1500m"),
        ([workload("Job", pod={"containers": [asks("100m")]})], "cpu", "100m"),
        ([o("PersistentVolumeClaim", **CLAIM)], "requests.storage", "10Gi"),
        ([o("PersistentVolumeClaim", **CLAIM)], "gp3.storageclass.storage.k8s.io/requests.storage", "10Gi"),
        ([workload("StatefulSet", replicas=3, volumeClaimTemplates=[CLAIM])], "requests.storage", "30Gi"),
        ([workload("StatefulSet", replicas=3, volumeClaimTemplates=[CLAIM])], "persistentvolumeclaims", "3"),
        (
            [workload("Deployment", pod=EPHEMERAL, strategy={"type": "Recreate"}, replicas=2)],
            "requests.storage",
            "20Gi",
        ),
        ([o("PersistentVolumeClaim", **CLAIM)], "count/persistentvolumeclaims", "1"),
        ([workload(strategy={"type": "Recreate"}, replicas=2)], "count/pods", "2"),
        ([o("Service", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})], "services.loadbalancers", "1"),
        ([o("Service", spec={"type": "NodePort", "ports": [{"port": 80}, {"port": 81}]})], "services.nodeports", "2"),
    ],
    ids=str,
)
def test_a_quota_must_hold_what_is_needed_and_no_more(objects: list[Object], key: str, needed: str) -> None:
    def refused(allowed: str) -> list[str]:
        hard = o("ResourceQuota", "quota", spec={"hard": {key: allowed}})
        return texts([*objects, hard])

    assert refused(needed) == []
    (text,) = refused("0")
    assert text.startswith(f"ResourceQuota quota: {key} 0 is below the {needed} that namespace shop needs")


GP3 = "gp3.storageclass.storage.k8s.io"


def cron_job(name: str = "a", *, history: tuple[int, int] | None = None, pod: Any = None, **job: Any) -> Object:
    """history: Jobs that are kept, of those that succeeded and those that failed."""
    made = workload("CronJob", name, pod={**EPHEMERAL, **(pod or {})}, **job)
    limits = ("successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    made["spec"] |= dict(zip(limits, history, strict=True)) if history else {}
    return made


@pytest.mark.parametrize(
    ("found", "claims"),
    [
        # Kubernetes' own history is 3 and 1, its backoffLimit 6.
        pytest.param(cron_job(), (3 + 1 + 1) * 7, id="defaults"),
        pytest.param(cron_job(history=(7, 5), backoffLimit=0), 7 + 5 + 1, id="history"),
        pytest.param(cron_job(history=(0, 0), backoffLimit=0), 1, id="no-history"),
        pytest.param(cron_job(history=(7, 7), backoffLimit=2), 15 * 3, id="each-try"),
        pytest.param(cron_job(history=(0, 0), backoffLimit=2, parallelism=3), 3 + 2, id="in-parallel"),
        pytest.param(cron_job(history=(0, 0), backoffLimit=2, parallelism=2, completions=9), 9 + 2, id="completions"),
        pytest.param(
            cron_job(history=(1, 0), completions=3, backoffLimitPerIndex=1), 2 * 3 * 2, id="each-index-is-tried-again"
        ),
        pytest.param(
            cron_job(history=(1, 1), backoffLimit=6, pod={"restartPolicy": "OnFailure"}), 3, id="restarted-in-its-pod"
        ),
        pytest.param(cron_job(history=(7, 7), backoffLimit=0, ttlSecondsAfterFinished=60), 15, id="deleted-later"),
        pytest.param(cron_job(history=(7, 7), backoffLimit=1, ttlSecondsAfterFinished=0), 2, id="deleted-at-once"),
        pytest.param(workload("Job", pod=EPHEMERAL), 7, id="job"),
        pytest.param(workload("Job", pod=EPHEMERAL, parallelism=2, backoffLimit=0), 2, id="job-in-parallel"),
    ],
)
def test_a_quota_holds_the_claims_of_pods_that_have_ended(found: Object, claims: int) -> None:
    hard = {
        "persistentvolumeclaims": claims,
        f"{GP3}/persistentvolumeclaims": claims,
        "requests.storage": f"{10 * claims}Gi",
        f"{GP3}/requests.storage": f"{10 * claims}Gi",
        "count/pods": claims,
        # What has ended runs no more.
        "pods": at_once(found),
    }
    assert texts([found, o("ResourceQuota", "quota", spec={"hard": hard})]) == []
    fewer = {**hard, "pods": 0, **{key: f"{10 * claims - 1}Gi" for key in hard if key.endswith("requests.storage")}}
    fewer |= {key: claims - 1 for key in hard if key.endswith("claims") or key == "count/pods"}
    told = texts([found, o("ResourceQuota", "quota", spec={"hard": fewer})])
    assert [text.split()[2] for text in told] == list(hard)


def at_once(found: Object) -> int:
    spec = found["spec"]["jobTemplate"]["spec"] if found["kind"] == "CronJob" else found["spec"]
    return spec.get("parallelism", 1)  # type: ignore[no-any-return]


def test_a_quota_that_is_too_small_for_a_history_is_told_what_that_keeps() -> None:
    hard = {"requests.storage": "120Gi", "count/pods": "2", "pods": "0"}
    quota = o("ResourceQuota", "quota", spec={"hard": hard})
    large = o("PersistentVolumeClaim", "b", spec={"resources": {"requests": {"storage": "500Gi"}}})
    history = (
        "CronJob a has successfulJobsHistoryLimit 7 and failedJobsHistoryLimit 7 beside the Job that runs, each with 3 "
        "pods, for backoffLimit is 2"
    )
    below = "that namespace shop needs with its autoscalers at their maxima during a rolling update, of which"
    assert texts([cron_job(history=(7, 7), backoffLimit=2), large, quota]) == [
        f"ResourceQuota quota: requests.storage 120Gi is below the 950Gi {below} PersistentVolumeClaim b has 500Gi; a "
        f"pod that has ended keeps its ephemeral claims, and {history}; raise it to 950Gi or more, or mount a claim "
        "that is reused, or lower the history limits",
        f"ResourceQuota quota: count/pods 2 is below the 45 {below} CronJob a has 45; pods that have ended count, and "
        f"{history}; raise it to 45 or more, or lower the history limits",
        f"ResourceQuota quota: pods 0 is below the 1 {below} CronJob a has 1; raise it to 1 or more, or lower what is "
        "asked for",
    ]
    job = workload("Job", pod=EPHEMERAL)
    (text,) = texts([job, o("ResourceQuota", "quota", spec={"hard": {"persistentvolumeclaims": "1"}})])
    assert text.endswith(
        "Job a has 7; a pod that has ended keeps its ephemeral claims, and Job a has 7 pods, for backoffLimit is "
        "6; raise it to 7 or more, or mount a claim that is reused, or lower its backoffLimit"
    )


def test_a_quota_is_of_its_own_namespace_and_without_scopes() -> None:
    other = o("ResourceQuota", "quota", namespace="other", spec={"hard": {"pods": "0"}})
    scoped = o("ResourceQuota", "quota", spec={"hard": {"pods": "0"}, "scopes": ["BestEffort"]})
    assert texts([workload(replicas=3), other, scoped]) == []


def limit_range(kind: str, **fields: Any) -> Object:
    return o("LimitRange", "limits", spec={"limits": [{"type": kind, **fields}]})


@pytest.mark.parametrize(
    ("limits", "found", "text"),
    [
        (
            limit_range("Container", min={"cpu": "200m"}),
            workload(pod={"containers": [asks("100m")]}),
            "Deployment a: container c's request of cpu 100m is below the min 200m of LimitRange limits, which would "
            "refuse it; change it or the LimitRange's min",
        ),
        (
            limit_range("Pod", max={"cpu": "1"}),
            workload(pod={"containers": [asks("600m"), asks("600m")]}),
            "Deployment a: its pods' limit of cpu 1200m exceeds the max 1 of LimitRange limits, which would refuse it; "
            "change it or the LimitRange's max",
        ),
        (
            limit_range("PersistentVolumeClaim", max={"storage": "8Gi"}),
            workload("StatefulSet", volumeClaimTemplates=[CLAIM]),
            "StatefulSet a: its storage 10Gi exceeds the max 8Gi of LimitRange limits, which would refuse it; change "
            "it or the LimitRange's max",
        ),
    ],
    ids=["min", "pod", "claim"],
)
def test_bounds_of_a_limit_range(limits: Object, found: Object, text: str) -> None:
    assert texts([limits, found]) == [text]
    limits["spec"]["limits"][0] = {"type": "Container"}
    assert texts([limits, found]) == []


def test_a_limit_range_s_defaults_count() -> None:
    limits = limit_range("Container", default={"cpu": "500m"}, defaultRequest={"cpu": "200m"})
    pod = workload("Job", pod={"containers": [{"name": "c"}]})
    hard = o("ResourceQuota", "quota", spec={"hard": {"limits.cpu": "500m", "requests.cpu": "200m"}})
    assert texts([limits, pod, hard]) == []
    hard["spec"]["hard"]["limits.cpu"] = "400m"
    assert len(texts([limits, pod, hard])) == 1
    assert len(texts([pod, hard])) == 2, "states neither"
