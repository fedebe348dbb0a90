"""What a scratch volume may hold beside what the kubelet lets its pod keep."""

from typing import Any

import pytest

from kubecheck.checks.pods.ephemeral_storage import scratch_volume_size

from ...given import Object, o, texts, workload


def limit(storage: str | None, name: str = "c", **fields: Any) -> Object:
    resources = {"limits": {"ephemeral-storage": storage} if storage else {"cpu": "1"}}
    return {"name": name, "resources": resources, "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}], **fields}


def pod(*containers: Object, size: Any = "1Gi", medium: str | None = None, **spec: Any) -> Object:
    volume = {"name": "tmp", "emptyDir": {"sizeLimit": size, **({"medium": medium} if medium else {})}}
    return workload(pod={"containers": [*containers], "volumes": [volume], **spec})


def test_a_volume_larger_than_all_limits_together_is_told() -> None:
    assert texts(scratch_volume_size, [pod(limit("256Mi"), limit("512Mi", "d"))]) == [
        "Deployment a: volume tmp may hold 1Gi, and its pods are evicted when all that they keep on disk is over "
        "768Mi, the limits of ephemeral-storage of their containers together; raise one, or lower the volume's "
        "sizeLimit"
    ]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(pod(limit("1Gi")), id="equal"),
        pytest.param(pod(limit("512Mi"), limit("512Mi", "d")), id="together"),
        pytest.param(pod(limit("1Mi"), initContainers=[limit("1Gi", "i")]), id="an init container may use more"),
        pytest.param(pod(limit(None)), id="no limit"),
        pytest.param(pod(limit("1Mi"), medium="Memory"), id="memory"),
        pytest.param(pod(limit("1Mi", volumeMounts=[])), id="nobody mounts it"),
        pytest.param(pod(limit("1Mi", volumeMounts=[{"name": "tmp", "readOnly": True}])), id="nobody writes to it"),
        pytest.param(pod(limit("1Mi"), size=None), id="no size"),
        pytest.param(pod(limit("1Mi"), size="lots"), id="no quantity"),
        pytest.param(pod(limit("512Mi"), limit("little", "d")), id="no limit that can be read"),
    ],
)
def test_a_volume_that_can_be_filled_is_no_error(found: Object) -> None:
    assert texts(scratch_volume_size, [found]) == []


def test_of_two_containers_one_limit_is_that_of_the_pod() -> None:
    """As the kubelet counts: a container without a limit adds nothing to the sum."""
    assert len(texts(scratch_volume_size, [pod(limit("512Mi"), limit(None, "d"))])) == 1


def test_a_limit_range_s_default_is_a_limit() -> None:
    limits = o("LimitRange", spec={"limits": [{"type": "Container", "max": {"ephemeral-storage": "256Mi"}}]})
    assert len(texts(scratch_volume_size, [pod(limit(None)), limits])) == 1
