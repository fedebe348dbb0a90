"""Quantities wherever the API wants one, and requests within their limits."""

from typing import Any

import pytest

from kubecheck.checks.pods.resources import memory_unit, quantity_syntax, request_above_limit, resource_name

from ...given import Object, o, texts, workload


def core(kind: str, **fields: Any) -> Object:
    return o(kind, apiVersion="v1", **fields)


def pod(**spec: Any) -> Object:
    return workload(pod={"containers": [{"name": "c"}], **spec})


def container(**fields: Any) -> Object:
    return workload(pod={"containers": [{"name": "c", **fields}]})


def claim(size: Any) -> Object:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def field(value: Any) -> Object:
    return {"resourceFieldRef": {"resource": "limits.cpu", "divisor": value}}


# The object with a quantity in it, the place of that, and what is wanted there; nothing when any is taken.
def places(value: Any) -> list[tuple[Object, str, str]]:
    items = {"items": [{"path": "cpu", **field(value)}]}
    metric = {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"averageValue": value}}}
    template = {"volumeClaimTemplate": claim(value)}
    stateful = {"apiVersion": "apps/v1"}
    return [
        (container(resources={"limits": {"cpu": value}}), "container c: resources.limits.cpu", "0 or more"),
        (container(resources={"requests": {"memory": value}}), "container c: resources.requests.memory", "0 or more"),
        (
            container(env=[{"name": "E", "valueFrom": field(value)}]),
            "container c: env[0].valueFrom.resourceFieldRef.divisor",
            "0 or more",
        ),
        (
            pod(initContainers=[{"name": "i", "resources": {"limits": {"cpu": value}}}]),
            "container i: resources.limits.cpu",
            "0 or more",
        ),
        (pod(resources={"limits": {"cpu": value}}), "resources.limits.cpu", "0 or more"),
        (pod(overhead={"cpu": value}), "overhead.cpu", "0 or more"),
        (pod(volumes=[{"emptyDir": {"sizeLimit": value}}]), "volumes[0].emptyDir.sizeLimit", "0 or more"),
        (
            pod(volumes=[{"downwardAPI": items}]),
            "volumes[0].downwardAPI.items[0].resourceFieldRef.divisor",
            "0 or more",
        ),
        (
            pod(volumes=[{"projected": {"sources": [{"downwardAPI": items}]}}]),
            "volumes[0].projected.sources[0].downwardAPI.items[0].resourceFieldRef.divisor",
            "0 or more",
        ),
        (
            pod(volumes=[{"ephemeral": template}]),
            "volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests.storage",
            "more than 0",
        ),
        (core("PersistentVolumeClaim", **claim(value)), "spec.resources.requests.storage", "more than 0"),
        (core("PersistentVolume", spec={"capacity": {"storage": value}}), "spec.capacity.storage", "more than 0"),
        (
            workload("StatefulSet", volumeClaimTemplates=[claim(value)]) | stateful,
            "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
            "more than 0",
        ),
        (core("ResourceQuota", spec={"hard": {"pods": value}}), "spec.hard.pods", "0 or more"),
        (core("LimitRange", spec={"limits": [{"max": {"cpu": value}}]}), "spec.limits[0].max.cpu", ""),
        (
            o("HorizontalPodAutoscaler", apiVersion="autoscaling/v2", spec={"metrics": [metric]}),
            "spec.metrics[0].pods.target.averageValue",
            "more than 0",
        ),
        (
            o("RuntimeClass", apiVersion="node.k8s.io/v1", overhead={"podFixed": {"cpu": value}}),
            "overhead.podFixed.cpu",
            "0 or more",
        ),
    ]


ALL = range(len(places(None)))


@pytest.mark.parametrize("place", ALL)
@pytest.mark.parametrize("value", ["1GB", "", "Gi", True, {"a": "b"}, ["1"]], ids=str)
def test_wherever_the_api_wants_a_quantity_another_value_is_told(place: int, value: Any) -> None:
    found, where, _ = places(value)[place]
    (text,) = texts(quantity_syntax, [found])
    assert text.startswith(f"{found['kind']} a: {where} is {value!r}, which is no quantity; write a number and m, k,")


@pytest.mark.parametrize("place", ALL)
def test_a_negative_or_empty_quantity_is_told_where_it_is_refused(place: int) -> None:
    for value, refused in (("-1", ("0 or more", "more than 0")), (0, ("more than 0",)), ("1", ())):
        found, where, wanted = places(value)[place]
        expected = f"{found['kind']} a: {where} is {value}, which the API server refuses; write {wanted}"
        assert texts(quantity_syntax, [found]) == ([expected] if wanted in refused else [])


@pytest.mark.parametrize("value", ["129e6", "1E3", ".5", "5.", " 1Gi", "100n", 1, 0.5, None], ids=str)
@pytest.mark.parametrize("place", ALL)
def test_every_form_of_a_quantity_is_taken(place: int, value: Any) -> None:
    assert texts(quantity_syntax, [places(value)[place][0]]) == []


