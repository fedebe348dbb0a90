"""Changes of charts/, as somebody makes them: a new synth, and the next apply to what runs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..charts.dist import DIST, ENVIRONMENTS, ROOT
from .environment import STRICT, Environment, empty
from .kubectl import Kubectl, KubectlError

# A file of charts/, what stands there, and what shall.
Edit = tuple[str, str, str]


@pytest.fixture(scope="module", autouse=True)
def nothing_left(cluster: Kubectl) -> Iterator[None]:
    """A volume that has grown stays so: the next module's deploy would be refused."""
    yield
    empty(cluster)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what people edit, and of what was committed."""
    for folder in (ROOT / "charts", DIST):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", tmp_path)
    return tmp_path


def synth(checkout: Path, *edits: Edit) -> subprocess.CompletedProcess[str]:
    for name, old, new in edits:
        file = checkout / "charts" / name
        text = file.read_text()
        assert old in text, f"charts/{name} has no {old!r}: this test must follow it"
        file.write_text(text.replace(old, new))
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


ACCEPTED = [
    pytest.param(
        [("images.yaml", "ghcr.io/revrx/backend:0.1.0", "ghcr.io/revrx/backend:0.2.0")],
        ("deployment/celery-worker", "{.spec.template.spec.containers[0].image}", "ghcr.io/revrx/backend:0.2.0"),
        id="image",
    ),
    pytest.param(
        [
            ("staging.py", "backend=Autoscaling(minimum=1, maximum=3", "backend=Autoscaling(minimum=2, maximum=3"),
            ("production.py", "backend=Autoscaling(minimum=2, maximum=10", "backend=Autoscaling(minimum=2, maximum=9"),
            ("production.py", "frontend=Autoscaling(minimum=2", "frontend=Autoscaling(minimum=3"),
        ],
        ("horizontalpodautoscaler/backend", "{.spec.minReplicas}", "2"),
        id="replicas",
    ),
    pytest.param(
        [("sizes.py", '"250m"', '"300m"')],
        ("statefulset/postgres", "{.spec.template.spec.containers[0].resources.requests.cpu}", "300m"),
        id="requests and limits",
    ),
    pytest.param(
        [("revrx.py", '"PORT": "3000"', '"PORT": "3000", "TELEMETRY": "off"')],
        ("deployment/frontend", "{.spec.template.spec.containers[0].env[?(@.name=='TELEMETRY')].value}", "off"),
        id="variable",
    ),
    pytest.param(
        [("revrx.py", '"LOG_LEVEL": env.log_level', '"LOG_LEVEL": "ERROR"')],
        ("configmap/backend-config", "{.data.LOG_LEVEL}", "ERROR"),
        id="ConfigMap",
    ),
    pytest.param(
        [("revrx.py", 'scratch={"/tmp": "64Mi"', 'config_files={"/etc/revrx": settings}, scratch={"/tmp": "64Mi"')],
        (
            "deployment/frontend",
            "{.spec.template.spec.containers[0].volumeMounts[?(@.mountPath=='/etc/revrx')].readOnly}",
            "true",
        ),
        id="ConfigMap as files",
    ),
    pytest.param(
        [("environment.py", '"0 2 * * *"', '"30 3 * * *"')],
        ("cronjob/postgres-backup", "{.spec.schedule}", "30 3 * * *"),
        id="schedule",
    ),
    pytest.param(
        [(f"{name}.py", 'redis=Storage(size="5Gi")', 'redis=Storage(size="8Gi")') for name in ENVIRONMENTS],
        ("persistentvolumeclaim/redis-pvc", "{.spec.resources.requests.storage}", "8Gi"),
        id="larger volume",
    ),
]


@pytest.mark.parametrize(("edits", "seen"), ACCEPTED)
def test_what_users_change_is_accepted(
    environments: list[Environment], checkout: Path, edits: list[Edit], seen: tuple[str, str, str]
) -> None:
    written = synth(checkout, *edits)
    assert written.returncode == 0, written.stderr
    name, path, value = seen
    for environment in environments:
        environment.deployer("apply", f"-f={checkout / 'dist' / environment.name}", *STRICT)
        assert environment.admin("get", name, f"-o=jsonpath={path}") == value


def patched(target: str, path: str, value: object) -> Edit:
    """The library's escape hatch, at the end of the chart."""
    last = "        migrate.connect_to(postgres)\n"
    call = f"{target}.add_json_patch(__import__('cdk8s').JsonPatch.add({path!r}, {value!r}))"
    return "revrx.py", last, f"{last}        {call}\n"


REFUSED = [
    pytest.param(
        [
            patched("backend.deployment", "/spec/selector/matchLabels/tier", "web"),
            patched("backend.deployment", "/spec/template/metadata/labels/tier", "web"),
        ],
        "Deployment backend: spec.selector.matchLabels.tier changes from nothing to web, which the API server refuses; "
        "give the construct a new id, or run `kubectl delete deployment backend -n NAMESPACE`",
        ("deployment/backend", "/spec/selector/matchLabels/tier", "web"),
        "field is immutable",
        id="selector",
    ),
    pytest.param(
        [patched("redis.stateful_set", "/spec/podManagementPolicy", "Parallel")],
        "StatefulSet redis: spec.podManagementPolicy changes from nothing to Parallel, which the API server refuses; "
        "give the construct a new id, or run `kubectl delete statefulset redis -n NAMESPACE --cascade=orphan`",
        ("statefulset/redis", "/spec/podManagementPolicy", "Parallel"),
        r"is immutable|updates to statefulset spec",
        id="field of a StatefulSet",
    ),
    pytest.param(
        [(f"{name}.py", 'redis=Storage(size="5Gi")', 'redis=Storage(size="4Gi")') for name in ENVIRONMENTS],
        "PersistentVolumeClaim redis-pvc: its size shrinks from 5Gi to 4Gi, and a volume can only grow; keep 5Gi, or "
        "give the construct a new id and copy the data to its volume",
        ("persistentvolumeclaim/redis-pvc", "/spec/resources/requests/storage", "4Gi"),
        "field can not be less than",
        id="smaller volume",
    ),
    pytest.param(
        [
            (f"{name}.py", 'redis=Storage(size="5Gi")', 'redis=Storage(size="5Gi", storage_class="io2")')
            for name in ENVIRONMENTS
        ],
        "PersistentVolumeClaim redis-pvc: spec.storageClassName changes from gp3 to io2, which the API server refuses; "
        "give the construct a new id and copy the data to its volume",
        ("persistentvolumeclaim/redis-pvc", "/spec/storageClassName", "io2"),
        "spec is immutable after creation",
        id="class of a volume",
    ),
]


@pytest.mark.parametrize(("edits", "error", "field", "reason"), REFUSED)
def test_what_kubernetes_refuses_the_library_refuses_first(
    environments: list[Environment],
    checkout: Path,
    edits: list[Edit],
    error: str,
    field: tuple[str, str, str],
    reason: str,
) -> None:
    refused = synth(checkout, *edits)
    assert refused.returncode == 1
    assert refused.stderr.startswith("ManifestError: ")
    name, path, value = field
    for environment in environments:
        assert error.replace("NAMESPACE", environment.namespace) in refused.stderr
        patch = json.dumps([{"op": "add", "path": path, "value": value}])
        with pytest.raises(KubectlError, match=reason):
            environment.deployer("patch", name, "--type=json", f"-p={patch}")
