"""What `make dev` prints: each line behind the name of what said it, in a colour of its own."""

import os
import sys
from collections.abc import Callable, Iterable

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
OURS = "dev"


class Screen:
    """when_gone: called when the terminal was closed, or whoever read our lines has ended."""

    def __init__(self, names: Iterable[str]) -> None:
        names = list(dict.fromkeys([OURS, *names]))
        self._width = max(map(len, names))
        coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._colours = (
            {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(names)} if coloured else {}
        )
        self.when_gone: Callable[[], None] = lambda: None

    def say(self, text: str, name: str = OURS) -> None:
        start = f"{name:<{self._width}} |"
        if name in self._colours:
            start = f"\033[{self._colours[name]}m{start}\033[0m"
        try:
            print("".join(f"{start} {line}\n" for line in text.splitlines() or [""]), end="", flush=True)
        except OSError:
            self.when_gone()
