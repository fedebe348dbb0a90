"""Manifest: values and patches reach the file as they are."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from constructs_revrx import Manifest, ManifestError, Waiver, synth
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, JsonPatch, Size, YamlOutputType
from syrupy.assertion import SnapshotAssertion

from kubecheck.objects.field_table import API_VERSIONS

from ..properties.shop import RECIPES, Recipe, postgres, web_service, worker


def widget(chart: Chart, **options: Any) -> Manifest:
    return Manifest(chart, "widget", **{"api_version": "example.com/v1", "kind": "Widget", "name": "w", **options})


def test_minimal(chart: Chart, snapshot: SnapshotAssertion) -> None:
    widget(chart)
    assert chart.to_json() == snapshot


def test_everything(chart: Chart, snapshot: SnapshotAssertion) -> None:
    widget(
        chart,
        namespace="other",
        labels={"team": "sales"},
        annotations={"note": "1"},
        spec={"b": [3, 1, 2], "a": {"z": 0.5, "y": True, "x": ""}},
        status={},
    )
    assert chart.to_json() == snapshot


def test_values_reach_the_file_as_they_are(chart: Chart) -> None:
    spec = {"quantity": "1500m", "port": 8080, "share": 0.5, "on": False, "zero": 0, "text": "", "map": {}, "list": []}
    assert widget(chart, spec=spec).to_json()["spec"] == spec


def test_a_field_that_is_none_is_left_out_at_any_depth(chart: Chart) -> None:
    spec = {"a": None, "b": {"c": None, "d": [{"e": None, "f": 1}]}}
    assert widget(chart, spec=spec).to_json()["spec"] == {"b": {"d": [{"f": 1}]}}


def test_a_top_level_field_that_is_none_is_left_out(chart: Chart) -> None:
    assert "spec" not in widget(chart, spec=None).to_json()


def test_keys_are_sorted_at_any_depth_and_lists_are_not(chart: Chart) -> None:
    found = widget(chart, spec={"b": [{"z": 1, "y": 2}, 3, 1], "a": ("y", "x")}, data={}).to_json()
    assert list(found) == ["apiVersion", "kind", "metadata", "data", "spec"]
    assert list(found["spec"]) == ["a", "b"]
    assert found["spec"] == {"a": ["y", "x"], "b": [{"y": 2, "z": 1}, 3, 1]}
    assert list(found["spec"]["b"][0]) == ["y", "z"]


@pytest.mark.parametrize(
    "keys",
    [
        ["b", "B", "-", "a"],
        ["10", "9", "a", "-1", "01", "4294967295"],
        ["\U0001f600", "\uffee", "é", "z"],
        ["1.5", "", "2"],
    ],
)
def test_keys_are_in_the_order_in_which_cdk8s_writes_them(chart: Chart, keys: list[str]) -> None:
    values = dict.fromkeys(keys, "x")
    by_cdk8s = ApiObject(chart, "a", api_version="v1", kind="Widget", metadata=ApiObjectMetadata(labels=values))
    wanted = [key for key in by_cdk8s.to_json()["metadata"]["labels"] if key in keys]
    assert list(widget(chart, data=values).to_json()["data"]) == wanted
    assert list(chart.to_json()[1]["data"]) == wanted


@pytest.mark.parametrize("number", [1.0, -0.0, 0.5, 1e-7, 2**40, -3])
def test_numbers_are_the_same_as_cdk8s_writes_them(app: App, chart: Chart, number: float) -> None:
    widget(chart, spec={"number": number})
    (ours,) = written(app)
    assert repr(ours["spec"]) == repr(chart.to_json()[0]["spec"])


def test_the_charts_namespace_is_the_default(chart: Chart) -> None:
    assert widget(chart).to_json()["metadata"]["namespace"] == "shop"


def test_another_namespace_can_be_given(chart: Chart) -> None:
    assert widget(chart, namespace="other").to_json()["metadata"]["namespace"] == "other"


def test_without_a_namespace_of_the_chart_an_object_is_of_the_cluster(app: App) -> None:
    assert "namespace" not in widget(Chart(app, "cluster")).to_json()["metadata"]


def test_no_annotations_are_no_field(chart: Chart) -> None:
    assert "annotations" not in widget(chart, annotations={}).to_json()["metadata"]


# What the typed classes of cdk8s-plus drop without a word: plain quantities, int-or-strings, unknown fields.
PATCH = {
    "quantity": "1500m",
    "intOrString": "25%",
    "orInt": 1,
    "switch": True,
    "list": [{"resources": {"requests": {"storage": "1Gi"}}}, "text", 2],
    "field-of-Kubernetes/2.0": {"deep": {"er": [0.5]}},
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_patch_of_any_object_of_any_construct_reaches_the_file(tmp_path: Path, recipe: Recipe) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    construct = recipe.everything(recipe.chart(app))
    patched = [node for node in construct.node.find_all() if isinstance(node, ApiObject)]
    for o in patched:
        o.add_json_patch(JsonPatch.add("/unknown", PATCH))
    kinds = {o.kind for o in patched if o.api_version in API_VERSIONS}
    waivers = [Waiver("unknown-field", f"{kind}/*", "A later Kubernetes has it.") for kind in sorted(kinds)]
    synth(app, external={"*/shop/*"}, waivers=waivers)
    for o in patched:
        file = tmp_path / "production" / f"{o.kind}.{o.name}.k8s.yaml"
        assert yaml.safe_load(file.read_text())["unknown"] == PATCH


def test_a_patch_changes_plain_quantities(chart: Chart) -> None:
    claim = postgres(chart).claim
    claim.add_json_patch(JsonPatch.replace("/spec/resources/requests", {"storage": "50Gi"}))
    assert claim.to_json()["spec"]["resources"] == {"requests": {"storage": "50Gi"}}


def test_a_patch_changes_numbers_and_percentages(chart: Chart) -> None:
    deployment = worker(chart).deployment
    deployment.add_json_patch(JsonPatch.add("/spec/strategy/rollingUpdate", {"maxSurge": 1, "maxUnavailable": "10%"}))
    assert deployment.to_json()["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": "10%"}


def test_a_patch_adds_a_container_and_takes_a_field_away(chart: Chart) -> None:
    deployment = web_service(chart).deployment
    sidecar = {"name": "proxy", "image": "envoy:1", "resources": {"limits": {"cpu": 1}}}
    deployment.add_json_patch(
        JsonPatch.add("/spec/template/spec/containers/-", sidecar),
        JsonPatch.remove("/spec/template/spec/affinity"),
    )
    spec = deployment.to_json()["spec"]["template"]["spec"]
    assert spec["containers"][1] == sidecar
    assert "affinity" not in spec


def test_a_second_patch_sees_what_the_first_has_done(chart: Chart) -> None:
    policy = web_service(chart).network_policy
    policy.add_json_patch(JsonPatch.add("/spec/ingress/-", {"from": []}))
    policy.add_json_patch(JsonPatch.add("/spec/ingress/0/from/-", {"podSelector": {}}))
    assert policy.to_json()["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_a_second_manifest_of_the_same_id_is_refused_at_once(chart: Chart) -> None:
    widget(chart)
    with pytest.raises(ManifestError) as caught:
        widget(chart)
    assert str(caught.value) == (
        "production/widget: 1 problem\n"
        "  id: There is already a Construct with name 'widget' in Chart [production]; "
        "give each construct of a chart its own id"
    )
    assert caught.value.__suppress_context__  # or Python would print the JavaScript stack


def written(app: App, *charts: Chart) -> list[Any]:
    synth(app, external={"*/shop/*"})
    return [yaml.safe_load(file.read_text()) for file in sorted(Path(app.outdir).glob("*.yaml"))]


def test_cdk8s_own_synthesis_has_the_same_objects(app: App) -> None:
    for name in ("a", "b"):
        widget(Chart(app, name, namespace=name), spec={"of": name})
    ours = written(app)
    app.synth()
    assert [yaml.safe_load(file.read_text()) for file in sorted(Path(app.outdir).glob("*.yaml"))] == ours


def test_after_cdk8s_has_rendered_synth_writes_the_same(app: App, chart: Chart) -> None:
    before = (widget(chart, spec={"a": 1}), chart.to_json())[1]
    assert written(app) == before


def test_an_object_that_its_user_removes_is_not_written(app: App, chart: Chart) -> None:
    widget(chart, spec={"a": 1})
    other = Manifest(chart, "other", api_version="example.com/v1", kind="Widget", name="other", spec={"a": 2})
    chart.node.try_remove_child("widget")
    (found,) = written(app)
    assert found == other.to_json()


class Tier(StrEnum):
    FREE = "free"


def test_a_member_of_an_enumeration_is_its_value(app: App, chart: Chart) -> None:
    widget(chart, spec={"tier": Tier.FREE, Tier.FREE: 1})
    assert written(app)[0]["spec"] == {"tier": "free", "free": 1}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"b"}, "spec.a[0]: {'b'} is not a value that YAML has; give texts, numbers, booleans, lists and mappings"),
        ({"b": {1: 2}}, "spec.a[0].b: key is 1, which is not text; write '1'"),
        (
            float("nan"),
            "spec.a[0]: nan is not a value that YAML has; give texts, numbers, booleans, lists and mappings",
        ),
    ],
)
def test_a_value_that_yaml_has_not_is_refused_at_once(chart: Chart, value: object, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        widget(chart, spec={"a": [value]})
    assert str(caught.value) == f"production/widget: 1 problem\n  {said}"


def test_an_object_of_cdk8s_is_refused_as_a_value(chart: Chart) -> None:
    with pytest.raises(ManifestError, match="is not a value that YAML has"):
        widget(chart, spec={"a": Size.gibibytes(1)})
