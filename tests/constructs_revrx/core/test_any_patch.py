"""Any patch that cdk8s takes: the object is written, or a ManifestError tells why not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import ManifestError, synth
from cdk8s import ApiObject, App, Chart, JsonPatch, YamlOutputType
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..properties.shop import RECIPES, Recipe

ODD: list[Any] = [None, True, 0, -1, 2**40, 1.5, "", "x", "1Gi", "\n", [], [None], [1], ["x"], [[]], [{}], {}]
ODD += [{"x": 1}, {"": None}, {"name": []}, {"x": {"y": [1]}}]


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Of everything in an object, as a JsonPatch writes them."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@settings(
    max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_any_patches_are_written_or_refused(tmp_path: Path, recipe: Recipe, data: st.DataObject) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    chart = Chart(app, "production", namespace="shop" if recipe.namespaced else None)
    construct = recipe.everything(chart)
    made = [node for node in construct.node.find_all() if isinstance(node, ApiObject)]
    for o in data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=3)) if made else ():
        try:
            found = o.to_json()
        except ManifestError:
            break  # an earlier patch does not fit; synth says so as well
        path = data.draw(st.sampled_from(list(paths(found))))
        value = data.draw(st.sampled_from([JsonPatch, *ODD]))
        o.add_json_patch(JsonPatch.remove(path) if value is JsonPatch else JsonPatch.replace(path, value))
    refusal = ""
    try:
        synth(app, external={"*"})
    except ManifestError as error:
        refusal = str(error)
    assert "    at " not in refusal  # a line of a JavaScript stack
