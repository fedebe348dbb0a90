"""Runs of toys, of which none outlives its test."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .terminal import Terminal, below, wait_for

ROOT = Path(__file__).parents[2]

# `make dev` in a checkout that is not this one.
START = "import os, pathlib, sys; from development.__main__ import main; sys.exit(main(pathlib.Path.cwd(), os.environ))"

Toys = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "saved").mkdir()
    yield tmp_path
    for process in below(tmp_path):
        process.kill()


@pytest.fixture
def toys(folder: Path) -> Iterator[Toys]:
    """Starts stages of toys, each a dictionary of what tests/development/toys.py takes."""
    started: list[Terminal] = []

    def start(*stages: list[dict[str, Any]]) -> Terminal:
        command = [sys.executable, "-m", "tests.development.toys", str(folder), json.dumps(stages)]
        started.append(Terminal(command, ROOT))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def nothing_stays(folder: Path) -> Callable[[], None]:
    return lambda: wait_for(lambda: not below(folder), f"the end of {below(folder)}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def free() -> int:
    return free_port()
