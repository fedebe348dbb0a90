"""Ports that probes and lifecycle hooks ask."""

from typing import Any

import pytest

from kubecheck.checks.probes import probe_port

from ..given import Object, container, texts, workload

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
PORTS = [{"name": "http", "containerPort": 8000}, {"containerPort": 9000}]


def asks(action: str, port: Any, where: str = "readinessProbe") -> Object:
    asked = {action: {"port": port}}
    fields = {where: asked} if where in PROBES else {"lifecycle": {where: asked}}
    return workload(pod=container(ports=PORTS, **fields))


@pytest.mark.parametrize("where", [*PROBES, "postStart", "preStop"])
@pytest.mark.parametrize("action", ["httpGet", "tcpSocket", "grpc"])
def test_each_probe_and_hook_asks_a_port_of_its_container(where: str, action: str) -> None:
    assert texts(probe_port, [asks(action, 80, where)]) == [
        f"Deployment a: {where} of container c asks port 80, which it does not declare: it has http, 8000, 9000; "
        "declare it, or ask one that is"
    ]
    for port in ("http", 8000, 9000):
        assert texts(probe_port, [asks(action, port, where)]) == []


def test_a_command_asks_no_port() -> None:
    assert texts(probe_port, [workload(pod=container(readinessProbe={"exec": {"command": ["true"]}}))]) == []
