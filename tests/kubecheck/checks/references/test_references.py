"""References to objects: every place that is looked at, and what is no error."""

from collections.abc import Collection

import pytest

from kubecheck import Check, Cluster, Finding
from kubecheck.checks.networking import services
from kubecheck.checks.references import references
from kubecheck.checks.references.references import unknown_service_account

from ....charts.dist import documents
from ...given import Object, container, o, texts, workload

CHECKS = [each for module in (references, services) for each in vars(module).values() if isinstance(each, Check)]


def missing(objects: Collection[Object], *external: str) -> list[str]:
    """What the references lead to that is not there, as it would be called external."""
    cluster = Cluster(objects=[*objects], external=external)
    found = [each.unless for check in CHECKS for each in check.findings(cluster) if isinstance(each, Finding)]
    return [unless.entry for unless in found if unless]


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
        workload("Job", pod=container(args=["create", "--secret-name=x"])),
        workload("CronJob", pod=container(command=["create", "--tls-secret", "x"])),
    ],
    ids=str,
)
def test_whoever_makes_a_secret_is_known(maker: Object) -> None:
    assert missing([workload(pod={"volumes": [{"secret": {"secretName": "x"}}]}), maker]) == []


@pytest.mark.parametrize("argument", ["--name=x", "x", "--secrets-format=compact"])
def test_a_job_makes_no_secret_that_it_does_not_name_as_one(argument: str) -> None:
    pods = workload(pod={"volumes": [{"secret": {"secretName": "x"}}]})
    assert missing([pods, workload("Job", pod=container(args=[argument]))]) == ["Secret/shop/x"]


def test_a_role_of_the_system_is_there_in_its_namespace_alone() -> None:
    role = {"kind": "Role", "name": "extension-apiserver-authentication-reader"}
    assert missing([o("RoleBinding", roleRef=role)]) == ["Role/shop/extension-apiserver-authentication-reader"]
    assert missing([o("RoleBinding", namespace="kube-system", roleRef={"kind": "Role", "name": "reader"})]) == [
        "Role/kube-system/reader"
    ]


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
        o(
            "RoleBinding",
            namespace="kube-system",
            roleRef={"kind": "Role", "name": "extension-apiserver-authentication-reader"},
        ),
        workload(
            "StatefulSet",
            pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
            volumeClaimTemplates=[{"metadata": {"name": "data"}}],
        ),
        o("RoleBinding", roleRef={"kind": "ClusterRole", "name": "view"}, subjects=[{"kind": "Group", "name": "x"}]),
        o("HTTPRoute", spec={"rules": [{"backendRefs": [{"kind": "ServiceImport", "name": "x"}]}]}),
    ],
    ids=str,
)
def test_what_refers_to_nothing_here_is_left_alone(found: Object) -> None:
    assert missing([found]) == []


SUPPLIES = ("ExternalSecret", "SecretStore", "ConfigMap", "ServiceAccount", "Service", "PersistentVolumeClaim", "Role")


@pytest.mark.parametrize("kind", [*SUPPLIES, "Deployment", "StatefulSet"])
def test_without_any_one_object_that_others_need_something_is_wrong(kind: str) -> None:
    objects = documents("production", "bootstrap/production.k8s.yaml")
    of_kind = [o for o in objects if o["kind"] == kind]
    assert of_kind
    for gone in of_kind:
        assert missing([o for o in objects if o is not gone]), gone["metadata"]["name"]


def test_a_certificate_that_nobody_asks_an_issuer_for_is_looked_for() -> None:
    tls = {"tls": [{"secretName": "x"}]}
    assert missing([o("Ingress", "i", spec=tls)]) == ["Secret/shop/x"]
    assert missing([o("Ingress", "i", spec=tls, annotations={"cert-manager.io/issuer": "ca"})]) == []


def test_a_route_s_service_may_be_in_another_namespace() -> None:
    route = o("HTTPRoute", spec={"rules": [{"backendRefs": [{"name": "x", "namespace": "other"}]}]})
    assert missing([route]) == ["Service/other/x"]
    assert missing([route, o("Service", "x", namespace="other")]) == []


def test_a_name_that_resembles_the_missing_one_is_told_unless_there_are_hundreds() -> None:
    """Comparing thousands of missing names with thousands took minutes."""
    found = workload(pod={"serviceAccountName": "account"})
    accounts = [o("ServiceAccount", f"account{n}") for n in range(501)]
    (text,) = texts(unknown_service_account, [found, *accounts[:500]])
    assert "; write account9 if that is meant, or say" in text
    (text,) = texts(unknown_service_account, [found, *accounts])
    assert "; make it, or say" in text


def test_one_of_another_namespace_is_named() -> None:
    found = workload(pod={"serviceAccountName": "x"})
    (text,) = texts(unknown_service_account, [found, o("ServiceAccount", "x", namespace="other")])
    assert "; the one in other is out of reach: make it in shop too, or say" in text
