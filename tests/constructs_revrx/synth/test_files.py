"""replace_files: there are only ever the old files or the new."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import ManifestError
from constructs_revrx.synth.files import Changes, replace_files

MADE = "# made here\n"


def made(text: str) -> str:
    return MADE + text


def write(folder: Path, **texts: str) -> Changes:
    """Replace the folder's files by NAME.yaml with these texts."""
    files = {folder / f"{name}.yaml": made(text) for name, text in texts.items()}
    return replace_files([folder], files, made_here=MADE)


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def failing_at(call: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """The function, without space at its n-th call from now."""
    calls = iter(range(1, 1000))

    def fail(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.yaml")
        return real(*args, **kwargs)

    return fail


def test_new_changed_and_removed_files_are_told(tmp_path: Path) -> None:
    write(tmp_path, same="1", other="1", gone="1")
    changes = write(tmp_path, same="1", other="2", new="1")
    assert changes.added == (tmp_path / "new.yaml",)
    assert changes.changed == (tmp_path / "other.yaml",)
    assert changes.removed == (tmp_path / "gone.yaml",)
    assert contents(tmp_path) == {"same.yaml": made("1"), "other.yaml": made("2"), "new.yaml": made("1")}


def test_files_that_are_the_same_are_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, same="1")
    before = (tmp_path / "same.yaml").stat()
    assert write(tmp_path, same="1") == Changes(added=(), changed=(), removed=())
    after = (tmp_path / "same.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_files_that_others_made_are_not_touched(tmp_path: Path) -> None:
    foreign = {"notes.txt": "mine", "Service.mine.yaml": "kind: Service", "deep/er/a.yaml": made("too deep for synth")}
    for name, text in foreign.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    write(tmp_path, one="1")
    write(tmp_path, two="1")
    assert contents(tmp_path) == {**foreign, "two.yaml": made("1")}


def test_a_folder_that_became_empty_goes_and_one_that_holds_something_stays(tmp_path: Path) -> None:
    old = {tmp_path / "a" / "x.yaml": made("1"), tmp_path / "b" / "x.yaml": made("1")}
    replace_files([tmp_path], old, made_here=MADE)
    (tmp_path / "b" / "README").write_text("mine")
    replace_files([tmp_path], {}, made_here=MADE)
    assert contents(tmp_path) == {"b/README": "mine"}
    assert not (tmp_path / "a").exists()


def test_a_file_that_was_edited_by_hand_is_made_anew(tmp_path: Path) -> None:
    write(tmp_path, one="1")
    (tmp_path / "one.yaml").write_text("<<<<<<< HEAD")
    assert write(tmp_path, one="1").changed == (tmp_path / "one.yaml",)
    assert contents(tmp_path) == {"one.yaml": made("1")}


@pytest.mark.parametrize("call", [1, 2, 3])
def test_without_space_for_the_new_files_everything_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    write(tmp_path, a="1", b="1", gone="1")
    before = contents(tmp_path)
    monkeypatch.setattr(os, "fsync", failing_at(call, os.fsync))
    with pytest.raises(ManifestError) as caught:
        write(tmp_path, a="2", b="2", new="1")
    assert str(caught.value) == "a.yaml: 1 problem\n  No space left on device; nothing was changed"
    assert contents(tmp_path) == before


def test_without_space_for_the_staging_folder_everything_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="1")
    monkeypatch.setattr("tempfile.mkdtemp", failing_at(1, lambda: None))
    with pytest.raises(ManifestError, match="nothing was changed"):
        write(tmp_path, a="2")
    assert contents(tmp_path) == {"a.yaml": made("1")}


@pytest.mark.parametrize(("operation", "call"), [("replace", 1), ("replace", 2), ("replace", 3), ("unlink", 1)])
def test_when_a_rename_or_removal_fails_those_before_it_are_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, call: int
) -> None:
    write(tmp_path, a="1", b="1", gone="1")
    before = contents(tmp_path)
    monkeypatch.setattr(Path, operation, failing_at(call, getattr(Path, operation)))
    with pytest.raises(ManifestError, match="nothing was changed"):
        write(tmp_path, a="2", b="2", new="1")
    assert contents(tmp_path) == before


def test_without_hard_links_a_copy_brings_the_old_file_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a="1", b="1")
    before = contents(tmp_path)
    monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no links here")))
    monkeypatch.setattr(Path, "replace", failing_at(2, Path.replace))
    with pytest.raises(ManifestError, match="nothing was changed"):
        write(tmp_path, a="2", b="2")
    assert contents(tmp_path) == before


def test_a_folder_in_the_place_of_a_file_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    write(tmp_path, a="1")
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(ManifestError) as caught:
        write(tmp_path, a="2", b="1")
    assert str(caught.value) == f"{tmp_path / 'b.yaml'}: 1 problem\n  Is a directory; nothing was changed"
    assert contents(tmp_path) == {"a.yaml": made("1")}


def test_what_a_killed_run_has_staged_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / ".synth-killed"
    leftover.mkdir()
    (leftover / "0.new").write_text(made("half"))
    write(tmp_path, a="1")
    assert contents(tmp_path) == {"a.yaml": made("1")}


# Writes the same 20 files over and over, all with one text, then all with another.
WRITER = f"""
import os
import signal
import sys
from pathlib import Path
from constructs_revrx.synth.files import replace_files
# A shell's background job ignores SIGINT, one under nohup SIGHUP, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
folder, text = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
parent = os.getppid()
while os.getppid() == parent:  # not for ever, when pytest itself is killed
    for n in range(2):
        files = {{folder / f"{{i}}.yaml": {MADE!r} + f"{{text}}{{n}}" for i in range(20)}}
        replace_files([folder], files, made_here={MADE!r})
"""


def writer(folder: Path, text: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def stop(process: subprocess.Popen[str], signal_: signal.Signals) -> None:
    process.send_signal(signal_)
    process.communicate(timeout=20)
    assert process.returncode != 0


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_the_old_files_or_the_new(tmp_path: Path, interrupt: signal.Signals) -> None:
    write(tmp_path, **{str(i): "old" for i in range(20)})
    for attempt in range(5):
        process = writer(tmp_path, "x")
        time.sleep(0.05 + attempt * 0.013)
        stop(process, interrupt)
        texts = [text for name, text in contents(tmp_path).items() if not name.startswith(".synth-")]
        assert len(texts) == 20
        assert len(set(texts)) == 1


def test_runs_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    processes = [writer(tmp_path, text) for text in ("x", "y")]
    time.sleep(0.5)
    for process in processes:
        stop(process, signal.SIGTERM)
    texts = [text for name, text in contents(tmp_path).items() if not name.startswith(".synth-")]
    assert (len(texts), len(set(texts))) == (20, 1)
