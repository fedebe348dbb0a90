"""dist/ is what the code writes: now, on any machine, in any environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .dist import DIST, ROOT

HEADER = "# Synthesised by constructs_revrx; changes by hand are lost.\n"


def run(folder: Path, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python main.py`, writing below the folder."""
    variables = {**os.environ, "CDK8S_OUTDIR": str(folder), **environment}
    return subprocess.run(
        [sys.executable, "main.py"], cwd=root, env=variables, capture_output=True, text=True, check=False, timeout=60
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_dist_is_fresh(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == 0
    written, committed = contents(tmp_path), contents(DIST)
    assert written.keys() == committed.keys(), "run `make synth` and commit dist/"
    assert [name for name in written if written[name] != committed[name]] == [], "run `make synth` and commit dist/"


def test_the_bytes_depend_on_no_hash_seed_time_zone_or_locale(tmp_path: Path) -> None:
    one = run(tmp_path / "one", PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LC_ALL="C", LANG="C", PYTHONUTF8="0")
    other = run(tmp_path / "two", PYTHONHASHSEED="2", TZ="America/Los_Angeles", LC_ALL="tr_TR.UTF-8", PYTHONUTF8="1")
    assert (one.returncode, other.returncode) == (0, 0), one.stderr + other.stderr
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(DIST)


def test_every_file_says_where_it_comes_from() -> None:
    assert [name for name, content in contents(DIST).items() if not content.startswith(HEADER.encode())] == []


def test_every_file_reads_as_the_same_text_in_yaml_1_1() -> None:
    """What cdk8s quotes for YAML 1.1, such as "yes" and "0440", a reader of 1.1 gets back as text."""
    for name, content in contents(DIST).items():
        for document in yaml.load_all(content, yaml.CSafeLoader):
            assert {type(value) for value in scalars(document)} <= {str, int, bool}, name


def documents() -> list[object]:
    return [document for content in contents(DIST).values() for document in yaml.load_all(content, yaml.CSafeLoader)]


def scalars(value: object) -> list[object]:
    if isinstance(value, dict):
        return [scalar for item in value.items() for part in item for scalar in scalars(part)]
    if isinstance(value, list):
        return [scalar for item in value for scalar in scalars(item)]
    return [value]


def test_a_second_run_changes_nothing_and_says_so_in_a_line(tmp_path: Path) -> None:
    first, second = run(tmp_path), run(tmp_path)
    total = f"{len(documents())} objects in {len(contents(DIST))} files, "
    assert first.stdout.splitlines()[-1].startswith(f"{len(contents(DIST))} added, 0 changed, 0 removed: {total}")
    assert len(first.stdout.splitlines()) < 16
    (line,) = second.stdout.splitlines()
    assert line.startswith(f"nothing changed: {total}")


def test_a_problem_is_told_without_a_stack_and_nothing_is_written(tmp_path: Path) -> None:
    result = run(tmp_path, CDK8S_DISABLE_SORT="1")
    assert result.returncode == 1
    assert result.stderr == (
        "ManifestError: CDK8S_DISABLE_SORT: 1 problem\n  is set, which changes the order of what is written; unset it\n"
    )
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        (
            "from constructs_revrx import Storage\nSIZE = Storage(size=20).size\n",
            1,
            "ManifestError: charts/sizes.py:{line}: Storage: 1 problem\n  size is 20, which is not text; write '20'\n",
        ),
        ("SIZE = 1 // 0\n", 1, "charts/sizes.py:{line}: ZeroDivisionError: integer division or modulo by zero\n"),
        ("SIZE = (\n", 1, "charts/sizes.py:{line}: SyntaxError: '(' was never closed\n"),
        (
            "from cdk8s import App, Chart\nAPP = App()\nChart(APP, 'a')\nChart(APP, 'a')\n",
            1,
            "charts/sizes.py:{line}: RuntimeError: There is already a Construct with name 'a' in App\n",
        ),
        ("raise KeyboardInterrupt\n", 130, "interrupted: dist/ may be half new, so run it again\n"),
    ],
    ids=["a wrong value", "a mistake", "no Python", "what cdk8s refuses", "Ctrl-C"],
)
def test_what_ends_an_import_of_charts_ends_without_a_trace(tmp_path: Path, code: str, status: int, told: str) -> None:
    for name in ("main.py", "charts", "constructs_revrx", "kubecheck"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    sizes = tmp_path / "charts" / "sizes.py"
    sizes.write_text(sizes.read_text() + code)
    line = len(sizes.read_text().splitlines())
    result = run(tmp_path / "dist", root=tmp_path)
    assert (result.returncode, result.stderr) == (status, told.format(line=line))
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("system_node", ["/bin/false", ""])
def test_no_node_of_the_system_is_used(tmp_path: Path, system_node: str) -> None:
    """PATH holds a node that fails, or nothing."""
    programs = tmp_path / "programs"
    programs.mkdir()
    if system_node:
        (programs / "node").symlink_to(system_node)
    result = run(tmp_path / "dist", PATH=str(programs))
    assert result.returncode == 0, result.stderr
