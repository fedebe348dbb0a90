"""`kubectl apply --prune` with an ApplySet, by a deployer: what is gone from the folder goes from the cluster."""

import shutil
from pathlib import Path

import pytest

from ..charts.dist import DIST
from .environment import STRICT, Environment
from .kubectl import KubectlError


def test_it_takes_what_is_removed_but_no_volume(environment: Environment, tmp_path: Path) -> None:
    folder = tmp_path / environment.name
    shutil.copytree(DIST / environment.name, folder)
    apply = ["apply", f"-f={folder}", "--prune", "--applyset=configmap/release", *STRICT]
    try:
        environment.deployer(*apply)

        (folder / "PodDisruptionBudget.redis.k8s.yaml").unlink()
        environment.deployer(*apply)
        assert environment.admin.get("poddisruptionbudget", "redis") == []

        (folder / "PersistentVolumeClaim.redis-pvc.k8s.yaml").unlink()
        with pytest.raises(KubectlError, match='cannot delete resource "persistentvolumeclaims"'):
            environment.deployer(*apply)
        (claim,) = environment.admin.get("persistentvolumeclaim", "redis-pvc")
        assert "deletionTimestamp" not in claim["metadata"]
    finally:
        environment.admin("delete", "configmap", "release", "--ignore-not-found")
