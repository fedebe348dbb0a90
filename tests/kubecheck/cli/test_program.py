"""The program as a user starts it: exit codes, what it writes and where, and how it ends before its time."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .manifests import BAD, GOOD
from .program import ROOT, Run, started


@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1), (f"{BAD}---\na: [\n", 2), ("", 2)])
def test_the_exit_code_says_whether_something_was_found_or_could_not_be_read(text: str, code: int) -> None:
    ended = started("-", stdin=text)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.splitlines()[-1].startswith(("no objects", "2 objects in 1 file, for Kubernetes 1.37: "))


def test_findings_are_told_beside_what_cannot_be_read(run: Run) -> None:
    ended = run("-", stdin=f"{BAD}---\na: [\n")
    assert "dangling-service" in ended.out
    assert "unreadable" in ended.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name a folder or a file, or - for what is piped in"),
        (["--kubernetes", "1.20", "-"], "'1.20' is no version that is known; write 1.27 to 1.37"),
        (["--kubernetes", "new", "-"], "'new' is no version that is known"),
        (["--format", "xml", "-"], "invalid choice: 'xml'"),
        (["--namespace", "a b", "-"], "'a b' is not a namespace's name"),
        (["--external", "license", "-"], "'license' is not KIND/NAMESPACE/NAME"),
        (["--waive", "dangling-service", "-"], "is not 'ID KIND/NAMESPACE/NAME: REASON'"),
        (["--waive", "dangling-service Service/shop/api:", "-"], "is not 'ID KIND/NAMESPACE/NAME: REASON'"),
        (
            ["--waive", "dangling-servise Service/shop/api: x", "-"],
            "is the id of no check; did you mean dangling-service?",
        ),
        (["--explain", "dangling"], "is the id of no check; "),
        (["--explain", "zzz"], "'zzz' is the id of no check; --list has them all"),
        (["--kube", "1.30", "-"], "unrecognized arguments"),
        (["@nobody"], "@nobody: no arguments can be read from it: No such file or directory"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(run: Run, arguments: list[str], told: str) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("kubecheck: ")
    assert ended.err.count("\n") == 1
    assert told in ended.err


def test_help_has_examples_and_the_exit_codes(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0
    assert "helm template shop ./chart | python -m kubecheck -" in ended.out
    assert "exit codes: 0 nothing found; 1 findings; 2 input that cannot be read" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 120


def test_a_closed_pipe_is_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "kubecheck", "-"],
            cwd=ROOT,
            input=BAD.encode(),
            stdout=closed,
            stderr=-1,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_closed_standard_output_is_silent() -> None:
    command = f"{shlex.quote(sys.executable)} -m kubecheck - >&-"
    ended = subprocess.run(command, shell=True, cwd=ROOT, input=BAD.encode(), stderr=-1, check=False)
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device, as Linux has")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "kubecheck", "-"], cwd=ROOT, input=BAD.encode(), stdout=full, stderr=-1, check=False
        )
    text = b"kubecheck: the result cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (2, text)


def test_ctrl_c_is_one_line(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kubecheck", "-"], cwd=ROOT, stdin=-1, stdout=-1, stderr=-1, text=True
    ) as process:
        assert process.stdin is not None
        # It waits for more: it has read what stands first when the pipe is empty again.
        process.stdin.write("kind: x\n" * 20_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "kubecheck: interrupted\n")


def test_what_the_terminal_cannot_write_is_escaped(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.yaml"
    Path(os.fsdecode(file)).write_text(BAD.replace("app: web", "app: 'ü'"), encoding="utf-8")
    ended = started(str(tmp_path), environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ended.code == 1
    assert "caf\\udce9.yaml" in ended.out
    assert ended.err == ""


def test_arguments_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(BAD, encoding="utf-8")
    lines = "# why\n\n--waive=dangling-service Service/shop/*: made by hand\n--format\njson\n"
    (tmp_path / "kubecheck.args").write_text(lines, encoding="utf-8")
    ended = run("@kubecheck.args", "api.yaml")
    assert ended.code == 0
    assert ended.out.startswith("{")
