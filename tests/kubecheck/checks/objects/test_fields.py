"""Fields that no Kubernetes has, and values of other types: the table beside the schemas of all releases."""

import textwrap
from collections import defaultdict
from typing import Any

import pytest
from kubernetes_validate.utils import schema_contents

from kubecheck.checks.objects.fields import field_type, unavailable_field, unknown_field
from kubecheck.objects.field_table import API_VERSIONS, TABLE
from kubecheck.objects.version import OLDEST, Version

from ....charts.dist import documents
from ....charts.schemas import RELEASES, minor
from ...given import Object, texts

_TYPES = {"string": "s", "integer": "i", "number": "n", "boolean": "b"}
_NAMED = {"Quantity": "q", "IntOrString": "p", "Time": "s", "MicroTime": "s"}


def is_object(schema: Object) -> bool:
    return str(schema.get("properties", {}).get("metadata", {}).get("$ref")).endswith(".ObjectMeta")


def type_of(field: Object, definitions: Object) -> str:
    if reference := field.get("$ref"):
        full = reference.rpartition("/")[2]
        name = full.rpartition(".")[2]
        return _NAMED.get(name) or (name if definitions[full].get("properties") else "*")
    types = field.get("type") or "object"
    kind = next(each for each in ([types] if isinstance(types, str) else types) if each != "null")
    if kind == "array":
        return f"[{type_of(field['items'], definitions)}]"
    if kind == "object":
        inner = field.get("additionalProperties")
        return f"{{{type_of(inner, definitions)}}}" if inner else "*"
    return _TYPES[kind]


def definition_in(field: Object) -> str:
    if inner := field.get("items") or field.get("additionalProperties"):
        return definition_in(inner)
    return str(field.get("$ref", "")).rpartition("/")[2]


def span(versions: list[int], of_definition: set[int]) -> str:
    if [versions[0], versions[-1]] == [min(of_definition), max(of_definition)]:
        return ""
    return f"@{versions[0]}" if versions[-1] == max(of_definition) else f"@{versions[0]}-{versions[-1]}"


