"""replace_files: each file is whole at any time, and only what it wrote itself is removed."""

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


def test_a_file_of_another_extension_that_was_written_before_goes(tmp_path: Path) -> None:
    replace_files([tmp_path], {tmp_path / "a" / "x.k8s.yml": made("1"), tmp_path / "y.json": made("1")}, made_here=MADE)
    changes = write(tmp_path, x="1")
    assert changes.removed == (tmp_path / "a" / "x.k8s.yml", tmp_path / "y.json")
    assert contents(tmp_path) == {"x.yaml": made("1")}


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
    monkeypatch.setattr(Path, "write_text", failing_at(call, Path.write_text))
    with pytest.raises(ManifestError) as caught:
        write(tmp_path, a="2", b="2", new="1")
    assert str(caught.value) == "a.yaml: 1 problem\n  No space left on device; nothing was changed"
    assert contents(tmp_path) == before


def test_a_folder_that_was_made_for_files_without_space_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_text", failing_at(1, Path.write_text))
    with pytest.raises(ManifestError, match="nothing was changed"):
        replace_files([tmp_path], {tmp_path / "a" / "x.yaml": made("1")}, made_here=MADE)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("operation", "call"), [("replace", 1), ("replace", 2), ("replace", 3), ("unlink", 1)])
def test_when_a_rename_or_removal_fails_the_next_run_makes_all_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str, call: int
) -> None:
    write(tmp_path, a="1", b="1", gone="1")
    with monkeypatch.context() as patch:
        patch.setattr(Path, operation, failing_at(call, getattr(Path, operation)))
        with pytest.raises(ManifestError) as caught:
            write(tmp_path, a="2", b="2", new="1")
    told = "No space left on device; some files may be new already, so run it again"
    assert str(caught.value) == f"a.yaml: 1 problem\n  {told}"
    assert set(contents(tmp_path).values()) <= {made("1"), made("2")}
    write(tmp_path, a="2", b="2", new="1")
    assert contents(tmp_path) == {"a.yaml": made("2"), "b.yaml": made("2"), "new.yaml": made("1")}


def test_a_folder_in_the_place_of_a_file_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    write(tmp_path, a="1")
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(ManifestError) as caught:
        write(tmp_path, a="2", b="1")
    assert str(caught.value) == f"{tmp_path / 'b.yaml'}: 1 problem\n  Is a directory; nothing was changed"
    assert contents(tmp_path) == {"a.yaml": made("1")}


def test_what_a_killed_run_has_left_beside_a_file_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".synth-4711-a.yaml.part").write_text(MADE[:5])
    assert write(tmp_path, a="1").removed == ()
    assert contents(tmp_path) == {"a.yaml": made("1")}


# Writes the same 20 files over and over, all with one text, then all with another.
WRITER = f"""
import os
import signal
import sys
from pathlib import Path
from constructs_revrx.synth.files import replace_files
# A background job of a shell ignores it, and so would what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
folder = Path(sys.argv[1])
print("ready", flush=True)
parent = os.getppid()
while os.getppid() == parent:  # not for ever, when pytest itself is killed
    for n in range(2):
        files = {{folder / f"{{i}}.yaml": {MADE!r} + f"{{n}}" * 10_000 for i in range(20)}}
        replace_files([folder], files, made_here={MADE!r})
"""


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_whole_files_and_the_next_makes_all_new(
    tmp_path: Path, interrupt: signal.Signals
) -> None:
    whole = {made("0" * 10_000), made("1" * 10_000)}
    write(tmp_path, **{str(i): "0" * 10_000 for i in range(20)})
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(interrupt)
    process.communicate(timeout=20)
    assert process.returncode != 0
    texts = {name: text for name, text in contents(tmp_path).items() if name.endswith(".yaml")}
    assert len(texts) == 20
    assert set(texts.values()) <= whole
    write(tmp_path, a="1")
    assert contents(tmp_path) == {"a.yaml": made("1")}
