"""`make dev`."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import engine, leftovers, place, ports
from .composition import Composition, Port, settings
from .failure import NotStartedError
from .programs import Machine
from .run import Run, Stages
from .screen import Screen

_ENGINES = ("compose", "processes")


def main(root: Path, environment: Mapping[str, str]) -> int:
    """The exit code: 0 when someone ended it, 1 when something else did."""
    try:
        variables = settings(root, environment)
        composition = Composition(root, variables)
        if _by_engine(variables):
            return engine.up(root, composition, environment)
        return _by_processes(root, composition)
    except NotStartedError as error:
        print(f"make dev: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 0


def _by_engine(variables: Mapping[str, str]) -> bool:
    wanted = variables.get("DEV_ENGINE")
    if wanted and wanted not in _ENGINES:
        raise NotStartedError(f"DEV_ENGINE is {wanted!r}, which is neither of {' and '.join(_ENGINES)}")
    if wanted == "processes":
        return False
    missing = engine.why_not(variables)
    if missing and wanted == "compose":
        raise NotStartedError(f"DEV_ENGINE is compose, but {missing}")
    if missing:
        print(f"{missing}: without containers, as processes of this machine", flush=True)
    return not missing


def _by_processes(root: Path, composition: Composition) -> int:
    machine = Machine(root, composition)
    # Mails are files here: no page shows them.
    wanted = [port for port in composition.ports if port.variable != "MAIL_PORT"]
    return run_all(root, machine.stages, wanted, machine.left_out)


def run_all(root: Path, stages: Callable[[], Stages], wanted: Sequence[Port], note: str | None = None) -> int:
    """wanted: the ports that must be free."""
    with place.held(root) as lock:
        folder = root / place.FOLDER
        if ended := leftovers.end(folder):
            print(f"ended what a killed run left: {', '.join(ended)}", flush=True)
        ports.check(wanted)
        programs = stages()
        screen = Screen(program.name for stage in programs for program in stage)
        if note:
            screen.say(note)
        run = Run(programs, folder, lock, screen)
        try:
            failed = asyncio.run(run())
        finally:
            run.close()
    if failed:
        # Once more at the end, where a person looks.
        raise NotStartedError(failed)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1], os.environ))
