"""The README's example is run, and gives the YAML that stands beside it."""

import re
from pathlib import Path
from typing import Any

import constructs_revrx
import pytest
import yaml
from cdk8s import App, Chart

README = (Path(__file__).parents[1] / "README.md").read_text()


def block(marker: str, language: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```{language}\n(.*?)```", README, re.DOTALL)
    assert found, marker
    return found[1]


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    monkeypatch.chdir(tmp_path)
    names = {
        **{name: getattr(constructs_revrx, name) for name in constructs_revrx.__all__},
        **{"App": App, "Chart": Chart},
        "ELASTICACHE": constructs_revrx.External(host="redis.shop.example", cidrs=("10.20.32.0/20",)),
        "REDIS": constructs_revrx.Secret("redis-secret", ("REDIS_PASSWORD",)),
    }
    exec(block("example", "python"), names)
    assert "1 added" in capsys.readouterr().out
    return list(yaml.safe_load_all(Path("dist/production.k8s.yaml").read_text()))


def test_the_example_gives_the_objects_that_are_named(objects: list[Any]) -> None:
    prose = README.partition("The other seven: ")[2].partition("</td>")[0]
    assert len(objects) == 8
    for kind in {o["kind"] for o in objects} - {"NetworkPolicy"}:
        assert kind in prose


def test_the_example_gives_the_policy_beside_it(objects: list[Any]) -> None:
    shown = yaml.safe_load(block("its NetworkPolicy", "yaml"))
    (policy,) = (o for o in objects if o["kind"] == "NetworkPolicy" and o["metadata"]["name"] == "api")
    assert shown == {"spec": {key: value for key, value in policy["spec"].items() if key != "policyTypes"}}
