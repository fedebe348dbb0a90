"""What a ResourceQuota makes of the workloads of its namespace."""

from collections.abc import Iterable
from typing import Any

import pytest

from kubecheck.check import Cluster, Unseen
from kubecheck.checks.namespaces.quota import quota_exceeded, quota_needs_limits, quota_resource

from ... import given
from ...given import Object, o, workload


def asks(cpu: str, *, limit: str | None = None) -> Object:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": limit or cpu}}}


def texts(objects: Iterable[Object]) -> list[str]:
    """Of both checks of quotas."""
    objects = list(objects)
    return [*given.texts(quota_exceeded, objects), *given.texts(quota_needs_limits, objects)]


CLAIM: Object = {"spec": {"storageClassName": "gp3", "resources": {"requests": {"storage": "10Gi"}}}}
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


def quota(*keys: str, **spec: Any) -> Object:
    """One that allows nothing of what it counts."""
    return o("ResourceQuota", "quota", spec={"hard": dict.fromkeys(keys, "0"), **spec})


def test_a_quota_is_of_its_own_namespace() -> None:
    other = o("ResourceQuota", "quota", namespace="other", spec={"hard": {"pods": "0"}})
    assert texts([workload(replicas=3), other]) == []


def selects(scope: str, operator: str, *values: str) -> dict[str, Any]:
    expression = {"scopeName": scope, "operator": operator, **({"values": [*values]} if values else {})}
    return {"scopeSelector": {"matchExpressions": [expression]}}


ACROSS = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["other"]}]}}


@pytest.mark.parametrize(
    ("scopes", "counted", "left"),
    [
        ({"scopes": ["BestEffort"]}, {}, {"containers": [asks("1")]}),
        ({"scopes": ["NotBestEffort"]}, {"containers": [asks("1")]}, {"containers": [{"name": "c"}]}),
        ({"scopes": ["Terminating"]}, {"activeDeadlineSeconds": 60}, {}),
        ({"scopes": ["NotTerminating"]}, {}, {"activeDeadlineSeconds": 60}),
        ({"scopes": ["Terminating", "BestEffort"]}, {"activeDeadlineSeconds": 60}, {}),
        ({"scopes": ["CrossNamespacePodAffinity"]}, {"affinity": ACROSS}, {}),
        (selects("PriorityClass", "In", "high"), {"priorityClassName": "high"}, {"priorityClassName": "low"}),
        (selects("PriorityClass", "NotIn", "high"), {}, {"priorityClassName": "high"}),
        (selects("PriorityClass", "Exists"), {"priorityClassName": "high"}, {}),
        (selects("PriorityClass", "DoesNotExist"), {}, {"priorityClassName": "high"}),
        (selects("BestEffort", "Exists"), {}, {"containers": [asks("1")]}),
    ],
    ids=str,
)
def test_a_quota_with_scopes_counts_the_pods_in_all_of_them(
    scopes: dict[str, Any], counted: dict[str, Any], left: dict[str, Any]
) -> None:
    def pod(spec: dict[str, Any]) -> Object:
        return workload("Job", pod={"containers": [], **spec})

    assert len(texts([pod(counted), quota("pods", **scopes)])) == 1
    assert texts([pod(left), quota("pods", **scopes)]) == []


def test_a_quota_with_scopes_counts_pods_only() -> None:
    others = [o("ConfigMap"), o("Service", spec={"type": "NodePort", "ports": [{"port": 80}]})]
    scoped = quota("configmaps", "services", "services.nodeports", scopes=["NotBestEffort"])
    assert texts([*others, scoped]) == []


def test_a_pod_without_a_priority_class_has_the_clusters_default() -> None:
    default = o("PriorityClass", "high", namespace="", globalDefault=True)
    scoped = quota("pods", **selects("PriorityClass", "In", "high"))
    assert texts([workload("Job"), scoped]) == []
    assert len(texts([workload("Job"), default, scoped])) == 1


def test_claims_are_counted_by_their_volume_attributes_class() -> None:
    fast: Object = {"spec": {**CLAIM["spec"], "volumeAttributesClassName": "fast"}}
    scoped = quota("persistentvolumeclaims", **selects("VolumeAttributesClass", "In", "fast"))
    assert texts([o("PersistentVolumeClaim", **CLAIM), scoped]) == []
    assert len(texts([o("PersistentVolumeClaim", **fast), scoped])) == 1