def test_quantities_of_others_are_theirs() -> None:
    operator = workload("Kafka", pod={"containers": [{"resources": {"limits": {"cpu": "two"}}}]})
    other = o("PersistentVolumeClaim", apiVersion="example.com/v1", **claim("lots"))
    assert texts(quantity_syntax, [operator | {"apiVersion": "example.com/v1"}, other]) == []


def asks(what: str, request: Any, limit: Any, **fields: Any) -> Object:
    sides = {"requests": request, "limits": limit}
    return {"resources": {side: {what: value} for side, value in sides.items() if value is not None}, **fields}


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (
            container(**asks("cpu", "2", "1500m")),
            "container c: request of cpu 2 exceeds its limit 1500m; raise the limit or lower the request",
        ),
        (
            pod(initContainers=[asks("memory", "1Gi", "1G", name="i")]),
            "container i: request of memory 1Gi exceeds its limit 1G; raise the limit or lower the request",
        ),
        (
            container(**asks("example.com/gpu", 1, 2)),
            "container c: request of example.com/gpu 1 is not its limit 2, as it has to be of what cannot be "
            "overcommitted; write the same as both",
        ),
        (
            container(**asks("hugepages-2Mi", "2Mi", None)),
            "container c: request of hugepages-2Mi 2Mi is not its limit none, as it has to be of what cannot be "
            "overcommitted; write the same as both",
        ),
        (
            pod(**asks("cpu", "2", "1")),
            "resources: request of cpu 2 exceeds its limit 1; raise the limit or lower the request",
        ),
        (
            workload(pod={"containers": [asks("cpu", "2", None)], **asks("cpu", "1", None)}),
            "resources: request of cpu 1 is below the 2 of its containers, and the API server refuses it; raise it",
        ),
        (container(**asks("cpu", "1", None) | {}), None),
        (container(**asks("cpu", None, "1")), None),
        (container(**asks("cpu", "1000m", 1)), None),
        (container(**asks("cpu", "2", "one")), None),
        (container(**asks("example.com/gpu", 1, "one")), None),
        (container(**asks("example.com/gpu", None, 2)), None),
        (container(**asks("example.com/gpu", "1e0", 1)), None),
        (workload(pod={"containers": [asks("cpu", "1", None)], **asks("cpu", None, "4")}), None),
        (workload(pod={"containers": [asks("cpu", "1", None)], **asks("cpu", "1", None)}), None),
    ],
    ids=str,
)
def test_a_request_is_within_its_limit(found: Object, problem: str | None) -> None:
    assert texts(request_above_limit, [found]) == ([f"Deployment a: {problem}"] if problem else [])


def test_a_limit_of_nothing_is_no_limit_to_ask_beyond() -> None:
    """null is 0 for the API server."""
    found = container(resources={"requests": {"cpu": "1"}, "limits": {"cpu": None}})
    assert len(texts(request_above_limit, [found])) == 1


@pytest.mark.parametrize("name", ["mem", "storage", "gpu", 5])
def test_a_resource_that_is_none_is_told(name: Any) -> None:
    assert texts(resource_name, [container(resources={"limits": {name: "1"}})]) == [
        f"Deployment a: container c: resources.limits.{name} is of no resource; write cpu, memory, "
        "ephemeral-storage, or a name such as nvidia.com/gpu"
    ]


@pytest.mark.parametrize("name", ["cpu", "memory", "ephemeral-storage", "hugepages-1Gi", "nvidia.com/gpu"])
def test_other_resources_are_taken(name: str) -> None:
    assert texts(resource_name, [container(resources={"requests": {name: "1"}})]) == []


@pytest.mark.parametrize("size", ["128m", "512", 1000, "0.5k"])
@pytest.mark.parametrize("what", ["memory", "ephemeral-storage"])
def test_memory_with_another_unit_than_was_meant_is_told(what: str, size: Any) -> None:
    assert texts(memory_unit, [container(resources={"limits": {what: size}})]) == [
        f"Deployment a: container c: resources.limits.{what} is {size}, not even 1024 bytes; write a unit such as Mi"
    ]
    assert len(texts(memory_unit, [container(resources={"requests": {what: size}})])) == 1


@pytest.mark.parametrize("limits", [{"memory": "128Mi"}, {"memory": "107374182400m"}, {"memory": 0}, {"cpu": "128m"}])
def test_memory_that_something_fits_in_is_no_error(limits: Any) -> None:
    """107374182400m is what an API server gives back for 0.1Gi."""
    assert texts(memory_unit, [container(resources={"limits": limits})]) == []


@pytest.mark.parametrize("value", [None, "many", [], {"cpu": {}}, True, 7])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    found = [container(resources=value), pod(resources=value), pod(volumes=value), pod(containers=value)]
    found += [container(resources={"requests": value, "limits": {"cpu": value}}), core("LimitRange", spec=value)]
    for check in (memory_unit, quantity_syntax, request_above_limit, resource_name):
        texts(check, found)
