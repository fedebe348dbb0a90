"""kubeconform's verdict on dist/, by the schemas of the oldest and the newest release, and ours of custom resources."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from .dist import DIST, FOLDERS, Object, documents, wrong
from .programs import program
from .schemas import NEWEST, RELEASES, bundle


def kubeconform(release: str, schemas: Path, folder: Path, objects: list[Object]) -> dict[str, str]:
    """What it says of each object in a folder that is not valid, by its file. objects: what is in the folder."""
    of_kind = {(o["apiVersion"], o["kind"]): o for o in objects}
    for (api_version, kind), o in of_kind.items():
        group, _, version = api_version.rpartition("/")
        (schemas / f"{group or version}-{version}-{kind.lower()}.json").write_text(json.dumps(bundle(o, release)))
    location = schemas / "{{.Group}}-{{.ResourceAPIVersion}}-{{.ResourceKind}}.json"
    options = ["-strict", "-output=json", "-summary", f"-schema-location={location}"]
    command = [program("kubeconform"), *options, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(run.stdout)
    invalid = {str(Path(each["filename"]).relative_to(folder)): each["msg"] for each in said["resources"]}
    assert run.returncode == bool(invalid)
    assert sum(said["summary"].values()) - said["summary"]["skipped"] == len(objects)
    return invalid


@pytest.mark.parametrize("release", [RELEASES[0], NEWEST])
def test_every_object_of_dist_is_valid(release: str, tmp_path: Path) -> None:
    assert kubeconform(release, tmp_path, DIST, documents(*FOLDERS)) == {}


def test_an_unknown_field_is_found(tmp_path: Path) -> None:
    schemas, folder = tmp_path / "schemas", tmp_path / "mistaken"
    schemas.mkdir()
    folder.mkdir()
    objects = documents(
        *(f"production/{name}.k8s.yaml" for name in ("Deployment.backend", "ExternalSecret.backend-secret"))
    )
    mistaken = [wrong(o, "spec.unknown", 1) for o in objects]
    for o in mistaken:
        (folder / f"{o['kind']}.yaml").write_text(yaml.safe_dump(o))
    assert kubeconform(NEWEST, schemas, folder, objects).keys() == {"Deployment.yaml", "ExternalSecret.yaml"}