def limit_range(**fields: Any) -> Object:
    return o("LimitRange", "limits", spec={"limits": [{"type": "Container", **fields}]})


@pytest.mark.parametrize(
    ("defaults", "requests", "limits"),
    [
        ({"default": {"cpu": "500m"}, "defaultRequest": {"cpu": "200m"}}, "200m", "500m"),
        ({"default": {"cpu": "500m"}}, "500m", "500m"),
        ({"max": {"cpu": "2"}}, "2", "2"),
        ({"max": {"cpu": "2"}, "default": {"cpu": "500m"}}, "500m", "500m"),
        ({"max": {"cpu": "2"}, "min": {"cpu": "50m"}}, "2", "2"),
        ({"max": {"cpu": "2"}, "defaultRequest": {"cpu": "200m"}}, "200m", "2"),
    ],
    ids=str,
)
def test_a_limit_range_s_defaults_count(defaults: dict[str, Any], requests: str, limits: str) -> None:
    """A max is a default, a default a request."""
    pod = workload("Job", pod={"containers": [{"name": "c"}]})
    hard = o("ResourceQuota", "quota", spec={"hard": {"limits.cpu": limits, "requests.cpu": requests}})
    assert texts([limit_range(**defaults), pod, hard]) == []
    hard["spec"]["hard"] = {"limits.cpu": "0", "requests.cpu": "0"}
    told = texts([limit_range(**defaults), pod, hard])
    assert [text.partition(" that namespace")[0].rpartition(" ")[2] for text in told] == [limits, requests]
    assert len(texts([pod, hard])) == 2, "states neither"


def test_a_min_is_a_request_where_there_is_nothing_else() -> None:
    pod = workload("Job", pod={"containers": [{"name": "c"}]})
    (text,) = texts([limit_range(min={"cpu": "50m"}), pod, quota("requests.cpu")])
    assert "below the 50m that" in text


def test_a_quota_needs_cpu_and_memory_stated_and_nothing_else() -> None:
    bare = workload("Job", pod={"initContainers": [{"name": "i"}], "containers": [{"name": "c"}]})
    counted = quota("memory", "requests.ephemeral-storage", "limits.ephemeral-storage", "requests.example.com/gpu")
    assert texts([bare, counted]) == [
        f"Job a: container {name} states no requests.memory, and ResourceQuota quota, which counts memory, would "
        "refuse its pods; state it, or give the namespace a LimitRange with a default"
        for name in ("i", "c")
    ]