def test_the_table_is_that_of_the_schemas() -> None:
    types: dict[str, dict[str, str]] = defaultdict(dict)
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for release in RELEASES:
        all_of = schema_contents(f"kubernetes-json-schema/v{release}-local-strict/_definitions.json", release)["$defs"]
        wanted = {
            name
            for name, schema in all_of.items()
            for kind in schema.get("x-kubernetes-group-version-kind", [])
            if f"{kind['group']}/{kind['version']}".lstrip("/") in API_VERSIONS and is_object(schema)
        }
        new = sorted(wanted)
        while new:
            full = new.pop()
            name = full.rpartition(".")[2]
            for field, schema in all_of[full].get("properties", {}).items():
                is_status = field == "status" and is_object(all_of[full])
                types[name][field] = "*" if is_status else type_of(schema, all_of)
                versions[name, field].append(minor(release)[1])
                inner = definition_in(schema)
                if inner and not is_status and inner not in wanted and all_of[inner].get("properties"):
                    wanted.add(inner)
                    new.append(inner)

    lives = {name: {n for field in types[name] for n in versions[name, field]} for name in types}
    lines = []
    for name in sorted(types):
        fields = [
            f"{field}:{types[name][field]}{span(versions[name, field], lives[name])}" for field in sorted(types[name])
        ]
        line = " ".join([name, *fields])
        lines += textwrap.wrap(line, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    assert TABLE.splitlines() == lines


def pod(**spec: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def container(**fields: Any) -> Object:
    return pod(containers=[{"name": "c", **fields}])


@pytest.mark.parametrize(
    ("o", "place", "way_out"),
    [
        (pod(container=[]), "spec.container", "write containers if that is meant"),
        (container(readinesProbe={}), "spec.containers[0].readinesProbe", "write readinessProbe if that is meant"),
        (container(volumeMount=[]), "spec.containers[0].volumeMount", "write volumeMounts if that is meant"),
        (
            container(restartCount=1),
            "spec.containers[0].restartCount",
            "look for its name and place in the API reference",
        ),
        (pod(imagePullPolicy="Always"), "spec.imagePullPolicy", "Container has it: move it there"),
        ({**pod(), "speck": {}}, "speck", "write spec if that is meant"),
        ({**pod(), "metadata": {"name": "a", "anotations": {}}}, "metadata.anotations", "write annotations if that"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_field_that_no_version_has_is_told_with_its_place(o: Object, place: str, way_out: str) -> None:
    (text,) = texts(unknown_field, [o])
    assert text.startswith(f"Pod a: {place} is a field that no Kubernetes from 1.27 to 1.37 has in ")
    assert f"; {way_out}" in text


def test_a_field_that_one_other_definition_has_is_to_be_moved_there() -> None:
    (text,) = texts(unknown_field, [container(hostNetwork=True)])
    assert text.endswith("PodSpec has it: move it there if that is meant")


def test_the_pods_of_a_rollout_are_looked_at_and_other_custom_resources_are_not() -> None:
    template: Object = {"spec": {"contaners": []}}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"strategy": {}, "template": template}}
    assert len(texts(unknown_field, [{**rollout, "metadata": {"name": "a"}}])) == 1
    other = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "spec": {"template": template}}
    assert texts(unknown_field, [{**other, "metadata": {"name": "a"}}]) == []


@pytest.mark.parametrize(
    ("o", "text"),
    [
        (container(args=["--port", 80]), "spec.containers[0].args[1] is 80, where a text belongs; write a text"),
        (container(command="run"), "spec.containers[0].command is 'run', where a list belongs; write a list"),
        (pod(hostNetwork="true"), "spec.hostNetwork is 'true', where true or false belongs; write true or false"),
        (pod(terminationGracePeriodSeconds=True), "spec.terminationGracePeriodSeconds is True, where a whole number"),
        (pod(terminationGracePeriodSeconds="30"), "spec.terminationGracePeriodSeconds is '30', where a whole number"),
        (pod(containers={"name": "c"}), "spec.containers is a mapping, where a list belongs; write a list"),
        (pod(securityContext=[]), "spec.securityContext is a list, where a mapping belongs; write a mapping"),
        (pod(nodeSelector={"disk": True}), "spec.nodeSelector.disk is True, where a text belongs; write a text"),
    ],
    ids=lambda value: value.partition(" ")[0] if isinstance(value, str) else "",
)
def test_a_value_of_another_type_is_told(o: Object, text: str) -> None:
    (found,) = texts(field_type, [o])
    assert found.startswith(f"Pod a: {text}")


@pytest.mark.parametrize(
    "o",
    [
        container(resources={"limits": {"cpu": 1, "memory": "1Gi"}}, livenessProbe={"httpGet": {"port": "http"}}),
        pod(terminationGracePeriodSeconds=30.0, nodeSelector=None, containers=None, initContainers=[None]),
        {**pod(), "status": {"phase": "Running"}},
    ],
)
def test_values_of_their_fields_types_are_none(o: Object) -> None:
    assert texts(field_type, [o]) == texts(unknown_field, [o]) == []


def test_what_another_check_tells_with_its_reason_is_not_told_twice() -> None:
    assert texts(field_type, [container(env=[{"name": "A", "value": 1}], ports=[{"containerPort": "80"}])]) == []
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"a": 1}}}
    assert texts(field_type, [{**config_map, "data": {"a": 1}}]) == []


@pytest.mark.parametrize(
    ("o", "first", "last"),
    [
        ({"apiVersion": "batch/v1", "kind": "Job", "spec": {"successPolicy": {}}}, 30, 37),
        ({"apiVersion": "v1", "kind": "Service", "spec": {"trafficDistribution": "PreferClose"}}, 30, 37),
        (pod(resourceClaims=[{"name": "a", "source": {"resourceClaimName": "b"}}]), 27, 30),
        (pod(hostUsers=False), 27, 37),
    ],
    ids=["Job", "Service", "one that went", "one that was always there"],
)
def test_a_field_is_available_in_the_versions_that_have_it(o: Object, first: int, last: int) -> None:
    o = {"metadata": {"name": "a"}, **o}
    available = [n for n in range(27, 38) if not texts(unavailable_field, [o], kubernetes=lambda _, n=n: Version(1, n))]
    assert available == [*range(first, last + 1)]
    assert texts(unknown_field, [o]) == []


def test_nothing_is_wrong_with_what_revrx_deploys() -> None:
    objects = documents("production")
    assert texts(unknown_field, objects) == texts(field_type, objects) == []
    assert OLDEST == (1, 27)
