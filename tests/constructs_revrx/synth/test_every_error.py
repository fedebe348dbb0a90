"""Each row of errors.yaml is a mistake with its whole message, and what passes instead; docs/errors.md shows them."""

from pathlib import Path

import pytest
from constructs_revrx import ManifestError

from .errors import ERRORS, PAGE, Error, page, run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_the_mistake_is_told(error: Error, folder: Path) -> None:
    if error.before:
        run(error.before)
    before = written(folder)
    with pytest.raises(ManifestError) as caught:
        run(error.code)
    assert str(caught.value) == error.message
    assert caught.value.__cause__ is None
    assert written(folder) == before


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_the_way_out_passes(error: Error) -> None:
    if error.before:
        run(error.before)
    run(error.instead)


def test_no_two_errors_have_one_title() -> None:
    assert len({error.title for error in ERRORS}) == len(ERRORS)


def test_the_page_is_fresh(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--snapshot-update"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make snapshots` and read the diff"
