"""kubeconform's verdict on dist/, by the schemas of the oldest and the newest release and of the CRDs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .dist import DIST, FOLDERS, documents, wrong
from .programs import program
from .schemas import NEWEST, RELEASES, bundle


def kubeconform(release: str, schemas: Path, dist: Path) -> dict[str, str]:
    """What it says of each object that is not valid, by the file it is in."""
    for o in documents(*FOLDERS):
        group, _, version = o["apiVersion"].rpartition("/")
        file = schemas / f"{group or version}-{version}-{o['kind'].lower()}.json"
        file.write_text(json.dumps(bundle(o, release)))
    location = schemas / "{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json"
    command = [program("kubeconform"), "-strict", "-output=json", "-summary", f"-schema-location={location}", str(dist)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(run.stdout)
    invalid = {str(Path(each["filename"]).relative_to(dist)): each["msg"] for each in said["resources"]}
    assert run.returncode == bool(invalid)
    assert sum(said["summary"].values()) - said["summary"]["skipped"] == len(documents(*FOLDERS))
    return invalid


@pytest.mark.parametrize("release", [RELEASES[0], NEWEST])
def test_every_object_of_dist_is_valid(release: str, tmp_path: Path) -> None:
    assert kubeconform(release, tmp_path, DIST) == {}


def test_an_unknown_field_is_found(tmp_path: Path) -> None:
    schemas, dist = tmp_path / "schemas", tmp_path / "dist"
    schemas.mkdir()
    shutil.copytree(DIST, dist)
    mistaken = {f"production/{name}.k8s.yaml" for name in ("Deployment.backend", "ExternalSecret.backend-secret")}
    for name in mistaken:
        file = dist / name
        file.write_text(yaml.safe_dump(wrong(yaml.safe_load(file.read_text()), "spec.unknown", 1)))
    assert kubeconform(NEWEST, schemas, dist).keys() == mistaken
