"""What a user reads when manifests cannot be made."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong.

    Args:
        place: a construct's path, or a file.
        text: the option or object, the value, the reason and the way out, in one line.
    """

    place: str
    text: str


class ManifestError(Exception):
    """Every problem that `synth` found, grouped by place; nothing was written.

    Args:
        problems: what `error.problems` gives again, each once and in order.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(str(self))

    def __str__(self) -> str:
        by_place: dict[str, list[str]] = defaultdict(list)
        for problem in self.problems:
            by_place[problem.place].append(problem.text)
        return "\n".join(
            f"{place}: {len(texts)} problem{'s' if len(texts) > 1 else ''}\n" + "\n".join(f"  {text}" for text in texts)
            for place, texts in by_place.items()
        )
