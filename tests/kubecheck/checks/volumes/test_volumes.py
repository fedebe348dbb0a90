"""Mounts that are odd, and what checks of volumes say."""

import pytest

from kubecheck.checks.volumes.volumes import mount_path, unknown_volume, volume_file, volume_source

from ...given import Object, container, texts, workload


def mounts(*paths: str, **fields: str) -> Object:
    given = [{"name": "a", "mountPath": path, **fields} for path in paths]
    return workload(pod={**container(volumeMounts=given), "volumes": [{"name": "a", "emptyDir": {}}]})


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("data", "does not begin with '/', and nothing says what it begins at; write it from the root"),
        ("/a/../b", "has '..', and nothing says where that leads; write the folder's own path"),
        ("/a:b", "has ':', which Kubernetes refuses; write one without"),
    ],
)
def test_a_mount_path_of_which_nobody_knows_where_it_is(path: str, problem: str) -> None:
    assert texts(mount_path, [mounts(path)]) == [f"Deployment a: container c: mountPath {path} {problem}"]


@pytest.mark.parametrize("path", ["/", "/data", "/data/", "/a..b", "C:/data", r"c:\data", r"\\.\pipe\docker"])
def test_other_paths_are_right_also_those_of_windows(path: str) -> None:
    assert texts(mount_path, [mounts(path)]) == []


def test_a_folder_within_another_is_right_and_one_twice_is_not() -> None:
    assert texts(mount_path, [mounts("/tmp", "/tmp/cache", "/tmp/cache/a")]) == []
    assert texts(mount_path, [mounts("/tmp", "/tmp/")]) == [
        "Deployment a: container c: /tmp/ is the same folder as /tmp; take another for one volume"
    ]
    assert texts(mount_path, [mounts("/tmp", "/tmp")]) == [], "told by another check"


def test_a_sub_path_stays_in_its_volume() -> None:
    assert texts(mount_path, [mounts("/a", subPath="../b")]) == [
        "Deployment a: container c: subPath ../b leads out of the volume, which the API server refuses; write a path "
        "in it"
    ]


def test_a_volume_that_the_pod_does_not_have_is_told_with_those_it_has() -> None:
    found = workload(
        "StatefulSet",
        pod={**container(volumeMounts=[{"name": "dat", "mountPath": "/data"}]), "volumes": [{"name": "tmp"}]},
        volumeClaimTemplates=[{"metadata": {"name": "data"}}],
    )
    assert texts(unknown_volume, [found]) == [
        "StatefulSet a: container c mounts volume 'dat', which the pod does not have: it has tmp, data; write one of "
        "these, or add it"
    ]
    custom = {**found, "apiVersion": "example.com/v1", "kind": "Database"}
    assert texts(unknown_volume, [custom]) == [], "its operator may add one"


def test_what_is_wrong_with_a_volume_is_told_with_its_name_or_place() -> None:
    found = workload(pod={"volumes": [{"emptyDir": {}, "secret": {}}, {"name": "b", "hostPath": {"path": "/a/.."}}]})
    assert texts(volume_source, [found]) == [
        "Deployment a: volume spec.volumes[0] has the name '', which the API server refuses; use at most 63 lower-case "
        "letters, digits and '-'",
        "Deployment a: volume spec.volumes[0] is of emptyDir and secret, and the API server takes one; leave one out",
        "Deployment a: volume spec.volumes[0] has no secret.secretName, which the API server wants; write it",
        "Deployment a: volume b has '..' in the hostPath /a/.., which the API server refuses; write the folder's own "
        "path",
    ]


def test_a_mode_without_the_0_in_front_is_told_so() -> None:
    found = workload(pod={"volumes": [{"name": "a", "secret": {"secretName": "a", "defaultMode": 644}}]})
    assert texts(volume_file, [found]) == [
        "Deployment a: volume a: defaultMode 644 is over 511, which is 0777; write it with a 0 in front, e.g. 0644"
    ]
