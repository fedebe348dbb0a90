"""Checks of what the API server refuses: each finds it, and finds nothing in what it takes.

Both lists are the API server's word: tests/e2e/test_checks.py.
"""

from typing import Any

import pytest

from kubecheck import CHECKS, Cluster, Finding
from kubecheck.objects.version import NEWEST

from ..refusals import BASES, REFUSED, TAKEN, changed

# Those of objects that stand alone: the others would miss what the documents refer to.
ALONE = {check for check, _ in REFUSED} | {"exposed-credential", "undefined-variable", "schedule-without-runs"}


def found(document: Any) -> set[str]:
    cluster = Cluster(objects=[document], kubernetes=lambda _: NEWEST)
    each = (found for id in ALONE for found in CHECKS[id].findings(cluster))
    return {found.check for found in each if isinstance(found, Finding)}


@pytest.mark.parametrize(("check", "base"), REFUSED, ids="-".join)
def test_what_the_api_server_refuses_is_found(check: str, base: str) -> None:
    for changes in REFUSED[check, base]:
        assert check in found(changed(base, changes)), changes


@pytest.mark.parametrize("base", TAKEN)
def test_in_what_it_takes_nothing_is_found(base: str) -> None:
    for changes in TAKEN[base]:
        assert found(changed(base, changes)) == set(), changes


@pytest.mark.parametrize("base", BASES)
def test_kinds_of_the_same_name_in_another_api_are_left_alone(base: str) -> None:
    emptied = {**BASES[base], "apiVersion": "example.com/v1", "spec": {}, "data": {"a/b": 1}}
    assert found(emptied) == set()


def test_what_the_api_server_refuses_cannot_be_waived() -> None:
    assert [id for id, _ in REFUSED if CHECKS[id].waivable] == ["mount-path"]  # which tells also what is odd, and taken
