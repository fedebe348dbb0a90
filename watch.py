"""`make watch`: what a saved file changes in dist/, on the screen before the eye is there.

Most of a run is Python's and Node's start. So a worker waits with cdk8s loaded, and runs once: the next one gets ready
meanwhile. A worker for each run, for nothing that one run has imported may be in the next.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import watchfiles

if TYPE_CHECKING:
    from constructs_revrx import Synthesis

ROOT = Path(__file__).parent
_LIBRARY = {"constructs_revrx", "kubecheck"}
SOURCES = ("main.py", "charts", *sorted(_LIBRARY))
_CODE = {".py", ".yaml"}

# What one save does to a folder (an editor writes beside and renames) comes within this time, in milliseconds.
_STEP = 15
_TIMEOUT = 200
_PATHS_SHOWN = 3


def main() -> None:
    watched = [ROOT / name for name in SOURCES]
    with contextlib.suppress(KeyboardInterrupt):
        worker = _Worker()
        # The first time-out tells that files are watched: what is saved from here on is not missed.
        changes = watchfiles.watch(
            *watched,
            watch_filter=_is_code,
            step=_STEP,
            rust_timeout=_TIMEOUT,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        worker.run(["start", *_paths(next(changes))])
        worker = _Worker()
        print(f"watching {', '.join(SOURCES)}; Ctrl-C ends it", flush=True)
        for changed in filter(None, changes):
            worker.run(_paths(changed))
            worker = _Worker()
    print()


def _paths(changes: Iterable[tuple[watchfiles.Change, str]]) -> list[str]:
    return sorted({str(Path(path).relative_to(ROOT)) for _, path in changes})


def _is_code(_: watchfiles.Change, path: str) -> bool:
    return Path(path).suffix in _CODE


class _Worker:
    """A process that has loaded cdk8s, and waits to be told what was saved.

    In a session of its own: Ctrl-C is for the watcher, and a run that has begun to write ends well.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker"], cwd=ROOT, stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, saved: Iterable[str]) -> None:
        """Returns when it has printed what came of it. saved: paths, or why else it runs."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate("\n".join(saved))


def work() -> None:
    with contextlib.suppress(Exception):
        _warm_up()
    saved = sys.stdin.read().splitlines()
    if saved:  # otherwise the watcher has ended
        _forget(saved)
        print(f"{time.strftime('%H:%M:%S')} {', '.join(saved)}: {_outcome()}", flush=True)


def _warm_up() -> None:
    """All that a run imports, and one build, after which Node has read what it needs of cdk8s."""
    from charts.apps import apps  # noqa: PLC0415

    apps()


def _forget(saved: Iterable[str]) -> None:
    """The library only when it was saved: to load it again takes longer than a run."""
    stale = {"main", "charts"}
    if any(Path(path).parts[0] in _LIBRARY for path in saved):
        stale |= _LIBRARY
    for name in [name for name in sys.modules if name.partition(".")[0] in stale]:
        del sys.modules[name]


def _outcome() -> str:
    start = time.monotonic()
    try:
        import main  # noqa: PLC0415  # anew in each run

        result = _line(main.synthesise())
    except Exception as error:
        return main.told(error)
    return f"{result}, {time.monotonic() - start:.2f} s"


def _line(result: "Synthesis") -> str:
    signs = (("+", result.added), ("~", result.changed), ("-", result.removed))
    paths = [f"{sign} {path}" for sign, paths in signs for path in paths]
    more = [f"{len(paths) - _PATHS_SHOWN} more"] if len(paths) > _PATHS_SHOWN else []
    return ", ".join([*paths[:_PATHS_SHOWN], *more]) or "nothing changed"


if __name__ == "__main__":
    work() if sys.argv[1:] == ["--worker"] else main()
