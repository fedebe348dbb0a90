"""The program, in this process and as a user starts it."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

from kubecheck.cli.main import main

ROOT = Path(__file__).parents[3]


class Ended(NamedTuple):
    """How it ended, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """In tmp_path, and in this process; `stdin` is what is piped in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def run(*arguments: str, stdin: str | bytes = "") -> Ended:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(data)))
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        return Ended(code, *capsys.readouterr())

    return run


def started(
    *arguments: str, stdin: str = "", folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Ended:
    """As a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "kubecheck", *arguments],
        input=stdin.encode(),
        capture_output=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **(environment or {})},
        check=False,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
