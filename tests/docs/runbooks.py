"""Runbooks: pages whose commands are read from them and run.

A command is an indented block, a fenced one of `sh`, or code in a sentence that has a namespace or a word in capitals;
a fence `diff FILE` is an edit, any other is neither. What the
sentence "You see `this` and `that`" below it has as code must be in what the command prints; "`this` or `that`" is one
of them. Words in capitals are for the reader to replace. No import of the library: tests/images reads this too.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path
from textwrap import dedent

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "backups.md",
    "deployment/disaster-recovery.md",
    "deployment/environment-setup.md",
    "deployment/postgres-major-upgrade.md",
)

# What runs a command in a test, by the programs that are in it:
#   aws       tests/images/test_runbook_commands.py, against moto
#   database  the same, in a container of postgres that is played by a shell beside a real server
#   cluster   tests/e2e/test_runbooks.py, on a control plane
#   checkout  tests/docs/test_runbooks.py, in a clone
#   machine   tests/development/test_page.py, beside `make dev`
_PLACES = (
    ("aws", r"\baws [a-z]"),
    ("database", r"\bkubectl exec\b"),
    ("cluster", r"\bkubectl (?!exec)[a-z]|run-job\.sh"),
    ("checkout", r"\bgit [a-z]|\bmake (?!dev\b)[a-z]"),
    ("machine", r"\bmake dev\b|http://127\.0\.0\.1|\.dev$"),
)

# What this machine cannot run, by how the command begins, and why.
NOT_RUN = {
    "curl -fsS https://api.revrx.com/health": "no such host, and no application",
    "curl -fsS https://API-HOST/health": "no such host, and no application",
    "docker build": "no container is built here",
    "docker compose --profile '*' down --volumes": "no engine runs containers here",
    "helm upgrade --install": "no chart of theirs is in a registry that is reached here",
}

_HEADING = re.compile(r"^#+ (.*)$")
_FENCE = re.compile(r"^(?: *\d\.)? *```(\w*)(?: (\S+))?$")
_INDENTED = re.compile(r"^( {4,})\S")
_INLINE = re.compile(r"`(kubectl [^`]* -n revrx[^`]*|aws [^`]*[A-Z]{3}[^`]*)`")
_SEEN = re.compile(r"`[^`]+`(?: or `[^`]+`)*")
_PLACEHOLDER = re.compile(r"(?<![\w${])[A-Z]{2,}(?:-[A-Z]+)*(?![\w=])")


@dataclass(frozen=True)
class Command:
    """A block of a page.

    sees: what must be in its output, each as one of several.
    administrator: the sentence before says that a deployer may not.
    """

    page: str
    heading: str
    text: str
    sees: tuple[tuple[str, ...], ...]
    administrator: bool

    @property
    def places(self) -> list[str]:
        return [place for place, programs in _PLACES if re.search(programs, self.text)]

    @property
    def not_run(self) -> list[str]:
        return [beginning for beginning in NOT_RUN if self.text.startswith(beginning)]

    def filled(self, values: Mapping[str, str]) -> str:
        """Its text with the reader's values for the words in capitals, and for the times that are given there."""
        left = set(_PLACEHOLDER.findall(self.text)) - values.keys()
        assert not left, f"{self.heading}: {left} have no value in\n{self.text}"
        return _with(self.text, values)

    def run(
        self, *, values: Mapping[str, str], environment: Mapping[str, str], folder: Path, timeout: float = 300
    ) -> str:
        """What it prints to both streams, as a person sees it. Fails when it does, or what must be seen is not."""
        text = self.filled(values)
        done = subprocess.run(
            ("sh", "-euc", text),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=timeout,
        )
        told = f"{self.page}, {self.heading}:\n{text}\nended with {done.returncode} and said\n{done.stdout}"
        assert done.returncode == 0, told
        said = " ".join(done.stdout.split())
        missing = [texts for texts in self.sees if not any(_with(text, values) in said for text in texts)]
        assert not missing, f"{told}\nwhere the page says that one sees {missing}"
        return done.stdout


