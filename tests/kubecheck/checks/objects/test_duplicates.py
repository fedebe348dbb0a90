"""What stands twice, in one object or among all."""

import pytest

from kubecheck import Check
from kubecheck.checks.objects.duplicates import (
    duplicate_container,
    duplicate_env,
    duplicate_mount_path,
    duplicate_object,
    duplicate_port,
    duplicate_volume,
)

from ...given import Object, container, o, texts, workload

HTTP = {"name": "http", "containerPort": 80}


@pytest.mark.parametrize(
    ("check", "pod", "twice"),
    [
        (duplicate_container, {"containers": [{"name": "c"}], "initContainers": [{"name": "c"}]}, "container c"),
        (duplicate_volume, {"volumes": [{"name": "v"}, {"name": "v"}]}, "volume v"),
        (duplicate_env, container(env=[{"name": "E"}, {"name": "E"}]), "container c: env E"),
        (
            duplicate_mount_path,
            container(volumeMounts=[{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/a"}]),
            "container c: mountPath /a",
        ),
        (duplicate_port, container(ports=[HTTP, {"name": "http", "containerPort": 81}]), "container c: port http"),
        (
            duplicate_port,
            container(ports=[HTTP, {"name": "b", "containerPort": 80, "protocol": "TCP"}]),
            "container c: containerPort 80/TCP",
        ),
    ],
)
def test_what_stands_twice_in_a_pod_is_told(check: Check, pod: Object, twice: str) -> None:
    assert texts(check, [workload(pod=pod)]) == [f"Deployment a: {twice} is there 2 times; remove or rename one"]


@pytest.mark.parametrize(
    ("check", "pod"),
    [
        (duplicate_port, container(ports=[HTTP, {"containerPort": 80, "protocol": "UDP"}, {"containerPort": 81}])),
        (duplicate_volume, {"volumes": [{}, {}]}),
    ],
    ids=["another protocol", "without names"],
)
def test_what_differs_or_has_no_name_is_no_duplicate(check: Check, pod: Object) -> None:
    assert texts(check, [workload(pod=pod)]) == []


def test_a_service_has_each_port_once() -> None:
    service = o("Service", spec={"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]})
    assert texts(duplicate_port, [service]) == ["Service a: port 80/TCP is there 2 times; remove or rename one"]


def of(api_version: str, kind: str, **fields: str) -> Object:
    return {"apiVersion": api_version, **o(kind, "web", **fields)}


def test_two_objects_of_one_name_are_told_unless_they_are_the_same() -> None:
    assert texts(duplicate_object, [of("v1", "ConfigMap", a="1"), of("v1", "ConfigMap", a="2")]) == [
        "ConfigMap: 2 objects are named web in shop; rename one"
    ]
    assert texts(duplicate_object, [of("apps/v1", "Deployment", a="1"), of("apps/v1beta1", "Deployment")]) == [
        "Deployment.apps: 2 objects are named web in shop; rename one"
    ]
    assert texts(duplicate_object, [of("v1", "ConfigMap", a="1")] * 2) == []


@pytest.mark.parametrize(
    "other",
    [of("v1", "Secret"), of("v1", "ConfigMap", namespace="other"), of("example.com/v1", "ConfigMap")],
    ids=["kind", "namespace", "group"],
)
def test_objects_that_differ_in_what_names_them_are_two(other: Object) -> None:
    assert texts(duplicate_object, [of("v1", "ConfigMap"), other]) == []
