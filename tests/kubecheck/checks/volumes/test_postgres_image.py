"""Another image of Postgres on the same volume, against the file of the last run."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubecheck.checks.volumes.postgres_image import postgres_image

from ...given import Object, texts

RUNBOOK = "give the construct a new id, dump and restore (docs/deployment/postgres-major-upgrade.md)"


def server(
    image: str, *, kind: str = "StatefulSet", claim: str = "postgres-pvc", container: str = "postgres"
) -> Object:
    only = {"name": container, "image": image, "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    template = {"spec": {"containers": [only], "volumes": [volume]}}
    metadata = {"name": "postgres", "namespace": "shop"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": {"template": template}}


def problems(old: Object, new: Object) -> list[str]:
    return texts(postgres_image, [new], before=[(Path("FILE"), yaml.safe_dump(old), [new])])


MIRROR = "public.ecr.aws/docker/library/postgres"
DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("old", "new", "majors"),
    [
        ("postgres:16", "postgres:17", ("16", "17")),
        ("postgres:17", "postgres:16", ("17", "16")),
        ("postgres:16.4-alpine3.20", "postgres:17.1-alpine3.22", ("16", "17")),
        ("postgres:16-alpine", "postgres:17-bookworm", ("16", "17")),
        ("postgres:16.4", "postgres:17beta2", ("16", "17")),
        ("postgres:16.4", "postgres:17rc1-alpine", ("16", "17")),
        ("postgres:9.6", "postgres:10", ("9.6", "10")),
        ("postgres:9.5.25-alpine", "postgres:9.6.24-alpine", ("9.5", "9.6")),
        (f"{MIRROR}:16", "postgres:17", ("16", "17")),
        ("localhost:5000/postgres:16", "localhost:5000/postgres:17", ("16", "17")),
        (f"postgres:16{DIGEST}", f"postgres:17{DIGEST}", ("16", "17")),
        ("postgres:16-acme", "postgres:17-acme", ("16", "17")),
    ],
)
def test_another_major_version_is_refused(old: str, new: str, majors: tuple[str, str]) -> None:
    assert problems(server(old), server(new)) == [
        f"StatefulSet postgres: its image changes from {old} to {new}, and PostgreSQL {majors[1]} does not start on "
        f"the data of {majors[0]} in postgres-pvc; {RUNBOOK}, or, when the volume holds data of {majors[1]} already, "
        "remove FILE and synth again"
    ]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("postgres:16-alpine", "postgres:16", "musl to glibc"),
        ("postgres:16", "postgres:16-alpine", "glibc to musl"),
        ("postgres:16.4-alpine3.20", "postgres:16.4-bookworm", "musl to glibc"),
        ("postgres:16-trixie", "postgres:16-alpine3.22", "glibc to musl"),
        ("postgres:latest", "postgres:alpine", "glibc to musl"),
        ("postgres:alpine3.20", "postgres:trixie", "musl to glibc"),
        ("postgres", "postgres:alpine", "glibc to musl"),
        ("postgres:16-bookworm", "postgres:16-trixie", "Debian bookworm to Debian trixie"),
        ("postgres:16.9-bullseye", f"{MIRROR}:16.10-bookworm", "Debian bullseye to Debian bookworm"),
        ("postgres:bookworm", "postgres:16-trixie", "Debian bookworm to Debian trixie"),
    ],
)
def test_another_c_library_is_refused(old: str, new: str, change: str) -> None:
    assert problems(server(old), server(new)) == [
        f"StatefulSet postgres: its image changes from {old} to {new}, and from {change} texts are sorted otherwise, "
        f"so that queries miss rows until REINDEX has rebuilt the indexes in postgres-pvc; {RUNBOOK}, or, when you run "
        "REINDEX DATABASE before anyone else connects, remove FILE and synth again"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("postgres:16.4", "postgres:16.10", id="minor"),
        pytest.param("postgres:16.10", "postgres:16.4", id="minor-back"),
        pytest.param("postgres:9.6.23", "postgres:9.6.24", id="minor-of-9.6"),
        pytest.param("postgres:16-alpine3.20", "postgres:16-alpine3.22", id="alpine"),
        pytest.param("postgres:16-alpine", "postgres:16.4-alpine3.20", id="alpine-said"),
        pytest.param("postgres:16", "postgres:16-bookworm", id="debian-said"),
        pytest.param("postgres:16-trixie", "postgres:16", id="debian-not-said"),
        pytest.param("postgres:latest", "postgres:17", id="latest"),
        pytest.param("postgres:16", f"postgres{DIGEST}", id="digest"),
        pytest.param(f"postgres{DIGEST}", "postgres:17-alpine", id="digest-before"),
        pytest.param("postgres:16", "postgres:16-acme", id="unknown-system"),
        pytest.param("postgres:16", f"{MIRROR}:16", id="mirror"),
        pytest.param("ghcr.io/acme/postgres:1.4", "ghcr.io/acme/postgres:2.0", id="numbers-of-their-own"),
        pytest.param("ghcr.io/acme/postgres:2025.1", "ghcr.io/acme/postgres:2026.1-alpine", id="years"),
        pytest.param("ghcr.io/acme/postgres:v16", "ghcr.io/acme/postgres:v17", id="tags-of-their-own"),
        pytest.param("redis:7", "redis:8-alpine", id="another-server"),
        pytest.param("postgres:16", "pgvector/pgvector:pg17", id="another-image"),
        pytest.param("ghcr.io/acme/postgres-exporter:16", "ghcr.io/acme/postgres-exporter:17", id="another-name"),
        pytest.param("postgres/exporter:16", "postgres/exporter:17", id="another-name-below"),
    ],
)
def test_what_reads_the_data_or_says_nothing_of_itself_passes(old: str, new: str) -> None:
    assert problems(server(old), server(new)) == []


def test_a_deployment_keeps_data_too() -> None:
    old, new = (server(image, kind="Deployment") for image in ("postgres:16", "postgres:17"))
    assert len(problems(old, new)) == 1


def test_another_volume_holds_other_data() -> None:
    assert problems(server("postgres:16"), server("postgres:17", claim="postgres-17")) == []


def test_a_container_that_mounts_no_claim_keeps_no_data() -> None:
    old, new = server("postgres:16"), server("postgres:17")
    for o in (old, new):
        o["spec"]["template"]["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]
    assert problems(old, new) == []


def test_claims_of_a_template_are_the_same_ones() -> None:
    old, new = server("postgres:16"), server("postgres:17")
    for o in (old, new):
        del o["spec"]["template"]["spec"]["volumes"]
        o["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}}]
    (text,) = problems(old, new)
    assert "the data of 16 in data; " in text


def test_containers_are_told_by_their_names() -> None:
    """A backup beside the server, of a newer version, is no change."""
    old, new = server("postgres:16"), server("postgres:16")
    beside = {**server("postgres:17", container="dump")["spec"]["template"]["spec"]["containers"][0]}
    new["spec"]["template"]["spec"]["containers"].append(beside)
    assert problems(old, new) == []
    assert problems(new, new) == []


@pytest.mark.parametrize("image", [None, 16, ["postgres:16"], "", ":", "@", "postgres:16:17", "postgres:١٦"])
def test_an_image_that_is_none_is_not_read(image: Any) -> None:
    assert problems(server(image), server("postgres:17-alpine")) == []
    assert problems(server("postgres:17-alpine"), server(image)) == []
