"""What Argo CD needs to sync dist/: a project that allows just that, and an Application an environment."""

from collections.abc import Sequence

from constructs_revrx import Manifest
from cdk8s import Chart
from constructs import Construct
from constructs_revrx.core.manifest import identities

from .environment import Environment
from .revrx import PART_OF, RevRx

# Where this repository is hosted: to be filled in by whoever installs it.
REPOSITORY = "https://git.example.com/revrx/manifests.git"
REVISION = "main"
CLUSTER = "https://kubernetes.default.svc"

_API_VERSION = "argoproj.io/v1alpha1"
_PROJECT = "revrx"


class ArgoCD(Chart):
    """The AppProject and the Applications.

    environments: each with its chart, complete: the project admits the kinds that are in them, and no other.
    """

    def __init__(self, scope: Construct, environments: Sequence[tuple[Environment, RevRx]]) -> None:
        labels = {
            **PART_OF,
            "app.kubernetes.io/name": _PROJECT,
            "app.kubernetes.io/instance": _PROJECT,
            "app.kubernetes.io/component": "delivery",
            "app.kubernetes.io/managed-by": "cdk8s",
        }
        super().__init__(scope, "argocd", namespace="argocd", labels=labels)
        Manifest(
            self,
            "project",
            api_version=_API_VERSION,
            kind="AppProject",
            name=_PROJECT,
            spec={
                "description": "RevRx, and what its folders in dist/ hold",
                "sourceRepos": [REPOSITORY],
                "destinations": [{"server": CLUSTER, "namespace": env.namespace} for env, _ in environments],
                "clusterResourceWhitelist": [],
                "namespaceResourceWhitelist": [
                    {"group": group, "kind": kind} for group, kind in _kinds([chart for _, chart in environments])
                ],
            },
        )
        for env, _ in environments:
            _application(self, env)


def _application(scope: Construct, env: Environment) -> Manifest:
    return Manifest(
        scope,
        env.name,
        api_version=_API_VERSION,
        kind="Application",
        # Without the resources-finalizer: deleting an Application leaves what it deployed.
        name=f"{_PROJECT}-{env.name}",
        spec={
            "project": _PROJECT,
            "source": {"repoURL": REPOSITORY, "targetRevision": REVISION, "path": f"dist/{env.name}"},
            "destination": {"server": CLUSTER, "namespace": env.namespace},
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": [
                    "ApplyOutOfSyncOnly=true",
                    "FailOnSharedResource=true",
                    "PruneLast=true",
                    "ServerSideApply=true",
                ],
                # refresh: else a commit that repairs a broken one waits until the last retry of the broken one.
                "retry": {
                    "limit": 5,
                    "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"},
                    "refresh": True,
                },
            },
        },
    )


def _kinds(charts: Sequence[Chart]) -> list[tuple[str, str]]:
    return sorted({(group, kind) for chart in charts for group, kind, _ in identities(chart)})
