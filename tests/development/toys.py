"""`python -m tests.development.toys ROOT STAGES`: programs of a test, run as those of the environment are.

STAGES, in JSON: [[{"name": …, "code": …, …}, …], …]; `code` is Python, and says `serves()` when it is ready.
"""

import json
import signal
import sys
from pathlib import Path
from typing import Any

from development.__main__ import run_all
from development.failure import NotStartedError
from development.program import Program

# Before each code.
PRELUDE = """
import os, pathlib, signal, subprocess, sys, time
def serves(): pathlib.Path(sys.argv[1]).touch()
def ignore(*numbers): [signal.signal(number, signal.SIG_IGN) for number in numbers]
def wait(): time.sleep(1000)
"""


def toy(root: Path, name: str, code: str, *, once: bool = False, saved: bool = False, **options: Any) -> Program:
    ready = root / f"{name}.ready"
    ready.unlink(missing_ok=True)
    return Program(
        name=name,
        command=options.pop("command", [sys.executable, "-u", "-c", PRELUDE + code, str(ready)]),
        folder=root,
        ready=None if once else ready.exists,
        saved=root / "saved" if saved else None,
        in_a_hurry=signal.SIGKILL,
        **options,
    )


def main(root: Path, stages: list[list[dict[str, Any]]]) -> int:
    try:
        return run_all(root, lambda: [[toy(root, **options) for options in stage] for stage in stages], [])
    except NotStartedError as error:
        print(f"make dev: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
