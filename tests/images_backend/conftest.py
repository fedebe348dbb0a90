"""The servers once for each process of tests; a database, and processes of the application, for each test."""

import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .servers import IMAGE, Postgres, Program, Redis, free_port, python_program, until

_number = itertools.count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[Path]:
    # Not pytest's own: another user, as which PostgreSQL runs, may not enter that.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(servers: Path) -> Iterator[Postgres]:
    server = Postgres(servers)
    yield server
    server.stop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.stop()


class Backend:
    """The application with a schema of its own."""

    def __init__(self, folder: Path, postgres: Postgres, redis: Redis) -> None:
        self.folder, self.postgres, self.redis = folder, postgres, redis
        self.database, self.port, self.metrics_port = f"app{next(_number)}", free_port(), free_port()
        self.heartbeat = folder / "heartbeat"
        self.programs: list[Program] = []
        postgres.query(f"CREATE DATABASE {self.database}", "postgres")
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=40)

    def environment(self, **other: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.postgres.url(self.database),
            "REDIS_URL": self.redis.url,
            "METRICS_PORT": str(self.metrics_port),
            "HEARTBEAT_FILE": str(self.heartbeat),
            "CORS_ORIGINS": "https://app.example",
            "TASK_VISIBILITY_TIMEOUT": "5",
            **other,
        }

    def migrate(self, to: str = "head") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*python_program("alembic"), "upgrade", to],
            cwd=IMAGE,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def web(self) -> Program:
        options = ["--host=127.0.0.1", f"--port={self.port}", "--timeout-graceful-shutdown=30"]
        program = Program(
            [*python_program("uvicorn"), "app.main:app", *options], self.folder / "web.log", self.environment()
        )
        self.programs.append(program)
        until(lambda: self.client.get("/health").status_code == 200)
        return program

    def worker(self, **environment: str) -> Program:
        name = f"worker-{len(self.programs)}"
        program = Program(
            [*python_program("celery"), "--app=app.celery", "worker", "--concurrency=2", f"--hostname={name}"],
            self.folder / f"{name}.log",
            self.environment(**environment),
        )
        self.programs.append(program)
        until(lambda: f"{name} ready" in program.output())
        return program

    def send(self, **wanted: Any) -> str:
        answer = self.client.post("/tasks", json={"text": "a text", **wanted})
        assert answer.status_code == 202, answer.text
        identity: str = answer.json()["id"]
        return identity

    def state(self, task: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/tasks/{task}").json()
        return found

    def status(self, task: str, wanted: str, seconds: float = 40) -> dict[str, Any]:
        until(lambda: self.state(task)["status"] == wanted, seconds)
        return self.state(task)


@pytest.fixture
def backend(tmp_path: Path, postgres: Postgres, redis: Redis) -> Iterator[Backend]:
    found = Backend(tmp_path, postgres, redis)
    yield found
    for program in found.programs:
        program.kill()
    found.client.close()


@pytest.fixture
def migrated(backend: Backend) -> Backend:
    done = backend.migrate()
    assert done.returncode == 0, done.stderr
    return backend


def lines(program: Program) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program.output().splitlines()]
