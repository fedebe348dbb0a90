"""run: all checks of all objects, whatever these are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubecheck import CHECKS, Cluster, Report, run

from ..charts.dist import Object, documents
from .given import o


def config_map(name: Any, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data}


def ids(report: Report) -> list[str]:
    return [finding.check for finding in report.findings]


def test_findings_come_in_the_order_of_the_objects_and_then_of_the_checks() -> None:
    objects = [config_map("B", API_TOKEN="x"), config_map("a", API_TOKEN="x"), config_map("A")]
    report = run(Cluster(objects=objects))
    assert ids(report) == ["object-name", "plain-credential", "plain-credential", "object-name"]
    assert [finding.object for finding in report.findings] == [objects[n] for n in (0, 0, 1, 2)]
    order = [id for id in CHECKS if id in ids(report)]
    assert order == ["object-name", "plain-credential"]


@pytest.mark.parametrize("malformed", [None, 1, "kind: Service", [], {}, {"kind": "Service"}, config_map(None)])
def test_what_is_no_object_is_told_and_shown_to_no_other_check(malformed: Any) -> None:
    secret = config_map("app", API_TOKEN="x")
    before = [(Path("shop.yaml"), "", [secret, malformed])]
    report = run(Cluster(objects=[malformed, secret], before=before))
    assert set(ids(report)) == {"malformed-object", "plain-credential"}
    assert report.findings[0].object is malformed


def test_the_same_is_told_once() -> None:
    backend = {"backend": {"service": {"name": "web", "port": {"number": 8000}}}}
    rules = [{"http": {"paths": [{"path": path, "pathType": "Prefix", **backend} for path in ("/a", "/b")]}}]
    ingress = {**o("Ingress", "web", spec={"rules": rules}), "apiVersion": "networking.k8s.io/v1"}
    service = {**o("Service", "web", spec={"ports": [{"port": 80}]}), "apiVersion": "v1"}
    assert ids(run(Cluster(objects=[ingress, service]))) == ["service-port"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nothing_is_wrong_with_what_revrx_deploys(environment: str) -> None:
    assert run(Cluster(objects=documents(environment, f"bootstrap/{environment}.k8s.yaml"))).findings == []


# The first of each kind: they refer to each other enough.
SOME = list({o["kind"]: o for o in reversed(documents("production", "bootstrap/production.k8s.yaml"))}.values())


def paths(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything within a value."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from paths(item, *path, key)


PLACES = [(n, path) for n, found in enumerate(SOME) for path in paths(found)]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates()
KEYS = st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3) | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)


FILE = Path("shop.yaml")
BEFORE = yaml.dump_all(SOME, Dumper=yaml.CSafeDumper)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=40))
def test_a_field_of_any_shape_is_no_crash(changes: list[tuple[tuple[int, tuple[Any, ...]], Any]]) -> None:
    """Anything may stand anywhere, in what is checked and in what stood in the file of the last run."""
    objects: list[Any] = [*SOME]
    for (n, path), value in changes:
        objects[n] = put(objects[n], path, value)
    run(Cluster(objects=objects, before=[(FILE, BEFORE, objects)]))
    before = yaml.dump_all(objects, Dumper=yaml.CSafeDumper)
    run(Cluster(objects=SOME, before=[(FILE, before, SOME)]))


@settings(max_examples=50, deadline=None)
@given(st.lists(VALUES, max_size=5))
def test_what_is_no_kubernetes_at_all_is_no_crash(objects: list[Any]) -> None:
    run(Cluster(objects=objects))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at the path, as far as the path still leads there."""
    if not path:
        return new
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: put(value[path[0]], path[1:], new)}
    if isinstance(value, list) and isinstance(path[0], int) and path[0] < len(value):
        return [put(item, path[1:], new) if n == path[0] else item for n, item in enumerate(value)]
    return value
