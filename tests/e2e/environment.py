"""An environment on the cluster: applied as the README says, by whom it says."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..charts.dist import ENVIRONMENTS, Object, guards, named
from .kubectl import Kubectl
from .waiting import until

# What an API server would only warn of is an error here.
STRICT = ("--validate=strict", "--warnings-as-errors")


@dataclass(frozen=True)
class Environment:
    """name: the folder in dist/, "staging". cluster: the cluster's administrator."""

    name: str
    cluster: Kubectl

    @property
    def namespace(self) -> str:
        return ENVIRONMENTS[self.name]

    @property
    def deployers(self) -> str:
        """The group that deploys."""
        (subject,) = named(guards(self.name), "RoleBinding", "deployer")["subjects"]
        group: str = subject["name"]
        return group

    @property
    def admin(self) -> Kubectl:
        return self.cluster.within(self.namespace)

    @property
    def deployer(self) -> Kubectl:
        return self.admin.user("deployer", self.deployers)

    def unready(self, kinds: str = "deployments,statefulsets,persistentvolumeclaims") -> list[str]:
        """The workloads whose pods are not all in place, and the claims without a volume."""
        objects = self.admin.get(kinds)
        return [text for o in objects for text in _unready(o)] if objects else ["any object"]


def deploy(*environments: Environment) -> None:
    """From whatever is there to what is committed, with every pod in place."""
    bootstrap(environments[0].cluster)
    for environment in environments:
        environment.deployer("apply", f"-f=dist/{environment.name}", *STRICT)
    for environment in environments:
        until(f"{environment.name} to converge", environment.unready, seconds=180)


def bootstrap(cluster: Kubectl) -> None:
    cluster("apply", "-f=dist/bootstrap", *STRICT)


def empty(cluster: Kubectl) -> None:
    """Take every environment away, as if none had been there."""
    for namespace in ENVIRONMENTS.values():
        if cluster.get("namespace", namespace):
            # At once: the namespace controller would wait for half of the longest grace period.
            cluster("delete", f"-n={namespace}", "deployments,statefulsets,cronjobs,jobs", "--all", "--cascade=orphan")
            cluster("delete", f"-n={namespace}", "pods,replicasets", "--all", "--force", "--grace-period=0")
    cluster("delete", "namespace", *ENVIRONMENTS.values(), "--ignore-not-found", "--timeout=100s")


def _unready(o: Object) -> Iterator[str]:
    title, status = f"{o['kind']} {o['metadata']['name']}", o.get("status", {})
    if o["kind"] == "PersistentVolumeClaim":
        if status.get("phase") != "Bound":
            yield f"{title} is {status.get('phase')}, not Bound"
        return
    wanted, seen = o["spec"]["replicas"], status.get("observedGeneration", 0)
    if seen < o["metadata"]["generation"]:
        yield f"{title}: its controller has seen generation {seen} of {o['metadata']['generation']}"
    for field in ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"):
        if status.get(field, 0) != wanted:
            yield f"{title}: {field} {status.get(field, 0)} of {wanted}"
