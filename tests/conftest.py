"""An app below tmp_path, a chart in the namespace `shop`, and snapshots that read like the product."""

from pathlib import Path
from typing import Any

import constructs_revrx  # noqa: F401  # before cdk8s: it names the Node that cdk8s starts
import cdk8s
import pytest
from constructs_revrx.synth.yaml import dump
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class ManifestSnapshot(SingleFileSnapshotExtension):
    """The objects of a chart, as they stand in dist/."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        return "---\n".join(map(dump, data))


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(ManifestSnapshot)


@pytest.fixture
def app(tmp_path: Path) -> cdk8s.App:
    # Not cdk8s.Testing.app(): each call of it leaves a folder behind.
    return cdk8s.App(outdir=str(tmp_path))


@pytest.fixture
def chart(app: cdk8s.App) -> cdk8s.Chart:
    labels = {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/instance": "shop-production"}
    return cdk8s.Chart(app, "production", namespace="shop", labels=labels)
