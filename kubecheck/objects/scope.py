"""Which kinds are namespaced, and which are the cluster's."""

from collections.abc import Iterable, Mapping

from .fields import Object, at, text

# Of Kubernetes' own kinds, as `kubectl api-resources --namespaced=false` lists them with every API switched on; what it
# has no more, from the API reference of the versions that had it.
_NAMES = """
    APIService CSIDriver CSINode CertificateSigningRequest ClusterCIDR ClusterRole ClusterRoleBinding ClusterTrustBundle
    ComponentStatus CustomResourceDefinition DeviceClass DeviceTaintRule FlowSchema IPAddress IngressClass
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume
    PriorityClass PriorityLevelConfiguration ResourceClass ResourcePoolStatusRequest ResourceSlice RuntimeClass
    SelfSubjectAccessReview SelfSubjectReview SelfSubjectRulesReview ServiceCIDR StorageClass StorageVersion
    StorageVersionMigration SubjectAccessReview TokenReview ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
    ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass
"""
CLUSTER_SCOPED = frozenset(_NAMES.split())

# Custom resources that most clusters have: Gateway API, Karpenter.
_WELL_KNOWN = {"GatewayClass", "NodeClaim", "NodePool", "EC2NodeClass"}

Scopes = Mapping[tuple[str, str], bool]


def scopes(objects: Iterable[Object]) -> Scopes:
    """By group and kind whether it is namespaced, of those that CustomResourceDefinitions among the objects define."""
    return {
        (text(o, "spec", "group"), text(o, "spec", "names", "kind")): text(o, "spec", "scope") != "Cluster"
        for o in objects
        if at(o, "kind") == "CustomResourceDefinition"
    }


def is_namespaced(o: Object, defined: Scopes) -> bool:
    """Of a custom resource that is not defined (`scopes`), its name has to tell: ClusterIssuer, ClusterSecretStore."""
    kind, group = text(o, "kind"), _group(o)
    if (group, kind) in defined:
        return defined[group, kind]
    if kind in CLUSTER_SCOPED or kind in _WELL_KNOWN:
        return False
    return not (kind.startswith("Cluster") and kind != "Cluster" and "." in group)


def is_cluster_scoped(o: Object, defined: Scopes) -> bool:
    """Whether that is certain: of Kubernetes' own kinds, and of those that are defined."""
    return text(o, "kind") in CLUSTER_SCOPED or defined.get((_group(o), text(o, "kind"))) is False


def _group(o: Object) -> str:
    return text(o, "apiVersion").rpartition("/")[0]
