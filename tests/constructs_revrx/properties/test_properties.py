"""What holds for any options: the valid ones give valid objects, the others a ManifestError and nothing else.

`make test` tries the same few examples each time; `make test ARGS="-k test_properties" PROPERTIES=1000` tries as many
others.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from constructs_revrx import ManifestError, synth
from cdk8s import App
from constructs_revrx.core.component import Component
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

from kubecheck.evaluators.pod_security import violations
from kubecheck.objects.version import Version

from ...charts.dist import pod_template, workloads
from ...charts.schemas import NEWEST, minor
from ...charts.schemas import problems as schema_problems
from .api_rules import refusals
from .mistakes import mistaken
from .options import makers, plans, signature, without_strategy
from .plans import Plan, calls, made
from .references import dangling

MANY = int(os.environ.get("PROPERTIES", "0"))


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


def found_first() -> settings:
    """For an example that is looked for: as it is found, for a smaller one shows nothing more."""
    return settings(examples(few=2000), phases=[Phase.generate])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Of one example after the other."""
    return lambda: tmp_path_factory.mktemp("example")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}


def wrong(folder: Path, plan: Plan) -> list[str]:
    """What a cluster would refuse, or could not do."""
    objects = [o for file in sorted(folder.rglob("*.yaml")) for o in yaml.load_all(file.read_text(), yaml.CSafeLoader)]
    releases = [plan.kubernetes or "1.27", ".".join(map(str, minor(NEWEST)))]
    return [
        *(text for o in objects for release in releases for text in schema_problems(o, f"{release}.0")),
        *(
            str(violation)
            for o in workloads(objects)
            for release in releases
            for violation in violations(pod_template(o) or {}, "restricted", Version(*minor(release)))
        ),
        *dangling(objects, plan.existing()),
        *refusals(objects),
    ]


def option_problems(app: App) -> list[str]:
    return [text for node in app.node.find_all() if isinstance(node, Component) for text in node.problems()]


def test_every_option_has_a_strategy() -> None:
    assert without_strategy() == []


def options_of(plan: Plan) -> set[str]:
    """Those that its calls are given."""
    named = (call for step in plan.steps for call in calls(step))
    return {f"{call.make.__qualname__}.{option}" for call in named for option in call.options}


def test_any_valid_options_in_any_order_give_the_same_valid_objects(folders: Any) -> None:
    tried: Counter[str] = Counter()

    @examples(few=50)
    @given(plan=plans(), data=st.data())
    def holds(plan: Plan, data: st.DataObject) -> None:
        assume(holds_for(plan, data.draw(st.permutations(range(len(plan.steps))))))

    def holds_for(plan: Plan, order: list[int]) -> bool:
        """Whether its options are valid together."""
        one, other = folders(), folders()
        app = made(plan, one)
        tried["plans"] += 1
        if option_problems(app):
            return False
        tried["valid"] += 1
        tried.update(options_of(plan))
        synth(app)
        assert wrong(one, plan) == []
        synth(made(plan, other, priorities=order, backwards=True))
        assert files(one) == files(other)
        return True

    holds()
    assert tried["valid"] > 0.8 * tried["plans"]
    every = {f"{name}.{option}" for name, make in makers().items() for option in signature(make)}
    # Fifty examples leave out one option or two of hundreds, and each new option leaves out others.
    for option in sorted(every):
        if option not in tried:

            def has_it(plan: Plan, option: str = option) -> bool:
                return option in options_of(plan) and not option_problems(made(plan, folders()))

            plan = find(plans(), has_it, settings=found_first())
            holds_for(plan, [*range(len(plan.steps))])
    assert every - tried.keys() == set()


@pytest.mark.parametrize("kind", makers())
def test_a_mistake_gives_valid_objects_or_a_manifest_error(folders: Any, kind: str) -> None:
    @examples(few=30)
    @given(plan=mistaken(kind))
    def holds(plan: Plan) -> None:
        folder = folders()
        refusal = ""
        try:
            synth(made(plan, folder))
        except ManifestError as error:
            refusal = str(error)
        assert "    at " not in refusal, "a line of a JavaScript stack"
        if refusal:
            assert files(folder) == {}
        else:
            assert wrong(folder, plan) == []

    holds()
