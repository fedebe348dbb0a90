"""Every Router: what it emits, as a picture, and that no option is lost between two of them."""

from typing import Any

import pytest
from constructs_revrx import AlbIngress, GatewayRoute, Host, NginxIngress, TraefikIngress, synth
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import ROUTERS, Object, Recipe, objects, web_service

DEFAULTS = {
    "nginx": NginxIngress(),
    "traefik": TraefikIngress(),
    "alb": AlbIngress(cidrs=["10.0.0.0/20"]),
    "gateway": GatewayRoute(gateway="public", namespace="gateways"),
}
every_default = pytest.mark.parametrize("ingress", DEFAULTS.values(), ids=DEFAULTS)
every_router = pytest.mark.parametrize("recipe", ROUTERS.values(), ids=ROUTERS)

KINDS = {"GRPCRoute", "HTTPRoute", "Ingress", "Middleware", "NetworkPolicy", "ServersTransport", "Service"}


def exposing(service: Any) -> list[Object]:
    return [o for o in objects(service) if o["kind"] in KINDS]


@every_default
def test_minimal(chart: Chart, ingress: Any, snapshot: SnapshotAssertion) -> None:
    assert exposing(web_service(chart, hosts=[Host("shop.example.com")], ingress=ingress)) == snapshot


@every_router
def test_everything(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    assert exposing(recipe.everything(chart)) == snapshot


@every_default
def test_without_hosts_nothing_outside_reaches_it(app: App, ingress: Any) -> None:
    one, other = web_service.chart(app, "one"), web_service.chart(app, "other")
    assert objects(web_service(one, ingress=ingress)) == objects(web_service(other))


@every_router
def test_annotations_are_text_and_none_is_a_snippet(chart: Chart, recipe: Recipe) -> None:
    for o in exposing(recipe.everything(chart)):
        for name, value in o["metadata"].get("annotations", {}).items():
            assert "snippet" not in name
            assert isinstance(value, str)


@every_router
def test_what_it_emits_refers_to_nothing_that_is_missing(tmp_path: Any, recipe: Recipe) -> None:
    app = App(outdir=str(tmp_path))
    recipe.everything(recipe.chart(app))
    synth(app, external={"Secret/shop/*-secret", "Secret/shop/certificates", "Secret/shop/shop-tls"})
