"""The cdk8s app: `python main.py`, or `cdk8s synth`, writes dist/."""

import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_revrx import Synthesis

ROOT = Path(__file__).resolve().parent


def synthesise() -> "Synthesis":
    # Imports are not on top: they take most of the time in which Ctrl-C may come, and read values of charts/, of which
    # some may be wrong. Neither is to end in a trace.
    from constructs_revrx import synth  # noqa: PLC0415

    from charts.apps import apps  # noqa: PLC0415

    return synth(*apps())


def told(error: Exception) -> str:
    """An error as a line: where in charts/ it was raised, and what is wrong. A ManifestError tells its places itself.

    TRACEBACK=1 in the environment shows Python's own instead.
    """
    name, text = type(error).__name__, str(error).strip()
    if name == "ManifestError":
        return f"{name}: {text}"
    # Of what cdk8s says, the first line: JavaScript's stack follows.
    reason = f"{name}: {(text.splitlines() or [''])[0]}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_relative(error.filename)}:{error.lineno}: {name}: {error.msg}"
    frames = [(_relative(f.filename), f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    places = [f"{file}:{line}: " for file, line in frames if file.startswith("charts/")]
    return "".join([*places[-1:], reason])


def _relative(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else file


def main() -> int:
    start = time.monotonic()
    try:
        result = synthesise()
    except Exception as error:
        if os.environ.get("TRACEBACK"):
            raise
        print(told(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: dist/ may be half new, so run it again", file=sys.stderr, flush=True)
        # Ctrl-C has ended cdk8s' Node too, and jsii would print a stack when it takes leave of it.
        os._exit(130)
    print(f"{result}, {time.monotonic() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
