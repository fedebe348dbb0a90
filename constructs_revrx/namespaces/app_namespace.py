"""AppNamespace: the namespace of an application and what guards it."""

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from kubecheck.objects import quantity as _quantity

from ..core.calls import checked, value_object
from ..core.chart import Chart
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.manifest import KEEP_DATA, Manifest
from ..pods.resources import Resources
from .roles import deployer_rules, deploys_secrets, viewer_rules


@value_object
class Quota:
    """What all pods and volumes of a namespace may have together.

    Args:
        cpu, memory, ephemeral_storage: (sum of requests, sum of limits). None as the limit of cpu leaves it open, for
            pods without one: a quota on limits refuses them.
        pods: how many pods.
        storage: sum of the volumes' sizes.
        volume_claims: how many volumes.
    """

    cpu: tuple[str, str | None]
    memory: tuple[str, str]
    ephemeral_storage: tuple[str, str]
    pods: int
    storage: str
    volume_claims: int

    @property
    def manifest(self) -> dict[str, str | None]:
        pairs = {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": self.ephemeral_storage}
        return {
            **{f"requests.{name}": request for name, (request, _) in pairs.items()},
            **{f"limits.{name}": limit for name, (_, limit) in pairs.items()},
            "pods": str(self.pods),
            "requests.storage": self.storage,
            "persistentvolumeclaims": str(self.volume_claims),
            # Nothing is exposed but through the ingress controller.
            "services.nodeports": "0",
            "services.loadbalancers": "0",
        }

    def problems(self) -> Iterator[str]:
        for name in ("cpu", "memory", "ephemeral_storage"):
            yield from _quantity.pair_problems(name, getattr(self, name))
        if problem := _quantity.problem(self.storage):
            yield f"storage {problem}"
        for name in ("pods", "volume_claims"):
            if getattr(self, name) < 0:
                yield f"{name} {getattr(self, name)} is negative; give 0 for none"


@value_object
class ContainerLimits:
    """What a container gets that asks for nothing, and the most that any may ask for (LimitRange).

    The default is for pods that others put into the namespace, such as cert-manager's: the quota refuses a pod that
    states no requests and limits.

    Args:
        default: requests and limits of a container that states none.
        cpu, memory, ephemeral_storage: the largest limits. None for cpu, with None as the default's cpu limit too,
            lets containers have no cpu limit; else each gets one.
    """

    default: Resources = Resources(cpu=("50m", "500m"), memory=("64Mi", "256Mi"), ephemeral_storage=("64Mi", "256Mi"))
    cpu: str | None = "2"
    memory: str = "4Gi"
    ephemeral_storage: str = "4Gi"

    @property
    def manifest(self) -> dict[str, Any]:
        return {
            "type": "Container",
            "default": self.default.manifest["limits"],
            "defaultRequest": self.default.manifest["requests"],
            "max": {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": self.ephemeral_storage},
        }

    def problems(self) -> Iterator[str]:
        for name in ("cpu", "memory", "ephemeral_storage"):
            most, default = getattr(self, name), getattr(self.default, name)[1]
            if most is None:
                continue
            if problem := _quantity.problem(most):
                yield f"{name} {problem}"
            elif default and (_quantity.parse(default) or 0) > (_quantity.parse(most) or 0):
                yield f"{name} {most} is below the default limit {default}; raise it or lower the default"


class AppNamespace(Component):
    """A Namespace and what guards it; applied by an administrator, before and apart from what runs there.

    Its id is the namespace's name. Emits Namespace with Pod Security `restricted` enforced, ResourceQuota, LimitRange,
    a NetworkPolicy that denies everything both ways, and a Role with its RoleBinding for deployers and for viewers.

    Args:
        deploys: the chart that is deployed there, with everything in it: the Roles are made from its objects.
        deployers: the group whose Role is to apply the chart, as the cluster's authenticator names it.
        viewers: the group whose Role is to read what is there.
        quota: must hold all workloads at their autoscalers' maxima during a rolling update.
        limits: of a single container.
    """

    namespaced = False

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        deploys: Chart,
        deployers: str,
        viewers: str,
        quota: Quota,
        limits: ContainerLimits = ContainerLimits(),
    ) -> None:
        super().__init__(scope, id, component="namespace", options={"quota": quota, "limits": limits})
        self._deploys = deploys
        self.namespace_object = Manifest(
            self,
            "namespace",
            api_version="v1",
            kind="Namespace",
            name=id,
            labels={
                **self.labels.all,
                **{
                    f"pod-security.kubernetes.io/{mode}{suffix}": value
                    for mode in ("enforce", "audit", "warn")
                    for suffix, value in (("", "restricted"), ("-version", "latest"))
                },
            },
            annotations=KEEP_DATA,
        )
        self.quota = self._guard("v1", "ResourceQuota", "quota", spec={"hard": quota.manifest})
        self.limit_range = self._guard("v1", "LimitRange", "limits", spec={"limits": [limits.manifest]})
        self.default_deny = self._guard(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "default-deny",
            spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        )
        self._deployer_rules = deployer_rules(deploys)
        self.deployer, self.deployer_binding = self._role("deployer", deployers, self._deployer_rules)
        self.viewer, self.viewer_binding = self._role("viewer", viewers, viewer_rules(deploys))

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        if self.namespace is not None:
            text = f"the chart has {self.namespace}, but a Namespace is in none; leave Chart(namespace=…) out"
            yield OptionProblem("namespace", text)
        if self._deploys.namespace != self.name:
            text = f"its objects are in the namespace {self._deploys.namespace}, not in {self.name}"
            yield OptionProblem("deploys", text)
        if deployer_rules(self._deploys) != self._deployer_rules:
            text = "objects were added after the Roles were made from it; make the AppNamespace last"
            yield OptionProblem("deploys", text)
        if deploys_secrets(self._deploys):
            text = "it holds a Secret, which its deployers could not apply; declare it in ExternalSecrets"
            yield OptionProblem("deploys", text)

    def _guard(self, api_version: str, kind: str, name: str, **fields: Any) -> Manifest:
        return Manifest(
            self,
            f"{kind}-{name}",
            api_version=api_version,
            kind=kind,
            name=name,
            namespace=self.name,
            labels=self.labels.all,
            **fields,
        )

    def _role(self, name: str, group: str, rules: list[dict[str, Any]]) -> tuple[Manifest, Manifest]:
        api_group = "rbac.authorization.k8s.io"
        api_version = f"{api_group}/v1"
        role = self._guard(api_version, "Role", name, rules=rules)
        binding = self._guard(
            api_version,
            "RoleBinding",
            name,
            roleRef={"apiGroup": api_group, "kind": "Role", "name": name},
            subjects=[{"apiGroup": api_group, "kind": "Group", "name": group}],
        )
        return role, binding
