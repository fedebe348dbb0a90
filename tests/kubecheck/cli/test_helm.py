"""A chart that does what charts do: nothing is wrong with it."""

from pathlib import Path

import pytest

from ..programs import output
from .program import Run

CHART = Path(__file__).parent / "chart"
RENDERED = CHART.with_suffix(".yaml")


def test_nothing_is_found_in_an_ordinary_chart(run: Run) -> None:
    ended = run("-", stdin=RENDERED.read_text(encoding="utf-8"))
    lines = ended.out.splitlines()
    assert [line for line in lines if not line.startswith("not seen")] == [
        "25 objects say no namespace: taken to be in shop (--namespace names another)",
        "30 objects in 1 file, for Kubernetes 1.37: no findings, 3 not seen",
    ]
    assert ended.code == 0


@pytest.mark.parametrize("namespace", ["shop", "default", "production"])
def test_nothing_is_found_in_whatever_namespace_it_is_rendered_for(run: Run, namespace: str) -> None:
    rendered = output("helm", "template", "live", CHART, "--namespace", namespace)
    ended = run("-", stdin=rendered)
    assert ended.code == 0, ended.out
    assert f"taken to be in {namespace} " in ended.out


def test_what_is_rendered_is_what_helm_writes(request: pytest.FixtureRequest) -> None:
    rendered = output("helm", "template", "live", CHART, "--namespace", "shop")
    if request.config.getoption("--snapshot-update"):
        RENDERED.write_text(rendered, encoding="utf-8")
    assert RENDERED.read_text(encoding="utf-8") == rendered, "run `make snapshots`"


def test_a_mistake_in_a_chart_is_told_with_its_template(run: Run) -> None:
    rendered = RENDERED.read_text(encoding="utf-8").replace("name: live-database\n", "name: live-databas\n", 1)
    ended = run("-", stdin=rendered)
    assert ended.code == 1
    assert ended.out.startswith("stdin: shop/templates/database.yaml\n")
    assert "unknown-service  StatefulSet live-database: Service live-database is made by nothing" in ended.out


def test_a_chart_that_is_not_rendered_is_told_once_with_the_command(run: Run) -> None:
    ended = run(str(CHART))
    assert ended.code == 2
    assert ended.out.count("unreadable  ") == 1
    assert f"`helm template {CHART} | python -m kubecheck -`" in ended.out


def test_what_helm_wrote_into_a_file_may_hold_no_secret(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rendered.yaml").write_text(RENDERED.read_text(encoding="utf-8"), encoding="utf-8")
    ended = run(str(tmp_path))
    assert ended.code == 1
    assert "secret-value  Secret live: data holds the value of password" in ended.out
