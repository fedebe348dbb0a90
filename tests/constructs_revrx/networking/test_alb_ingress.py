"""AlbIngress: what the AWS Load Balancer Controller is told, and whose addresses may connect."""

from typing import Any

import pytest
from constructs_revrx import Acm, AlbIngress, Host, WebService
from cdk8s import Chart

from ..properties.shop import CERTIFICATE, GRPC, objects, web_service

ALB = "alb.ingress.kubernetes.io"
HOST = Host("shop.example.com")


def reached(chart: Chart, *, service: Any = None, **options: Any) -> WebService:
    ingress = AlbIngress(**{"cidrs": ["10.0.0.0/20"], **options})
    made: WebService = web_service(chart, **{"hosts": [HOST], **(service or {})}, ingress=ingress)
    return made


def annotations(service: WebService) -> dict[str, str]:
    (route,) = service.routes
    return {name.removeprefix(f"{ALB}/"): text for name, text in route.to_json()["metadata"]["annotations"].items()}


def test_pods_are_targets_over_https_inside_the_vpc_with_the_certificates_that_acm_has(chart: Chart) -> None:
    backend = reached(chart)
    assert annotations(backend) == {
        "healthcheck-path": "/health",
        "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        "load-balancer-attributes": "idle_timeout.timeout_seconds=60",
        "scheme": "internal",
        "ssl-redirect": "443",
        "success-codes": "200",
        "target-type": "ip",
    }
    spec = backend.routes[0].to_json()["spec"]
    assert spec["ingressClassName"] == "alb"
    assert "tls" not in spec


def test_the_load_balancer_sends_requests_to_pods_that_are_ready(chart: Chart) -> None:
    found = annotations(reached(chart, service={"health_path": "/health", "ready_path": "/ready"}))
    assert (found["healthcheck-path"], found["success-codes"]) == ("/ready", "200")


def test_certificates_are_those_given(chart: Chart) -> None:
    other = CERTIFICATE.replace("eu-central-1", "us-east-1")
    assert (
        annotations(reached(chart, tls=Acm.certificates(CERTIFICATE, other)))["certificate-arn"]
        == f"{CERTIFICATE},{other}"
    )


def test_without_tls_it_listens_for_http_and_redirects_nothing(chart: Chart) -> None:
    found = annotations(reached(chart, tls=Acm.none("CloudFront is before it")))
    assert found["listen-ports"] == '[{"HTTP": 80}]'
    assert not {"ssl-redirect", "certificate-arn"} & found.keys()


def test_only_the_load_balancers_addresses_may_connect(chart: Chart) -> None:
    backend = reached(chart, cidrs=["10.0.0.0/20", "10.0.16.0/20"])
    assert backend.network_policy.to_json()["spec"]["ingress"] == [
        {
            "from": [{"ipBlock": {"cidr": "10.0.0.0/20"}}, {"ipBlock": {"cidr": "10.0.16.0/20"}}],
            "ports": [{"port": 8000, "protocol": "TCP"}],
        }
    ]


def test_cert_manager_has_nothing_to_answer(chart: Chart) -> None:
    backend = reached(chart)
    assert backend.acme_solver_policy is None
    assert "cert-manager" not in str(objects(backend))


@pytest.mark.parametrize(
    ("service", "options", "seconds"),
    [
        ({}, {}, 60),
        ({"protocol": "websocket"}, {}, 3600),
        (GRPC, {}, 3600),
        (GRPC, {"idle_timeout": 4000}, 4000),
    ],
    ids=["http", "websocket", "grpc", "given"],
)
def test_streams_may_be_silent_for_an_hour_unless_told_otherwise(
    chart: Chart, service: dict[str, Any], options: dict[str, int], seconds: int
) -> None:
    found = annotations(reached(chart, service=service, **options))
    assert found["load-balancer-attributes"] == f"idle_timeout.timeout_seconds={seconds}"


def test_grpc_is_spoken_to_pods_and_its_health_protocol_asked(chart: Chart) -> None:
    found = annotations(reached(chart, service=GRPC))
    assert found["backend-protocol-version"] == "GRPC"
    assert (found["healthcheck-path"], found["success-codes"]) == ("/grpc.health.v1.Health/Check", "0")
    assert "backend-protocol-version" not in annotations(reached(Chart(chart, "other", namespace="shop")))


def test_a_browser_may_stay_with_a_pod_for_a_week(chart: Chart) -> None:
    assert annotations(reached(chart, sticky=604_800))["target-group-attributes"] == (
        "stickiness.enabled=true,stickiness.type=lb_cookie,stickiness.lb_cookie.duration_seconds=604800"
    )


def test_several_services_may_share_a_load_balancer_that_the_internet_reaches(chart: Chart) -> None:
    found = annotations(reached(chart, group="shop", scheme="internet-facing"))
    assert (found["group.name"], found["scheme"]) == ("shop", "internet-facing")


@pytest.mark.parametrize(
    "arn",
    [
        CERTIFICATE,
        CERTIFICATE.replace("arn:aws:", "arn:aws-us-gov:"),
        "arn:aws:iam::123456789012:server-certificate/web/shop",
    ],
)
def test_an_arn_of_a_certificate_is_accepted(arn: str) -> None:
    assert list(Acm.certificates(arn).problems()) == []


@pytest.mark.parametrize(
    "arn", ["", "shop", CERTIFICATE.replace("123456789012", "1"), CERTIFICATE.replace("acm", "s3")]
)
def test_what_is_no_certificate_is_refused(arn: str) -> None:
    assert list(Acm.certificates(arn).problems()) == [
        f"{arn!r} is not a certificate's ARN; copy it from ACM, or write Acm.discovered()"
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"cidrs": []},
            "cidrs is empty, so no request could reach a pod; give the load balancer's subnets, e.g. 10.0.0.0/20",
        ),
        ({"cidrs": ["10.0.0.1"]}, "'10.0.0.1' has no mask; write 10.0.0.1/32, or the subnet's mask"),
        ({"idle_timeout": 0}, "idle_timeout 0 is not a number of seconds; give 1 or more"),
        ({"idle_timeout": 4001}, "idle_timeout 4001 is above 4000, the most that AWS takes"),
        ({"sticky": 604_801}, "sticky 604801 is above 604800, a week, the most that AWS takes"),
        ({"tls": Acm.certificates()}, "tls: certificates has no ARN; copy it from ACM, or write Acm.discovered()"),
        ({"group": "Shop"}, "group 'Shop' is not an IngressGroup's name; use at most 63 of a-z, 0-9, '-' and '.'"),
    ],
)
def test_refuses(chart: Chart, options: dict[str, Any], problem: str) -> None:
    assert list(reached(chart, **options).problems()) == [f"ingress: {problem}"]


def test_grpc_needs_a_certificate(chart: Chart) -> None:
    assert list(reached(chart, service=GRPC, tls=Acm.none("private network")).problems()) == [
        "ingress: a load balancer takes gRPC over HTTPS only; give it a certificate"
    ]
