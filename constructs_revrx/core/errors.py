"""What a user reads when manifests cannot be made."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Problem:
    """One thing wrong. As text, a line: `OPTION: TEXT [CHECK]`.

    Args:
        place: a construct's path, or a file.
        text: the value or object, the reason and the way out, in one line.
        option: the option that it is about; empty when it is about a whole object, file or call.
        check: the id of the check that found it in the finished objects (docs/checks.md); empty for any other.
    """

    place: str
    text: str
    option: str = ""
    check: str = ""

    def __str__(self) -> str:
        return f"{self.option and f'{self.option}: '}{self.text}{self.check and f' [{self.check}]'}"


class OptionProblem(str):
    """What a construct says of one of its options; `synth` adds the construct's path, which makes it a Problem.

    It is the line that is told, so that it can be shown and compared as one, and it still knows its two parts.
    """

    option: str
    text: str

    def __new__(cls, option: str, text: str) -> Self:
        line = super().__new__(cls, f"{option}: {text}")
        line.option, line.text = option, text
        return line

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.option, self.text)

    def at(self, place: str) -> Problem:
        return Problem(place, self.text, self.option)


class ManifestError(Exception):
    """Every problem that was found, grouped by place; nothing was written.

    Args:
        problems: what `error.problems` gives again, each once and in order.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda problem: (problem.place, str(problem))))
        super().__init__(self.problems)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ManifestError) and self.problems == other.problems

    def __hash__(self) -> int:
        return hash(self.problems)

    def __str__(self) -> str:
        by_place: dict[str, list[Problem]] = defaultdict(list)
        for problem in self.problems:
            by_place[problem.place].append(problem)
        return "\n".join(
            f"{place}: {len(found)} problem{'s' if len(found) > 1 else ''}\n" + "\n".join(f"  {line}" for line in found)
            for place, found in by_place.items()
        )
