"""What holds for every check of the table."""

import importlib
import pkgutil
import re

import pytest

import kubecheck.checks
from kubecheck import CHECKS, Check

from .checks_page import PAGE, page, report


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_the_bad_example_is_found_and_in_the_good_one_nothing_is(check: Check) -> None:
    assert check.id in {finding.check for finding in report(check, check.bad)}
    assert report(check, check.good) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_a_check_has_an_id_of_words_and_says_why_and_the_way_out_in_sentences(check: Check) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", check.id)
    for sentence in (check.why, check.way_out):
        assert re.fullmatch(r"[A-Z].*\.", sentence), sentence


def test_every_check_of_every_module_is_in_the_table_under_an_id_of_its_own() -> None:
    names = [module.name for module in pkgutil.walk_packages(kubecheck.checks.__path__, "kubecheck.checks.")]
    modules = [importlib.import_module(name) for name in names]
    made = {id(each): each.id for module in modules for each in vars(module).values() if isinstance(each, Check)}
    assert sorted(made.values()) == sorted(CHECKS)


def test_the_page_is_fresh(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--snapshot-update"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make snapshots` and read the diff"
