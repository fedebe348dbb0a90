"""ConfigMap: settings, and pods that start anew when they change."""

import re

import pytest
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import (
    APP_SECRET,
    Recipe,
    config_map,
    objects,
    pod_template,
    suspended_cron_job,
    web_service,
    worker,
)

with_settings = pytest.mark.parametrize(
    "recipe", [web_service, worker, suspended_cron_job], ids=["web-service", "worker", "suspended-cron-job"]
)


def test_minimal(chart: Chart, snapshot: SnapshotAssertion) -> None:
    config_map(chart)
    assert chart.to_json() == snapshot


def test_everything(chart: Chart, snapshot: SnapshotAssertion) -> None:
    config_map.everything(chart)
    assert chart.to_json() == snapshot


def test_holds_the_settings(chart: Chart) -> None:
    settings = config_map(chart, data={"LEVEL": "debug", "motd.txt": "one\n"})
    (found,) = objects(settings)
    assert (found["kind"], found["metadata"]["name"]) == ("ConfigMap", "settings")
    assert found["data"] == {"LEVEL": "debug", "motd.txt": "one\n"}


def checksum(app: App, recipe: Recipe, *settings: dict[str, str]) -> str | None:
    chart = recipe.chart(app, f"chart-{len(app.node.children)}")
    maps = [config_map(chart, f"settings-{i}", data=data) for i, data in enumerate(settings)]
    annotations = pod_template(recipe(chart, env_from=[APP_SECRET, *maps]))["metadata"].get("annotations", {})
    found: str | None = annotations.get("checksum/config")
    return found


@with_settings
def test_a_change_of_a_value_changes_the_pods(app: App, recipe: Recipe) -> None:
    assert checksum(app, recipe, {"LEVEL": "info"}) != checksum(app, recipe, {"LEVEL": "debug"})


@with_settings
def test_a_change_of_a_key_or_of_a_second_config_map_changes_the_pods(app: App, recipe: Recipe) -> None:
    before = checksum(app, recipe, {"LEVEL": "info"}, {"ZONE": "eu"})
    assert checksum(app, recipe, {"DEPTH": "info"}, {"ZONE": "eu"}) != before
    assert checksum(app, recipe, {"LEVEL": "info"}, {"ZONE": "us"}) != before
    assert checksum(app, recipe, {"LEVEL": "info"}) != before


@with_settings
def test_the_order_of_the_keys_does_not_change_the_pods(app: App, recipe: Recipe) -> None:
    assert checksum(app, recipe, {"A": "1", "B": "2"}) == checksum(app, recipe, {"B": "2", "A": "1"})


@with_settings
def test_the_checksum_is_short_enough_to_read_in_a_diff(app: App, recipe: Recipe) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", checksum(app, recipe, {"LEVEL": "info"}) or "")


@with_settings
def test_pods_without_a_config_map_have_no_checksum(app: App, recipe: Recipe) -> None:
    assert checksum(app, recipe) is None


@pytest.mark.parametrize("recipe", [web_service, worker], ids=["web-service", "worker"])
def test_pods_without_annotations_have_not_even_an_empty_field(chart: Chart, recipe: Recipe) -> None:
    assert pod_template(recipe(chart))["metadata"].keys() == {"labels"}


def test_a_mebibyte_of_settings_is_the_most_and_more_is_refused(chart: Chart) -> None:
    most = 1024 * 1024 - len("KEY")
    assert list(config_map(chart, "full", data={"KEY": "x" * most}).problems()) == []
    assert list(config_map(chart, "over", data={"KEY": "x" * (most + 1)}).problems()) == [
        "data: 1048577 bytes are over the 1048576 that a ConfigMap may hold; split it"
    ]
    # In bytes, not in characters.
    assert list(config_map(chart, "umlauts", data={"KEY": "ü" * (most // 2 + 1)}).problems()) == [
        "data: 1048577 bytes are over the 1048576 that a ConfigMap may hold; split it"
    ]


def test_a_later_change_of_the_callers_data_changes_nothing(chart: Chart) -> None:
    data = {"LEVEL": "info"}
    settings = config_map(chart, data=data)
    data["LEVEL"] = "debug"
    assert settings.data == {"LEVEL": "info"}


@pytest.mark.parametrize("key", ["LEVEL", "motd.txt", "a-b_c.D1", ".hidden", "a..b", "k" * 253])
def test_a_key_is_of_letters_digits_and_a_few_signs(chart: Chart, key: str) -> None:
    assert list(config_map(chart, data={key: ""}).problems()) == []


@pytest.mark.parametrize("key", ["", "log level", "a/b", "größe", ".", "..", "..data", "k" * 254])
def test_a_key_that_kubernetes_refuses_is_refused(chart: Chart, key: str) -> None:
    assert list(config_map(chart, data={"GOOD": "", key: ""}).problems()) == [
        f"data: {key!r} is not a key that Kubernetes accepts; use letters, digits, '-', '_' and '.', not '..' in front"
    ]
