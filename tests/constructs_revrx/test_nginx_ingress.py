"""From outside a WebService is reached over HTTPS, through the ingress controller alone."""

from typing import Any

import pytest
from constructs_revrx import Host, Ingress
from cdk8s import Chart

from .shop import Object, web_service

NGINX = "nginx.ingress.kubernetes.io"
HOST = Host("shop.example.com")


def ingress(chart: Chart, *hosts: Host, **options: Any) -> Object:
    found: Object = web_service(chart, hosts=hosts or [HOST], ingress=Ingress(**options)).ingress.to_json()
    return found


def test_every_host_has_tls_from_cert_manager(chart: Chart) -> None:
    found = ingress(chart, HOST, Host("api.example.com"), cluster_issuer="private-ca")
    assert found["spec"]["tls"] == [{"hosts": ["api.example.com", "shop.example.com"], "secretName": "backend-tls"}]
    assert {rule["host"] for rule in found["spec"]["rules"]} == {"api.example.com", "shop.example.com"}
    assert found["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "private-ca"


def test_http_is_redirected_to_https(chart: Chart) -> None:
    annotations = ingress(chart)["metadata"]["annotations"]
    assert annotations[f"{NGINX}/ssl-redirect"] == "true"
    assert annotations[f"{NGINX}/force-ssl-redirect"] == "true"


def test_timeouts_are_plain_seconds_as_text(chart: Chart) -> None:
    annotations = ingress(chart, connect_timeout=3, read_timeout=120, send_timeout=90)["metadata"]["annotations"]
    assert annotations[f"{NGINX}/proxy-connect-timeout"] == "3"
    assert annotations[f"{NGINX}/proxy-read-timeout"] == "120"
    assert annotations[f"{NGINX}/proxy-send-timeout"] == "90"


def test_the_size_of_a_request_is_bounded(chart: Chart) -> None:
    annotations = ingress(chart, body_size="50m")["metadata"]["annotations"]
    assert annotations[f"{NGINX}/proxy-body-size"] == "50m"


def test_by_default_waits_five_seconds_for_a_connection_and_a_minute_for_an_answer(chart: Chart) -> None:
    assert ingress(chart)["metadata"]["annotations"] == {
        "cert-manager.io/cluster-issuer": "letsencrypt",
        f"{NGINX}/force-ssl-redirect": "true",
        f"{NGINX}/proxy-body-size": "10m",
        f"{NGINX}/proxy-connect-timeout": "5",
        f"{NGINX}/proxy-read-timeout": "60",
        f"{NGINX}/proxy-send-timeout": "60",
        f"{NGINX}/ssl-redirect": "true",
    }


def test_no_annotation_is_a_snippet_and_all_are_text(chart: Chart) -> None:
    for name, value in web_service.everything(chart).ingress.to_json()["metadata"]["annotations"].items():
        assert "snippet" not in name
        assert isinstance(value, str)


def test_the_class_is_named(chart: Chart) -> None:
    assert ingress(chart)["spec"]["ingressClassName"] == "nginx"


def test_another_class_can_be_named(chart: Chart) -> None:
    assert ingress(chart, class_name="public")["spec"]["ingressClassName"] == "public"


def test_every_path_leads_to_the_service_by_its_ports_name(chart: Chart) -> None:
    backend = {"service": {"name": "backend", "port": {"name": "http"}}}
    assert ingress(chart, Host("b.example.com", "/v2"), HOST, Host("b.example.com", "/v1"))["spec"]["rules"] == [
        {
            "host": "b.example.com",
            "http": {
                "paths": [
                    {"path": "/v2", "pathType": "Prefix", "backend": backend},
                    {"path": "/v1", "pathType": "Prefix", "backend": backend},
                ]
            },
        },
        {"host": "shop.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}},
    ]


def controller(namespace: str) -> list[Object]:
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}]


@pytest.mark.parametrize("namespace", ["ingress-nginx", "edge"])
def test_the_controllers_namespace_and_no_other_may_connect(chart: Chart, namespace: str) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=Ingress(controller_namespace=namespace))
    assert backend.network_policy.to_json()["spec"]["ingress"] == [
        {"from": controller(namespace), "ports": [{"port": 8000, "protocol": "TCP"}]}
    ]


def test_the_controller_may_reach_cert_managers_answer_to_the_challenge(chart: Chart) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=Ingress(controller_namespace="edge"))
    assert backend.acme_solver_policy.to_json()["spec"] == {
        "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": controller("edge"), "ports": [{"port": 8089, "protocol": "TCP"}]}],
        "egress": [],
    }
