"""What users import."""

from pathlib import Path
from types import ModuleType

import constructs_revrx


def test_the_public_names_are_the_documented_ones() -> None:
    found = {name for name, value in vars(constructs_revrx).items() if not isinstance(value, ModuleType)}
    assert {name for name in found if not name.startswith("_")} == set(constructs_revrx.__all__)


def test_each_public_name_is_listed_once() -> None:
    assert len(constructs_revrx.__all__) == len(set(constructs_revrx.__all__))


def test_each_public_name_has_a_docstring() -> None:
    assert [name for name in constructs_revrx.__all__ if not vars(constructs_revrx)[name].__doc__] == []


def test_type_checkers_are_told_that_there_are_types() -> None:
    assert (Path(constructs_revrx.__file__).parent / "py.typed").exists()
