"""compose.yaml runs what dist/staging runs, but for what is listed here."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from development.composition import Composition

from .facts import WORKLOADS, Fact, of_cluster, of_compose

ROOT = Path(__file__).parents[2]
COMPOSITION = Composition(ROOT, {})

RELOADED = "code is loaded again when it is saved"
OFFICIAL = (
    "the official image begins as root, gives its folders to its own user and runs as that: a new volume is root's"
)

# What only one of the two has, and why.
DIFFERENT: dict[str, dict[Fact, str]] = {
    "postgres": {
        ("user", "10001"): OFFICIAL,
        ("user", "the image's"): OFFICIAL,
        ("read-only root", "True"): OFFICIAL,
        ("read-only root", "False"): OFFICIAL,
        ("dropped", "ALL"): OFFICIAL,
        **dict.fromkeys((("folder", "/tmp"), ("size", "/tmp 64")), OFFICIAL),
        **{(kind, f"/var/run/postgresql{size}"): OFFICIAL for kind, size in (("folder", ""), ("size", " 16"))},
    },
    "redis": {
        ("user", "10001"): OFFICIAL,
        ("user", "the image's"): OFFICIAL,
        ("read-only root", "True"): OFFICIAL,
        ("read-only root", "False"): OFFICIAL,
        ("dropped", "ALL"): OFFICIAL,
        ("argument", "--requirepass"): "the cluster has a file for it, so that no list of processes shows it",
        ("argument", "development"): "the password",
        ("variable", "REDIS_PASSWORD"): "the check takes it from there, where the cluster's has the file",
        ("folder", "/run/redis"): "of the password's file",
        ("size", "/run/redis 1"): "of the password's file",
    },
    "backend-migrate": {
        ("folder", "/app/app"): RELOADED,
        ("size", "/tmp 64"): "as the backend's",
        ("size", "/tmp 256"): "as the backend's",
    },
    "backend": {
        ("argument", "--reload"): RELOADED,
        ("argument", "--reload-dir=app"): RELOADED,
        ("folder", "/app/app"): RELOADED,
        ("variable", "AWS_ENDPOINT_URL_S3"): "S3 is a stand-in",
    },
    "celery-worker": {
        ("folder", "/app/app"): RELOADED,
        ("variable", "AWS_ENDPOINT_URL_S3"): "S3 is a stand-in",
    },
    "frontend": {},
}


@pytest.mark.parametrize("service", WORKLOADS)
def test_compose_runs_it_as_staging_does(service: str) -> None:
    ours, clusters = of_compose(COMPOSITION.service(service)), of_cluster(service)
    different = DIFFERENT[service].keys()
    only_ours, only_clusters = ours - clusters - different, clusters - ours - different
    assert (only_ours, only_clusters) == (set(), set()), (
        f"compose.yaml and dist/staging differ in {service}: adapt compose.yaml, or say in DIFFERENT why they do"
    )


@pytest.mark.parametrize("service", WORKLOADS)
def test_what_is_listed_as_different_is(service: str) -> None:
    assert DIFFERENT[service].keys() <= of_compose(COMPOSITION.service(service)) ^ of_cluster(service)


def test_the_other_services_stand_for_what_the_cluster_reaches_outside() -> None:
    assert set(COMPOSITION.names()) - WORKLOADS.keys() == {"localstack", "mailhog"}


@pytest.mark.parametrize("name", ["backend", "celery-worker", "frontend"])
def test_a_service_is_found_under_the_name_that_it_has_in_the_cluster(name: str) -> None:
    hosts = {"REDIS_URL": "@redis:6379/", "DATABASE_URL": "@postgres:5432/", "API_URL": "http://backend:8000"}
    given = COMPOSITION.service(name)["environment"]
    wanted: Iterable[str] = ["API_URL"] if name == "frontend" else ["REDIS_URL", "DATABASE_URL"]
    for variable in wanted:
        assert hosts[variable] in given[variable]
