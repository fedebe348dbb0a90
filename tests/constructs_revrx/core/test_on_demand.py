"""Constructs that cdk8s has only from when someone asks for them: whoever asks finds them as if they had been there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdk8s
import jsii
import pytest
import yaml
from constructs_revrx import Manifest, ManifestError, synth
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, DependencyGraph, Include, JsonPatch, ResolutionContext
from constructs import Construct, ConstructOrder, IMixin, IValidation

from ..properties.shop import web_service


def manifest(scope: Construct, id: str, **fields: Any) -> Manifest:
    return Manifest(scope, id, api_version="v1", kind="ConfigMap", name=id, **fields)


def foreign(scope: Construct, id: str) -> ApiObject:
    return ApiObject(scope, id, api_version="v1", kind="ConfigMap", metadata=ApiObjectMetadata(name=id))


def names(objects: list[Any]) -> list[str]:
    return [o["metadata"]["name"] for o in objects]


def ids(constructs: list[Any]) -> list[str]:
    return [construct.node.id for construct in constructs]


def in_cdk8s() -> int:
    count: int = jsii.kernel.stats().object_count
    return count


def written(app: App) -> list[Any]:
    """What synth writes."""
    synth(app, external={"*"})
    return [o for file in sorted(Path(app.outdir).glob("*.yaml")) for o in yaml.safe_load_all(file.read_text())]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ManifestError) as caught:
        call()
    return str(caught.value)


def test_a_construct_and_its_objects_are_not_in_cdk8s(chart: Chart) -> None:
    web_service(chart, "first").deployment.to_json()  # what is asked once a chart
    before = in_cdk8s()
    service = web_service(chart, "second")
    manifest(chart, "settings", data={"a": "1"}).to_json()
    assert service.deployment.name == "second"
    assert in_cdk8s() == before


def test_synth_needs_none_in_cdk8s(app: App, chart: Chart) -> None:
    service = web_service(chart)
    written(app)
    assert not service.is_made
    assert not service.deployment.is_made


def by_synth(app: App) -> str:
    app.synth()
    return Path(app.outdir, "production.k8s.yaml").read_text()


LOOKS: dict[str, Callable[[App, Chart], list[str]]] = {
    "App.synth": lambda app, _: names(list(yaml.safe_load_all(by_synth(app)))),
    "App.synth_yaml": lambda app, _: names(list(yaml.safe_load_all(app.synth_yaml()))),
    "Chart.to_json": lambda _, chart: names(chart.to_json()),
    "Testing.synth": lambda _, chart: names(cdk8s.Testing.synth(chart)),
    "Node.find_all": lambda _, chart: ids([c for c in chart.node.find_all() if isinstance(c, ApiObject)]),
    "Node.find_all of the App": lambda app, _: ids([c for c in app.node.find_all() if isinstance(c, ApiObject)]),
    "DependencyGraph": lambda app, _: ids(
        [vertex.value for vertex in DependencyGraph(app.node).root.outbound if isinstance(vertex.value, ApiObject)]
    ),
    "synth": lambda app, _: sorted(names(written(app))),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_whoever_looks_finds_all_in_their_order(
    app: App, chart: Chart, look: Callable[[App, Chart], list[str]]
) -> None:
    manifest(chart, "a")
    manifest(Construct(chart, "group"), "b")
    foreign(chart, "c")
    manifest(chart, "d")
    assert look(app, chart) == ["a", "b", "c", "d"]


CHILDREN: dict[str, Callable[[Chart], list[Any]]] = {
    "Node.children": lambda chart: chart.node.children,
    "Chart.api_objects": lambda chart: chart.api_objects,
    "find_child": lambda chart: [chart.node.find_child(id) for id in ("a", "b", "c")],
    "try_find_child": lambda chart: [chart.node.try_find_child(id) for id in ("a", "b", "c")],
}


@pytest.mark.parametrize("look", CHILDREN.values(), ids=CHILDREN)
def test_what_is_found_is_what_was_made(chart: Chart, look: Callable[[Chart], list[Any]]) -> None:
    made = [manifest(chart, "a"), foreign(chart, "b"), manifest(chart, "c")]
    assert look(chart) == made


def test_the_default_child_is_found(chart: Chart) -> None:
    group = Construct(chart, "group")
    child = manifest(group, "Resource")
    assert group.node.default_child is child
    assert ApiObject.of(group) is child


def test_a_visitor_from_the_outside_in_and_one_from_the_inside_out_meet_all(chart: Chart) -> None:
    service = web_service(chart)
    found = chart.node.find_all(ConstructOrder.POSTORDER)
    assert found[-2:] == [service, chart]
    assert service.deployment in found


@jsii.implements(IMixin)
class Label:
    def supports(self, construct: Any) -> bool:
        return isinstance(construct, ApiObject)

    def apply_to(self, construct: Any) -> None:
        construct.metadata.add_label("team", "sales")


def test_a_mixin_reaches_all(app: App, chart: Chart) -> None:
    web_service(chart)
    chart.with_(Label())
    assert {o["metadata"]["labels"].get("team") for o in written(app)} == {"sales"}


def test_what_is_added_to_the_metadata_is_written_both_ways(app: App, chart: Chart) -> None:
    made = manifest(chart, "a")
    made.metadata.add_annotation("note", "1")
    (found,) = written(app)
    assert found["metadata"]["annotations"] == {"note": "1"}
    assert chart.to_json() == [found]


def test_attributes_are_those_of_an_api_object(chart: Chart) -> None:
    ingress = Manifest(chart, "a", api_version="networking.k8s.io/v1", kind="Ingress", name="b", namespace="other")
    assert (ingress.api_version, ingress.api_group, ingress.kind) == (
        "networking.k8s.io/v1",
        "networking.k8s.io",
        "Ingress",
    )
    assert (ingress.name, ingress.metadata.namespace, ingress.chart) == ("b", "other", chart)
    assert (ingress.node.path, ingress.node.scope) == ("production/a", chart)


def test_what_one_depends_on_comes_first(app: App, chart: Chart) -> None:
    one, two = manifest(chart, "one"), manifest(chart, "two")
    one.add_dependency(two)
    assert names(cdk8s.Testing.synth(chart)) == ["two", "one"]


def test_what_a_construct_depends_on_comes_first_with_all_its_objects(chart: Chart) -> None:
    one, two = web_service(chart, "one"), web_service(chart, "two")
    one.node.add_dependency(two)
    found = names(chart.to_json())
    assert found == sorted(found, reverse=True)


def test_a_construct_that_is_in_cdk8s_does_not_take_those_beside_it_along(chart: Chart) -> None:
    one, two, three = (web_service(chart, name) for name in ("one", "two", "three"))
    assert two.node.path == "production/two"
    assert (one.is_made, two.is_made, three.is_made) == (True, True, False)
    assert not two.deployment.is_made


def test_a_chart_of_another_app_is_not_made_by_a_look(app: App, chart: Chart, tmp_path: Path) -> None:
    other = App(outdir=str(tmp_path / "other"))
    beside = manifest(Chart(other, "beside"), "a")
    manifest(chart, "a")
    chart.to_json()
    assert not beside.is_made


def test_a_chart_in_a_chart_has_its_own_objects(app: App, chart: Chart) -> None:
    manifest(chart, "a")
    manifest(Chart(chart, "inner"), "b")
    assert names(written(app)) == ["b", "a"]
    assert names(chart.to_json()) == ["a"]


# Ids


def test_an_id_of_another_construct_is_refused_at_once(chart: Chart) -> None:
    foreign(chart, "a")
    assert refusal(lambda: manifest(chart, "a")) == (
        "production/a: 1 problem\n"
        "  id: There is already a Construct with name 'a' in Chart [production]; "
        "give each construct of a chart its own id"
    )


def test_an_id_that_another_construct_took_meanwhile_is_refused_at_once(chart: Chart) -> None:
    manifest(chart, "a")
    foreign(chart, "b")
    assert "already a Construct with name 'b'" in refusal(lambda: manifest(chart, "b"))
    manifest(chart, "c")
    assert ids(chart.node.children) == ["a", "b", "c"]


def test_an_id_that_another_construct_gave_in_itself_is_refused_at_once(chart: Chart, tmp_path: Path) -> None:
    file = tmp_path / "given.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    included = Include(chart, "included", url=str(file))
    assert "already a Construct with name 'a-configmap'" in refusal(lambda: manifest(included, "a-configmap"))


def test_an_id_of_ours_is_refused_to_another_construct_as_cdk8s_does_it(chart: Chart) -> None:
    manifest(chart, "a")
    with pytest.raises(RuntimeError, match="already a Construct with name 'a'"):
        foreign(chart, "a")


def test_ids_that_cdk8s_writes_alike_are_one(chart: Chart) -> None:
    manifest(chart, "a/b")
    assert "already a Construct with name 'a--b'" in refusal(lambda: manifest(chart, "a--b"))


def test_an_id_is_free_again_when_its_construct_is_removed(app: App, chart: Chart) -> None:
    manifest(chart, "a", data={"of": "one"})
    assert chart.node.try_remove_child("a")
    manifest(chart, "a", data={"of": "two"})
    assert [o["data"] for o in written(app)] == [{"of": "two"}]


def test_what_is_made_in_a_removed_construct_is_not_written(app: App, chart: Chart) -> None:
    group = Construct(chart, "group")
    manifest(group, "a")
    chart.node.try_remove_child("group")
    manifest(group, "b")
    assert written(app) == chart.to_json() == []


def test_in_a_locked_construct_nothing_is_made(chart: Chart) -> None:
    chart.node.lock()
    assert refusal(lambda: manifest(chart, "a")) == (
        "production/a: 1 problem\n"
        '  cdk8s refuses it (Cannot add children to "production" during synthesis); change what it names'
    )


# Patches


def test_patches_keep_their_order_whenever_someone_looks(app: App, chart: Chart) -> None:
    made = manifest(chart, "a", data={})
    made.add_json_patch(JsonPatch.add("/data/x", "1"))
    chart.to_json()
    made.add_json_patch(JsonPatch.add("/data/y", "2"), JsonPatch.move("/data/x", "/data/z"))
    (found,) = written(app)
    assert found["data"] == {"y": "2", "z": "1"}
    assert chart.to_json() == [found]


def test_a_patch_needs_no_construct_in_cdk8s(chart: Chart) -> None:
    made = manifest(chart, "a", data={})
    made.add_json_patch(JsonPatch.add("/data/x", "1"))
    assert made.to_json()["data"] == {"x": "1"}
    assert not made.is_made


def test_a_patch_that_does_not_fit_is_told_alike_when_cdk8s_has_the_object(app: App, chart: Chart) -> None:
    made = manifest(chart, "a")
    made.add_json_patch(JsonPatch.add("/no/such/field", "1"))
    waiting = refusal(lambda: written(app))
    chart.node.find_all()
    assert made.is_made
    assert refusal(lambda: written(app)) == waiting
    assert waiting.startswith("production/a: 1 problem\n  cannot be written (TypeError")


def test_a_patch_that_leaves_no_object_is_refused(app: App, chart: Chart) -> None:
    manifest(chart, "a").add_json_patch(JsonPatch.replace("", "text"))
    assert refusal(lambda: written(app)) == (
        "production/a: 1 problem\n  cannot be written: a JsonPatch puts 'text' in its place; patch what is in it"
    )


# What runs meanwhile


@jsii.implements(IValidation)
class AtMost:
    """A rule of a user's, who counts the chart's objects."""

    def __init__(self, chart: Chart, most: int) -> None:
        self._chart, self._most = chart, most

    def validate(self) -> list[str]:
        found = [c for c in self._chart.node.find_all() if isinstance(c, ApiObject)]
        return [f"{len(found)} objects"] if len(found) > self._most else []


def test_a_validation_sees_all_objects(app: App, chart: Chart) -> None:
    chart.node.add_validation(AtMost(chart, 1))
    manifest(chart, "a")
    manifest(chart, "b")
    assert refusal(lambda: written(app)) == "production: 1 problem\n  2 objects"


def test_what_a_validation_looks_at_is_written_once(app: App, chart: Chart) -> None:
    chart.node.add_validation(AtMost(chart, 9))
    manifest(chart, "a")
    manifest(Chart(app, "beside"), "b")
    assert sorted(names(written(app))) == ["a", "b"]


@jsii.implements(cdk8s.IResolver)
class Shout:
    """Writes texts of the field `data` in capital letters, and notes where it was asked."""

    def __init__(self) -> None:
        self.keys: list[list[str]] = []

    def resolve(self, context: ResolutionContext) -> None:
        self.keys.append(context.key)
        if context.key[:1] == ["data"] and isinstance(context.value, str) and not context.value.isupper():
            context.replace_value(context.value.upper())


def test_a_resolver_is_applied_to_ours_as_to_others(tmp_path: Path) -> None:
    shout = Shout()
    app = App(outdir=str(tmp_path), resolvers=[shout])
    chart = Chart(app, "production")
    data = {"b": "c", "n": 1, "list": ["d", None]}
    made = Manifest(chart, "a", api_version="example.com/v1", kind="Settings", name="a", data=data)
    made.add_json_patch(JsonPatch.add("/data/patched", "e"))
    (found,) = written(app)
    assert found["data"] == {"b": "C", "list": ["D", None], "n": 1, "patched": "e"}
    assert ["data", "list", "0"] in shout.keys
    assert chart.to_json() == [found]


def test_a_resolver_may_put_an_object_of_cdk8s_in_a_values_place(tmp_path: Path) -> None:
    @jsii.implements(cdk8s.IAnyProducer)
    class Produce:
        def produce(self) -> str:
            return "late"

    @jsii.implements(cdk8s.IResolver)
    class Later:
        def resolve(self, context: ResolutionContext) -> None:
            if context.value == "early":
                context.replace_value(cdk8s.Lazy.any(Produce()))

    app = App(outdir=str(tmp_path), resolvers=[Later()])
    manifest(Chart(app, "production"), "a", data={"b": "early"})
    assert [o["data"] for o in written(app)] == [{"b": "late"}]
