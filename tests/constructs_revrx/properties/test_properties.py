"""What holds for any app.

`make test` tries the same few examples each time; `make test ARGS="-k test_properties" PROPERTIES=1000` tries as many
others.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from constructs_revrx import ManifestError, synth
from hypothesis import HealthCheck, given, settings

from kubecheck.evaluators.pod_security import violations
from kubecheck.objects.version import Version

from ...charts.dist import pod_template, workloads
from ...charts.schemas import NEWEST, minor
from ...charts.schemas import problems as schema_problems
from .apps import Plan, mistaken, plans
from .shop import RECIPES

MANY = int(os.environ.get("PROPERTIES", "0"))

# They may have nothing to write.
EMPTY = {"external-secrets", "sealed-secrets", "existing-secrets", "secrets-template", "external"}

Folders = Callable[[], Path]


def examples(few: int) -> settings:
    """The examples are the same in every run, so what fails once fails for everyone; but where many are asked for."""
    return settings(
        max_examples=MANY or few,
        derandomize=not MANY,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        report_multiple_bugs=False,
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Of one example after the other."""
    return lambda: tmp_path_factory.mktemp("example")


def written(plan: Plan, folder: Path, *, backwards: bool = False) -> tuple[dict[str, bytes], ManifestError | None]:
    """What synth writes of a plan whose Secrets someone else makes; or why it refuses."""
    refusal = None
    try:
        synth(plan.make(folder, backwards=backwards), external={"Secret/*"})
    except ManifestError as error:
        refusal = error
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}, refusal


def wrong(folder: Path, plan: Plan) -> list[str]:
    """What a cluster would refuse."""
    objects = [o for file in sorted(folder.rglob("*.yaml")) for o in yaml.load_all(file.read_text(), yaml.CSafeLoader)]
    releases = [plan.kubernetes or "1.27", ".".join(map(str, minor(NEWEST)))]
    pods = [pod_template(o) or {} for o in workloads(objects)]
    return [
        text
        for release in releases
        for text in (
            *(text for o in objects for text in schema_problems(o, f"{release}.0")),
            *(str(found) for pod in pods for found in violations(pod, "restricted", Version(*minor(release)))),
        )
    ]


def is_of_options(error: ManifestError) -> bool:
    return not any(problem.check for problem in error.problems)


@pytest.mark.parametrize("name", RECIPES)
def test_any_options_in_any_order_give_the_same_valid_objects(folders: Folders, name: str) -> None:
    tried = []

    @examples(few=5)
    @given(plan=plans(name))
    def holds(plan: Plan) -> None:
        folder = folders()
        found, refusal = written(plan, folder)
        tried.append(not refusal)
        if refusal:
            assert is_of_options(refusal), "options that fit each other gave objects that do not"
        else:
            assert wrong(folder, plan) == []
            assert written(plan, folders(), backwards=True) == (found, None)

    holds()
    assert any(tried)


@pytest.mark.parametrize("name", RECIPES)
def test_a_mistake_gives_valid_objects_or_a_manifest_error(folders: Folders, name: str) -> None:
    @examples(few=30)
    @given(plan=mistaken(name))
    def holds(plan: Plan) -> None:
        folder = folders()
        found, refusal = written(plan, folder)
        assert "    at " not in str(refusal), "a line of a JavaScript stack"
        assert wrong(folder, plan) == []
        assert bool(found) != bool(refusal) or name in EMPTY

    holds()
