"""Volumes: what each kind becomes, who shares one, which claims are made, and what keeps a second pod waiting."""

from typing import Any

import pytest
from constructs_revrx import (
    ConfigMap,
    Container,
    DownwardAPI,
    ExistingClaim,
    ExistingConfigMap,
    Resources,
    Secret,
    ServiceAccountToken,
    Storage,
    Volume,
)
from cdk8s import App, Chart

from ..properties.shop import (
    APP_SECRET,
    CERTIFICATES,
    PROGRAMS,
    SMALL,
    TAGGED,
    Object,
    Recipe,
    config_map,
    container,
    objects,
    pod_template,
    web_service,
    worker,
)

every_program = pytest.mark.parametrize("recipe", PROGRAMS.values(), ids=PROGRAMS)
DEPLOYMENTS = {"web-service": web_service, "worker": worker}
every_deployment = pytest.mark.parametrize("recipe", DEPLOYMENTS.values(), ids=DEPLOYMENTS)

SPEC = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "5Gi"}},
    "storageClassName": "gp3",
}


def volume_of(recipe: Recipe, chart: Chart, volume: Volume) -> tuple[Object, Object]:
    """What becomes of a volume, and its mount."""
    only = {"replicas": 1} if "replicas" in recipe.options else {}
    workload = recipe(chart, volumes={"/data": volume}, **only)
    made, mount = pod_template(workload)["spec"]["volumes"][0], container(workload)["volumeMounts"][0]
    assert made.pop("name") == mount["name"] == "data"
    assert mount["mountPath"] == "/data"
    assert list(workload.problems()) == []
    return made, mount


@every_program
@pytest.mark.parametrize(
    ("volume", "made", "read_only"),
    [
        pytest.param(Volume.empty_dir("1Gi"), {"emptyDir": {"sizeLimit": "1Gi"}}, False, id="empty-dir"),
        pytest.param(
            Volume.empty_dir("1Gi", memory=True),
            {"emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}},
            False,
            id="memory",
        ),
        pytest.param(
            Volume.claim(ExistingClaim("old")), {"persistentVolumeClaim": {"claimName": "old"}}, False, id="existing"
        ),
        pytest.param(
            Volume.claim(ExistingClaim("old"), access_mode="ReadOnlyMany"),
            {"persistentVolumeClaim": {"claimName": "old"}},
            True,
            id="read-only-many",
        ),
        pytest.param(
            Volume.secret(CERTIFICATES),
            {"secret": {"secretName": "certificates", "defaultMode": 0o440}},
            True,
            id="secret",
        ),
        pytest.param(
            Volume.secret(APP_SECRET, keys=("API_KEY",)),
            {
                "secret": {
                    "secretName": "app-secret",
                    "defaultMode": 0o440,
                    "items": [{"key": "API_KEY", "path": "API_KEY"}],
                }
            },
            True,
            id="keys-of-a-secret",
        ),
        pytest.param(
            Volume.config_map(ExistingConfigMap("regions")), {"configMap": {"name": "regions"}}, True, id="config-map"
        ),
        pytest.param(
            Volume.projected(
                ServiceAccountToken(audience="vault"),
                ServiceAccountToken(audience="sts.amazonaws.com", expiry=600, path="aws"),
                DownwardAPI(files={"team": "metadata.labels['team']", "name": "metadata.name"}),
                CERTIFICATES,
                ExistingConfigMap("kube-root-ca.crt"),
            ),
            {
                "projected": {
                    "defaultMode": 0o440,
                    "sources": [
                        {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 3600, "path": "token"}},
                        {
                            "serviceAccountToken": {
                                "audience": "sts.amazonaws.com",
                                "expirationSeconds": 600,
                                "path": "aws",
                            }
                        },
                        {
                            "downwardAPI": {
                                "items": [
                                    {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}},
                                    {"path": "team", "fieldRef": {"fieldPath": "metadata.labels['team']"}},
                                ]
                            }
                        },
                        {"secret": {"name": "certificates"}},
                        {"configMap": {"name": "kube-root-ca.crt"}},
                    ],
                }
            },
            True,
            id="projected",
        ),
    ],
)
def test_each_kind_becomes_what_kubernetes_calls_so(
    chart: Chart, recipe: Recipe, volume: Volume, made: Object, read_only: bool
) -> None:
    found, mount = volume_of(recipe, chart, volume)
    assert found == made
    assert mount.get("readOnly", False) is read_only


@every_program
def test_an_ephemeral_volume_is_a_claim_of_the_pods_own(chart: Chart, recipe: Recipe) -> None:
    found, mount = volume_of(recipe, chart, Volume.ephemeral(Storage(size="5Gi")))
    assert found["ephemeral"]["volumeClaimTemplate"]["spec"] == SPEC
    assert found["ephemeral"]["volumeClaimTemplate"]["metadata"]["labels"]["app.kubernetes.io/name"] == recipe.id
    assert "readOnly" not in mount


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


