"""The namespace of objects that say none."""

from typing import Any

import pytest

from kubecheck.objects.kinds import KINDS
from kubecheck.objects.scope import CLUSTER_SCOPED
from kubecheck.reading.namespaces import placed

Object = dict[str, Any]

NAMES = {"a": "shop", "b": "elsewhere", "c": "elsewhere"}


def an(kind: str, namespace: str | None = None, api_version: str = "v1", **fields: Any) -> Object:
    metadata = {"name": "a", **({} if namespace is None else {"namespace": namespace})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def namespaces(*objects: Object, given: str = "", is_release: bool = False) -> list[str | None]:
    return [o["metadata"].get("namespace") for o in placed(list(objects), given, is_release=is_release).objects]


def test_it_is_default_when_nothing_says_another() -> None:
    found = placed([an("Service"), an("Service", "")])
    assert [o["metadata"]["namespace"] for o in found.objects] == ["default", "default"]
    assert (found.namespace, found.count) == ("default", 2)


def test_in_a_release_it_is_the_one_that_most_objects_name() -> None:
    objects = [an("Service"), an("Service", "kube-system"), an("Service", "shop"), an("Pod", "shop")]
    assert namespaces(*objects, is_release=True)[0] == "shop"
    assert namespaces(*objects)[0] == "default"
    assert namespaces(an("Service"), an("Namespace"), is_release=True)[0] == "default"


@pytest.mark.parametrize("is_release", [True, False])
def test_it_is_where_a_binding_or_a_webhook_looks_for_an_object(is_release: bool) -> None:
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": where} for name, where in NAMES.items()]
    binding = an("ClusterRoleBinding", subjects=subjects)
    assert namespaces(an("ServiceAccount"), binding, an("Pod", "x"), is_release=is_release) == ["shop", None, "x"]
    service = {"name": "a", "namespace": "hooks"}
    hook = an("ValidatingWebhookConfiguration", webhooks=[{"clientConfig": {"service": service}}])
    assert namespaces(an("Service"), hook, is_release=is_release) == ["hooks", None]


def test_where_others_are_looked_for_says_nothing() -> None:
    subjects = [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}]
    assert namespaces(an("Service"), an("RoleBinding", subjects=subjects)) == ["default", "default"]


def test_the_one_that_is_given_wins() -> None:
    assert namespaces(an("Service"), an("Service", "shop"), given="production") == ["production", "shop"]


def test_what_is_cluster_scoped_gets_none_and_loses_one() -> None:
    custom = an("Widget", "shop", "example.com/v1")
    names = {"kind": "Widget"}
    definition = an("CustomResourceDefinition", spec={"group": "example.com", "names": names, "scope": "Cluster"})
    objects = [an("Namespace"), an("ClusterRole", "shop"), an("ClusterIssuer", None, "cert-manager.io/v1"), custom]
    assert namespaces(*objects, definition) == [None, None, None, None, None]


def test_other_custom_resources_are_namespaced() -> None:
    kinds = [("Certificate", "cert-manager.io/v1"), ("Cluster", "postgresql.cnpg.io/v1"), ("Rollout", "argoproj.io/v1")]
    assert namespaces(*(an(kind, None, version) for kind, version in kinds)) == ["default"] * 3


def test_objects_of_any_shape_are_left_alone() -> None:
    objects: list[Any] = [
        {"kind": "A"},
        {"kind": 1, "metadata": []},
        {"apiVersion": None, "metadata": {"namespace": 1}},
    ]
    assert placed(objects).objects == objects


def test_every_kind_that_is_cluster_scoped_is_one_of_kubernetes() -> None:
    assert {kind for _, _, _, kinds in KINDS for kind in kinds.split()} >= CLUSTER_SCOPED
