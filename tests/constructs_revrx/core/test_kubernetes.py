"""The Kubernetes version that a chart is for."""

from pathlib import Path

import pytest
from constructs_revrx import ManifestError, Shutdown, target_kubernetes
from cdk8s import App, Chart

from ..properties.shop import container, web_service, worker

SLEEP = {"preStop": {"sleep": {"seconds": 10}}}
EXEC = {"preStop": {"exec": {"command": ["sleep", "10"]}}}


def targeted(app: App, version: str | None) -> Chart:
    if version is not None:
        target_kubernetes(app, version)
    return Chart(app, "production", namespace="shop")


@pytest.mark.parametrize(
    ("version", "lifecycle"),
    [(None, EXEC), ("1.27", EXEC), ("1.29", EXEC), ("1.30", SLEEP), ("v1.31.2", SLEEP), ("1.37", SLEEP)],
)
def test_the_kubelet_pauses_itself_where_it_can(app: App, version: str | None, lifecycle: object) -> None:
    assert container(web_service(targeted(app, version)))["lifecycle"] == lifecycle


@pytest.mark.parametrize("version", ["1.27", "1.37"])
def test_a_command_before_the_end_is_run_instead_of_the_pause_and_has_its_time(app: App, version: str) -> None:
    leave = Shutdown(pause=20, drain=30, command=["shop", "leave"])
    backend = web_service(targeted(app, version), shutdown=leave)
    assert container(backend)["lifecycle"] == {"preStop": {"exec": {"command": ["shop", "leave"]}}}
    assert backend.deployment.to_json()["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 55


def test_without_a_pause_there_is_no_lifecycle(app: App) -> None:
    assert "lifecycle" not in container(worker(targeted(app, "1.37")))


def test_a_chart_may_be_for_another_version_than_its_app(app: App) -> None:
    target_kubernetes(app, "1.30")
    old = Chart(app, "old", namespace="old")
    target_kubernetes(old, "1.27")
    new = Chart(app, "new", namespace="new")
    assert container(web_service(old))["lifecycle"] == EXEC
    assert container(web_service(new))["lifecycle"] == SLEEP


@pytest.mark.parametrize("version", ["", "1", "latest", "1.30-", "-1.30", "1.x"])
def test_what_is_not_a_version_is_refused(app: App, version: str) -> None:
    with pytest.raises(ManifestError) as caught:
        target_kubernetes(app, version)
    text = f"target_kubernetes: {version!r} is not a version; write it as text, e.g. '1.37'"
    assert str(caught.value) == f"app: 1 problem\n  {text}"


@pytest.mark.parametrize("version", ["1.26", "1.38", "2.30", "0.30"])
def test_a_version_that_the_library_does_not_know_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(ManifestError, match="target_kubernetes: "):
        target_kubernetes(Chart(App(outdir=str(tmp_path)), "production"), version)


def test_a_version_that_comes_after_its_charts_is_refused(app: App, chart: Chart) -> None:
    with pytest.raises(ManifestError, match="constructs were made before") as caught:
        target_kubernetes(app, "1.30")
    assert caught.value.__suppress_context__
