"""NginxIngress: HTTPS through ingress-nginx alone, and what that controller is told."""

from typing import Any

import pytest
from constructs_revrx import Host, NginxIngress, StickyCookie, Tls
from cdk8s import Chart
from constructs_revrx.core.component import problems_of

from ..properties.shop import GRPC, Object, web_service

NGINX = "nginx.ingress.kubernetes.io"
HOST = Host("shop.example.com")


def ingress(chart: Chart, *hosts: Host, **options: Any) -> Object:
    (found,) = web_service(chart, hosts=hosts or [HOST], ingress=NginxIngress(**options)).routes
    route: Object = found.to_json()
    return route


def annotations_of(chart: Chart, *, service: Any = None, **options: Any) -> dict[str, str]:
    """Those of ingress-nginx, without its prefix."""
    made = web_service(chart, **{"hosts": [HOST], **(service or {})}, ingress=NginxIngress(**options))
    found = made.routes[0].to_json()["metadata"]["annotations"]
    return {name.removeprefix(f"{NGINX}/"): value for name, value in found.items()}


def test_every_host_has_tls_from_cert_manager(chart: Chart) -> None:
    found = ingress(chart, HOST, Host("api.example.com"), tls=Tls.cert_manager("private-ca"))
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
    for name, value in web_service.everything(chart).routes[0].to_json()["metadata"]["annotations"].items():
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


def test_a_path_may_be_meant_alone(chart: Chart) -> None:
    (rule,) = ingress(chart, Host("b.example.com", "/v1", path_type="Exact"), HOST)["spec"]["rules"][:1]
    assert [(path["path"], path["pathType"]) for path in rule["http"]["paths"]] == [("/v1", "Exact")]


def controller(namespace: str) -> list[Object]:
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}]


@pytest.mark.parametrize("namespace", ["ingress-nginx", "edge"])
def test_the_controllers_namespace_and_no_other_may_connect(chart: Chart, namespace: str) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=NginxIngress(controller_namespace=namespace))
    assert backend.network_policy.to_json()["spec"]["ingress"] == [
        {"from": controller(namespace), "ports": [{"port": 8000, "protocol": "TCP"}]}
    ]


def test_the_controller_may_reach_cert_managers_answer_to_the_challenge(chart: Chart) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=NginxIngress(controller_namespace="edge"))
    assert backend.acme_solver_policy.to_json()["spec"] == {
        "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": controller("edge"), "ports": [{"port": 8089, "protocol": "TCP"}]}],
    }


def test_a_secret_that_someone_else_makes_is_named_and_cert_manager_not(chart: Chart) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=NginxIngress(tls=Tls.secret("shop-tls")))
    found = backend.routes[0].to_json()
    assert found["spec"]["tls"] == [{"hosts": ["shop.example.com"], "secretName": "shop-tls"}]
    assert "cert-manager.io/cluster-issuer" not in found["metadata"]["annotations"]
    assert found["metadata"]["annotations"][f"{NGINX}/force-ssl-redirect"] == "true"
    assert backend.acme_solver_policy is None


def test_without_tls_nothing_is_redirected(chart: Chart) -> None:
    backend = web_service(chart, hosts=[HOST], ingress=NginxIngress(tls=Tls.none("ends at the load balancer")))
    found = backend.routes[0].to_json()
    assert "tls" not in found["spec"]
    assert found["metadata"]["annotations"][f"{NGINX}/ssl-redirect"] == "false"
    assert found["metadata"]["annotations"][f"{NGINX}/force-ssl-redirect"] == "false"
    assert backend.acme_solver_policy is None


@pytest.mark.parametrize("service", [{"protocol": "websocket"}, GRPC], ids=["websocket", "grpc"])
def test_streams_may_be_silent_for_an_hour_unless_told_otherwise(chart: Chart, service: dict[str, Any]) -> None:
    found = annotations_of(chart, service=service, send_timeout=7)
    assert (found["proxy-read-timeout"], found["proxy-send-timeout"]) == ("3600", "7")


def test_grpc_is_spoken_to_pods(chart: Chart) -> None:
    assert annotations_of(chart, service=GRPC)["backend-protocol"] == "GRPC"


@pytest.mark.parametrize("protocol", ["http", "websocket"])
def test_http_is_spoken_unless_it_is_grpc(chart: Chart, protocol: str) -> None:
    assert "backend-protocol" not in annotations_of(chart, service={"protocol": protocol})


def test_a_cookie_keeps_a_browser_with_a_pod(chart: Chart) -> None:
    found = annotations_of(chart, sticky=StickyCookie(max_age=600))
    assert {name: found[name] for name in found if name.startswith(("affinity", "session"))} == {
        "affinity": "cookie",
        "session-cookie-change-on-failure": "true",
        "session-cookie-max-age": "600",
        "session-cookie-name": "backend-affinity",
        "session-cookie-samesite": "Lax",
    }


def test_a_cookie_without_an_age_ends_with_the_browser_and_may_be_named(chart: Chart) -> None:
    found = annotations_of(chart, sticky=StickyCookie(name="pod"))
    assert found["session-cookie-name"] == "pod"
    assert "session-cookie-max-age" not in found


def test_grpc_needs_a_certificate(chart: Chart) -> None:
    plain = NginxIngress(tls=Tls.none("private network"))
    assert list(web_service(chart, **{**GRPC, "ingress": plain}).problems()) == [
        "ingress: nginx speaks HTTP/2, which gRPC needs, over TLS only; give it a certificate"
    ]


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        pytest.param({}, [], id="default"),
        pytest.param({"connect_timeout": 1, "read_timeout": 1, "send_timeout": 1}, [], id="shortest"),
        pytest.param({"body_size": "0"}, [], id="unlimited"),
        pytest.param({"body_size": "1g"}, [], id="gigabyte"),
        *(
            pytest.param({name: 0}, [f"{name} 0 is not a number of seconds; give 1 or more"], id=name)
            for name in ("connect_timeout", "read_timeout", "send_timeout")
        ),
        *(
            pytest.param(
                {"body_size": size}, [f"body_size {size!r} is not a size in nginx's units; write e.g. 10m"], id=size
            )
            for size in ("10Mi", "m", "1.5g", "10 m", "-1")
        ),
        pytest.param(
            {"sticky": StickyCookie(name="a b", max_age=0)},
            [
                "sticky: name 'a b' is not a cookie's; use letters, digits, '-', '_', '.' and '~'",
                "sticky: max_age 0 is not a number of seconds; give 1 or more",
            ],
            id="sticky",
        ),
        pytest.param(
            {"tls": Tls.none("")}, ["tls: none has no reason; say why nobody can read what is sent"], id="no-reason"
        ),
    ],
)
def test_refuses(options: dict[str, Any], problems: list[str]) -> None:
    assert list(problems_of(NginxIngress(**options))) == problems
