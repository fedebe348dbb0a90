"""What the APIs call the objects of a kind."""

import pytest

from kubecheck.objects.resources import built_in, resource_of


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("Pod", "pods"),
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("Endpoints", "endpoints"),
        ("ComponentStatus", "componentstatuses"),
        ("ResourceClaimParameters", "resourceclaimparameters"),
    ],
)
def test_a_resource_is_the_plural_of_its_kind(kind: str, resource: str) -> None:
    assert resource_of(kind) == resource


@pytest.mark.parametrize(
    ("group", "resources"),
    [
        ("", {"pods", "services", "endpoints", "events", "users", "groups"}),
        ("apps", {"deployments", "controllerrevisions"}),
        ("certificates.k8s.io", {"certificatesigningrequests", "signers"}),
        ("networking.k8s.io", {"ingresses", "ingressclasses", "ipaddresses", "networkpolicies"}),
        ("storage.k8s.io", {"csistoragecapacities", "storageclasses"}),
    ],
)
def test_kubernetes_own_groups_have_the_resources_of_their_kinds(group: str, resources: set[str]) -> None:
    assert resources <= built_in()[group]


def test_a_resource_is_in_its_own_group_alone() -> None:
    assert "deployments" not in built_in()[""]
    assert "pods" not in built_in()["apps"]
    assert "gateway.networking.k8s.io" not in built_in()
