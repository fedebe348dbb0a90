"""compose.yaml, as docker compose reads it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from development.composition import Composition, settings

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".compose/docker-compose"
PROFILES = {"frontend": {"frontend"}, "localstack": {"localstack"}, "mailhog": {"mailhog"}}
ALWAYS = {"postgres", "redis", "backend-migrate", "backend", "celery-worker"}
OTHERS = {
    **{"BACKEND_PORT": "18000", "POSTGRES_PORT": "15432", "REDIS_PORT": "16379", "S3_PORT": "14566"},
    **{"POSTGRES_USER": "somebody", "POSTGRES_PASSWORD": "other", "S3_BUCKET": "another", "LOG_LEVEL": "INFO"},
}


def program() -> list[str]:
    if BUILT.exists():
        return [str(BUILT)]
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    pytest.skip("docker compose is not here: `make setup` builds it where Go is")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A folder without anybody's .env."""
    for name in ("compose.yaml", ".env.example"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def config(project: Path, *options: str, profile: str | None = None) -> str:
    chosen = ["--profile", profile] if profile else []
    done = subprocess.run(
        [*program(), *chosen, "config", *options],
        cwd=project,
        # A variable of ours would take a default's place.
        env={"PATH": os.environ["PATH"], "HOME": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(("profile", "more"), [(None, set()), *PROFILES.items(), ("*", set(PROFILES))])
def test_a_profile_adds_its_service_to_those_that_always_run(
    project: Path, profile: str | None, more: set[str]
) -> None:
    assert set(config(project, "--services", profile=profile).split()) == ALWAYS | more


def test_the_example_lists_every_variable_with_its_default(project: Path) -> None:
    told = config(project, "--variables", "--format=json", profile="*")
    defaults = {name: variable.get("DefaultValue", "") for name, variable in json.loads(told).items()}
    assert settings_of(project / ".env.example") == defaults


def settings_of(example: Path) -> dict[str, str]:
    shutil.copy(example, example.with_name(".env"))
    return settings(example.parent, {})


@pytest.mark.parametrize("given", [{}, OTHERS], ids=["defaults", "others"])
def test_processes_read_it_as_docker_compose_does(project: Path, given: dict[str, str]) -> None:
    (project / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    theirs: dict[str, Any] = json.loads(config(project, "--format=json", profile="*"))["services"]
    ours = Composition(project, settings(project, {}))
    assert set(ours.names()) == set(theirs)
    for name, service in theirs.items():
        # Printed so that it can be read again.
        told = {key: (value or "").replace("$$", "$") for key, value in service.get("environment", {}).items()}
        assert {key: str(value) for key, value in ours.service(name).get("environment", {}).items()} == told
        if service["command"]:
            assert ours.command(name) == service["command"]
        published = {port["target"]: int(port["published"]) for port in service.get("ports", ())}
        assert {port.inside: port.number for port in ours.ports if port.service == name} == published
