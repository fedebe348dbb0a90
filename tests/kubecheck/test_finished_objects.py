"""The checks of finished objects, beyond errors.yaml: every place that is looked at, and what is no error."""

import copy
import random
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubecheck.checks.credentials import credential_problems
from kubecheck.checks.hosts import host_problems
from kubecheck.checks.immutable import immutable_problems
from kubecheck.checks.load_balancers import load_balancer_problems
from kubecheck.checks.references import reference_problems
from kubecheck.evaluators.quota import quota_problems
from kubecheck.objects.fields import Finding

Object = dict[str, Any]

DIST = Path(__file__).parents[2] / "dist"


def o(kind: str, name: str = "a", *, namespace: str = "shop", annotations: Any = None, **fields: Any) -> Object:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace, "annotations": annotations}, **fields}


def workload(kind: str = "Deployment", name: str = "a", *, pod: Any = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": pod or {"containers": []}}
    if kind == "CronJob":
        return o(kind, name, spec={"jobTemplate": {"spec": {"template": template, **spec}}})
    return o(kind, name, spec={"template": template, **spec})


def container(**fields: Any) -> Object:
    return {"containers": [{"name": "c", **fields}]}


def asks(cpu: str, *, limit: str | None = None) -> Object:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": limit or cpu}}}


def texts(findings: Iterator[Finding]) -> list[str]:
    return [finding.text for finding in findings]


def missing(objects: Collection[Object], *external: str) -> list[str]:
    """What the references lead to that is not there, as it would be called external."""
    found = texts(reference_problems(objects, external))
    return [text.partition('external={"')[2].partition('"')[0] for text in found]


def dist(*names: str) -> list[Object]:
    files = [file for name in names for file in sorted(DIST.glob(name))]
    return [found for file in files for found in yaml.load_all(file.read_text(), yaml.CSafeLoader)]


@pytest.mark.parametrize(
    ("pod", "wanted"),
    [
        ({"serviceAccountName": "x"}, "ServiceAccount/shop/x"),
        ({"imagePullSecrets": [{"name": "x"}]}, "Secret/shop/x"),
        ({"volumes": [{"secret": {"secretName": "x"}}]}, "Secret/shop/x"),
        ({"volumes": [{"configMap": {"name": "x"}}]}, "ConfigMap/shop/x"),
        ({"volumes": [{"persistentVolumeClaim": {"claimName": "x"}}]}, "PersistentVolumeClaim/shop/x"),
        ({"volumes": [{"projected": {"sources": [{"secret": {"name": "x"}}]}}]}, "Secret/shop/x"),
        ({"volumes": [{"projected": {"sources": [{"configMap": {"name": "x"}}]}}]}, "ConfigMap/shop/x"),
        (container(envFrom=[{"secretRef": {"name": "x"}}]), "Secret/shop/x"),
        (container(envFrom=[{"configMapRef": {"name": "x"}}]), "ConfigMap/shop/x"),
        (container(env=[{"name": "E", "valueFrom": {"secretKeyRef": {"name": "x"}}}]), "Secret/shop/x"),
        (container(env=[{"name": "E", "valueFrom": {"configMapKeyRef": {"name": "x"}}}]), "ConfigMap/shop/x"),
        ({"initContainers": [{"envFrom": [{"secretRef": {"name": "x"}}]}]}, "Secret/shop/x"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])
def test_wherever_a_pod_names_an_object_it_is_looked_for(kind: str, pod: Object, wanted: str) -> None:
    found = workload(kind, pod=pod)
    there, _, name = wanted.split("/")
    assert missing([found]) == [wanted]
    assert missing([found, o(there, name)]) == []
    assert missing([found, o(there, name, namespace="other")]) == [wanted]
    assert missing([found], wanted) == missing([found], "*/shop/*") == []


@pytest.mark.parametrize(
    "pod",
    [
        {"serviceAccountName": "default"},
        {"volumes": [{"secret": {"secretName": "x", "optional": True}}]},
        {"volumes": [{"projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}}]},
        {"volumes": [{"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]},
        {"volumes": [{"emptyDir": {}}, {"csi": {"driver": "x"}}, {"hostPath": {"path": "/x"}}]},
        container(envFrom=[{"configMapRef": {"name": "x", "optional": True}}]),
        container(env=[{"name": "E", "valueFrom": {"secretKeyRef": {"name": "x", "optional": True}}}]),
        container(env=[{"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]),
    ],
    ids=str,
)
def test_what_is_optional_or_always_there_is_not_looked_for(pod: Object) -> None:
    assert missing([workload(pod=pod)]) == []


@pytest.mark.parametrize(
    "maker",
    [
        o("Secret", "x"),
        o("SealedSecret", "x"),
        o("SealedSecret", "other", spec={"template": {"metadata": {"name": "x"}}}),
        o("ExternalSecret", "x", spec={}),
        o("ExternalSecret", "other", spec={"target": {"name": "x"}}),
        o("Certificate", "other", spec={"secretName": "x"}),
        o("Ingress", "i", annotations={"cert-manager.io/issuer": "ca"}, spec={"tls": [{"secretName": "x"}]}),
        o("Ingress", "i", annotations={"cert-manager.io/cluster-issuer": "ca"}, spec={"tls": [{"secretName": "x"}]}),
    ],
    ids=str,
)
def test_whoever_makes_a_secret_is_known(maker: Object) -> None:
    assert missing([workload(pod={"volumes": [{"secret": {"secretName": "x"}}]}), maker]) == []


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (o("ScaledObject", spec={"scaleTargetRef": {"name": "x"}}), "Deployment/shop/x"),
        (o("ScaledObject", spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "x"}}), "StatefulSet/shop/x"),
        (
            o("ScaledObject", spec={"triggers": [{"type": "redis", "authenticationRef": {"name": "x"}}]}),
            "TriggerAuthentication/shop/x",
        ),
        (o("TriggerAuthentication", spec={"secretTargetRef": [{"name": "x"}]}), "Secret/shop/x"),
        (o("HTTPRoute", spec={"rules": [{"backendRefs": [{"name": "x"}]}]}), "Service/shop/x"),
        (o("GRPCRoute", spec={"rules": [{"backendRefs": [{"name": "x"}]}]}), "Service/shop/x"),
        (o("Ingress", spec={"defaultBackend": {"service": {"name": "x"}}}), "Service/shop/x"),
        (o("ServiceAccount", imagePullSecrets=[{"name": "x"}]), "Secret/shop/x"),
        (o("RoleBinding", subjects=[{"kind": "ServiceAccount", "name": "x", "namespace": "n"}]), "ServiceAccount/n/x"),
        (o("ClusterRoleBinding", namespace="", roleRef={"kind": "ClusterRole", "name": "x"}), "ClusterRole/x"),
    ],
    ids=str,
)
def test_other_objects_references_are_looked_for(found: Object, wanted: str) -> None:
    kind, *there, name = wanted.split("/")
    assert missing([found]) == [wanted]
    assert missing([found, o(kind, name, namespace="".join(there))]) == []


@pytest.mark.parametrize(
    "found",
    [
        o("Service", spec={"type": "ExternalName", "externalName": "example.com"}),
        o("PodDisruptionBudget", spec={"selector": {}}),
        o("ExternalSecret", spec={"secretStoreRef": {"kind": "ClusterSecretStore", "name": "x"}}),
        o("RoleBinding", roleRef={"kind": "ClusterRole", "name": "system:auth-delegator"}),
        o("RoleBinding", roleRef={"kind": "ClusterRole", "name": "view"}, subjects=[{"kind": "Group", "name": "x"}]),
        o("HTTPRoute", spec={"rules": [{"backendRefs": [{"kind": "ServiceImport", "name": "x"}]}]}),
    ],
    ids=str,
)
def test_what_refers_to_nothing_here_is_left_alone(found: Object) -> None:
    assert missing([found]) == []


def test_a_service_of_pods_that_a_custom_resource_makes_selects_them() -> None:
    service = o("Service", spec={"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": "http"}]})
    rollout = workload("Rollout", pod=container(ports=[{"name": "http", "containerPort": 8000}]))
    assert missing([service, rollout]) == []


def ingress(name: str, path: str = "/", *, annotations: Any = None, **spec: Any) -> Object:
    rule = {"host": "shop.example.com", "http": {"paths": [{"path": path, "pathType": "Prefix"}]}}
    return o("Ingress", name, annotations=annotations, spec={"rules": [rule], **spec})


def test_hosts_and_paths_that_differ_or_are_shared_on_purpose_are_no_error() -> None:
    others = [
        ingress("b", "/b"),
        ingress("c", ingressClassName="internal"),
        ingress("d", annotations={"nginx.ingress.kubernetes.io/canary": "true"}),
    ]
    assert texts(host_problems([ingress("a"), *others])) == []
    assert len(texts(host_problems([ingress("a"), *others, ingress("e")]))) == 1


def test_a_host_is_answered_by_each_of_traefiks_entry_points_on_its_own() -> None:
    def at(name: str, entry_points: str) -> Object:
        return ingress(name, annotations={"traefik.ingress.kubernetes.io/router.entrypoints": entry_points})

    assert texts(host_problems([at("a", "web"), at("b", "websecure")])) == []
    assert len(texts(host_problems([at("a", "web"), at("b", "websecure, web")]))) == 1
    assert len(texts(host_problems([ingress("a"), at("b", "web")]))) == 1


def route(name: str, *matches: Any, kind: str = "HTTPRoute", section: str | None = "https", **spec: Any) -> Object:
    parent = {"name": "public", "namespace": "gateways", **({"sectionName": section} if section else {})}
    rule = {"matches": list(matches), "backendRefs": [{"name": "web", "port": 80}]}
    given = {"parentRefs": [parent], "hostnames": ["shop.example.com"], "rules": [rule], **spec}
    return o(kind, name, spec=given)


def path(value: str, kind: str = "PathPrefix", **more: Any) -> Object:
    return {"path": {"type": kind, "value": value}, **more}


def test_routes_at_one_listener_with_one_host_and_path_are_told() -> None:
    assert texts(host_problems([route("a"), route("b", path("/"))])) == [
        "HTTPRoute b: shop.example.com/ is answered by HTTPRoute a as well, and one of the two would get no request; "
        "change the host or the path of one"
    ]
    assert len(texts(host_problems([route("a"), route("b", section=None)]))) == 1
    called = {"method": {"service": "shop.Cart", "method": "Pay"}}
    grpc = [route(name, called, kind="GRPCRoute") for name in ("a", "b")]
    (problem,) = texts(host_problems(grpc))
    assert problem.startswith("GRPCRoute b: shop.example.com/shop.Cart/Pay is answered by GRPCRoute a as well")


@pytest.mark.parametrize(
    "other",
    [
        route("b", path("/b")),
        route("b", path("/", "Exact")),
        route("b", path("/", headers=[{"name": "X-Beta", "value": "1"}])),
        route("b", section="internal"),
        route("b", parentRefs=[{"name": "other", "namespace": "gateways"}]),
        route("b", hostnames=["api.example.com"]),
        route("b", rules=[{"filters": [{"type": "RequestRedirect"}]}]),
    ],
    ids=["path", "path type", "header", "listener", "gateway", "host", "redirect"],
)
def test_routes_that_differ_are_no_error(other: Object) -> None:
    assert texts(host_problems([route("a"), other])) == []


def test_a_listener_takes_one_kind_of_route_for_a_host() -> None:
    both = [route("a", path("/")), route("b", {"method": {"service": "shop.Cart"}}, kind="GRPCRoute")]
    assert texts(host_problems(both)) == [
        "GRPCRoute b: shop.example.com is answered by HTTPRoute a as well, and a listener takes one of the two kinds "
        "for a host; give one another host"
    ]
    assert texts(host_problems([both[0], route("b", kind="GRPCRoute", section="grpc")])) == []


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_a_route_to_a_port_that_the_service_lacks_is_told(kind: str) -> None:
    def service(port: int) -> Object:
        return o("Service", "web", spec={"ports": [{"name": "http", "port": port}]})

    assert texts(reference_problems([service(8000), route("a", kind=kind)], ())) == [
        f"{kind} a: port 80 is none of Service web, which has 8000, so requests would get an error; write a port of "
        "the Service"
    ]
    assert texts(reference_problems([service(80), route("a", kind=kind)], ())) == []


ALB = "alb.ingress.kubernetes.io"


def shared(name: str, group: str | None = "shop", **annotations: str) -> Object:
    found = {f"{ALB}/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return o("Ingress", name, annotations={**found, **({f"{ALB}/group.name": group} if group else {})})


def test_a_group_that_wants_two_load_balancers_is_told() -> None:
    assert texts(load_balancer_problems([shared("a", scheme="internal"), shared("b", scheme="internet-facing")])) == [
        "Ingress b: scheme internet-facing is internal for Ingress a of the same group shop, and the controller then "
        "changes nothing of the whole group; say the same on both, or leave the group"
    ]


@pytest.mark.parametrize("annotation", ["ssl_redirect", "load_balancer_attributes"])
def test_whatever_is_the_load_balancers_is_compared(annotation: str) -> None:
    both = [shared("a", **{annotation: "1"}), shared("b", **{annotation: "2"})]
    assert len(texts(load_balancer_problems(both))) == 1


@pytest.mark.parametrize(
    "other",
    [
        shared("b", scheme="internal"),
        shared("b"),
        shared("b", "other", scheme="internet-facing"),
        shared("b", None, scheme="internet-facing"),
    ],
    ids=["same", "unsaid", "other group", "no group"],
)
def test_a_group_that_agrees_is_no_error(other: Object) -> None:
    assert texts(load_balancer_problems([shared("a", scheme="internal"), other])) == []


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
        return texts(quota_problems([*objects, hard]))

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
    assert texts(quota_problems([found, o("ResourceQuota", "quota", spec={"hard": hard})])) == []
    fewer = {**hard, "pods": 0, **{key: f"{10 * claims - 1}Gi" for key in hard if key.endswith("requests.storage")}}
    fewer |= {key: claims - 1 for key in hard if key.endswith("claims") or key == "count/pods"}
    told = texts(quota_problems([found, o("ResourceQuota", "quota", spec={"hard": fewer})]))
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
    assert texts(quota_problems([cron_job(history=(7, 7), backoffLimit=2), large, quota])) == [
        f"ResourceQuota quota: requests.storage 120Gi is below the 950Gi {below} PersistentVolumeClaim b has 500Gi; a "
        f"pod that has ended keeps its ephemeral claims, and {history}; raise it to 950Gi or more, or mount a claim "
        "that is reused, or lower the history limits",
        f"ResourceQuota quota: count/pods 2 is below the 45 {below} CronJob a has 45; pods that have ended count, and "
        f"{history}; raise it to 45 or more, or lower the history limits",
        f"ResourceQuota quota: pods 0 is below the 1 {below} CronJob a has 1; raise it to 1 or more, or lower what is "
        "asked for",
    ]
    job = workload("Job", pod=EPHEMERAL)
    (text,) = texts(quota_problems([job, o("ResourceQuota", "quota", spec={"hard": {"persistentvolumeclaims": "1"}})]))
    assert text.endswith(
        "Job a has 7; a pod that has ended keeps its ephemeral claims, and Job a has 7 pods, for backoffLimit is "
        "6; raise it to 7 or more, or mount a claim that is reused, or lower its backoffLimit"
    )


def test_a_quota_is_of_its_own_namespace_and_without_scopes() -> None:
    other = o("ResourceQuota", "quota", namespace="other", spec={"hard": {"pods": "0"}})
    scoped = o("ResourceQuota", "quota", spec={"hard": {"pods": "0"}, "scopes": ["BestEffort"]})
    assert texts(quota_problems([workload(replicas=3), other, scoped])) == []


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
    assert texts(quota_problems([limits, found])) == [text]
    limits["spec"]["limits"][0] = {"type": "Container"}
    assert texts(quota_problems([limits, found])) == []


def test_a_limit_range_s_defaults_count() -> None:
    limits = limit_range("Container", default={"cpu": "500m"}, defaultRequest={"cpu": "200m"})
    pod = workload("Job", pod={"containers": [{"name": "c"}]})
    hard = o("ResourceQuota", "quota", spec={"hard": {"limits.cpu": "500m", "requests.cpu": "200m"}})
    assert texts(quota_problems([limits, pod, hard])) == []
    hard["spec"]["hard"]["limits.cpu"] = "400m"
    assert len(texts(quota_problems([limits, pod, hard]))) == 1
    assert len(texts(quota_problems([pod, hard]))) == 2, "states neither"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "hunter2"),
        ("DB_PASSWORD", "hunter2"),
        ("dbPassword", "hunter2"),
        ("app.password", "hunter2"),
        ("API_KEY", "abcdef"),
        ("APIKEY", "abcdef"),
        ("AWS_SECRET_ACCESS_KEY", "abcdef"),
        ("PRIVATE_KEY", "abcdef"),
        ("SESSION_SECRET", "a/b/c"),
        ("GITHUB_TOKEN", "x"),
        ("ANY", "ASIAIOSFODNN7EXAMPLE"),
        ("ANY", "-----BEGIN RSA PRIVATE KEY-----"),
        ("ANY", "ghp_" + "a" * 36),
        ("ANY", "amqp://guest:guest@rabbitmq:5672//"),
        ("ANY", "redis://:hunter2@redis"),
    ],
)
def test_what_looks_like_a_credential(name: str, value: str) -> None:
    for found in (o("ConfigMap", data={name: value}), workload(pod=container(env=[{"name": name, "value": value}]))):
        (text,) = texts(credential_problems([found], public=()))
        assert value not in text
        assert texts(credential_problems([found], public={name})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres/POSTGRES_PASSWORD"),
        ("POSTGRES_SECRET", "/run/secrets/postgres"),
        ("REDIS_URL", "redis://:$(REDIS_PASSWORD)@redis:6379/0"),
        ("REDIS_URL", "redis://redis:6379/0"),
        ("URL", "https://example.com/a:b@c"),
        ("URL", "postgresql://shop@db:5432/shop"),
        ("PASSWORD", "$(OTHER)"),
        ("PASSWORD", "${OTHER}"),
        ("PASSWORD", ""),
        ("PASSWORD", "<fill in>"),
        ("USE_TOKEN", "true"),
        ("SMTP_SECRET", "smtp-secret"),
        ("TOKEN_TTL", "3600"),
        ("MAX_TOKENS", "4096"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("SECRET_NAME", "smtp-secret"),
        ("KEYBOARD", "qwerty"),
        ("MONKEY", "banana"),
        ("ca.crt", "-----BEGIN CERTIFICATE-----\n"),
        ("nginx.conf", "proxy_set_header Authorization $http_authorization;"),
    ],
)
def test_what_does_not_look_like_a_credential(name: str, value: str) -> None:
    secret = o("ExternalSecret", "smtp", spec={"target": {"name": "smtp-secret"}})
    for found in (o("ConfigMap", data={name: value}), workload(pod=container(env=[{"name": name, "value": value}]))):
        assert texts(credential_problems([secret, found], public=())) == []


def changes(folder: Path, before: str | bytes, new: Object) -> list[str]:
    path = folder / "file.yaml"
    path.write_bytes(before if isinstance(before, bytes) else before.encode())
    return texts(immutable_problems([(path, yaml.safe_dump(new), [new])]))


@pytest.mark.parametrize(
    ("kind", "before", "after", "field"),
    [
        ("DaemonSet", {"selector": {"matchLabels": {"a": "1"}}}, {"selector": {"matchLabels": {"a": "2"}}}, "selector"),
        ("StatefulSet", {"serviceName": "a"}, {"serviceName": "b"}, "serviceName"),
        ("StatefulSet", {"volumeClaimTemplates": [CLAIM]}, {}, "volumeClaimTemplates"),
        (
            "PersistentVolumeClaim",
            {"accessModes": ["ReadWriteOnce"]},
            {"accessModes": ["ReadWriteMany"]},
            "accessModes",
        ),
        ("PersistentVolumeClaim", {"volumeName": "a"}, {"volumeName": "b"}, "volumeName"),
        ("Service", {"clusterIP": "None"}, {}, "clusterIP"),
    ],
)
def test_fields_that_cannot_change(tmp_path: Path, kind: str, before: Object, after: Object, field: str) -> None:
    (text,) = changes(tmp_path, yaml.safe_dump(o(kind, spec=before)), o(kind, spec=after))
    assert text.startswith(f"{kind} a: spec.{field}")
    assert changes(tmp_path, yaml.safe_dump(o(kind, spec=before)), o(kind, spec=before)) == []
    assert changes(tmp_path, yaml.safe_dump(o(kind, "b", spec=before)), o(kind, spec=after)) == [], "another object"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("Deployment", {"replicas": 1, "template": {"a": 1}}, {"replicas": 2, "template": {"a": 2}}),
        (
            "StatefulSet",
            {"replicas": 1, "updateStrategy": {}, "template": {"a": 1}},
            {"minReadySeconds": 1, "ordinals": {}},
        ),
        (
            "PersistentVolumeClaim",
            {"resources": {"requests": {"storage": "1Gi"}}},
            {"resources": {"requests": {"storage": "1.5Gi"}}},
        ),
        (
            "PersistentVolumeClaim",
            {"resources": {"requests": {"storage": "1024Mi"}}},
            {"resources": {"requests": {"storage": "1Gi"}}},
        ),
        ("Service", {"type": "ExternalName"}, {"type": "ClusterIP", "clusterIP": "None"}),
        ("Service", {"ports": [{"port": 80}]}, {"ports": [{"port": 81}]}),
        ("Job", {"template": {"a": 1}}, {"template": {"a": 2}}),
    ],
)
def test_fields_that_may_change(tmp_path: Path, kind: str, before: Object, after: Object) -> None:
    assert changes(tmp_path, yaml.safe_dump(o(kind, spec=before)), o(kind, spec=after)) == []


UNREADABLE = {
    "empty": "",
    "no-yaml": "{[}",
    "merge-conflict": "kind: Service\n<<<<<<< HEAD\nspec: {clusterIP: None}\n=======\nspec: {}\n>>>>>>> x\n",
    "text": "spec",
    "list": "- kind: Service\n",
    "not-utf-8": b"kind: \xff",
    "binary": b"\x00\x01\x02",
    "other-shape": "kind: Service\nmetadata: []\nspec: 3\n",
    "kind-is-a-list": "kind: [Service]\n",
    "unknown-tag": "kind: !!python/object:os.system x\n",
    "duplicate-keys": "kind: Service\nkind: Service\n",
    "unknown-alias": "kind: *nowhere\n",
    "odd-directive": "%YAML 9.9\n---\nkind: Service\n",
    "not-a-date": "kind: Service\nspec: 2026-99-99\n",
}


@pytest.mark.parametrize("before", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_on_disk_may_be_anything(tmp_path: Path, before: str | bytes) -> None:
    assert changes(tmp_path, before, o("Service", spec={"clusterIP": "None"})) == []


def test_a_file_that_is_not_there_or_a_folder_is_not_compared_with(tmp_path: Path) -> None:
    new = o("Service", spec={"clusterIP": "None"})
    for path in (tmp_path / "none.yaml", tmp_path):
        assert texts(immutable_problems([(path, "", [new])])) == []


def test_the_template_is_cut_out_wherever_it_stands(tmp_path: Path) -> None:
    """Reading leaves it out for speed: what comes after it is compared."""
    before = (
        "kind: StatefulSet\nmetadata:\n  name: a\n  namespace: shop\nspec:\n  template:\n    spec:\n      args:\n"
        "        - |\n          one\n\n          two\n  volumeClaimTemplates:\n    - a\n---\nkind: Service\n"
    )
    (text,) = changes(tmp_path, before, o("StatefulSet", spec={}))
    assert text.startswith('StatefulSet a: spec.volumeClaimTemplates changes from ["a"] to nothing')


def every_finding(objects: list[Object]) -> list[str]:
    return texts(
        iter(
            [
                *reference_problems(objects, ()),
                *host_problems(objects),
                *load_balancer_problems(objects),
                *quota_problems(objects),
                *credential_problems(objects, ()),
            ]
        )
    )


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nothing_is_wrong_with_what_revrx_deploys(environment: str) -> None:
    assert every_finding(dist(f"{environment}/*", f"bootstrap/{environment}.k8s.yaml")) == []


SUPPLIES = ("ExternalSecret", "SecretStore", "ConfigMap", "ServiceAccount", "Service", "PersistentVolumeClaim", "Role")


@pytest.mark.parametrize("kind", [*SUPPLIES, "Deployment", "StatefulSet"])
def test_without_any_one_object_that_others_need_something_is_wrong(kind: str) -> None:
    objects = dist("production/*", "bootstrap/production.k8s.yaml")
    found = [o for o in objects if o["kind"] == kind]
    assert found
    for gone in found:
        assert texts(reference_problems([o for o in objects if o is not gone], ())), gone["metadata"]["name"]


def paths(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything within a value."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from paths(item, *path, key)


def test_a_field_of_any_shape_is_no_crash() -> None:
    """A Manifest holds what its user wrote: anything may stand anywhere."""
    environment = dist("production/*backend*", "production/*postgres*", "bootstrap/production.k8s.yaml")
    places = [(n, path) for n, found in enumerate(environment) for path in paths(found) if path != ("kind",)]
    for n, path in random.Random(0).sample(places, 400):
        for value in (None, 1, "x", [1], {"a": 1}):
            changed = copy.deepcopy(environment[n])
            parent = changed
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
            every_finding([*environment[:n], changed, *environment[n + 1 :]])