def sharing(chart: Chart, mine: Volume, other: Volume) -> tuple[Object, list[list[Object]]]:
    beside = Container(name="beside", image=TAGGED, resources=SMALL, scratch={}, volumes={"/in": other})
    spec = pod_template(web_service(chart, replicas=1, scratch={}, volumes={"/out": mine}, containers=[beside]))["spec"]
    return spec["volumes"], [each["volumeMounts"] for each in spec["containers"]]


def test_one_value_in_two_containers_is_one_volume(chart: Chart) -> None:
    shared = Volume.empty_dir("1Mi")
    volumes, mounts = sharing(chart, shared, shared)
    assert volumes == [{"name": "out", "emptyDir": {"sizeLimit": "1Mi"}}]
    assert mounts == [[{"name": "out", "mountPath": "/out"}], [{"name": "out", "mountPath": "/in"}]]


def test_one_container_may_only_read_what_another_writes(chart: Chart) -> None:
    shared = Volume.empty_dir("1Mi")
    volumes, mounts = sharing(chart, shared, shared.read_only())
    assert len(volumes) == 1
    assert mounts == [[{"name": "out", "mountPath": "/out"}], [{"name": "out", "mountPath": "/in", "readOnly": True}]]


@pytest.mark.parametrize("kind", [Volume.empty_dir, lambda size: Volume.ephemeral(Storage(size=size))])
def test_two_values_of_what_goes_with_the_pod_are_two_volumes(chart: Chart, kind: object) -> None:
    volumes, mounts = sharing(chart, kind("1Mi"), kind("1Mi"))  # type: ignore[operator]
    assert [volume["name"] for volume in volumes] == ["out", "beside-in"]
    assert [[mount["name"] for mount in each] for each in mounts] == [["out"], ["beside-in"]]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Volume.claim(ExistingClaim("old")), id="existing"),
        pytest.param(lambda: Volume.claim(Storage(size="1Gi")), id="claim"),
        pytest.param(lambda: Volume.secret(Secret("s", ("K",))), id="secret"),
        pytest.param(lambda: Volume.config_map(ExistingConfigMap("c")), id="config-map"),
    ],
)
def test_two_values_that_name_one_object_are_one_volume(chart: Chart, make: object) -> None:
    volumes, _ = sharing(chart, make(), make())  # type: ignore[operator]
    assert len(volumes) == 1


def test_scratch_folders_are_each_containers_own(chart: Chart) -> None:
    beside = Container(name="beside", image=TAGGED, resources=SMALL)
    backend = web_service(chart, containers=[beside])
    assert [volume["name"] for volume in pod_template(backend)["spec"]["volumes"]] == ["tmp", "beside-tmp"]


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


@every_program
@pytest.mark.parametrize("place", ["volumes", "projected", "containers", "init_containers"])
def test_a_config_map_in_any_place_of_the_pod_rolls_it(app: App, recipe: Recipe, place: str) -> None:
    digests = set()
    for text in ("open", "closed"):
        chart = Chart(app, text, namespace="shop")
        files = config_map(chart, "files", data={"door": text})
        digests.add(pod_template(recipe(chart, **_using(files, place)))["metadata"]["annotations"]["checksum/config"])
    assert len(digests) == 2


def _using(files: ConfigMap, place: str) -> dict[str, object]:
    if place == "volumes":
        return {"volumes": {"/etc/shop": Volume.config_map(files)}}
    if place == "projected":
        return {"volumes": {"/etc/shop": Volume.projected(files)}}
    return {place: [Container(name="other", image=TAGGED, resources=SMALL, config_files={"/etc/shop": files})]}


def test_one_config_map_in_two_containers_counts_once(chart: Chart) -> None:
    files = config_map(chart, "files", data={"a": "b"})
    beside = Container(name="beside", image=TAGGED, resources=SMALL, env_from=[files])
    both = pod_template(web_service(chart, "both", env_from=[files], containers=[beside]))["metadata"]["annotations"]
    assert both == pod_template(web_service(chart, "one", env_from=[files]))["metadata"]["annotations"]


def test_a_key_that_a_secret_does_not_have_keeps_no_pod_waiting(chart: Chart) -> None:
    volume = Volume.secret(CERTIFICATES, keys=("CA", "KEY"))
    assert list(web_service(chart, volumes={"/etc/pki": volume}).problems()) == [
        "volumes: /etc/pki: certificates has no key KEY, which is read; declare it"
    ]


