"""charts/images.yaml: read, and what is said when it is wrong."""

from pathlib import Path

import pytest
from constructs_revrx import Image, ManifestError

from charts.images import images_of

from .dist import ENVIRONMENTS, containers, documents, workloads

GOOD = {
    "backend": "b:1",
    "frontend": "f:1",
    "postgres-backup": "p:1",
    "postgres": "postgres:16-alpine",
    "redis": "redis:7-alpine",
}


def written(tmp_path: Path, images: dict[str, object]) -> Path:
    file = tmp_path / "images.yaml"
    file.write_text("staging:\n" + "".join(f"  {name}: {value}\n" for name, value in images.items()))
    return file


def refusal(file: Path, environment: str = "staging") -> list[str]:
    with pytest.raises(ManifestError) as caught:
        images_of(environment, file)
    assert {problem.place for problem in caught.value.problems} == {"charts/images.yaml"}
    return [problem.text for problem in caught.value.problems]


def test_each_component_has_its_image(tmp_path: Path) -> None:
    images = images_of("staging", written(tmp_path, GOOD))
    assert images["postgres-backup"] == Image("p:1")
    assert images["redis"] == Image("redis:7-alpine")


def test_a_component_that_is_missing_is_told(tmp_path: Path) -> None:
    images = images_of("staging", written(tmp_path, GOOD))
    with pytest.raises(ManifestError) as caught:
        images["frontend-2"]
    assert str(caught.value) == (
        "charts/images.yaml: 1 problem\n  staging: frontend-2 is missing; add it as name:tag or name@digest"
    )


def test_all_that_is_no_text_is_told_at_once(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, {**GOOD, "redis": 7, "backend": "[a, b]"})) == [
        "staging: backend: ['a', 'b'] is not text; write name:tag",
        "staging: redis: 7 is not text; write name:tag",
    ]


def test_every_image_of_the_file_is_used_and_no_other() -> None:
    for environment in ENVIRONMENTS:
        used = {container["image"] for o in workloads(documents(environment)) for container in containers(o)}
        assert {image.reference for image in images_of(environment).values()} == used


def test_an_environment_that_is_not_there_is_named(tmp_path: Path) -> None:
    (text,) = refusal(written(tmp_path, GOOD), "production")
    assert text == "production: is not there; give it the image of each component"


def test_an_empty_file_names_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "images.yaml"
    file.touch()
    assert refusal(file) == ["staging: is not there; give it the image of each component"]


def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "images.yaml"
    file.write_text("staging:\n  backend: [\n")
    (text,) = refusal(file)
    assert text.startswith("is not YAML: ")
    assert "line 3" in text


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "images.yaml") == ["cannot be read: No such file or directory; restore it from git"]
