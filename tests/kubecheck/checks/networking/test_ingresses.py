"""Paths of routes, and Ingresses of an API that has other fields."""

from typing import Any

import pytest

from kubecheck import CHECKS
from kubecheck.checks.networking.ingresses import route_path

from ...given import o, texts


def route(**path: Any) -> Any:
    return o("HTTPRoute", spec={"rules": [{"matches": [{"path": path}]}]})


@pytest.mark.parametrize("path", ["cart", "/a//b", "/a/../b", "/a/..", "/a%2Fb", "/a#b"])
def test_a_path_that_the_gateway_api_refuses(path: str) -> None:
    assert texts(route_path, [route(value=path)]) == [f"HTTPRoute a: path {path!r} is refused; write one such as /cart"]
    assert texts(route_path, [route(value=path, type="RegularExpression")]) == []


@pytest.mark.parametrize("path", ["/", "/cart", "/a.b/..c", "/%20"])
def test_other_paths_are_right(path: str) -> None:
    assert texts(route_path, [route(value=path), route(type="Exact", value=path), o("HTTPRoute", spec={})]) == []


def test_an_ingress_of_an_older_api_has_other_fields() -> None:
    old = o("Ingress", spec={"rules": [{"http": {"paths": [{"backend": {"serviceName": "a", "servicePort": 80}}]}}]})
    ids = [id for id in CHECKS if id.startswith("ingress-")]
    assert [texts(CHECKS[id], [{**old, "apiVersion": "networking.k8s.io/v1beta1"}]) for id in ids] == [[]] * len(ids)
