"""The runbooks: each command is run by some test, and the edits that they tell fit charts/."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from ..charts.dist import DIST, ROOT
from .runbooks import DOCS, NOT_RUN, PAGES, Command, Edit, commands, steps

UPGRADE = "deployment/postgres-major-upgrade.md"


def title(command: Command) -> str:
    return f"{command.heading}: {command.text.splitlines()[0]}"


@pytest.mark.parametrize("command", commands(), ids=title)
def test_each_command_runs_in_one_place_or_is_listed_with_the_reason(command: Command) -> None:
    ways = [*command.places, *command.not_run]
    assert len(ways) == 1, (
        f"{command.page}, {command.heading}: {ways or 'no test'} runs\n{command.text}\n"
        "divide it, or say in NOT_RUN of tests/docs/runbooks.py why no machine of ours can run it"
    )


@pytest.mark.parametrize("beginning", NOT_RUN)
def test_what_is_not_run_is_on_a_page(beginning: str) -> None:
    assert [command for command in commands() if beginning in command.not_run]


def test_all_pages_with_commands_are_read() -> None:
    """But the constructs', whose examples are Python, and what is no runbook."""
    written = {page.relative_to(DOCS).as_posix() for page in DOCS.glob("deployment/*.md")}
    assert written <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        file = (DOCS / page).parent / name if name else DOCS / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings], target


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What people edit, and what was committed; `make synth` writes it as the Makefile does."""
    folder = tmp_path / "checkout"
    for source in (ROOT / "charts", DIST):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", folder)
    make = tmp_path / "bin/make"
    make.parent.mkdir()
    make.write_text(f'#!/bin/sh\n[ "$*" = synth ] && exec {sys.executable} main.py\n')
    make.chmod(0o755)
    return folder


def test_the_upgrades_edits_fit_and_leave_the_old_server_until_it_is_deleted(checkout: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    old = (checkout / "dist/production/StatefulSet.postgres.k8s.yaml").read_text()
    reached = {}
    for heading, found in steps(UPGRADE).items():
        for step in found:
            if isinstance(step, Edit):
                step.apply(checkout, {"TAG": "0.2.0"})
            elif step.places == ["checkout"]:
                step.run(values={}, environment=environment, folder=checkout)
        backup = (checkout / "dist/production/CronJob.postgres-backup.k8s.yaml").read_text()
        reached[heading] = re.findall(r"name: PGHOST\n +value: (\S+)", backup)
        assert (checkout / "dist/production/StatefulSet.postgres.k8s.yaml").read_text() == old
    assert (reached["Before the day"], reached["The day"], reached["Going back"]) == (
        ["postgres"],
        ["postgres-17"],
        ["postgres"],
    )


def test_a_change_of_an_environments_values_is_written(checkout: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    values = checkout / "charts/staging.py"
    values.write_text(values.read_text().replace("staging.revrx.example.com", "staging.shop.example"))
    (command,) = steps("deployment/environment-setup.md")["Values"]
    assert isinstance(command, Command)
    command.run(values={}, environment=environment, folder=checkout)
    assert "host: staging.shop.example" in (checkout / "dist/staging/Ingress.frontend.k8s.yaml").read_text()


def test_a_release_is_taken_out_of_git(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    who = {f"GIT_{role}_{key}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def does(text: str) -> None:
        step = Command("", "", text, (), administrator=False)
        step.run(values={}, environment=environment, folder=tmp_path)

    does(f"git init --quiet --bare --initial-branch=main {origin} && git clone --quiet {origin} {clone}")
    for image in ("good", "broken"):
        commit = f"git add image && git commit --quiet -m {image} && git push --quiet"
        does(f"cd {clone} && echo {image} > image && {commit}")
    for command in commands("checkout"):
        if command.text.startswith("git "):
            command.run(values={"COMMIT": "HEAD"}, environment=environment, folder=clone)
    does(f'test "$(git -C {origin} show main:image)" = good')