@every_program
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"scratch": {"/data": "1Mi"}, "volumes": {"/data": Volume.empty_dir("1Mi")}},
            "volumes, scratch: /data is given twice; a folder holds one volume",
            id="twice",
        ),
        pytest.param(
            {"scratch": {"/a": "1Mi", "/a/": "1Mi"}},
            "scratch: /a is given twice; a folder holds one volume",
            id="twice-with-a-slash",
        ),
        pytest.param(
            {"secret_files": [CERTIFICATES, CERTIFICATES]},
            "secret_files: /run/secrets/certificates is given twice; a folder holds one volume",
            id="secret-twice",
        ),
        pytest.param(
            {"volumes": {"/a/../b": Volume.empty_dir("1Mi")}},
            "volumes: path '/a/../b' has ':' or '..', which Kubernetes refuses; write the folder's own path",
            id="dots",
        ),
        pytest.param(
            {"volumes": {"/a:b": Volume.empty_dir("1Mi")}},
            "volumes: path '/a:b' has ':' or '..', which Kubernetes refuses; write the folder's own path",
            id="colon",
        ),
        pytest.param(
            {"config_files": {"/etc/a": ExistingConfigMap("A")}},
            "config_files: /etc/a: 'A' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'",
            id="existing-config-map",
        ),
    ],
)
def test_mounts_that_cannot_be_are_refused(chart: Chart, recipe: Recipe, options: dict[str, Any], problem: str) -> None:
    scratch = {"/tmp": "1Mi", **options.get("scratch", {})}
    assert list(recipe(chart, **{**options, "scratch": scratch}).problems()) == [problem]


@every_program
def test_a_volume_may_be_mounted_inside_another(chart: Chart, recipe: Recipe) -> None:
    """Container runtimes mount the outer one first, and the kubelet makes the folder in files of a ConfigMap."""
    workload = recipe(
        chart,
        scratch={"/tmp": "2Mi", "/tmp/cache": "1Mi", "/etc/a/b": "1Mi"},
        config_files={"/etc/a": ExistingConfigMap("a")},
    )
    assert list(workload.problems()) == []


@every_program
@pytest.mark.parametrize("option", ["scratch", "volumes"])
@pytest.mark.parametrize("path", ["/_", "/.", "/é"])
def test_a_folder_that_names_no_volume_is_refused(chart: Chart, recipe: Recipe, option: str, path: str) -> None:
    folders = {"/tmp": "1Mi", path: "1Mi"} if option == "scratch" else {path: Volume.empty_dir("1Mi")}
    assert list(recipe(chart, **{option: folders}).problems()) == [
        f"{option}: path {path!r} has none of a-z and 0-9, of which its volume is named; choose another folder"
    ]


@every_program
def test_no_folder_is_larger_than_what_its_pod_may_write(chart: Chart, recipe: Recipe) -> None:
    limit = Resources(cpu=("1", "1"), memory=("1Gi", "1Gi"), ephemeral_storage=("1Mi", "8Mi"))
    assert list(recipe(chart, "fits", resources=limit, scratch={"/tmp": "8Mi"}).problems()) == []
    assert list(recipe(chart, resources=limit, scratch={"/tmp": "9Mi"}).problems()) == [
        "scratch: /tmp: size 9Mi is above the limit of ephemeral_storage in resources, at which the pod is evicted; "
        "raise that, or lower the size"
    ]
    volumes = {"/var/data": Volume.empty_dir("9Mi"), "/dev/shm": Volume.empty_dir("9Mi", memory=True)}
    (problem,) = recipe(chart, "volume", resources=limit, scratch={"/tmp": "1Mi"}, volumes=volumes).problems()
    assert problem.startswith("volumes: /var/data: size 9Mi is above")


def test_what_a_pod_may_write_is_the_sum_of_what_runs_at_once(chart: Chart) -> None:
    little = Resources(cpu=("1", "1"), memory=("1Gi", "1Gi"), ephemeral_storage=("1Mi", "4Mi"))
    other = Container(name="other", image=TAGGED, resources=little, scratch={})
    options = {"resources": little, "scratch": {"/tmp": "5Mi"}}
    assert list(web_service(chart, "beside", **options, containers=[other]).problems()) == []
    assert list(web_service(chart, "before", **options, init_containers=[other]).problems()) != []


@pytest.mark.parametrize("path", ["../name", "a/../b", "..name", "..", "/name", "a b", ""])
def test_a_file_of_a_volume_has_a_name_that_leads_nowhere_else(path: str) -> None:
    (problem,) = DownwardAPI(files={path: "metadata.name"}).problems()
    assert problem == f"{path!r} is not a file's name in the volume; use letters, digits, '-', '_' and '.'"
    assert list(ServiceAccountToken(audience="vault", path=path).problems()) == [problem]


@pytest.mark.parametrize(
    "name", ["metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations['a/b']"]
)
def test_a_file_may_hold_a_field_of_the_pods_metadata(name: str) -> None:
    assert list(DownwardAPI(files={"file": name}).problems()) == []


def test_a_token_may_be_as_short_as_kubernetes_grants() -> None:
    assert list(ServiceAccountToken(audience="vault", expiry=600).problems()) == []
    assert list(ServiceAccountToken(audience="vault", expiry=599).problems()) == [
        "a token's expiry 599 is below the 600 seconds that Kubernetes grants"
    ]
