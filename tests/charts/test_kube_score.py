"""kube-score's checks of dist/, all but those that an object waives with a reason."""

import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from .dist import DIST, FOLDERS, Object, documents, label, wrong
from .programs import program

IGNORE, REASON = "kube-score/ignore", "kube-score/reason"


def failures(dist: Path, *options: str) -> dict[str, set[str]]:
    """The checks that do not give full marks, by object."""
    command = [program("kube-score"), "score", "--output-format=json", "--kubernetes-version=v1.37", *options]
    files = sorted(map(str, dist.rglob("*.yaml")))
    run = subprocess.run([*command, *files], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode in (0, 1), run.stderr
    failed = defaultdict(set)
    for scored in json.loads(run.stdout):
        for check in scored["checks"]:
            if not check["skipped"] and check["grade"] < 10:
                failed[label(scored["type_meta"] | {"metadata": scored["object_meta"]})].add(check["check"]["id"])
    return failed


def annotations(o: Object) -> dict[str, str]:
    found: dict[str, str] = o["metadata"].get("annotations", {})
    return found


def test_nothing_fails_but_what_is_waived() -> None:
    assert failures(DIST) == {}


def test_each_waiver_is_needed_and_has_a_reason() -> None:
    waivers = [o for o in documents(*FOLDERS) if IGNORE in annotations(o)]
    waived = {label(o): set(annotations(o)[IGNORE].split(",")) for o in waivers}
    assert waived == failures(DIST, "--disable-ignore-checks-annotations")
    assert [label(o) for o in waivers if not annotations(o).get(REASON)] == []
    assert [label(o) for o in documents(*FOLDERS) if REASON in annotations(o) and IGNORE not in annotations(o)] == []


NOBODY = {"app.kubernetes.io/name": "nobody"}


@pytest.mark.parametrize(
    ("file", "path", "value", "check"),
    [
        ("Deployment.backend", "spec.replicas", 2, "deployment-targeted-by-hpa-does-not-have-replicas-configured"),
        ("Service.backend", "spec.selector", NOBODY, "service-targets-pod"),
    ],
)
def test_what_is_wrong_beside_other_objects_is_found(
    tmp_path: Path, file: str, path: str, value: object, check: str
) -> None:
    dist = tmp_path / "dist"
    shutil.copytree(DIST, dist)
    changed = dist / "production" / f"{file}.k8s.yaml"
    o: Object = wrong(yaml.safe_load(changed.read_text()), path, value)
    changed.write_text(yaml.safe_dump(o))
    assert failures(dist) == {label(o): {check}}
