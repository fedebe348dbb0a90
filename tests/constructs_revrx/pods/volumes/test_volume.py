"""Volumes: what each kind becomes, who shares one, and how much they may hold."""

from typing import Any

import pytest
from constructs_revrx import (
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
from cdk8s import Chart

from ...properties.shop import (
    APP_SECRET,
    CERTIFICATES,
    SMALL,
    TAGGED,
    Object,
    config_map,
    container,
    pod_template,
    web_service,
)
from ..takers import TAKERS, Taker


def volume_of(chart: Chart, volume: Volume) -> tuple[Object, Object]:
    """What becomes of a volume, and its mount."""
    workload = web_service(chart, volumes={"/data": volume}, replicas=1)
    made, mount = pod_template(workload)["spec"]["volumes"][0], container(workload)["volumeMounts"][0]
    assert made.pop("name") == mount["name"] == "data"
    assert mount["mountPath"] == "/data"
    assert list(workload.problems()) == []
    return made, mount


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
    chart: Chart, volume: Volume, made: Object, read_only: bool
) -> None:
    found, mount = volume_of(chart, volume)
    assert found == made
    assert mount.get("readOnly", False) is read_only


def test_an_ephemeral_volume_is_a_claim_of_the_pods_own(chart: Chart) -> None:
    found, mount = volume_of(chart, Volume.ephemeral(Storage(size="5Gi")))
    template = found["ephemeral"]["volumeClaimTemplate"]
    assert template["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "5Gi"}},
        "storageClassName": "gp3",
    }
    assert template["metadata"]["labels"]["app.kubernetes.io/name"] == "backend"
    assert "readOnly" not in mount


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


def test_one_config_map_in_two_containers_counts_once(chart: Chart) -> None:
    files = config_map(chart, "files", data={"a": "b"})
    beside = Container(name="beside", image=TAGGED, resources=SMALL, env_from=[files])
    both = pod_template(web_service(chart, "both", env_from=[files], containers=[beside]))["metadata"]["annotations"]
    assert both == pod_template(web_service(chart, "one", env_from=[files]))["metadata"]["annotations"]


@pytest.mark.parametrize("taker", TAKERS.values(), ids=TAKERS)
def test_none_on_the_nodes_disk_is_larger_than_what_its_pod_may_write(chart: Chart, taker: Taker) -> None:
    limit = Resources(cpu=("1", "1"), memory=("1Gi", "1Gi"), ephemeral_storage=("1Mi", "8Gi"))
    most = "9Gi" if taker.container_in == "containers" else "8Gi"
    assert taker(chart, "fits", resources=limit, scratch={"/tmp": most}).problems == []
    over = {"/tmp": "10Gi"}
    assert taker(chart, resources=limit, scratch=over).problems == [
        "scratch: /tmp: size 10Gi is above the limit of ephemeral_storage in resources, at which the pod is evicted; "
        "raise that, or lower the size"
    ]


def test_one_in_memory_may_be_larger_than_what_its_pod_may_write_to_disk(chart: Chart) -> None:
    volumes = {"/var/data": Volume.empty_dir("2Gi"), "/dev/shm": Volume.empty_dir("2Gi", memory=True)}
    (problem,) = web_service(chart, volumes=volumes).problems()
    assert problem.startswith("volumes: /var/data: size 2Gi is above")


def test_what_a_pod_may_write_is_the_sum_of_what_runs_at_once(chart: Chart) -> None:
    little = Resources(cpu=("1", "1"), memory=("1Gi", "1Gi"), ephemeral_storage=("1Mi", "4Mi"))
    other = Container(name="other", image=TAGGED, resources=little, scratch={})
    options = {"resources": little, "scratch": {"/tmp": "5Mi"}}
    assert list(web_service(chart, "beside", **options, containers=[other]).problems()) == []
    assert list(web_service(chart, "before", **options, init_containers=[other]).problems()) != []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"scratch": {"/a/b": "1Mi", "/a-b": "1Mi"}},
            "scratch: /a/b and /a-b give two volumes the name a-b; rename one",
            id="scratch",
        ),
        pytest.param(
            {"secret_files": [Secret("a.b", ("K",)), Secret("a-b", ("K",))]},
            "secret_files: /run/secrets/a.b and /run/secrets/a-b give two volumes the name run-secrets-a-b; rename one",
            id="secrets",
        ),
    ],
)
def test_two_of_one_name_are_refused(chart: Chart, options: dict[str, Any], problem: str) -> None:
    assert list(web_service(chart, **options).problems()) == [problem]


def test_a_path_too_long_for_a_volumes_name_is_refused(chart: Chart) -> None:
    assert list(web_service(chart, "good", scratch={"/" + "a" * 63: "1Mi"}).problems()) == []
    path = "/" + "a" * 64
    assert list(web_service(chart, scratch={path: "1Mi"}).problems()) == [
        f"scratch: {path} is too long for a volume's name; give 63 characters at most"
    ]