def _with(text: str, values: Mapping[str, str]) -> str:
    times = {name: value for name, value in values.items() if name[0].isdecimal()}
    for time, value in times.items():
        text = text.replace(time, value)
    return _PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), text)


@dataclass(frozen=True)
class Edit:
    """A change of a file that a page tells the reader to make: hunks of lines that begin with space, - or +."""

    file: str
    text: str

    def apply(self, folder: Path, values: Mapping[str, str]) -> None:
        """As often as a hunk's lines are there, once at least: images.yaml has them for each environment."""
        file = folder / self.file
        for hunk in re.split(r"^@@$", self.text, flags=re.MULTILINE):
            lines = hunk.strip("\n").splitlines()
            old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
            new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
            text = file.read_text(encoding="utf-8")
            assert old in text, f"{self.file} has no\n{old}: the page must follow it"
            file.write_text(text.replace(old, _with(new, values)), encoding="utf-8")


def steps(page: str) -> dict[str, list[Command | Edit]]:
    """A page's commands and edits in order, by heading."""
    found: dict[str, list[Command | Edit]] = {}
    for heading, step in _steps(page):
        found.setdefault(heading, []).append(step)
    return found


def commands(place: str | None = None) -> list[Command]:
    """Those of all pages, in order. place: only those that run there."""
    found = [step for page in PAGES for _, step in _steps(page) if isinstance(step, Command)]
    return [c for c in found if place is None or (place in c.places and not c.not_run)]


def sections(place: str) -> dict[str, list[Command]]:
    """The commands of a place by `page: heading`, in the order of the pages."""
    found: dict[str, list[Command]] = {}
    for command in commands(place):
        found.setdefault(f"{Path(command.page).stem}: {command.heading}", []).append(command)
    return found


def _steps(page: str) -> Iterator[tuple[str, Command | Edit]]:
    heading, before, number = "", "", 0
    lines = ["", *(DOCS / page).read_text(encoding="utf-8").splitlines()]
    while number < len(lines):
        line = lines[number]
        fence, indented = _FENCE.match(line), _INDENTED.match(line)
        if fence:
            end = next(n for n in range(number + 1, len(lines)) if lines[n].strip() == "```")
            block, number = lines[number + 1 : end], end + 1
        elif indented and not lines[number - 1].strip():
            end = next((n for n in range(number, len(lines)) if not _inside(lines[n], indented[1])), len(lines))
            block, number = lines[number:end], end
        else:
            if match := _HEADING.match(line):
                heading = match[1]
            number += 1
            if not line.strip():
                continue
            before = f"{before} {line.strip()}" if lines[number - 2].strip() else line.strip()
            if number == len(lines) or not lines[number].strip():
                for found in _INLINE.findall(before):
                    yield heading, Command(page, heading, found, (), _administrators(before))
            continue
        text = dedent("\n".join(block))
        if fence and fence[1] == "diff" and fence[2]:
            yield heading, Edit(fence[2], _outdented(block))
        elif not fence or fence[1] == "sh":
            yield heading, Command(page, heading, text.strip(), _sees(lines[number:]), _administrators(before))
        before = ""


def _administrators(sentences: str) -> bool:
    return "administrator" in sentences.lower()


def _outdented(block: list[str]) -> str:
    """A diff's first column may be a space in every line."""
    indent = min(len(line) - len(line.lstrip()) for line in block if line.lstrip()[:1] in ("+", "-", "@"))
    return "\n".join(line[indent:] for line in block)


def _inside(line: str, indent: str) -> bool:
    return not line.strip() or line.startswith(indent)


def _sees(after: list[str]) -> tuple[tuple[str, ...], ...]:
    """The code in the sentence that follows, when it begins with "You see"."""
    lines = dropwhile(lambda line: not line, (line.strip() for line in after))
    text = " ".join(takewhile(bool, lines))
    if not text.startswith("You see "):
        return ()
    sentence = re.split(r"[.:;] (?=[A-Z`*(])|[.:]$", text)[0]
    return tuple(tuple(seen.strip("`").split("` or `")) for seen in _SEEN.findall(sentence))
