"""The cdk8s app: `python main.py`, or `cdk8s synth`, writes dist/."""

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_revrx import Synthesis


def synthesise() -> "Synthesis":
    # Imports are not on top: they take most of the time in which Ctrl-C may come, and read values of charts/, of which
    # some may be wrong. Neither is to end in a trace.
    from constructs_revrx import synth  # noqa: PLC0415

    from charts.apps import apps  # noqa: PLC0415

    return synth(*apps())


def main() -> int:
    start = time.monotonic()
    try:
        from constructs_revrx import ManifestError  # noqa: PLC0415

        try:
            result = synthesise()
        except ManifestError as error:
            print(f"ManifestError: {error}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        print("interrupted: dist/ may be half new, so run it again", file=sys.stderr, flush=True)
        # Ctrl-C has ended cdk8s' Node too, and jsii would print a stack when it takes leave of it.
        os._exit(130)
    print(f"{result}, {time.monotonic() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
