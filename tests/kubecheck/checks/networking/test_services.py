"""Selectors of no pods, and ports that a Service or its pods do not have."""

from typing import Any

import pytest

from kubecheck import Cluster, Finding, Unseen
from kubecheck.checks.networking.services import dangling_service, service_port, target_port

from ...given import Object, container, o, texts, workload


def test_a_service_of_pods_that_a_custom_resource_makes_selects_them() -> None:
    service = o("Service", spec={"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": "http"}]})
    rollout = workload("Rollout", pod=container(ports=[{"name": "http", "containerPort": 8000}]))
    assert texts(dangling_service, [service, rollout]) == texts(target_port, [service, rollout]) == []


@pytest.mark.parametrize("label", ["statefulset.kubernetes.io/pod-name", "batch.kubernetes.io/job-name"])
def test_a_label_that_controllers_give_is_asked_of_no_template(label: str) -> None:
    def service(app: str) -> Object:
        return o("Service", spec={"selector": {"app": app, label: "a-0"}, "ports": [{"targetPort": "http"}]})

    pods = workload("StatefulSet", pod=container(ports=[{"name": "http"}]))
    assert texts(dangling_service, [service("a"), pods]) == texts(target_port, [service("a"), pods]) == []
    assert len(texts(dangling_service, [service("b"), pods])) == 1
    assert texts(dangling_service, [o("Service", spec={"selector": {label: "a-0"}})]) == []


@pytest.mark.parametrize(
    ("spec", "is_maker"), [({"replicas": 2}, True), ({"instances": 3}, True), ({"endpoints": []}, False), ({}, False)]
)
def test_pods_of_what_an_operator_runs_were_not_seen(spec: Object, is_maker: bool) -> None:
    service = o("Service", "web", spec={"selector": {"app.kubernetes.io/instance": "main"}})
    custom = {**o("Prometheus", "main", spec=spec), "apiVersion": "monitoring.coreos.com/v1"}
    found = [*dangling_service.findings(Cluster(objects=[service, custom]))]
    assert [isinstance(each, Unseen) for each in found] == [is_maker]
    (elsewhere,) = dangling_service.findings(
        Cluster(objects=[service, {**custom, "metadata": {"name": "other", "namespace": "shop"}}])
    )
    assert isinstance(elsewhere, Finding)


def test_pods_of_the_cluster_were_not_seen() -> None:
    service = o("Service", "dns-metrics", namespace="kube-system", spec={"selector": {"k8s-app": "kube-dns"}})
    (found,) = dangling_service.findings(Cluster(objects=[service]))
    assert found == Unseen(
        "Service dns-metrics: the pods of k8s-app=kube-dns are not here; the cluster may make them", "dangling-service"
    )


def test_a_headless_service_leads_to_pods_whatever_their_ports_are_called() -> None:
    ports = [{"port": 2888, "targetPort": "follower"}]
    pods = workload(pod=container(ports=[{"name": "client", "containerPort": 2181}]))
    assert len(texts(target_port, [o("Service", spec={"selector": {"app": "a"}, "ports": ports}), pods])) == 1
    headless = o("Service", spec={"selector": {"app": "a"}, "ports": ports, "clusterIP": "None"})
    assert texts(target_port, [headless, pods]) == []


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_a_route_to_a_port_that_the_service_lacks_is_told(kind: str) -> None:
    def service(port: int) -> Object:
        return o("Service", "web", spec={"ports": [{"name": "http", "port": port}]})

    backend = {"name": "web", "port": 80}
    route = o(kind, spec={"rules": [{"backendRefs": [backend]}]})
    assert texts(service_port, [service(8000), route]) == [
        f"{kind} a: port 80 is none of Service web, which has 8000, so requests would get an error; write a port of "
        "the Service"
    ]
    assert texts(service_port, [service(80), route]) == []


def test_a_service_whose_pods_someone_else_makes_is_no_error_but_its_port_was_not_seen() -> None:
    service = o("Service", spec={"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": "http"}]})
    assert texts(dangling_service, [service], external={"Pod/shop/app=a"}) == []
    assert [*target_port.findings(Cluster(objects=[service]))] == [
        Unseen("Service a: its pods are not here, so nothing tells whether they have port http", "target-port")
    ]


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        ({"number": 80}, ""),
        ({"name": "http"}, ""),
        ({"number": 8000}, "port 8000 is none of Service web, which has 80"),
        ({"name": "https"}, "port https is none of Service web, which has http"),
    ],
    ids=str,
)
def test_an_ingress_asks_a_port_by_number_or_name(port: Object, problem: str) -> None:
    ingress = o("Ingress", spec={"defaultBackend": {"service": {"name": "web", "port": port}}})
    service = o("Service", "web", spec={"ports": [{"name": "http", "port": 80}]})
    found = texts(service_port, [ingress, service])
    assert [text.partition(": ")[2].partition(", so")[0] for text in found] == [problem] * bool(problem)


def test_the_ports_of_a_service_that_is_not_here_are_not_known() -> None:
    ingress = o("Ingress", spec={"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}})
    assert texts(service_port, [ingress]) == []


def test_an_external_name_without_ports_is_asked_any() -> None:
    ingress = o("Ingress", spec={"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}})
    spec = {"type": "ExternalName", "externalName": "web.example.com"}
    assert texts(service_port, [ingress, o("Service", "web", spec=spec)]) == []
    assert len(texts(service_port, [ingress, o("Service", "web", spec={**spec, "ports": [{"port": 443}]})])) == 1


def leads(to: Object, **container_has: Any) -> list[str]:
    """What is told of a Service with such a port, of pods with such a container."""
    service = o("Service", spec={"selector": {"app": "a"}, "ports": [to]})
    return texts(target_port, [service, workload(pod=container(**container_has))])


HTTP = [{"name": "http", "containerPort": 8000}]


@pytest.mark.parametrize("to", [{"port": 80, "targetPort": 8080}, {"port": 8080}], ids=["a targetPort", "the port"])
def test_a_number_that_the_pods_neither_declare_nor_mention_is_told(to: Object) -> None:
    assert leads(to, ports=HTTP) == [
        "Service a: targetPort 8080 is no port of the pods that it selects, which have 8000, so requests would get an "
        "error; write the number of a container's port"
    ]
    assert leads(to, ports=[*HTTP, {"containerPort": 8080}]) == []
    assert leads(to, ports=HTTP, args=["--metrics-bind-address=:8080"]) == []
    assert leads(to) == []


def test_a_name_is_of_a_port_and_its_protocol() -> None:
    to = {"port": 53, "targetPort": "dns", "protocol": "UDP"}
    assert leads(to, ports=[{"name": "dns", "containerPort": 53}]) == [
        "Service a: targetPort dns is no port of the pods that it selects, which have dns/TCP, so requests would get "
        "an error; write the name of a container's port"
    ]
    assert leads(to, ports=[{"name": "dns", "containerPort": 53, "protocol": "UDP"}]) == []


def test_pods_of_several_workloads_need_not_all_have_the_port() -> None:
    service = o("Service", spec={"selector": {"app": "a"}, "ports": [{"port": 80, "targetPort": 8080}]})
    old, new = (workload(pod=container(ports=[{"containerPort": number}])) for number in (8000, 8080))
    assert texts(target_port, [service, old, new]) == []
    assert len(texts(target_port, [service, old])) == 1
