"""Keys that pods read of Secrets and ConfigMaps."""

from typing import Any

import pytest

from kubecheck import Cluster, Unseen
from kubecheck.checks.references.keys import unknown_key

from ...given import Object, container, o, texts, workload


def env(kind: str, key: str, **more: Any) -> Object:
    source = {"name": "x", "key": key, **more}
    return workload(pod=container(env=[{"name": "E", "valueFrom": {f"{kind}KeyRef": source}}]))


def volume(source: Object) -> Object:
    return workload(pod={"volumes": [source]})


ITEMS = {"items": [{"key": "b", "path": "b"}]}
READERS = {
    "env of a Secret": (env("secret", "b"), "Secret"),
    "env of a ConfigMap": (env("configMap", "b"), "ConfigMap"),
    "items of a Secret": (volume({"secret": {"secretName": "x", **ITEMS}}), "Secret"),
    "items of a ConfigMap": (volume({"configMap": {"name": "x", **ITEMS}}), "ConfigMap"),
    "a projected Secret": (volume({"projected": {"sources": [{"secret": {"name": "x", **ITEMS}}]}}), "Secret"),
    "a projected ConfigMap": (volume({"projected": {"sources": [{"configMap": {"name": "x", **ITEMS}}]}}), "ConfigMap"),
}


@pytest.mark.parametrize(("reader", "kind"), READERS.values(), ids=READERS)
def test_a_key_that_is_not_declared_is_told_wherever_it_is_read(reader: Object, kind: str) -> None:
    assert texts(unknown_key, [reader, o(kind, "x", data={"abc": "1"})]) == [
        f"Deployment a: {kind} x has no key b, so the container would not start; declare it"
    ]
    assert texts(unknown_key, [reader, o(kind, "x", data={"b": "1"})]) == []


MAKERS = {
    "data": o("Secret", "x", data={"KEY": ""}),
    "stringData": o("Secret", "x", stringData={"KEY": ""}),
    "ExternalSecret": o("ExternalSecret", "x", spec={"data": [{"secretKey": "KEY"}]}),
    "its target": o("ExternalSecret", "other", spec={"target": {"name": "x"}, "data": [{"secretKey": "KEY"}]}),
    "SealedSecret": o("SealedSecret", "x", spec={"encryptedData": {"KEY": ""}}),
    "its template": o("SealedSecret", "other", spec={"template": {"metadata": {"name": "x"}, "data": {"KEY": ""}}}),
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_whoever_makes_a_secret_declares_its_keys(maker: Object) -> None:
    assert texts(unknown_key, [env("secret", "KEY"), maker]) == []
    assert texts(unknown_key, [env("secret", "KEYS"), maker]) == [
        "Deployment a: Secret x has no key KEYS, so the container would not start; write KEY if that is meant, or "
        "declare it"
    ]


def test_binary_data_is_data() -> None:
    assert texts(unknown_key, [env("configMap", "b"), o("ConfigMap", "x", binaryData={"b": ""})]) == []


def test_a_key_that_may_be_missing_is_not_looked_for() -> None:
    assert texts(unknown_key, [env("secret", "b", optional=True), o("Secret", "x")]) == []


@pytest.mark.parametrize(
    "maker",
    [
        o("Secret", "y"),
        o("ExternalSecret", "x", spec={"dataFrom": [{"extract": {"key": "all"}}]}),
        o("ExternalSecret", "x", spec={"target": {"template": {"data": {"b": "{{ .a }}"}}}, "data": []}),
    ],
    ids=["made elsewhere", "all keys of the store", "a template"],
)
def test_keys_that_nobody_lists_are_said_to_be_unseen(maker: Object) -> None:
    assert [*unknown_key.findings(Cluster(objects=[env("secret", "b"), maker]))] == [
        Unseen(
            "Secret/shop/x: its keys are not listed here, so nothing tells whether all are there that are read",
            "unknown-key",
        )
    ]


def test_a_key_that_is_mounted_by_subpath_must_be_there() -> None:
    """Or the kubelet makes an empty folder where the program looks for a file."""

    def pod(**source: Any) -> Object:
        mount = {"name": "v", "mountPath": "/etc/app.yaml", "subPath": "app.yaml"}
        other = {"name": "w", "mountPath": "/w", "subPath": "x"}
        volumes = [{"name": "v", "configMap": {"name": "x", **source}}, {"name": "w", "emptyDir": {}}]
        return workload(pod={**container(volumeMounts=[mount, other]), "volumes": volumes})

    made = o("ConfigMap", "x", data={"app.yml": "1"})
    assert texts(unknown_key, [pod(), made]) == [
        "Deployment a: ConfigMap x has no key app.yaml, so /etc/app.yaml would be an empty folder; write app.yml if "
        "that is meant, or declare it"
    ]
    assert texts(unknown_key, [pod(items=[{"key": "app.yml", "path": "app.yaml"}]), made]) == []
    assert texts(unknown_key, [pod(optional=True), made]) == []
    assert texts(unknown_key, [pod(), o("ConfigMap", "x", binaryData={"app.yaml": ""})]) == []
