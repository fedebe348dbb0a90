"""The same result as text, JSON, SARIF and workflow commands."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from kubecheck import CHECKS

from .manifests import BAD, GOOD, NAMESPACE
from .program import Run

BROKEN = "a: [\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/api.yaml").write_text(BAD + NAMESPACE, encoding="utf-8")
    (tmp_path / "app/broken.yaml").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "app/values.yaml").write_text("replicas: 1\n", encoding="utf-8")


# As text.


def test_text_has_findings_by_file_and_line_and_at_the_end_the_counts(run: Run) -> None:
    first, finding, empty, second, broken, again, *told, counts = run("app").out.splitlines()
    assert (first, second) == ("app/api.yaml", "app/broken.yaml")
    assert finding.startswith("  16  dangling-service  Service api: its selector app=web selects no pods")
    assert broken.startswith("  2:1  unreadable  while parsing a flow node")
    assert (empty, again) == ("", "")
    assert "note  1 file holds no object: app/values.yaml" in told
    assert re.fullmatch(r"3 objects in 1 file, for Kubernetes 1\.37: 1 finding, 1 unreadable, \d+ not seen", counts)


def test_text_says_when_there_is_nothing_to_say(run: Run) -> None:
    assert run("-", stdin=GOOD + NAMESPACE).out == "3 objects in 1 file, for Kubernetes 1.37: no findings\n"


def test_text_shows_the_template_that_helm_made_an_object_of(run: Run) -> None:
    ended = run("-", stdin=BAD.replace("---\n", "---\n# Source: shop/templates/service.yaml\n"))
    assert ended.out.startswith("stdin: shop/templates/service.yaml\n  17  dangling-service")


def test_text_says_which_namespace_was_taken(run: Run) -> None:
    ended = run("-", stdin=GOOD.replace("  namespace: shop\n", ""))
    assert "2 objects say no namespace: taken to be in default (--namespace names another)" in ended.out


def test_text_shows_some_of_many_that_were_not_seen(run: Run) -> None:
    pods = "".join(f"---\n{GOOD.partition('---')[0].replace('shop', f'shop-{n}')}" for n in range(9))
    ended = run("-", stdin=pods)
    lines = [line for line in ended.out.splitlines() if line.startswith("not seen  pod-security")]
    assert len(lines) == 6
    assert lines[-1] == "not seen  pod-security: and 4 more, which --format json has"
    assert len(json.loads(run("-", "--format", "json", stdin=pods).out)["unseen"]) == 9


@pytest.mark.parametrize(
    ("is_terminal", "environment", "is_coloured"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
)
def test_text_is_coloured_in_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, is_terminal: bool, environment: dict[str, str], is_coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    assert ("\033[" in run("app").out) is is_coloured


def test_nothing_from_an_object_reaches_the_terminal_raw(run: Run) -> None:
    evil = BAD.replace("app: web", 'app: "x\\e[31m\\n::error::gotcha\\u202e"')
    for format in ("text", "github"):
        out = run("-", "--format", format, stdin=evil).out
        assert "\\x1b[31m\\n::error::gotcha\\u202e" in out
        assert not any(line.startswith("::error::gotcha") for line in out.splitlines())


# As JSON.


def test_json_has_all_fields(run: Run) -> None:
    document = json.loads(run("--format", "json", "app").out)
    assert list(document) == [
        "version",
        "kubernetes",
        "namespace",
        "counts",
        "findings",
        "unreadable",
        "unseen",
        "notes",
        "withoutObjects",
    ]
    assert (document["version"], document["kubernetes"], document["namespace"]) == (1, "1.37", "default")
    assert document["counts"] == {
        "objects": 3,
        "files": 1,
        "findings": 1,
        "unreadable": 1,
        "unseen": len(document["unseen"]),
        "withoutNamespace": 0,
    }
    (finding,) = document["findings"]
    assert finding.pop("text").startswith("Service api: its selector app=web selects no pods")
    assert finding == {
        "check": "dangling-service",
        "file": "app/api.yaml",
        "line": 16,
        "template": None,
        "object": {"apiVersion": "v1", "kind": "Service", "namespace": "shop", "name": "api"},
    }
    (unreadable,) = document["unreadable"]
    assert unreadable.pop("text").startswith("while parsing a flow node")
    assert unreadable == {"file": "app/broken.yaml", "line": 2, "column": 1}
    assert set(document["unseen"][0]) == {"check", "text"}
    assert document["withoutObjects"] == ["app/values.yaml"]


def test_json_is_json_whatever_the_objects_hold(run: Run) -> None:
    text = BAD.replace("name: api", 'name: "\\ud800\\x00"', 1)
    json_text = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\\ud800"}}{"kind": []}'
    for stdin in (text, json_text):
        assert json.loads(run("--format", "json", "-", stdin=stdin).out)["counts"]


# As workflow commands.


def test_github_has_a_command_for_each_finding_and_the_counts(run: Run) -> None:
    finding, broken, counts = run("--format", "github", "app").out.splitlines()
    assert finding.startswith("::error file=app/api.yaml,line=16,title=dangling-service::Service api: its selector")
    assert broken.startswith("::error file=app/broken.yaml,line=2,col=1,title=unreadable::while parsing a flow node")
    assert counts.startswith("3 objects in 1 file")


def test_github_escapes_what_would_end_a_property_or_the_text(run: Run, tmp_path: Path) -> None:
    name = "100% a:b,c.yaml"
    (tmp_path / name).write_text(BAD.replace("app: web", "app: 50%"), encoding="utf-8")
    (finding, *_) = run("--format", "github", name).out.splitlines()
    assert finding.startswith("::error file=100%25 a%3Ab%2Cc.yaml,line=16,title=")
    assert "app=50%25 " in finding


def test_github_names_files_from_the_root_of_the_repository(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "app")
    for named in ("api.yaml", str(tmp_path / "app/api.yaml"), "../app/api.yaml"):
        assert run("--format", "github", named).out.startswith("::error file=app/api.yaml,")


def test_github_has_no_file_of_what_was_piped_in(run: Run) -> None:
    (finding, *_) = run("--format", "github", "-", stdin=BAD).out.splitlines()
    assert finding.startswith("::error title=dangling-service::stdin:16: Service api: its selector")


# As SARIF.


def sarif(run: Run, *arguments: str, stdin: str = "") -> dict[str, Any]:
    document = json.loads(run("--format", "sarif", *arguments, stdin=stdin).out)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("/sarif-schema-2.1.0.json")
    (only,) = document["runs"]
    return dict(only)


def test_sarif_has_a_rule_for_each_check_with_all_that_code_scanning_shows(run: Run) -> None:
    rules = sarif(run, "app")["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*CHECKS, "unreadable"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"] == {"level": "error"}
        assert rule["properties"]["tags"]


def test_sarif_has_a_result_with_a_place_for_each_finding_and_what_cannot_be_read(run: Run) -> None:
    found = sarif(run, "app")
    rules = found["tool"]["driver"]["rules"]
    service, broken = found["results"]
    for result in (service, broken):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert len(result["partialFingerprints"]["kubecheck/v1"]) == 64
    assert (service["ruleId"], broken["ruleId"]) == ("dangling-service", "unreadable")
    assert service["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "app/api.yaml"}, "region": {"startLine": 16}},
            "logicalLocations": [{"fullyQualifiedName": "Service/shop/api", "kind": "resource"}],
        }
    ]
    (location,) = broken["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 1}


def test_sarif_says_how_it_ended_and_what_was_not_seen(run: Run) -> None:
    (invocation,) = sarif(run, "app")["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    (invocation,) = sarif(run, "-", stdin=GOOD)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 0)
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["descriptor"]["id"], notification["level"]) == ("pod-security", "note")


def test_sarif_gives_a_place_to_what_has_none(run: Run) -> None:
    arguments = ("--waive", "dangling-service Service/shop/api: gone", "-")
    (result,) = sarif(run, *arguments, stdin=GOOD)["results"]
    assert result["ruleId"] == "unused-waiver"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_sarif_writes_paths_as_uris(run: Run, tmp_path: Path) -> None:
    (tmp_path / "50% a b.yaml").write_text(BAD, encoding="utf-8")
    (result,) = sarif(run, "50% a b.yaml")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "50%25%20a%20b.yaml"}


def test_two_findings_of_a_check_in_an_object_have_fingerprints_of_their_own(run: Run) -> None:
    text = GOOD.replace("    image:", "    envFrom: [{secretRef: {name: a}}, {secretRef: {name: b}}]\n    image:")
    one, two = sarif(run, "-", stdin=text)["results"]
    assert one["ruleId"] == two["ruleId"] == "unknown-secret"
    assert one["partialFingerprints"] != two["partialFingerprints"]
