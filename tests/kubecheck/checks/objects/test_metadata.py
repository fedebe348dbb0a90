"""Shape, names, labels and annotations."""

from typing import Any

import pytest

from kubecheck import Check, Cluster, run
from kubecheck.checks.objects.metadata import (
    annotation_syntax,
    label_syntax,
    malformed_object,
    namespace_name,
    object_name,
)

from ...given import Object, o, texts, workload


def of(kind: str, name: str, api_version: str = "v1") -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}


@pytest.mark.parametrize(
    ("kind", "longest"),
    [("ConfigMap", 253), ("Service", 63), ("Namespace", 63), ("StatefulSet", 52), ("CronJob", 52)],
)
def test_a_name_is_as_long_as_its_kind_allows(kind: str, longest: int) -> None:
    name = "a." * 126 + "a" if kind == "ConfigMap" else "a" * longest
    assert len(name) == longest
    assert texts(object_name, [of(kind, name)]) == []
    assert len(texts(object_name, [of(kind, f"{name}a")])) == 1


@pytest.mark.parametrize(
    ("kind", "name", "api_version"),
    [
        ("ConfigMap", "a.b", "v1"),
        ("ConfigMap", f"{'a' * 64}.{'b' * 64}", "v1"),
        ("Role", "system:a B", "rbac.authorization.k8s.io/v1"),
        ("CronJob", "a", "batch/v1"),
    ],
)
def test_names_that_their_kind_accepts(kind: str, name: str, api_version: str) -> None:
    assert texts(object_name, [of(kind, name, api_version)]) == []


@pytest.mark.parametrize(
    ("kind", "name", "api_version"),
    [
        ("ConfigMap", "", "v1"),
        ("ConfigMap", "a_b", "v1"),
        ("ConfigMap", "-a", "v1"),
        ("Service", "a.b", "v1"),
        ("StatefulSet", "a.b", "apps/v1"),
        ("Role", "a/b", "rbac.authorization.k8s.io/v1"),
        ("Role", "..", "rbac.authorization.k8s.io/v1"),
        ("ClusterRole", "a%", "rbac.authorization.k8s.io/v1"),
    ],
)
def test_names_that_the_api_server_refuses(kind: str, name: str, api_version: str) -> None:
    (text,) = texts(object_name, [of(kind, name, api_version)])
    assert text.startswith(f"{kind}: {name!r} is not a")


def test_each_object_of_a_namespace_that_cannot_be_is_told() -> None:
    objects = [o("Service", namespace="a.b"), o("ConfigMap", namespace="a.b"), o("Service", namespace="")]
    assert texts(namespace_name, objects) == [
        f"{kind} a: namespace: 'a.b' is not a namespace's name; use at most 63 lower-case letters, digits and '-'"
        for kind in ("Service", "ConfigMap")
    ]


def labelled(where: str, field: str, key: Any, value: Any) -> Object:
    found = workload()
    holder = found if where == "object" else found["spec"]["template"]
    holder["metadata"][field] = {key: value}
    return found


@pytest.mark.parametrize("where", ["object", "pods"])
@pytest.mark.parametrize(
    ("check", "key", "value", "problem"),
    [
        (label_syntax, "a b", "x", "'a b' is not a label's key"),
        (label_syntax, 5, "x", "5 is not a label's key"),
        (label_syntax, "a/b/c", "x", "'a/b/c' is not a label's key"),
        (label_syntax, "team", 5, "team is 5, which is not a label's value"),
        (label_syntax, "team", "a b", "team is 'a b', which is not a label's value"),
        (label_syntax, "team", "a" * 64, f"team is '{'a' * 64}', which is not a label's value"),
        (annotation_syntax, "a b", "x", "'a b' is not an annotation's key"),
        (annotation_syntax, "team", True, "team is True, which is not text; write 'True'"),
    ],
)
def test_labels_and_annotations_that_the_api_server_refuses(
    check: Check, where: str, key: Any, value: Any, problem: str
) -> None:
    what = check.id.removesuffix("-syntax")
    found = labelled(where, f"{what}s", key, value)
    (text,) = texts(check, [found])
    assert text.startswith(f"Deployment a: {what} {problem}")


@pytest.mark.parametrize("where", ["object", "pods"])
@pytest.mark.parametrize(
    ("check", "key", "value"),
    [
        (label_syntax, "example.com/team", "a_B-c.d"),
        (label_syntax, "team", ""),
        (annotation_syntax, "example.com/team", "any text: {}\n" * 100),
    ],
)
def test_labels_and_annotations_that_it_accepts(check: Check, where: str, key: str, value: str) -> None:
    assert texts(check, [labelled(where, f"{check.id.removesuffix('-syntax')}s", key, value)]) == []


def test_a_wrong_label_of_two_objects_is_told_of_each() -> None:
    assert len(texts(label_syntax, [labelled("object", "labels", "team", "a b")] * 2)) == 2


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"kind": None}, "kind None is not one; write letters and digits, e.g. ConfigMap"),
        ({"kind": "config map"}, "kind 'config map' is not one"),
        ({"apiVersion": None}, "apiVersion None is not one; write VERSION or GROUP/VERSION, e.g. v1 or apps/v1"),
        ({"apiVersion": "a/b/c"}, "apiVersion 'a/b/c' is not one"),
        ({"metadata": None}, "metadata.name is missing; give it"),
        ({"metadata": ["name"]}, "metadata.name is missing; give it"),
        ({"metadata": {"name": 5}}, "metadata.name is 5, which is not text; write text"),
        ({"metadata": {"name": "a", "namespace": []}}, "metadata.namespace is [], which is not text; write text"),
        (
            {"metadata": {"name": "a", "labels": "x"}},
            "metadata.labels is 'x', which is not a mapping of texts to texts",
        ),
        ({"metadata": {"name": "a", "annotations": [1]}}, "metadata.annotations is [1], which is not a mapping"),
    ],
)
def test_what_an_object_must_have_to_be_one(changed: Object, problem: str) -> None:
    (text,) = texts(malformed_object, [{**of("ConfigMap", "a"), **changed}])
    assert text.partition(": ")[2].startswith(problem)


def test_a_name_that_the_api_server_makes_is_one() -> None:
    """Argo CD's hooks and `kubectl create` have generateName, and each of several such objects gets a name."""
    workflow = {"apiVersion": "example.com/v1", "kind": "Workflow", "metadata": {"generateName": "migrate-"}}
    assert texts(malformed_object, [workflow]) == texts(object_name, [workflow]) == []
    assert [found.text for found in run(Cluster(objects=[workflow, {**workflow}])).findings] == []
    wrong = {**workflow, "metadata": {"generateName": "Migrate-"}}
    assert len(texts(object_name, [wrong])) == 1
    assert len(texts(malformed_object, [{**workflow, "metadata": {"generateName": ""}}])) == 1
