"""Every example of the documentation, rendered in Python as synth does it, and by cdk8s: the same bytes."""

from pathlib import Path
from typing import Any

import constructs_revrx
import cdk8s
import pytest
import yaml
from cdk8s import App, Chart
from constructs_revrx.synth.yaml import dump

from ...docs.pages import PAGES, Examples, parts
from ...test_readme import block
from .errors import ERRORS, Error, run


@pytest.fixture(autouse=True)
def compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of charts whose objects were compared, whenever an example called synth."""
    found: list[str] = []
    synth = constructs_revrx.synth

    def both_ways(*apps: App, **options: Any) -> constructs_revrx.Synthesis:
        result = synth(*apps, **options)
        charts = [chart for app in apps for chart in app.charts]
        found.extend(chart.node.path for chart in charts)
        files = {file for app in apps for file in Path(app.outdir).rglob("*") if file.is_file()}
        written = sorted(dump(o) for file in files for o in yaml.safe_load_all(file.read_text(encoding="utf-8")))
        assert sorted(dump(o) for chart in charts for o in cdk8s.Testing.synth(chart)) == written
        assert sorted(dump(o) for app in apps for o in yaml.safe_load_all(app.synth_yaml())) == written
        return result

    monkeypatch.setattr(constructs_revrx, "synth", both_ways)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page(page: Path, compared: list[str]) -> None:
    examples = Examples()
    for part in parts(page.read_text(encoding="utf-8")):
        if part.code:
            examples.run(part.code)
    assert compared


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_the_way_out_of_an_error(error: Error, compared: list[str]) -> None:
    if error.before:
        run(error.before)
    run(error.instead)
    assert compared


def test_the_readme(compared: list[str]) -> None:
    names = {name: getattr(constructs_revrx, name) for name in constructs_revrx.__all__}
    redis = constructs_revrx.Secret("redis-secret", ("REDIS_PASSWORD",))
    elasticache = constructs_revrx.External(host="redis.shop.example", cidrs=("10.20.32.0/20",))
    exec(block("example", "python"), {**names, "App": App, "Chart": Chart, "ELASTICACHE": elasticache, "REDIS": redis})
    assert compared == ["production"]
