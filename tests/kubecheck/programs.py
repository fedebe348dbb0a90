"""Helm and kubectl, where this machine has them: in PATH, beside a control plane, or in what `make bench` installs."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_BENCH = ROOT / ".venv-bench/bin/python"


def program(name: str) -> Path:
    """Or the test is skipped, and says so."""
    found = _found(name)
    if found is None:
        pytest.skip(
            f"{name} is neither in PATH, nor in KUBEBUILDER_ASSETS, nor in .venv-bench, which `make bench` sets up"
        )
    return found


@cache
def _found(name: str) -> Path | None:
    folders = os.pathsep.join((os.environ.get("PATH", ""), os.environ.get("KUBEBUILDER_ASSETS", "")))
    if there := shutil.which(name, path=folders):
        return Path(there)
    if not _BENCH.exists():
        return None
    code = f"from benchmarks.programs import program; print(program({name!r}))"
    ended = subprocess.run([_BENCH, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return Path(ended.stdout.strip()) if ended.returncode == 0 else None


def output(name: str, *arguments: str | Path) -> str:
    """What a program writes that must end well."""
    ended = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
