"""Whatever an app says, the API server takes what is written of it: the examples of test_properties, in a dry run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from constructs_revrx import ManifestError, synth
from hypothesis import assume, given
from hypothesis import strategies as st

from ..constructs_revrx.properties.mistakes import mistaken
from ..constructs_revrx.properties.options import makers, plans
from ..constructs_revrx.properties.plans import NAMESPACE, Plan, made
from ..constructs_revrx.properties.test_properties import examples
from .kubectl import Kubectl

Folders = Callable[[], Path]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Of one example after the other."""
    return lambda: tmp_path_factory.mktemp("example")


@pytest.fixture(scope="module")
def shop(cluster: Kubectl) -> Iterator[Kubectl]:
    cluster("create", "namespace", NAMESPACE)
    yield cluster
    cluster("delete", "namespace", NAMESPACE)


def refused(shop: Kubectl, folder: Path) -> bool:
    """Raises KubectlError with what the API server said. A chart that made nothing has no folder."""
    if (folder / "production").exists():
        shop("apply", "--dry-run=server", "--server-side", f"--filename={folder / 'production'}")
    return False


def test_any_valid_app_is_admitted(shop: Kubectl, folders: Folders) -> None:
    @examples(few=10)
    @given(plan=plans())
    def holds(plan: Plan) -> None:
        folder = folders()
        try:
            synth(made(plan, folder))
        except ManifestError:
            assume(False)  # options that exclude each other; test_properties counts them
        assert not refused(shop, folder)

    holds()


def test_what_is_written_in_spite_of_a_mistake_is_admitted(shop: Kubectl, folders: Folders) -> None:
    written = 0

    @examples(few=100)
    @given(plan=st.sampled_from([*makers()]).flatmap(mistaken))
    def holds(plan: Plan) -> None:
        nonlocal written
        folder = folders()
        try:
            synth(made(plan, folder))
        except ManifestError:
            return
        written += 1
        assert not refused(shop, folder)

    holds()
    assert written > 5
