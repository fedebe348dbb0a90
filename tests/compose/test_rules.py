"""What holds for every service of compose.yaml."""

import re
from pathlib import Path
from typing import Any

import pytest

from development.composition import Composition

ROOT = Path(__file__).parents[2]
COMPOSITION = Composition(ROOT, {})
SERVICES = COMPOSITION.names()

Service = dict[str, Any]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return COMPOSITION.service(request.param)


def test_this_machine_alone_reaches_its_ports(service: Service) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_its_image_says_a_version(service: Service) -> None:
    assert re.fullmatch(r"[\w./-]+:[\w.-]+", service["image"])
    assert not service["image"].endswith(":latest")


@pytest.mark.parametrize("name", SERVICES)
def test_its_health_is_checked_unless_it_ends(name: str) -> None:
    check = COMPOSITION.service(name)["healthcheck"]
    assert check == {"disable": True} if name == "backend-migrate" else {"test", "interval", "timeout"} <= check.keys()


def test_what_it_waits_for_is_ready(service: Service) -> None:
    conditions = {name: wait["condition"] for name, wait in service.get("depends_on", {}).items()}
    ends = dict.fromkeys(conditions.keys() & {"backend-migrate"}, "service_completed_successfully")
    assert conditions == {**dict.fromkeys(conditions, "service_healthy"), **ends}


@pytest.mark.parametrize("name", ["backend", "celery-worker"])
def test_the_schema_is_migrated_first(name: str) -> None:
    assert "backend-migrate" in COMPOSITION.service(name)["depends_on"]


def test_data_is_kept_in_named_volumes() -> None:
    mounted = [volume.split(":") for name in SERVICES for volume in COMPOSITION.service(name).get("volumes", ())]
    named = {source: target for source, target, *_ in mounted if not source.startswith(".")}
    assert named == {
        "postgres-data": "/var/lib/postgresql/data",
        "redis-data": "/data",
        "localstack-data": "/var/lib/localstack",
    }


def test_sources_are_mounted_and_cannot_be_written() -> None:
    assert COMPOSITION.service("backend")["volumes"] == ["./images/backend/app:/app/app:ro"]
    assert "--reload" in COMPOSITION.command("backend")


def test_every_secret_can_be_set_and_is_the_machines_own() -> None:
    secret = re.compile(r"PASSWORD|SECRET|KEY\b|_KEY")
    for name in SERVICES:
        for variable, value in COMPOSITION.service(name).get("environment", {}).items():
            if secret.search(variable):
                assert not value or "development" in value, f"{name}: {variable}"
