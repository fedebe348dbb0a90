"""Files of a projected volume: a token for one reader, and what the pod is."""

import pytest
from constructs_revrx import DownwardAPI, ServiceAccountToken


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
