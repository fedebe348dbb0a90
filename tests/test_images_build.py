"""images/build: under which names images are built, with which labels, by whom, and what it refuses."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
FOLDERS = sorted(file.parent.name for file in ROOT.glob("images/*/Dockerfile"))
STAGING = YAML(typ="safe").load(ROOT / "charts/images.yaml")["staging"]

# What images/build itself calls, and no builder.
PROGRAMS = ("bash", "cat", "dirname", "env", "git")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder of programs, the only one in PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in PROGRAMS:
        found = shutil.which(program)
        assert found
        (folder / program).symlink_to(found)
    return folder


def builder(file: Path, *, without: str = "nothing") -> Path:
    """A program that notes what it is told, and fails at what it lacks."""
    told = file.with_suffix(".told")
    lines = ("#!/usr/bin/env bash", f'[[ "$*" != {without}* ]] || exit 1', f'echo "$SOURCE_DATE_EPOCH $*" >> {told}')
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o755)
    return told


def build(path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **variables}
    return subprocess.run(
        [ROOT / "images/build", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_each_folder_is_built_as_staging_names_it(path: Path) -> None:
    told = builder(path / "buildah")
    done = build(path)
    assert done.returncode == 0, done.stderr
    assert FOLDERS
    lines = told.read_text().splitlines()
    assert [(line.split("--tag ")[1].split()[0], line.split()[-1]) for line in lines] == [
        (STAGING[folder], folder) for folder in FOLDERS
    ]


def test_labels_tell_the_version_the_commit_and_its_time(path: Path) -> None:
    told = builder(path / "buildah")
    build(path, IMAGES="frontend", SOURCE="https://git.example.com/revrx")
    (line,) = told.read_text().splitlines()
    commit, epoch = git("log", "-1", "--format=%H %ct").split()
    assert line.startswith(f"{epoch} build --format docker --timestamp {epoch} ")
    arguments = dict(word.partition("=")[::2] for word in line.split() if "=" in word)
    assert arguments["VERSION"] == STAGING["frontend"].rpartition(":")[2]
    assert arguments["REVISION"].removesuffix("-dirty") == commit
    assert arguments["SOURCE"] == "https://git.example.com/revrx"
    assert arguments["CREATED"].endswith("Z")


def test_another_tag_and_the_builder_s_own_options_are_taken(path: Path) -> None:
    told = builder(path / "buildah")
    build(path, "--no-cache", TAG="1.4.2", IMAGES="backend" if "backend" in FOLDERS else "frontend")
    (line,) = told.read_text().splitlines()
    assert ":1.4.2 " in line
    assert "--build-arg VERSION=1.4.2 " in line
    assert " --no-cache " in line


def test_docker_is_asked_first_where_its_engine_answers(path: Path) -> None:
    docker, buildah = builder(path / "docker"), builder(path / "buildah")
    build(path, IMAGES="frontend")
    assert f"build --tag {STAGING['frontend']} " in docker.read_text().splitlines()[-1]
    assert not buildah.exists()


def test_without_its_engine_buildah_is_asked(path: Path) -> None:
    docker, buildah = builder(path / "docker", without="info"), builder(path / "buildah")
    build(path, IMAGES="frontend")
    assert not docker.exists()
    assert buildah.exists()


def test_several_platforms_are_built_by_buildx(path: Path) -> None:
    told = builder(path / "docker")
    build(path, IMAGES="frontend", PLATFORMS="linux/amd64,linux/arm64")
    assert " buildx build --platform linux/amd64,linux/arm64 --tag " in told.read_text().splitlines()[-1]


def test_a_builder_that_is_named_comes_before_both(path: Path, tmp_path: Path) -> None:
    named, docker = builder(tmp_path / "stand-ins"), builder(path / "docker")
    build(path, IMAGES="frontend", STAND_INS=str(tmp_path / "stand-ins"), STAND_INS_DIR="/bases")
    assert f" build /bases {STAGING['frontend']} frontend --format docker --timestamp " in named.read_text()
    assert not docker.exists()


@pytest.mark.parametrize(
    ("lacking", "variables", "problem"),
    [
        (
            ("info", True),
            {},
            "neither docker with an engine that runs nor buildah is here; install one, or name a builder (STAND_INS in "
            "images/build)",
        ),
        (
            ("info", False),
            {"PLATFORMS": "linux/arm64"},
            "PLATFORMS is set, and only docker with an engine that runs builds for several; start one, or unset "
            "PLATFORMS",
        ),
        (
            ("buildx", False),
            {"PLATFORMS": "linux/arm64"},
            "PLATFORMS is set, and docker has no buildx; install it, or unset PLATFORMS",
        ),
        (
            ("nothing", False),
            {"IMAGES": "nowhere"},
            "images/nowhere has no Dockerfile; IMAGES names folders of images/",
        ),
    ],
    ids=["no-builder", "no-engine", "no-buildx", "no-folder"],
)
def test_what_cannot_be_built_is_told(
    path: Path, lacking: tuple[str, bool], variables: dict[str, str], problem: str
) -> None:
    without, alone = lacking
    builder(path / "docker", without=without)
    if not alone:
        builder(path / "buildah")
    done = build(path, **variables)
    assert (done.returncode, done.stderr) == (1, f"make images: {problem}\n")