@pytest.mark.parametrize(
    "pod",
    [
        pytest.param({"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}, id="a limit is a request"),
        pytest.param({"containers": [{"name": "c"}], "resources": {"requests": {"cpu": "1"}}}, id="of the whole pod"),
        pytest.param({"containers": [{"name": "c", "resources": {"requests": {"cpu": "one"}}}]}, id="none is readable"),
    ],
)
def test_a_request_that_is_stated_elsewhere_is_not_missed(pod: dict[str, Any]) -> None:
    assert texts([workload("Job", pod=pod), o("ResourceQuota", spec={"hard": {"requests.cpu": "9"}})]) == []


def test_what_a_scope_leaves_out_needs_nothing_stated() -> None:
    bare = workload("Job", pod={"containers": [{"name": "c"}]})
    assert texts([bare, o("ResourceQuota", spec={"hard": {"cpu": "9"}, "scopes": ["Terminating"]})]) == []


@pytest.mark.parametrize(
    ("objects", "key", "needed"),
    [
        pytest.param(
            [workload("Job", pod={"containers": [asks("1")], "resources": {"limits": {"cpu": "4"}}})],
            "limits.cpu",
            "4",
            id="of the whole pod",
        ),
        pytest.param(
            [workload("Job", pod={"containers": [{"name": "c"}], "resources": {"limits": {"cpu": "4"}}})],
            "requests.cpu",
            "4",
            id="a limit of the whole pod is its request",
        ),
        pytest.param(
            [workload("Job", pod={"containers": [asks("1")], "overhead": {"cpu": "250m"}})],
            "cpu",
            "1250m",
            id="overhead",
        ),
        pytest.param(
            [
                workload("Job", pod={"containers": [asks("1")], "runtimeClassName": "heavy"}),
                o("RuntimeClass", "heavy", namespace="", overhead={"podFixed": {"cpu": "500m"}}),
            ],
            "limits.cpu",
            "1500m",
            id="overhead of a RuntimeClass",
        ),
        pytest.param(
            [workload("Job", parallelism=5, completions=2)], "pods", "2", id="no more pods than have to complete"
        ),
        pytest.param(
            [
                workload("Job", pod={"containers": [{"name": "c", "resources": {"limits": {"example.com/gpu": 2}}}]}),
            ],
            "requests.example.com/gpu",
            "2",
            id="extended resource",
        ),
        pytest.param(
            [workload("Job", pod={"containers": [{"resources": {"limits": {"hugepages-2Mi": "64Mi"}}}]})],
            "hugepages-2Mi",
            "64Mi",
            id="huge pages",
        ),
        pytest.param([o("Ingress", apiVersion="networking.k8s.io/v1")], "count/ingresses.networking.k8s.io", "1"),
        pytest.param(
            [o("NetworkPolicy", apiVersion="networking.k8s.io/v1")], "count/networkpolicies.networking.k8s.io", "1"
        ),
        pytest.param(
            [o("Gateway", apiVersion="gateway.networking.k8s.io/v1")], "count/gateways.gateway.networking.k8s.io", "1"
        ),
        pytest.param([o("Secret", apiVersion="v1")], "count/secrets", "1"),
        pytest.param([o("Secret", apiVersion="v1")], "secrets", "1"),
        pytest.param([o("ConfigMap", apiVersion="v1")], "configmaps", "2", id="one is in every namespace"),
        pytest.param([], "count/serviceaccounts", "1", id="the default is too"),
        pytest.param(
            [cron_job(history=(2, 1)) | {"apiVersion": "batch/v1"}], "count/jobs.batch", "4", id="a history keeps Jobs"
        ),
        pytest.param(
            [
                o("PersistentVolumeClaim", spec={"resources": {"requests": {"storage": "1.2"}}}),
                o("PersistentVolumeClaim", "b", spec={"resources": {"requests": {"storage": "1e9"}}}),
            ],
            "requests.storage",
            "1000000002",
            id="claims are rounded up to bytes",
        ),
        pytest.param(
            [
                o("PersistentVolumeClaim", annotations={"volume.beta.kubernetes.io/storage-class": "gold"}, **CLAIM),
            ],
            "gold.storageclass.storage.k8s.io/persistentvolumeclaims",
            "1",
            id="class of an annotation",
        ),
        pytest.param(
            [
                o(
                    "Service",
                    spec={
                        "type": "LoadBalancer",
                        "allocateLoadBalancerNodePorts": False,
                        "ports": [{"port": 80}, {"port": 81, "nodePort": 30081}],
                    },
                )
            ],
            "services.nodeports",
            "1",
            id="node ports that are given by hand",
        ),
    ],
)
def test_what_else_a_quota_counts(objects: list[Object], key: str, needed: str) -> None:
    def refused(allowed: Any) -> list[str]:
        return given.texts(quota_exceeded, [*objects, o("ResourceQuota", "quota", spec={"hard": {key: allowed}})])

    assert refused(needed) == []
    assert [text.partition(" that namespace")[0] for text in refused("-1")] == [
        f"ResourceQuota quota: {key} -1 is below the {needed}"
    ]


@pytest.mark.parametrize(
    "key", ["cpus", "limit.cpu", "requests.gpu", "limits.hugepages-2Mi", "storage", "deployments", 5]
)
def test_a_key_that_no_quota_has_is_told(key: Any) -> None:
    assert given.texts(quota_resource, [quota(key)]) == [
        f"ResourceQuota quota: {key} is nothing that a quota counts; write e.g. requests.cpu, limits.memory, pods or "
        "count/deployments.apps"
    ]


# As an API server takes them.
KEYS = "cpu memory ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage limits.cpu limits.memory"
KEYS += " limits.ephemeral-storage requests.storage pods services services.nodeports services.loadbalancers secrets"
KEYS += " configmaps persistentvolumeclaims replicationcontrollers resourcequotas hugepages-2Mi requests.hugepages-2Mi"
KEYS += " count/pods count/deployments.apps requests.nvidia.com/gpu gold.storageclass.storage.k8s.io/requests.storage"


@pytest.mark.parametrize("key", KEYS.split())
def test_every_key_of_the_api_is_taken(key: str) -> None:
    assert given.texts(quota_resource, [quota(key)]) == []


def test_what_does_not_match_the_quotas_name_is_not_counted() -> None:
    ingress = o("Ingress", apiVersion="networking.k8s.io/v1")
    assert texts([ingress, quota("count/ingresses.extensions", "count/ingress.networking.k8s.io")]) == []


def test_overhead_is_no_limit_where_there_is_none() -> None:
    pod = workload("Job", pod={"containers": [{"name": "c"}], "overhead": {"cpu": "250m"}})
    assert given.texts(quota_exceeded, [pod, quota("limits.cpu")]) == []


def test_limits_of_extended_resources_are_not_counted() -> None:
    """The API server accepts such a quota, and never looks at it."""
    pod = workload("Job", pod={"containers": [{"resources": {"limits": {"example.com/gpu": "1"}}}]})
    assert texts([pod, quota("limits.example.com/gpu")]) == []


def scaled(kind: str, most: int, **spec: Any) -> list[Object]:
    field = "maxReplicas" if kind == "HorizontalPodAutoscaler" else "maxReplicaCount"
    autoscaler = o(kind, spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "a"}, field: most})
    return [workload("StatefulSet", **spec), autoscaler]


