"""`make dev` where docker is, played by a script: no engine is here. compose.yaml itself is tested in tests/compose."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT, START
from .terminal import Terminal

# What docker prints and how it ends, by its first words.
DOCKER = """#!{python}
import http.server, os, signal, sys
said = " ".join(sys.argv[1:])
if said.startswith("version"):
    sys.exit({engine})
if said == "compose version":
    sys.exit({plugin})
print("docker", said, os.getcwd(), flush=True)
if {ends} is not None:
    sys.exit({ends})
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: sys.exit(print("compose stops", flush=True) or 130))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["BACKEND_PORT"])), Answer).serve_forever()
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("compose.yaml", "development"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def start(checkout: Path, free: int) -> Iterator["Start"]:
    start = Start(checkout, free)
    yield start
    for terminal in start.started:
        terminal.close()


class Start:
    """`make dev` beside a docker."""

    def __init__(self, checkout: Path, port: int) -> None:
        self._checkout, self._port = checkout, port
        self.started: list[Terminal] = []

    def __call__(self, *, engine: int = 0, plugin: int = 0, ends: int | None = None) -> Terminal:
        docker = self._checkout / "bin/docker"
        docker.parent.mkdir()
        docker.write_text(DOCKER.format(python=sys.executable, engine=engine, plugin=plugin, ends=ends))
        docker.chmod(0o755)
        # No redis-server in PATH: processes would end at once, and say so.
        variables = {"PATH": str(docker.parent), "BACKEND_PORT": str(self._port), "DEV_ENGINE": ""}
        self.started.append(Terminal([sys.executable, "-c", START], self._checkout, variables))
        return self.started[-1]


def test_an_engine_gets_everything_there_is(start: Start, checkout: Path) -> None:
    run = start()
    run.until(rf"^docker compose --profile \* up --watch {checkout}$")


def test_a_url_is_told_when_it_answers(start: Start, free: int) -> None:
    start().until(rf"^backend answers at http://127\.0\.0\.1:{free}/docs$")


def test_ctrl_c_is_composes_own_and_no_failure(start: Start) -> None:
    run = start()
    run.until("backend answers")
    run.ctrl_c()
    assert run.ends() == 0
    assert "compose stops" in run.text
    assert "Traceback" not in run.text


def test_sigterm_is_passed_on(start: Start) -> None:
    run = start()
    run.until("backend answers")
    run.process.send_signal(signal.SIGTERM)
    run.until("compose stops")
    run.ends()


def test_composes_failure_is_its_own(start: Start) -> None:
    assert start(ends=14).ends() == 14


@pytest.mark.parametrize(
    ("lacks", "told"), [("engine", "no engine answers docker"), ("plugin", "docker has no compose plugin")]
)
def test_without_it_processes_are_run_and_the_reason_is_told(start: Start, lacks: str, told: str) -> None:
    run = start(engine=int(lacks == "engine"), plugin=int(lacks == "plugin"))
    run.until(rf"^{told}: without containers, as processes of this machine$")
    assert run.ends() == 1
    assert "docker compose" not in run.text
