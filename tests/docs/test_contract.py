"""docs/contract.md: its tables say what dist/production gives, to each container and job and to no other."""

from copy import deepcopy
from typing import Any

import pytest

from docs.contract import PAGE, REGION, environment, read, renewed

from ..charts.dist import containers, pod_spec

Objects = dict[str, Any]

TEXT = PAGE.read_text(encoding="utf-8")
BACKEND, WORKER = "Deployment/backend", "Deployment/celery-worker"


@pytest.fixture
def objects() -> Objects:
    return deepcopy(dict(read()))


@pytest.fixture
def container(objects: Objects) -> Any:
    """The backend's."""
    (found,) = containers(objects[BACKEND])
    return found


def table(kind: str, of: str, objects: Objects, made: str = "") -> list[list[str]]:
    """The cells of a table that is made anew."""
    lines = renewed(f"<!-- {kind}: {of} -->\n{made}<!-- end -->\n", objects).splitlines()
    return [[cell.strip() for cell in line.split(" |")[:-1]] for line in lines[3:-1]]


def facts(of: str, objects: Objects) -> dict[str, str]:
    return {name.removeprefix("| "): fact for name, fact in table("container", of, objects)}


def test_it_is_fresh() -> None:
    assert renewed(TEXT, read()) == TEXT, "run `make synth`"


def test_every_pod_of_production_is_in_a_table_and_its_variables_too(objects: Objects) -> None:
    tables = [(region["kind"], set(region["of"].split())) for region in REGION.finditer(TEXT)]
    described = {name for kind, names in tables if kind != "variables" for name in names}
    explained = {name for kind, names in tables if kind == "variables" for name in names}
    pods = {name for name in objects if name.partition("/")[0] in ("Deployment", "StatefulSet", "CronJob")}
    assert described == pods
    assert explained == {name for name in pods if dict(environment(objects[name], objects))}


def test_every_variable_that_a_pod_gets_is_explained() -> None:
    rows = [
        line
        for region in REGION.finditer(TEXT)
        if region["kind"] == "variables"
        for line in region["made"].splitlines()[2:]
    ]
    assert rows
    assert [row for row in rows if row.endswith("| |")] == []


def test_a_probe_is_told_with_its_patience_and_what_follows(objects: Objects, container: Any) -> None:
    container["readinessProbe"] |= {"httpGet": {"path": "/other", "port": "http"}, "failureThreshold": 7}
    container["livenessProbe"] = {
        "tcpSocket": {"port": "http"},
        "periodSeconds": 9,
        "timeoutSeconds": 4,
        "failureThreshold": 2,
    }
    found = facts(BACKEND, objects)
    assert found["can serve"] == (
        "`GET /other` on `http` answers 200 within 3 s; asked every 5 s, gets no requests after 7 failures in a row"
    )
    assert found["is alive"] == (
        "`http` accepts connections within 4 s; asked every 9 s, restarted after 2 failures in a row"
    )


def test_a_command_with_a_bar_stays_in_its_cell(objects: Objects, container: Any) -> None:
    container["livenessProbe"]["exec"] = {"command": ["sh", "-c", "a | b"]}
    del container["livenessProbe"]["httpGet"]
    assert facts(BACKEND, objects)["is alive"].startswith(r"`sh -c 'a \| b'` ends with 0")


def test_command_ports_folders_and_end_are_those_of_the_pod(objects: Objects, container: Any) -> None:
    container["args"] = ["--port=1", "two words"]
    container["ports"] = [{"name": "http", "containerPort": 8123}]
    spec = pod_spec(objects[BACKEND])
    spec["volumes"][0]["emptyDir"] = {"sizeLimit": "7Mi", "medium": "Memory"}
    spec["terminationGracePeriodSeconds"] = 77
    found = facts(BACKEND, objects)
    assert found["command"].endswith("--port=8000 --port=1 'two words'`")
    assert found["ports"] == "8123 `http`"
    assert found["writable"] == "`/tmp`, 7Mi in memory, empty at each start"
    assert found["stops"] == "`sleep 10`, then SIGTERM; SIGKILL 77 s after the beginning"


def test_a_volume_is_told_with_the_size_of_its_claim(objects: Objects) -> None:
    objects["PersistentVolumeClaim/redis-pvc"]["spec"]["resources"]["requests"]["storage"] = "9Gi"
    assert "`/data`, 9Gi, kept: `redis-pvc`" in facts("StatefulSet/redis", objects)["writable"]


def test_a_job_is_told_with_its_time_its_deadline_and_how_often_it_is_tried(objects: Objects) -> None:
    job = objects["CronJob/postgres-backup"]["spec"]
    job["schedule"] = "30 5 * * *"
    job["jobTemplate"]["spec"] |= {"activeDeadlineSeconds": 5400, "backoffLimit": 4}
    (row,) = table("jobs", "CronJob/postgres-backup", objects)
    assert row[2:5] == ["`30 5 * * *` Etc/UTC", "90 min", "5, none after exit code 1, 2, 3, 4, 5"]
    assert table("jobs", "CronJob/postgres-restore", objects)[0][2] == "started by hand"


def test_a_variable_names_its_secret_or_its_value_and_whom_it_is_given(objects: Objects) -> None:
    rows = {row[0]: row[1:] for row in table("variables", f"{BACKEND} {WORKER}", objects)}
    assert rows["| `JWT_SECRET`"][:2] == ["`backend-secret`", "all"]
    assert rows["| `LOG_LEVEL`"][:2] == ["`INFO`", "all"]
    assert rows["| `METRICS_PORT`"][:2] == ["`9090`", "backend"]


def test_what_is_written_about_a_variable_stays_and_goes_with_it(objects: Objects, container: Any) -> None:
    written = "| name | value | |\n|---|---|---|\n| `METRICS_PORT` | `1` | a \\| b |\n| `GONE` | `2` | lost |\n"
    container["env"].append({"name": "NEW", "value": "3"})
    rows = renewed(f"<!-- variables: {BACKEND} -->\n{written}<!-- end -->\n", objects).splitlines()
    assert "| `METRICS_PORT` | `9090` | a \\| b |" in rows
    assert "| `NEW` | `3` | |" in rows
    assert not any("GONE" in row for row in rows)


def test_a_value_in_the_pod_comes_before_one_of_a_config_map(objects: Objects, container: Any) -> None:
    container["env"].append({"name": "LOG_LEVEL", "value": "DEBUG"})
    assert dict(environment(objects[BACKEND], objects))["LOG_LEVEL"] == "`DEBUG`"


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("container: Deployment/admin", "Deployment/admin is not in dist/production; take it out of Deployment/admin"),
        (f"things: {BACKEND}", "things is no kind of table; there are container, jobs and variables"),
    ],
)
def test_a_table_that_cannot_be_made_is_told(objects: Objects, region: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^contract\.md: ") as caught:
        renewed(f"<!-- {region} -->\n<!-- end -->\n", objects)
    assert str(caught.value) == f"contract.md: {problem}"


def test_a_pod_of_two_containers_is_not_told_as_one(objects: Objects, container: Any) -> None:
    pod_spec(objects[BACKEND])["containers"].append({**container, "name": "proxy"})
    with pytest.raises(ValueError, match=r"backend has the containers backend, proxy; a table tells of one$"):
        facts(BACKEND, objects)
