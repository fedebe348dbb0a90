"""Changes that the API server refuses, or a volume does not bear, against the files of the last run."""

from pathlib import Path

import pytest
import yaml

from kubecheck.checks.objects.immutable import immutable_field, shrinking_claim

from ...given import Object, o, texts

CLAIM = {"spec": {"storageClassName": "gp3", "resources": {"requests": {"storage": "10Gi"}}}}


FILE = Path("dist/shop/file.yaml")


def changes(before: str, new: Object) -> list[str]:
    checks = (immutable_field, shrinking_claim)
    return [text for check in checks for text in texts(check, [new], before=[(FILE, before, [new])])]


@pytest.mark.parametrize(
    ("kind", "before", "after", "field"),
    [
        ("DaemonSet", {"selector": {"matchLabels": {"a": "1"}}}, {"selector": {"matchLabels": {"a": "2"}}}, "selector"),
        ("StatefulSet", {"serviceName": "a"}, {"serviceName": "b"}, "serviceName"),
        ("StatefulSet", {"volumeClaimTemplates": [CLAIM]}, {}, "volumeClaimTemplates"),
        (
            "PersistentVolumeClaim",
            {"accessModes": ["ReadWriteOnce"]},
            {"accessModes": ["ReadWriteMany"]},
            "accessModes",
        ),
        ("PersistentVolumeClaim", {"volumeName": "a"}, {"volumeName": "b"}, "volumeName"),
        ("Service", {"clusterIP": "None"}, {}, "clusterIP"),
    ],
)
def test_fields_that_cannot_change(kind: str, before: Object, after: Object, field: str) -> None:
    (text,) = changes(yaml.safe_dump(o(kind, spec=before)), o(kind, spec=after))
    assert text.startswith(f"{kind} a: spec.{field}")
    assert changes(yaml.safe_dump(o(kind, spec=before)), o(kind, spec=before)) == []
    assert changes(yaml.safe_dump(o(kind, "b", spec=before)), o(kind, spec=after)) == [], "another object"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("Deployment", {"replicas": 1, "template": {"a": 1}}, {"replicas": 2, "template": {"a": 2}}),
        (
            "StatefulSet",
            {"replicas": 1, "updateStrategy": {}, "template": {"a": 1}},
            {"minReadySeconds": 1, "ordinals": {}},
        ),
        (
            "PersistentVolumeClaim",
            {"resources": {"requests": {"storage": "1Gi"}}},
            {"resources": {"requests": {"storage": "1.5Gi"}}},
        ),
        (
            "PersistentVolumeClaim",
            {"resources": {"requests": {"storage": "1024Mi"}}},
            {"resources": {"requests": {"storage": "1Gi"}}},
        ),
        ("Service", {"type": "ExternalName"}, {"type": "ClusterIP", "clusterIP": "None"}),
        ("Service", {"ports": [{"port": 80}]}, {"ports": [{"port": 81}]}),
        ("Job", {"template": {"a": 1}}, {"template": {"a": 2}}),
    ],
)
def test_fields_that_may_change(kind: str, before: Object, after: Object) -> None:
    assert changes(yaml.safe_dump(o(kind, spec=before)), o(kind, spec=after)) == []


UNREADABLE = {
    "empty": "",
    "no-yaml": "{[}",
    "merge-conflict": "kind: Service\n<<<<<<< HEAD\nspec: {clusterIP: None}\n=======\nspec: {}\n>>>>>>> x\n",
    "text": "spec",
    "list": "- kind: Service\n",
    "binary": "\x00\x01\x02",
    "other-shape": "kind: Service\nmetadata: []\nspec: 3\n",
    "kind-is-a-list": "kind: [Service]\n",
    "unknown-tag": "kind: !!python/object:os.system x\n",
    "duplicate-keys": "kind: Service\nkind: Service\n",
    "unknown-alias": "kind: *nowhere\n",
    "odd-directive": "%YAML 9.9\n---\nkind: Service\n",
    "not-a-date": "kind: Service\nspec: 2026-99-99\n",
}


@pytest.mark.parametrize("before", UNREADABLE.values(), ids=UNREADABLE)
def test_the_last_run_s_file_may_hold_anything_by_now(before: str) -> None:
    assert changes(before, o("Service", spec={"clusterIP": "None"})) == []


def test_of_a_long_value_the_beginning_is_told() -> None:
    before = yaml.safe_dump(o("StatefulSet", spec={"serviceName": "a" * 101}))
    (text,) = changes(before, o("StatefulSet", spec={"serviceName": "a" * 100}))
    assert f"from {'a' * 100}… to {'a' * 100}, which" in text
