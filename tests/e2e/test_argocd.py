"""A real Argo CD syncs dist/ from a git repository, with the AppProject and the Applications that are committed."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..charts.custom_resources import CRDS, KINDS
from ..charts.dist import DIST, ENVIRONMENTS, Object, containers, documents, named
from .argocd import NAMESPACE, argocd
from .environment import Environment, bootstrap, empty
from .kubectl import Kubectl
from .metrics import Usage, metrics_api
from .operators import play
from .waiting import until

WITHIN = 150


class Repository:
    """dist/ in a git repository that Argo CD reads as file://."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(DIST, folder / "dist")
        self._git("init", "--quiet", "--initial-branch=main")
        self.commit("dist/ as it is committed")

    @property
    def url(self) -> str:
        return f"file://{self.folder}"

    def commit(self, message: str) -> str:
        """What lies in the folder. Gives the revision."""
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={message}")
        return self._git("rev-parse", "HEAD").strip()

    def revert(self) -> str:
        self._git("revert", "--no-edit", "HEAD")
        return self._git("rev-parse", "HEAD").strip()

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / "dist" / file
        text = path.read_text()
        assert old in text, f"dist/{file} has no {old!r}: this test must follow it"
        path.write_text(text.replace(old, new))

    def _git(self, *arguments: str) -> str:
        who = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True)
class Delivery:
    """Argo CD at work. usage: what the metrics API says."""

    cluster: Kubectl
    repository: Repository
    usage: Usage

    def application(self, environment: str) -> Object:
        (found,) = self.cluster.get("applications", f"revrx-{environment}", f"--namespace={NAMESPACE}")
        return found

    def settled(self, environment: str, revision: str) -> None:
        """Wait until a revision is what runs, and runs well."""

        def missing() -> list[str]:
            play(Environment(environment, self.cluster).admin)
            status = self.application(environment).get("status", {})
            sync, health = status.get("sync", {}), status.get("health", {})
            operation = status.get("operationState", {})
            # One that retries holds up what comes next.
            ended = operation.get("phase") == "Succeeded"
            if ended and (sync["status"], sync["revision"], health["status"]) == ("Synced", revision, "Healthy"):
                return []
            resources = [
                f"{r['kind']} {r['name']}: {r.get('status')}, {r.get('health', {}).get('status', '-')}"
                for r in status.get("resources", [])
                if r.get("status") != "Synced" or r.get("health", {}).get("status", "Healthy") != "Healthy"
            ]
            said = operation.get("message", "no operation yet")
            return [f"{sync} and {health}: {said}", *resources]

        until(f"{environment} to be Synced and Healthy at {revision}", missing, seconds=WITHIN)

    def refused(self, environment: str, revision: str) -> str:
        """Wait until the sync of a revision has failed, and give what is said of it."""
        said: list[str] = []

        def missing() -> list[str]:
            operation = self.application(environment).get("status", {}).get("operationState", {})
            result = operation.get("syncResult", {})
            failed = [r for r in result.get("resources", []) if r.get("status") == "SyncFailed"]
            said[:] = [operation.get("message", ""), *(r["message"] for r in failed)]
            done = result.get("revision") == revision and (failed or operation["phase"] in ("Failed", "Error"))
            return [] if done else [json.dumps(operation)[:1000]]

        until(f"{environment} to refuse {revision}", missing, seconds=WITHIN)
        return "\n".join(said)


