"""What runs pods: a ServiceAccount and a NetworkPolicy of its own, and the connections that open it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from constructs import Construct

from kubecheck.objects.fields import full_name

from ..core.calls import checked, value_object
from ..core.component import Component, problems_of
from ..core.errors import OptionProblem
from ..core.labels import Labels
from ..core.manifest import KEEP_DATA, Manifest
from ..core.types import shown
from ..networking.network_policy import Connectable, Endpoint, NetworkPolicy, pods_in, pods_of
from ..pods.container import Container
from ..pods.image import Image
from ..pods.pod import Pod
from ..pods.program import Program
from ..pods.resources import Resources
from ..pods.scheduling import Pods, ServiceAccount
from ..pods.volumes.storage import ExistingClaim, Storage


@value_object
class WorkloadOptions:
    """The options of every workload.

    Args:
        image: the container's image.
        resources: of each pod.
        pods: more of its pods: labels, annotations, nodes, affinity, priority, ServiceAccount.
    """

    image: Image
    resources: Resources
    pods: Pods = Pods()


@value_object
class ProgramOptions(Program, WorkloadOptions):
    """The options of a workload that runs a program of the user's.

    Args:
        containers: more containers beside it.
        init_containers: containers that run before it, one after another; sidecars with restart_policy="Always".
    """

    containers: Sequence[Container] = ()
    init_containers: Sequence[Container] = ()


class Workload(Component):
    """A component with pods. `claims` are the PersistentVolumeClaims that it makes, by the names of their volumes."""

    _claim_annotations: Mapping[str, str] = KEEP_DATA

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        component: str,
        options: WorkloadOptions,
        longest_name: int = 63,
    ) -> None:
        pods = options.pods
        super().__init__(scope, id, component=component, options=options, labels=pods.labels, longest_name=longest_name)
        self._pods = pods
        self.service_account = _service_account(self, self.labels, pods.service_account)
        if pods.service_account.existing:
            self.existing.add(full_name("ServiceAccount", self.namespace, pods.service_account.existing))
        self.network_policy = self._policy()

    def _policy(self) -> NetworkPolicy:
        return NetworkPolicy(self, "network-policy", name=self.name, labels=self.labels, selector=self.labels.selector)

    def _template(self, pod: Pod) -> dict[str, Any]:
        """The template of its pods, around which the claims of its volumes are made: to be called once."""
        self._pod = pod
        self.claims = _claims(self, self.labels, pod, self._claim_annotations)
        self.existing |= {full_name(kind, self.namespace, name) for kind, name in _existing(pod)}
        return pod.template(self.labels, self._pods, self.kubernetes)


class Client(Workload):
    """A workload that connects to others. Its policy lets it reach DNS; what else, `connect_to` says."""

    def _policy(self) -> NetworkPolicy:
        policy = super()._policy()
        policy.allow_dns()
        return policy

    @cached_property
    def _refused(self) -> list[str]:
        """What is wrong with the targets of connect_to."""
        return []

    @checked
    def connect_to(self, *targets: Connectable) -> None:
        """Open the NetworkPolicies for connections to the targets' ports: this one's egress, their ingress.

        The one place where a connection is declared; what no call names stays closed.

        Args:
            targets: a Datastore, an ExternalDatastore, a WebService, Internet(port), or anything with an endpoint.
        """
        for target in targets:
            endpoint = getattr(target, "endpoint", None)
            if not isinstance(endpoint, Endpoint):
                self._refused.append(
                    f"{getattr(target, 'name', shown(target))} listens on no port; "
                    "connect to a WebService, a Datastore or Internet(port)"
                )
            else:
                self._refused += problems_of(target)
                self._open(endpoint, getattr(target, "namespace", None) or self.namespace)

    def _open(self, endpoint: Endpoint, namespace: str | None) -> None:
        peers, me = endpoint.peers, pods_of(self.labels)
        if namespace and self.namespace and namespace != self.namespace:
            # A podSelector means pods of the policy's own namespace, unless a namespaceSelector stands beside it.
            peers = tuple({**pods_in(namespace), **peer} if "podSelector" in peer else peer for peer in peers)
            me = {**pods_in(self.namespace), **me}
        self.network_policy.allow_to(peers, endpoint.ports)
        if endpoint.policy is not None:
            endpoint.policy.allow_from([me], endpoint.ports)

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from (OptionProblem("connect_to", text) for text in self._refused)


def _claims(scope: Construct, labels: Labels, pod: Pod, annotations: Mapping[str, str]) -> dict[str, Manifest]:
    """A claim for each name; that a name is given twice is one of the pod's problems."""
    made = {each.name: (each, each.claim) for each in pod.claims if isinstance(each.claim, Storage)}
    return {
        name: Manifest(
            scope,
            f"claim-{name}",
            api_version="v1",
            kind="PersistentVolumeClaim",
            name=source.claim_name(labels),
            labels=labels.all,
            annotations=annotations,
            spec=storage.claim_spec(source.access_mode),
        )
        for name, (source, storage) in made.items()
    }


def _existing(pod: Pod) -> Iterator[tuple[str, str]]:
    """What its volumes say is there already."""
    for source in pod.claims:
        if isinstance(source.claim, ExistingClaim):
            yield "PersistentVolumeClaim", source.claim.name
    for config_map in pod.existing_config_maps:
        yield "ConfigMap", config_map.name


def _service_account(scope: Construct, labels: Labels, options: ServiceAccount) -> Manifest | None:
    if options.existing is not None:
        return None
    return Manifest(
        scope,
        "service-account",
        api_version="v1",
        kind="ServiceAccount",
        name=labels.name,
        labels=labels.all,
        annotations=options.annotations,
        automountServiceAccountToken=False,
    )
