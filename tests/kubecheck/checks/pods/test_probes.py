"""Ports that probes and lifecycle hooks ask."""

from typing import Any

import pytest

from kubecheck.checks.pods.probes import probe_port

from ...given import Object, container, texts, workload

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
PORTS = [{"name": "http", "containerPort": 8000}]


def asks(action: str, port: Any, where: str = "readinessProbe", **more: Any) -> Object:
    asked = {action: {"port": port}}
    fields = {where: asked} if where in PROBES else {"lifecycle": {where: asked}}
    return workload(pod=container(**{"ports": PORTS, **fields, **more}))


@pytest.mark.parametrize("where", [*PROBES, "postStart", "preStop"])
@pytest.mark.parametrize("action", ["httpGet", "tcpSocket", "grpc"])
def test_each_probe_and_hook_asks_a_port_of_its_container(where: str, action: str) -> None:
    assert texts(probe_port, [asks(action, 80, where)]) == [
        f"Deployment a: {where} of container c asks port 80, which it does not declare: it has http, 8000; "
        "declare it, or ask one that is"
    ]
    for port in ("http", 8000):
        assert texts(probe_port, [asks(action, port, where)]) == []


def test_a_command_asks_no_port() -> None:
    assert texts(probe_port, [workload(pod=container(readinessProbe={"exec": {"command": ["true"]}}))]) == []


@pytest.mark.parametrize(
    "container_has",
    [
        {"ports": []},
        {"ports": [*PORTS, {"containerPort": 8443}]},
        {"args": ["--health-probe-bind-address=:80"]},
        {"command": ["serve", "80"]},
        {"env": [{"name": "PORT", "value": "80"}]},
    ],
    ids=["no ports", "several", "args", "command", "env"],
)
def test_a_container_may_listen_on_a_number_that_it_does_not_declare(container_has: Object) -> None:
    """As ingress-nginx does on 10254, and what kubebuilder makes on 8081."""
    assert texts(probe_port, [asks("httpGet", 80, **container_has)]) == []
    assert len(texts(probe_port, [asks("httpGet", "web", **container_has)])) == 1


@pytest.mark.parametrize("container_has", [{"args": ["--listen=8080"]}, {"args": ["--listen=180"]}])
def test_digits_of_another_number_are_not_mentioned(container_has: Object) -> None:
    assert len(texts(probe_port, [asks("httpGet", 80, **container_has)])) == 1


def test_a_probe_asks_no_port_of_another_container() -> None:
    pod = asks("httpGet", 9000, ports=[])
    pod["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "ports": [{"containerPort": 9000}]})
    assert texts(probe_port, [pod]) == [
        "Deployment a: readinessProbe of container c asks port 9000, which it does not declare: it has none; declare "
        "it, or ask one that is"
    ]