@pytest.fixture(scope="module")
def delivery(cluster: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    binary = os.environ.get("ARGOCD")
    if not binary:
        pytest.skip("ARGOCD is not set: Argo CD's binary")
    if not shutil.which("redis-server"):
        pytest.fail("ARGOCD is set, and redis-server is not in PATH", pytrace=False)
    if not all(kind.published.exists() for kind in KINDS if kind.group == "argoproj.io"):
        pytest.skip(f"Argo CD's CRDs are not in {CRDS}; CRDS names another folder (.ci/download-crds)")
    empty(cluster)
    bootstrap(cluster)
    repository = Repository(tmp_path_factory.mktemp("repository"))
    usage = Usage()
    folder = tmp_path_factory.mktemp("argocd")
    with metrics_api(cluster, usage, folder), argocd(Path(binary), cluster, folder) as server:
        installed = [_installed(o, repository.url, server) for o in documents("argocd")]
        cluster.apply(installed)
        yield Delivery(cluster, repository, usage)
        cluster("delete", "applications", "--all", f"--namespace={NAMESPACE}")
    empty(cluster)


def _installed(o: Object, url: str, server: str) -> Object:
    """The one thing that an installation fills in, and the cluster's address."""
    repository = named(documents("argocd"), "Application", "revrx-staging")["spec"]["source"]["repoURL"]
    text = json.dumps(o).replace(repository, url).replace("https://kubernetes.default.svc", server)
    rewritten: Object = json.loads(text)
    return rewritten


@pytest.fixture
def head(delivery: Delivery) -> str:
    """Both environments, at what is committed now."""
    revision = delivery.repository._git("rev-parse", "HEAD").strip()
    for environment in ENVIRONMENTS:
        delivery.settled(environment, revision)
    return revision


@pytest.fixture
def staging(delivery: Delivery, head: str) -> Kubectl:
    return Environment("staging", delivery.cluster).admin


def image(namespace: Kubectl, name: str) -> Any:
    (deployment,) = namespace.get("deployment", name)
    (container,) = containers(deployment)
    return container["image"]


def test_from_nothing_both_environments_become_synced_and_healthy(delivery: Delivery, head: str) -> None:
    for name in ENVIRONMENTS:
        assert Environment(name, delivery.cluster).unready() == []
        assert len(delivery.application(name)["status"]["resources"]) == len(documents(name))


def test_a_commit_that_changes_an_image_rolls_out(delivery: Delivery, staging: Kubectl) -> None:
    before = image(staging, "frontend")
    delivery.repository.edit("staging/Deployment.frontend.k8s.yaml", before, "ghcr.io/revrx/frontend:0.2.0")
    delivery.settled("staging", delivery.repository.commit("Release the frontend"))
    assert image(staging, "frontend") == "ghcr.io/revrx/frontend:0.2.0"
    assert Environment("staging", delivery.cluster).unready() == []


def test_a_change_by_hand_heals(delivery: Delivery, staging: Kubectl) -> None:
    before = image(staging, "backend")
    staging("set", "image", "deployment/backend", "backend=example.com/by-hand:1")
    until("the backend's image to heal", lambda: {image(staging, "backend")} - {before}, seconds=WITHIN)


def test_replicas_that_an_autoscaler_set_are_left_alone(delivery: Delivery, staging: Kubectl, head: str) -> None:
    maximum = named(documents("staging"), "HorizontalPodAutoscaler", "backend")["spec"]["maxReplicas"]

    def missing() -> list[str]:
        (deployment,) = staging.get("deployment", "backend")
        replicas = deployment["spec"]["replicas"]
        return [] if replicas == maximum else [f"{replicas} replicas of {maximum}"]

    delivery.usage.cpu = {"backend": 10.0}
    try:
        until("the backend at its maximum", missing, seconds=WITHIN)
        # Not only looked at again, but applied.
        delivery.repository.edit("staging/ConfigMap.backend-config.k8s.yaml", "LOG_LEVEL: DEBUG", "LOG_LEVEL: ERROR")
        delivery.settled("staging", delivery.repository.commit("Log less"))
        assert missing() == []
    finally:
        delivery.usage.cpu = {}


def test_what_is_removed_is_pruned_but_no_volume(delivery: Delivery, staging: Kubectl) -> None:
    folder = delivery.repository.folder / "dist" / "staging"
    (folder / "PodDisruptionBudget.redis.k8s.yaml").unlink()
    (folder / "PersistentVolumeClaim.redis-pvc.k8s.yaml").unlink()
    delivery.repository.commit("Remove a budget and a volume")

    def unfinished() -> list[str]:
        budgets = staging.get("poddisruptionbudget", "redis")
        phase = delivery.application("staging")["status"].get("operationState", {}).get("phase")
        return [f"{len(budgets)} budgets, and the sync is {phase}"] if budgets or phase != "Succeeded" else []

    until("the budget to be pruned", unfinished, seconds=WITHIN)
    (claim,) = staging.get("persistentvolumeclaim", "redis-pvc")
    assert "deletionTimestamp" not in claim["metadata"]
    delivery.settled("staging", delivery.repository.revert())


@pytest.mark.parametrize(
    ("namespace", "kind", "api_version"),
    [("revrx-staging", "Secret", "v1"), ("kube-system", "ConfigMap", "v1"), (None, "Namespace", "v1")],
)
def test_what_the_project_does_not_allow_is_refused(
    delivery: Delivery, staging: Kubectl, namespace: str | None, kind: str, api_version: str
) -> None:
    metadata = {"name": "smuggled", **({"namespace": namespace} if namespace else {})}
    smuggled = delivery.repository.folder / "dist" / "staging" / "smuggled.yaml"
    smuggled.write_text(json.dumps({"apiVersion": api_version, "kind": kind, "metadata": metadata}))
    said = delivery.refused("staging", delivery.repository.commit("Smuggle"))
    assert "is not permitted in project" in said
    where = [f"--namespace={namespace}"] if namespace else []
    assert delivery.cluster.get(kind, "smuggled", *where) == []
    delivery.settled("staging", delivery.repository.revert())


def test_a_broken_commit_leaves_what_runs_and_the_next_one_repairs_it(delivery: Delivery, staging: Kubectl) -> None:
    before = {pod["metadata"]["uid"] for pod in staging.get("pods")}
    delivery.repository.edit("staging/Deployment.backend.k8s.yaml", "containerPort: 8000", "containerPort: 99999")
    said = delivery.refused("staging", delivery.repository.commit("Break the backend"))
    assert "must be between 1 and 65535" in said
    assert {pod["metadata"]["uid"] for pod in staging.get("pods")} == before
    assert Environment("staging", delivery.cluster).unready() == []
    delivery.settled("staging", delivery.repository.revert())


def test_a_deleted_application_leaves_volumes_and_namespace(delivery: Delivery, staging: Kubectl) -> None:
    """Even where someone adds the finalizer that takes all else away."""
    claims = {o["metadata"]["uid"] for o in staging.get("persistentvolumeclaims")}
    assert claims
    finalizers = json.dumps({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}})
    where = f"--namespace={NAMESPACE}"
    delivery.cluster("patch", "application", "revrx-staging", where, "--type=merge", f"-p={finalizers}")
    delivery.cluster("delete", "application", "revrx-staging", where, "--wait=false")

    def left_over() -> list[str]:
        applications = delivery.cluster.get("application", "revrx-staging", where)
        resources = staging.get("all,networkpolicies,externalsecrets") if applications else []
        return [json.dumps(o.get("status", {}).get("conditions", [])) for o in applications] + [
            f"{o['kind']} {o['metadata']['name']}" for o in resources
        ]

    until("the Application to go", left_over, seconds=WITHIN)
    assert staging.get("deployments,statefulsets") == []
    left = staging.get("persistentvolumeclaims")
    assert {o["metadata"]["uid"] for o in left} == claims
    assert [o["metadata"]["name"] for o in left if "deletionTimestamp" in o["metadata"]] == []
    (namespace,) = delivery.cluster.get("namespace", ENVIRONMENTS["staging"])
    assert namespace["status"]["phase"] == "Active"
