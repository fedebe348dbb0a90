"""Claims: made with their workload, kept by it, and of one pod at a time unless their access mode says otherwise."""

import pytest
from constructs_revrx import Container, ExistingClaim, ExistingConfigMap, Storage, Volume
from cdk8s import Chart

from ...properties.shop import PROGRAMS, SCALED, SMALL, TAGGED, Recipe, objects, pod_template, web_service

every_program = pytest.mark.parametrize("recipe", PROGRAMS.values(), ids=PROGRAMS)
every_deployment = pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)

SPEC = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "5Gi"}},
    "storageClassName": "gp3",
}


@every_program
def test_a_claim_is_made_with_its_workload_and_no_sync_deletes_its_data(chart: Chart, recipe: Recipe) -> None:
    volume = Volume.claim(Storage(size="5Gi"), name="uploads")
    workload = recipe(chart, volumes={"/data": volume})
    (claim,) = (o for o in objects(workload) if o["kind"] == "PersistentVolumeClaim")
    assert workload.claims["uploads"].to_json() == claim
    assert claim["metadata"]["name"] == f"{recipe.id}-uploads"
    assert claim["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"
    assert claim["metadata"]["labels"].items() >= workload.labels.all.items()
    assert claim["spec"] == SPEC
    assert {"persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}, "name": "data"} in pod_template(
        workload
    )["spec"]["volumes"]


@every_program
def test_argo_cd_waits_for_no_claim_whose_pod_may_start_next_week(chart: Chart, recipe: Recipe) -> None:
    recipe(chart, volumes={"/data": Volume.claim(Storage(size="5Gi"))})
    (claim,) = (o for o in objects(chart) if o["kind"] == "PersistentVolumeClaim")
    ignored = claim["metadata"]["annotations"].get("argocd.argoproj.io/ignore-healthcheck")
    assert ignored == ("true" if recipe.id == "migrate" else None)


def test_a_claim_may_be_of_several_nodes(chart: Chart) -> None:
    volume = Volume.claim(Storage(size="5Gi", storage_class="efs"), access_mode="ReadWriteMany")
    backend = web_service(chart, volumes={"/data": volume})
    assert backend.claims["data"].to_json()["spec"]["accessModes"] == ["ReadWriteMany"]
    assert list(backend.problems()) == []


def test_without_a_claim_none_is_made(chart: Chart) -> None:
    backend = web_service(chart, replicas=1, volumes={"/data": Volume.claim(ExistingClaim("old"))})
    assert backend.claims == {}
    assert "PersistentVolumeClaim" not in [o["kind"] for o in objects(backend)]


def test_what_exists_already_is_not_missed(chart: Chart) -> None:
    volumes = {
        "/data": Volume.claim(ExistingClaim("old")),
        "/etc/a": Volume.config_map(ExistingConfigMap("a")),
        "/etc/b": Volume.projected(ExistingConfigMap("b")),
    }
    files = {"/etc/c": ExistingConfigMap("c")}
    backend = web_service(chart, replicas=1, volumes=volumes, config_files=files, env_from=[ExistingConfigMap("d")])
    assert backend.existing == {
        "PersistentVolumeClaim/shop/old",
        *(f"ConfigMap/shop/{name}" for name in "abcd"),
    }


@every_deployment
@pytest.mark.parametrize("replicas", [0, 1])
@pytest.mark.parametrize("mode", ["ReadWriteOnce", "ReadWriteOncePod"])
def test_with_a_claim_of_one_node_the_old_pod_stops_before_the_new_one_starts(
    chart: Chart, recipe: Recipe, replicas: int, mode: str
) -> None:
    volume = Volume.claim(ExistingClaim("old"), access_mode=mode)  # type: ignore[arg-type]
    workload = recipe(chart, replicas=replicas, volumes={"/data": volume})
    assert workload.deployment.to_json()["spec"]["strategy"] == {"type": "Recreate"}
    assert list(workload.problems()) == []


def test_a_claim_of_one_node_counts_in_any_container(chart: Chart) -> None:
    volume = Volume.claim(ExistingClaim("old"))
    beside = Container(name="beside", image=TAGGED, resources=SMALL, volumes={"/data": volume})
    backend = web_service(chart, "one", replicas=1, containers=[beside])
    assert backend.deployment.to_json()["spec"]["strategy"] == {"type": "Recreate"}
    (problem,) = web_service(chart, replicas=2, init_containers=[beside]).problems()
    assert problem.startswith("replicas: 2 pods cannot have a claim that is ReadWriteOnce")


@every_deployment
@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_a_claim_of_many_nodes_changes_nothing(chart: Chart, recipe: Recipe, mode: str) -> None:
    volume = Volume.claim(ExistingClaim("old"), access_mode=mode)  # type: ignore[arg-type]
    workload = recipe(chart, replicas=3, volumes={"/data": volume})
    assert workload.deployment.to_json()["spec"]["strategy"]["type"] == "RollingUpdate"
    assert list(workload.problems()) == []
