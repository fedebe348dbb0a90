"""Waivers: what they take away, and what is wrong with them."""

from typing import Any

import pytest

from kubecheck import Cluster, Waiver, run

Object = dict[str, Any]

REASON = "Its team is told by mail."


def config_map(name: str = "app", **annotations: str) -> Object:
    """With an annotation that its API server would refuse, so that a check finds something. annotations: waivers."""
    found = {f"waive.kubecheck/{check.replace('_', '-')}": reason for check, reason in annotations.items()}
    metadata = {"name": name, "namespace": "shop", "annotations": found}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"DEMO_TOKEN": "abc123"}}


def told(*objects: Object, waivers: tuple[Waiver, ...] = ()) -> list[tuple[str, str]]:
    return [(finding.check, finding.text) for finding in run(Cluster(objects=objects), waivers).findings]


def checks(*objects: Object, waivers: tuple[Waiver, ...] = ()) -> list[str]:
    return [check for check, _ in told(*objects, waivers=waivers)]


def test_a_waiver_on_an_object_takes_the_check_away_from_that_object_alone() -> None:
    waived = config_map("waived", plain_credential=REASON)
    assert checks(config_map(), waived) == ["plain-credential"]
    assert checks(waived) == []


@pytest.mark.parametrize("pattern", ["ConfigMap/shop/app", "ConfigMap/shop/*", "*/app"])
def test_a_waiver_that_is_given_takes_the_check_away_from_all_objects_that_it_names(pattern: str) -> None:
    waiver = Waiver("plain-credential", pattern, REASON)
    assert checks(config_map(), waivers=(waiver,)) == []
    other = {**config_map(), "kind": "ConfigMap", "metadata": {"name": "other", "namespace": "elsewhere"}}
    assert checks(config_map(), other, waivers=(waiver,)) == ["plain-credential"]


def test_a_waiver_of_a_cluster_scoped_object_names_no_namespace() -> None:
    found = config_map()
    del found["metadata"]["namespace"]
    assert checks(found, waivers=(Waiver("plain-credential", "ConfigMap/app", REASON),)) == []


@pytest.mark.parametrize(
    ("check", "reason", "problem", "text"),
    [
        ("plain-credential", " ", "waiver-without-reason", "has no reason; write why the rule does not matter here"),
        ("plain-credentials", REASON, "unknown-check", "names no check; write plain-credential if that is meant"),
        ("made-up", REASON, "unknown-check", "names no check; docs/checks.md has the ids"),
        ("unused-waiver", REASON, "unwaivable-check", "cannot be waived: "),
        ("object-name", REASON, "unwaivable-check", "cannot be waived: "),
        ("claim-retention", REASON, "unused-waiver", "waives nothing; take it away"),
    ],
)
def test_a_wrong_waiver_waives_nothing_and_is_told(check: str, reason: str, problem: str, text: str) -> None:
    ((kind, line),) = [each for each in told(config_map(**{check: reason})) if each[0] != "plain-credential"]
    assert kind == problem
    assert line.startswith(f"ConfigMap app: waive.kubecheck/{check} {text}")
    waiver = Waiver(check, "ConfigMap/shop/app", reason)
    ((kind, line),) = [each for each in told(config_map(), waivers=(waiver,)) if each[0] != "plain-credential"]
    assert kind == problem
    assert line.startswith(f'Waiver("{check}", "ConfigMap/shop/app") {text}')
    assert run(Cluster(objects=[config_map()]), [waiver]).findings[-1].object is None


def test_a_waiver_on_an_object_and_one_that_is_given_may_say_the_same() -> None:
    waiver = Waiver("plain-credential", "ConfigMap/shop/app", REASON)
    assert checks(config_map(plain_credential=REASON), waivers=(waiver,)) == []


def test_a_reason_that_is_no_text_is_none() -> None:
    found = config_map()
    found["metadata"]["annotations"] = {"waive.kubecheck/plain-credential": True}
    assert set(checks(found)) == {"plain-credential", "waiver-without-reason", "annotation-syntax"}
