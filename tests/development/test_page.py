"""The first half of docs/deployment/environment-setup.md: its commands for this machine, one after another."""

from pathlib import Path

import pytest

from ..docs.runbooks import Command, sections
from .conftest import ROOT
from .terminal import Terminal
from .test_environment import READY, STARTS_WITHIN, Start, checkout, ports, start

__all__ = ["checkout", "ports", "start"]  # fixtures

COMMANDS = sections("machine")
pytestmark = pytest.mark.slow


def test_only_one_section_is_for_this_machine() -> None:
    assert COMMANDS.keys() == {"environment-setup: Development"}


def test_its_commands_do_what_the_page_says(start: Start, checkout: Path, ports: dict[str, str]) -> None:
    first, *asked, begin_anew = COMMANDS["environment-setup: Development"]
    assert first.text == "make dev"
    assert READY.startswith(first.sees[0][0])
    assert (
        "@$(RUN) development\n" in (ROOT / "Makefile").read_text().partition("\ndev: ")[2].partition("\n\n")[0] + "\n"
    )
    run = start()
    run.until(READY, STARTS_WITHIN)
    for command in asked:
        does(command, checkout, ports)
    run.ctrl_c()
    assert run.ends() == 0
    does(begin_anew, checkout, ports)
    assert not (checkout / ".dev").exists()
    again: Terminal = start()
    again.until(READY, STARTS_WITHIN)
    assert "initdb" not in again.text
    again.ctrl_c()
    assert again.ends() == 0


def does(command: Command, folder: Path, ports: dict[str, str]) -> None:
    values = {"8000": ports["BACKEND_PORT"], "3000": ports["FRONTEND_PORT"]}
    command.run(values=values, environment={"PATH": "/usr/local/bin:/usr/bin:/bin"}, folder=folder)
