"""errors.yaml: every error with what provokes it, read, run, and rendered as docs/errors.md."""

from dataclasses import dataclass
from pathlib import Path

import constructs_revrx
import yaml
from cdk8s import App, Chart, JsonPatch, YamlOutputType

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"

_TABLE = yaml.safe_load(Path(__file__).with_name("errors.yaml").read_text())

_INTRODUCTION = """\
# Errors

What `synth` refuses, with an example that a test runs. All problems of all apps are told at once, as a `ManifestError`,
and nothing is written. A problem stands under the path of its construct: `production/backend` is `backend` in the chart
`production`. What is wrong with options is told first; objects are looked at when those are right. Only a call that
does not fit (*Calls*, below) raises where it stands, with all that is wrong with it. What ends with an id,
`[dangling-service]`, was found by a check of objects: [checks.md](checks.md) has them all, and how to waive one.

The examples begin with:

"""


@dataclass(frozen=True, kw_only=True)
class Error:
    """One mistake. before: the run before it; instead: what passes."""

    chapter: str
    title: str
    code: str
    message: str
    why: str
    instead: str
    before: str | None = None

    def __str__(self) -> str:
        return self.title


ERRORS = [
    Error(chapter=chapter["title"], **{key: text.strip() for key, text in error.items()})
    for chapter in _TABLE["chapters"]
    for error in chapter["errors"]
]


def run(code: str) -> None:
    """Synthesise the code's app into ./dist, an object a file."""
    app = App(yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    names = {
        **{name: getattr(constructs_revrx, name) for name in constructs_revrx.__all__},
        **{"App": lambda **options: App(**options) if options else app, "Chart": Chart, "JsonPatch": JsonPatch},
    }
    exec(_TABLE["prelude"] + code, names)
    if "synth(" not in code:
        constructs_revrx.synth(app)


def page() -> str:
    parts = [_INTRODUCTION, _block("python", _TABLE["prelude"])]
    for chapter in _TABLE["chapters"]:
        parts.append(f"\n## {chapter['title']}\n")
        for error in (error for error in ERRORS if error.chapter == chapter["title"]):
            parts.append(f"\n### {error.title}\n\n")
            if error.before:
                parts += ["Before:\n\n", _block("python", error.before), "\nNow:\n\n"]
            parts += [_block("python", error.code), "\n", _block("", error.message), f"\n{error.why}\n"]
            parts += ["\nInstead:\n\n", _block("python", error.instead)]
    return "".join(parts)


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```\n"