def test_an_autoscaler_of_no_replicas_is_switched_off_but_for_keda() -> None:
    assert texts([*scaled("HorizontalPodAutoscaler", 9, replicas=0), quota("pods")]) == []
    assert len(texts([*scaled("ScaledObject", 9, replicas=0), quota("pods")])) == 1


def test_a_daemon_set_has_as_many_pods_as_there_are_nodes_which_nobody_saw() -> None:
    found = quota_exceeded.findings(Cluster(objects=[workload("DaemonSet"), quota("pods"), quota("services")]))
    assert list(found) == [
        Unseen(
            "ResourceQuota quota of namespace shop counts the pods of DaemonSet a, which are as many as the nodes; "
            "their number was not seen",
            "quota-exceeded",
        )
    ]


@pytest.mark.parametrize("value", [None, "many", [], {}, {"cpu": "1"}, True, -1, 10**30, "\N{ARABIC-INDIC DIGIT ONE}%"])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    unreadable = [
        workload(replicas=value, strategy={"rollingUpdate": {"maxSurge": value}}),
        workload("StatefulSet", replicas=value, volumeClaimTemplates=value),
        workload("CronJob", parallelism=value, completions=value, backoffLimit=value, backoffLimitPerIndex=value),
        workload("Job", pod={"containers": [{"resources": value}], "volumes": value, "resources": value}),
        workload("Job", pod={"containers": [{"resources": {"limits": value}}], "affinity": value, "overhead": value}),
        o("Job", spec={"template": value}),
        *scaled("HorizontalPodAutoscaler", value),
        o("PersistentVolumeClaim", spec=value),
        o("Service", spec={"type": value, "ports": value}),
        limit_range(max=value, min={"cpu": value}),
        o("LimitRange", spec={"limits": value}),
        o("RuntimeClass", overhead=value),
        quota("pods", scopes=value, scopeSelector=value),
        quota("pods", scopes=[value], scopeSelector={"matchExpressions": [{"scopeName": value, "values": value}]}),
        o("ResourceQuota", "b", spec={"hard": value}),
        o("ResourceQuota", "c", spec={"hard": {"pods": value, "requests.cpu": value, 5: value, None: "1"}}),
    ]
    texts(unreadable)


def test_a_job_of_another_api_makes_no_pods_that_can_be_counted() -> None:
    assert texts([o("Job", apiVersion="batch.volcano.sh/v1alpha1", spec={"tasks": []}), quota("pods")]) == []
