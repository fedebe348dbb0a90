"""docs/constructs: fresh, complete, and every example does what stands beside it."""

import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import constructs_revrx
import pytest
from constructs_revrx import Manifest
from cdk8s import App
from constructs import Construct

from ..constructs_revrx.properties.shop import RECIPES, Recipe, objects
from .pages import (
    EPILOGUE,
    FOLDER,
    PAGES,
    PRELUDE,
    Examples,
    anchor,
    documented,
    factories,
    headings,
    methods,
    options,
    parts,
    places,
    prose,
    public,
    rendered,
)

TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
PLACES = places(TEXTS)
CALLS = [call for name in constructs_revrx.__all__ for call in (name, *factories(name), *methods(name))]
CONSTRUCTS = [
    name
    for name, member in vars(constructs_revrx).items()
    if inspect.isclass(member) and issubclass(member, Construct) and name in constructs_revrx.__all__
]

ADD_IT = "put `<!-- options: {} -->` and `<!-- end -->` where it belongs in docs/constructs, and run `make snapshots`"


def page_of(name: str) -> str:
    return PLACES[name][0].partition("#")[0]


def section(page: str, title: str) -> str:
    """What stands below a heading that begins so, down to the next of its rank."""
    found = re.search(rf"^## {title}.*?$(.*?)(?=^## |\Z)", TEXTS[page], re.DOTALL | re.MULTILINE)
    assert found, f"docs/constructs/{page} has no section {title!r}"
    return found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_fresh(page: Path, request: pytest.FixtureRequest) -> None:
    fresh = rendered(page.name, TEXTS)
    if request.config.getoption("--snapshot-update"):
        page.write_text(fresh, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == fresh, "run `make snapshots` and read the diff"


@pytest.mark.parametrize("page", TEXTS)
def test_an_example_passes_or_its_error_stands_beside_it(page: str) -> None:
    examples = Examples()
    for part, following in pairwise([*parts(TEXTS[page]), None]):
        if part and part.code:
            outcome = examples.run(part.code)
            shows_error = following is not None and following.kind == "error"
            assert (outcome.error is not None) == shows_error, f"{part.code}\n{outcome.error}"


@pytest.mark.parametrize("name", constructs_revrx.__all__)
def test_each_public_name_is_shown_in_one_place(name: str) -> None:
    assert PLACES.get(name), ADD_IT.format(name)
    assert len(PLACES[name]) == 1, "leave one of them"


@pytest.mark.parametrize("call", CALLS)
def test_each_option_is_documented(call: str) -> None:
    assert [option.name for option in options(call) if not option.meaning] == [], f"say it in the Args of {call}"


def test_no_docstring_documents_an_option_that_does_not_exist() -> None:
    assert [*unknown_options()] == []


def unknown_options() -> Iterator[str]:
    for call in CALLS:
        known = {option.name.lstrip("*") for option in options(call)}
        yield from (f"{call} has no {name}" for name in documented(public(call)).keys() - known)


@pytest.mark.parametrize("page", TEXTS)
def test_the_text_names_options_that_exist(page: str) -> None:
    known = {option.name.lstrip("*") for call in CALLS for option in options(call)} | {"namespace", "labels"}
    spans = [span for span in re.findall(r"`([^`]+)`", prose(TEXTS[page])) if not span.startswith("kubectl")]
    named = {name for span in spans for name in re.findall(r"(?<![\w.-])([a-z][a-z_]*)=(?!=)", span)}
    assert named <= known


@pytest.mark.parametrize("name", [name for name in CONSTRUCTS if name != "ExternalDatastore"])
def test_a_constructs_page_has_all_that_it_needs(name: str) -> None:
    text = TEXTS[page_of(name)]
    first = next(part.code for part in parts(text) if part.code)
    assert first.startswith("from constructs_revrx import ")
    assert "print(synth(app" in first
    assert section(page_of(name), "What (?:it|they) emit")
    assert section(page_of(name), "Pitfalls").count("\n- ") >= 3


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_a_construct_emits_is_listed_with_its_attributes(tmp_path: Path, recipe: Recipe) -> None:
    construct = recipe.everything(recipe.chart(App(outdir=str(tmp_path))))
    listed = section(page_of(type(construct).__name__), "What (?:it|they) emit")
    missing = {o["kind"] for o in objects(construct)} - set(re.findall(r"\w+", listed))
    missing |= {name for name in children(construct) if f"`.{name}`" not in listed}
    assert missing == set(), f"docs/constructs/{page_of(type(construct).__name__)}, section *What it emits*"


def children(construct: Construct) -> Iterator[str]:
    """The attributes that hold objects."""
    for name, value in vars(construct).items():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
        if not name.startswith("_") and any(isinstance(item, Manifest) for item in inside):
            yield name


def test_the_attributes_that_are_listed_exist(tmp_path: Path) -> None:
    attributes: dict[str, set[str]] = {}
    for recipe in RECIPES.values():
        construct = recipe.everything(recipe.chart(App(outdir=str(tmp_path))))
        attributes.setdefault(page_of(type(construct).__name__), set()).update(dir(construct))
    for page, known in attributes.items():
        assert set(re.findall(r"`\.(\w+)`", section(page, "What (?:it|they) emit"))) <= known


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        if "://" not in target:
            file, _, place = target.partition("#")
            assert (FOLDER / (file or page)).exists(), target
            if place:
                linked = (FOLDER / (file or page)).read_text(encoding="utf-8")
                assert place in {anchor(heading) for heading in headings(linked)}, target


def test_the_index_leads_to_every_page() -> None:
    assert set(TEXTS) - {"README.md"} == set(re.findall(r"\]\((\S+\.md)\) \|", TEXTS["README.md"]))


def test_the_readme_says_how_examples_begin_and_end() -> None:
    assert f"```python\n{PRELUDE}```" in TEXTS["README.md"]
    assert f"`{EPILOGUE}`" in TEXTS["README.md"]
