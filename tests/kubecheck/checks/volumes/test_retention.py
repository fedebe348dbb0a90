"""Volumes that would go together with their StatefulSet."""

import pytest

from kubecheck.checks.volumes.retention import claim_retention

from ...given import o, texts

FIELD = "persistentVolumeClaimRetentionPolicy"


@pytest.mark.parametrize(("when", "event"), [("whenDeleted", "is deleted"), ("whenScaled", "is scaled down")])
def test_a_policy_that_deletes_data_is_told(when: str, event: str) -> None:
    assert texts(claim_retention, [o("StatefulSet", spec={FIELD: {when: "Delete"}})]) == [
        f"StatefulSet a: {FIELD}.{when} is Delete, so its volumes' data would be gone when it {event}; write Retain "
        "and delete claims by hand, or take an ephemeral volume for what may be lost"
    ]
    assert texts(claim_retention, [o("StatefulSet", spec={FIELD: {when: "Retain"}}), o("StatefulSet")]) == []
