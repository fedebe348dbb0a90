"""docs/kubecheck.md: what it shows is what the program writes; `make snapshots` renews it."""

import json
import re
import shlex
from pathlib import Path

import pytest

from ..programs import output
from .program import ROOT, Run

PAGE = ROOT / "docs/kubecheck.md"

_FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w*\n(?P<text>.*?)```\n", re.DOTALL)
_CONSOLE = re.compile(
    r"(?:<!-- with: (?P<program>\w+) -->\n)?```console\n\$ (?P<command>[^\n]+)\n(?P<out>.*?)```\n", re.DOTALL
)


@pytest.fixture
def page(run: Run, tmp_path: Path) -> str:
    """Its text. The files that it shows are there."""
    text = PAGE.read_text(encoding="utf-8")
    for file in _FILE.finditer(text):
        (tmp_path / file["name"]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file["name"]).write_text(file["text"], encoding="utf-8")
    return text


@pytest.mark.parametrize("helper", ["", "helm"])
def test_a_command_writes_what_stands_below_it(
    page: str, run: Run, request: pytest.FixtureRequest, helper: str
) -> None:
    """helper: the program whose output is piped in."""

    def again(match: re.Match[str]) -> str:
        if (match["program"] or "") != helper:
            return match[0]
        *rendering, checking = match["command"].split(" | ")
        stdin = output(*shlex.split(rendering[0])) if rendering else ""
        return f"{match[0][: match.start('out') - match.start()]}{run(*_arguments(checking), stdin=stdin).out}```\n"

    written = _CONSOLE.sub(again, page)
    if request.config.getoption("--snapshot-update"):
        PAGE.write_text(written, encoding="utf-8")
    assert written == page, "run `make snapshots` and read the diff"


def _arguments(command: str) -> list[str]:
    program, arguments = command[:19], command[19:]
    assert program == "python -m kubecheck"
    return shlex.split(arguments)


def test_the_table_has_the_fields_of_json(page: str, run: Run) -> None:
    document = json.loads(run("--format", "json", "api.yaml").out)
    table = page.partition("## JSON")[2]
    assert re.findall(r"^\| `(\w+)(?:\[\])?` \|", table, re.MULTILINE) == list(document)
    for name in (*document["counts"], *document["findings"][0], *document["findings"][0]["object"]):
        assert f"`{name}`" in table


def test_every_option_is_on_the_page(page: str, run: Run) -> None:
    for option in set(re.findall(r"--[a-z]+", run("--help").out)) - {"--help"}:
        assert option in page, option
