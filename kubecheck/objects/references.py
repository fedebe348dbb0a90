"""What objects refer to, and what they make beside themselves."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .backends import ROUTES, backends
from .fields import Object, containers, entries, mapping, name, namespace, pod_template, text

_ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme")

_NO_START = "the container would not start"
_NO_CERTIFICATE = "requests would get a certificate that is not the host's"
_NO_REQUESTS = "requests would get an error"
_NO_SCALING = "nothing would be scaled"

# What the cluster itself brings (Kubernetes documentation, RBAC: user-facing roles; Configure Service Accounts).
_CLUSTER_ROLES = {"cluster-admin", "admin", "edit", "view"}
_IN_EVERY_NAMESPACE = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
# What the API server makes (plugin/pkg/auth/authorizer/rbac/bootstrappolicy), with those that begin with `system:`.
_SYSTEM_ROLE = "extension-apiserver-authentication-reader"
_SYSTEM_NAMESPACES = {"kube-system", "kube-public"}

# Stands in place of a kind: an autoscaler may scale any.
SCALE_TARGET = "scale target"


class Reference(NamedTuple):
    """An object that another one needs, and what happens without it.

    role: for what it is needed, where that says more than its kind, which can be any.
    """

    kind: str
    namespace: str
    name: str
    otherwise: str
    role: str = ""


def makes(o: Object) -> Iterator[tuple[str, str, str]]:
    """Kind, namespace and name of the object itself, and of the Secrets that a controller makes for it."""
    kind = o["kind"]
    yield kind, namespace(o), name(o)
    if kind == "ExternalSecret":
        yield "Secret", namespace(o), text(o, "spec", "target", "name") or name(o)
    elif kind == "SealedSecret":
        yield "Secret", namespace(o), text(o, "spec", "template", "metadata", "name") or name(o)
    elif kind == "Certificate":
        yield "Secret", namespace(o), text(o, "spec", "secretName")
    elif kind in ("Job", "CronJob"):
        # As the hooks of charts do that make the certificate of a webhook: --secret-name=NAME.
        for secret in _secrets_of_arguments(o):
            yield "Secret", namespace(o), secret
    elif kind == "Ingress" and any(issuer in mapping(o, "metadata", "annotations") for issuer in _ISSUERS):
        for tls in entries(o, "spec", "tls"):
            yield "Secret", namespace(o), text(tls, "secretName")


def _secrets_of_arguments(o: Object) -> Iterator[str]:
    for container in containers(pod_template(o)):
        lists = [found for field in ("command", "args") if isinstance(found := container.get(field), list)]
        arguments = [str(argument) for each in lists for argument in each]
        for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
            option, _, value = argument.partition("=")
            if option.startswith("-") and "secret" in option.lower():
                yield value or following


def references(o: Object) -> Iterator[Reference]:
    """Those with a name and, where the object says so, not optional."""
    find = _REFERENCES.get(o["kind"], _of_pods)
    for reference in find(o):
        if reference.name and (reference.kind, reference.name) not in _IN_EVERY_NAMESPACE:
            yield reference


def _of_pods(o: Object) -> Iterator[Reference]:
    template, here = pod_template(o), namespace(o)
    pod = mapping(template, "spec")
    # They take the place of volumes of the same name (pkg/controller/statefulset, updateStorage).
    claims = {text(claim, "metadata", "name") for claim in entries(o, "spec", "volumeClaimTemplates")}
    yield Reference("ServiceAccount", here, text(pod, "serviceAccountName"), "no pod would be made")
    for secret in entries(pod, "imagePullSecrets"):
        yield Reference("Secret", here, text(secret, "name"), "the image could not be pulled")
    for volume in entries(pod, "volumes"):
        if text(volume, "name") in claims:
            continue
        claim = text(volume, "persistentVolumeClaim", "claimName")
        yield Reference("PersistentVolumeClaim", here, claim, "the pod would wait for it")
        yield from _source(here, "Secret", mapping(volume, "secret"), "secretName")
        for source in (volume, *entries(volume, "projected", "sources")):
            yield from _source(here, "ConfigMap", mapping(source, "configMap"))
            if source is not volume:
                yield from _source(here, "Secret", mapping(source, "secret"))
    for container in containers(template):
        for source in entries(container, "envFrom"):
            yield from _source(here, "Secret", mapping(source, "secretRef"))
            yield from _source(here, "ConfigMap", mapping(source, "configMapRef"))
        for variable in entries(container, "env"):
            yield from _source(here, "Secret", mapping(variable, "valueFrom", "secretKeyRef"))
            yield from _source(here, "ConfigMap", mapping(variable, "valueFrom", "configMapKeyRef"))


def _source(here: str, kind: str, source: Mapping[str, Any], key: str = "name") -> Iterator[Reference]:
    if not source.get("optional"):
        yield Reference(kind, here, text(source, key), _NO_START)


def _of_stateful_set(o: Object) -> Iterator[Reference]:
    yield from _of_pods(o)
    yield Reference("Service", namespace(o), text(o, "spec", "serviceName"), "its pods would have no names in DNS")


def _of_ingress(o: Object) -> Iterator[Reference]:
    for tls in entries(o, "spec", "tls"):
        yield Reference("Secret", namespace(o), text(tls, "secretName"), _NO_CERTIFICATE)
    yield from _of_route(o)


def _of_route(o: Object) -> Iterator[Reference]:
    for backend in backends(o):
        yield Reference("Service", backend.namespace, backend.service, _NO_REQUESTS)


def _of_autoscaler(o: Object) -> Iterator[Reference]:
    target = mapping(o, "spec", "scaleTargetRef")
    kind = text(target, "kind") or "Deployment"
    yield Reference(kind, namespace(o), text(target, "name"), _NO_SCALING, SCALE_TARGET)


def _of_scaled_object(o: Object) -> Iterator[Reference]:
    yield from _of_autoscaler(o)
    for trigger in entries(o, "spec", "triggers"):
        reference = mapping(trigger, "authenticationRef")
        if reference and text(reference, "kind") in ("", "TriggerAuthentication"):
            yield Reference("TriggerAuthentication", namespace(o), text(reference, "name"), _NO_SCALING)


def _of_binding(o: Object) -> Iterator[Reference]:
    kind, role = text(o, "roleRef", "kind"), text(o, "roleRef", "name")
    if kind == "Role":
        is_systems = namespace(o) in _SYSTEM_NAMESPACES and (role == _SYSTEM_ROLE or role.startswith("system:"))
        if not is_systems:
            yield Reference(kind, namespace(o), role, "nothing would be allowed")
    elif kind == "ClusterRole" and role not in _CLUSTER_ROLES and not str(role).startswith("system:"):
        yield Reference(kind, "", role, "nothing would be allowed")
    for subject in entries(o, "subjects"):
        if subject.get("kind") == "ServiceAccount":
            where = text(subject, "namespace") or namespace(o)
            yield Reference("ServiceAccount", where, text(subject, "name"), "nobody would be allowed")


def _of_external_secret(o: Object) -> Iterator[Reference]:
    store = mapping(o, "spec", "secretStoreRef")
    if store.get("kind", "SecretStore") == "SecretStore":
        yield Reference("SecretStore", namespace(o), text(store, "name"), "no Secret would be made")


def _of_service_account(o: Object) -> Iterator[Reference]:
    for secret in entries(o, "imagePullSecrets"):
        yield Reference("Secret", namespace(o), text(secret, "name"), "the image could not be pulled")


def _of_trigger_authentication(o: Object) -> Iterator[Reference]:
    for target in entries(o, "spec", "secretTargetRef"):
        yield Reference("Secret", namespace(o), text(target, "name"), _NO_SCALING)


_REFERENCES: Mapping[str, Callable[[Object], Iterator[Reference]]] = {
    "StatefulSet": _of_stateful_set,
    "Ingress": _of_ingress,
    **dict.fromkeys(ROUTES, _of_route),
    "HorizontalPodAutoscaler": _of_autoscaler,
    "ScaledObject": _of_scaled_object,
    "RoleBinding": _of_binding,
    "ClusterRoleBinding": _of_binding,
    "ExternalSecret": _of_external_secret,
    "ServiceAccount": _of_service_account,
    "TriggerAuthentication": _of_trigger_authentication,
}
