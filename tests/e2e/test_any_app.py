"""Whatever an app says, the API server takes what is written of it: the examples of test_properties, in a dry run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..constructs_revrx.properties.apps import Plan, mistaken, plans
from ..constructs_revrx.properties.shop import RECIPES
from ..constructs_revrx.properties.test_properties import examples, written
from .kubectl import Kubectl

Folders = Callable[[], Path]

# Of each recipe's chart, and of what an AppNamespace guards.
NAMESPACES = [*RECIPES, "shop"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Of one example after the other."""
    return lambda: tmp_path_factory.mktemp("example")


@pytest.fixture(scope="module")
def cluster_with_namespaces(cluster: Kubectl) -> Iterator[Kubectl]:
    for name in NAMESPACES:
        cluster("create", "namespace", name)
    yield cluster
    cluster("delete", "namespace", *NAMESPACES)


def apply(cluster: Kubectl, folder: Path) -> None:
    """Raises KubectlError with what the API server said."""
    cluster("apply", "--dry-run=server", "--server-side", "--recursive", f"--filename={folder}")


def test_any_valid_app_is_admitted(cluster_with_namespaces: Kubectl, folders: Folders) -> None:
    admitted = 0

    @examples(few=15)
    @given(plan=st.sampled_from([*RECIPES]).flatmap(plans))
    def holds(plan: Plan) -> None:
        nonlocal admitted
        folder = folders()
        found, _ = written(plan, folder)
        if found:
            apply(cluster_with_namespaces, folder)
            admitted += 1

    holds()
    assert admitted > 5


def test_what_is_written_in_spite_of_a_mistake_is_admitted(cluster_with_namespaces: Kubectl, folders: Folders) -> None:
    admitted = 0

    @examples(few=100)
    @given(plan=st.sampled_from([*RECIPES]).flatmap(mistaken))
    def holds(plan: Plan) -> None:
        nonlocal admitted
        folder = folders()
        found, _ = written(plan, folder)
        if found:
            apply(cluster_with_namespaces, folder)
            admitted += 1

    holds()
    assert admitted > 5
