"""References that lead nowhere: to an object, a port or pods that nothing here makes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ..objects.fields import (
    Finding,
    Object,
    PodIndex,
    containers,
    entries,
    full_name,
    mapping,
    name,
    namespace,
    pod_template,
    text,
    title,
)

_ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme")

_NO_START = "the container would not start"
_NO_PODS = "no pod would be made"
_NO_CERTIFICATE = "requests would get a certificate that is not the host's"
_NO_REQUESTS = "requests would get an error"

# What the cluster itself brings (Kubernetes documentation, RBAC: user-facing roles; Configure Service Accounts).
_CLUSTER_ROLES = {"cluster-admin", "admin", "edit", "view"}
_IN_EVERY_NAMESPACE = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}


class _Reference(NamedTuple):
    """An object that another one needs, and what happens without it."""

    kind: str
    namespace: str
    name: str
    otherwise: str


def reference_problems(objects: Collection[Object], external: Collection[str]) -> Iterator[Finding]:
    """References to objects that none of all apps makes in that namespace, selectors of no pods, ports of no Service.

    Args:
        external: what is made elsewhere, as KIND/NAMESPACE/NAME, or KIND/NAME when it is cluster-scoped; pods as
            Pod/NAMESPACE/LABEL=VALUE. `*` stands for any characters.
    """
    made = set(_made(objects))
    for o in objects:
        for wanted in dict.fromkeys(_references(o)):
            if wanted[:3] not in made and not _is_external(full_name(*wanted[:3]), external):
                yield Finding(o, f"{title(o)}: {_missing(wanted, made)}")
    yield from _port_problems(objects)
    yield from _selector_problems(objects, external)


def _made(objects: Iterable[Object]) -> Iterator[tuple[str, str, str]]:
    for o in objects:
        kind = o["kind"]
        yield kind, namespace(o), name(o)
        if kind == "ExternalSecret":
            yield "Secret", namespace(o), text(o, "spec", "target", "name") or name(o)
        elif kind == "SealedSecret":
            yield "Secret", namespace(o), text(o, "spec", "template", "metadata", "name") or name(o)
        elif kind == "Certificate":
            yield "Secret", namespace(o), text(o, "spec", "secretName")
        elif kind == "Ingress" and any(issuer in mapping(o, "metadata", "annotations") for issuer in _ISSUERS):
            for tls in entries(o, "spec", "tls"):
                yield "Secret", namespace(o), text(tls, "secretName")


def _references(o: Object) -> Iterator[_Reference]:
    """Those with a name and, where the object says so, not optional."""
    find = _REFERENCES.get(o["kind"], _of_pods)
    for reference in find(o):
        if reference.name and (reference.kind, reference.name) not in _IN_EVERY_NAMESPACE:
            yield reference


def _of_pods(o: Object) -> Iterator[_Reference]:
    template, here = pod_template(o), namespace(o)
    pod = mapping(template, "spec")
    yield _Reference("ServiceAccount", here, text(pod, "serviceAccountName"), _NO_PODS)
    for secret in entries(pod, "imagePullSecrets"):
        yield _Reference("Secret", here, text(secret, "name"), "the image could not be pulled")
    for volume in entries(pod, "volumes"):
        claim = text(volume, "persistentVolumeClaim", "claimName")
        yield _Reference("PersistentVolumeClaim", here, claim, "the pod would wait for it")
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


def _source(here: str, kind: str, source: Mapping[str, Any], key: str = "name") -> Iterator[_Reference]:
    if not source.get("optional"):
        yield _Reference(kind, here, text(source, key), _NO_START)


def _of_stateful_set(o: Object) -> Iterator[_Reference]:
    yield from _of_pods(o)
    yield _Reference("Service", namespace(o), text(o, "spec", "serviceName"), "its pods would have no names in DNS")


def _of_ingress(o: Object) -> Iterator[_Reference]:
    for tls in entries(o, "spec", "tls"):
        yield _Reference("Secret", namespace(o), text(tls, "secretName"), _NO_CERTIFICATE)
    for backend in _backends(o):
        yield _Reference("Service", namespace(o), text(backend, "name"), _NO_REQUESTS)


def _of_route(o: Object) -> Iterator[_Reference]:
    for where, backend in _route_backends(o):
        yield _Reference("Service", where, text(backend, "name"), _NO_REQUESTS)


def _of_autoscaler(o: Object) -> Iterator[_Reference]:
    target = mapping(o, "spec", "scaleTargetRef")
    yield _Reference(
        text(target, "kind") or "Deployment", namespace(o), text(target, "name"), "nothing would be scaled"
    )


def _of_scaled_object(o: Object) -> Iterator[_Reference]:
    yield from _of_autoscaler(o)
    for trigger in entries(o, "spec", "triggers"):
        reference = mapping(trigger, "authenticationRef")
        if reference and text(reference, "kind") in ("", "TriggerAuthentication"):
            yield _Reference("TriggerAuthentication", namespace(o), text(reference, "name"), "nothing would be scaled")


def _of_binding(o: Object) -> Iterator[_Reference]:
    kind, role = text(o, "roleRef", "kind"), text(o, "roleRef", "name")
    if kind == "Role":
        yield _Reference(kind, namespace(o), role, "nothing would be allowed")
    elif kind == "ClusterRole" and role not in _CLUSTER_ROLES and not str(role).startswith("system:"):
        yield _Reference(kind, "", role, "nothing would be allowed")
    for subject in entries(o, "subjects"):
        if subject.get("kind") == "ServiceAccount":
            where = text(subject, "namespace") or namespace(o)
            yield _Reference("ServiceAccount", where, text(subject, "name"), "nobody would be allowed")


def _of_external_secret(o: Object) -> Iterator[_Reference]:
    store = mapping(o, "spec", "secretStoreRef")
    if store.get("kind", "SecretStore") == "SecretStore":
        yield _Reference("SecretStore", namespace(o), text(store, "name"), "no Secret would be made")


def _of_service_account(o: Object) -> Iterator[_Reference]:
    for secret in entries(o, "imagePullSecrets"):
        yield _Reference("Secret", namespace(o), text(secret, "name"), "the image could not be pulled")


def _of_trigger_authentication(o: Object) -> Iterator[_Reference]:
    for target in entries(o, "spec", "secretTargetRef"):
        yield _Reference("Secret", namespace(o), text(target, "name"), "nothing would be scaled")


_REFERENCES: Mapping[str, Callable[[Object], Iterator[_Reference]]] = {
    "StatefulSet": _of_stateful_set,
    "Ingress": _of_ingress,
    "HTTPRoute": _of_route,
    "GRPCRoute": _of_route,
    "HorizontalPodAutoscaler": _of_autoscaler,
    "ScaledObject": _of_scaled_object,
    "RoleBinding": _of_binding,
    "ClusterRoleBinding": _of_binding,
    "ExternalSecret": _of_external_secret,
    "ServiceAccount": _of_service_account,
    "TriggerAuthentication": _of_trigger_authentication,
}


def _missing(wanted: _Reference, made: Collection[tuple[str, str, str]]) -> str:
    where = f" in namespace {wanted.namespace}" if wanted.namespace else ""
    names = sorted(name for kind, there, name in made if (kind, there) == wanted[:2] and name)
    elsewhere = sorted(there for kind, there, name in made if (kind, name) == (wanted.kind, wanted.name) and there)
    if close := get_close_matches(wanted.name, names, n=1, cutoff=0.85):
        way_out = f"write {close[0]} if that is meant"
    elif elsewhere:
        way_out = f"the one in {elsewhere[0]} is out of reach: make it in {wanted.namespace or 'a namespace'} too"
    else:
        way_out = "make it"
    return (
        f"{wanted.kind} {wanted.name} is made by nothing{where}, so {wanted.otherwise}; {way_out}, or say that "
        f"someone else makes it: {_call(full_name(*wanted[:3]))}"
    )


def _is_external(wanted: str, external: Collection[str]) -> bool:
    return wanted in external or any(fnmatchcase(wanted, pattern) for pattern in external)


def _call(entry: str) -> str:
    return f'synth(…, external={{"{entry}"}})'


def _backends(ingress: Object) -> Iterator[Mapping[str, Any]]:
    yield mapping(ingress, "spec", "defaultBackend", "service")
    for rule in entries(ingress, "spec", "rules"):
        for path in entries(rule, "http", "paths"):
            yield mapping(path, "backend", "service")


def _route_backends(route: Object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Namespace and reference of each Service."""
    for rule in entries(route, "spec", "rules"):
        for backend in entries(rule, "backendRefs"):
            if backend.get("kind", "Service") == "Service":
                yield text(backend, "namespace") or namespace(route), backend


def _ports(o: Object) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Namespace and name of each Service that requests are sent to, and its port by `name` or `number`."""
    if o["kind"] == "Ingress":
        for backend in _backends(o):
            yield namespace(o), text(backend, "name"), mapping(backend, "port")
    elif o["kind"] in ("HTTPRoute", "GRPCRoute"):
        for where, backend in _route_backends(o):
            yield where, text(backend, "name"), {"number": backend["port"]} if "port" in backend else {}


def _port_problems(objects: Iterable[Object]) -> Iterator[Finding]:
    """Ports of Ingresses and routes that their Service, when it is one of ours, does not have."""
    services = {(namespace(o), name(o)): entries(o, "spec", "ports") for o in objects if o["kind"] == "Service"}
    for o in objects:
        for where, service, port in _ports(o):
            ports = services.get((where, service))
            for key, value in port.items():
                there = [port.get("name" if key == "name" else "port") for port in ports or ()]
                if ports is not None and value not in there:
                    has = " and ".join(str(port) for port in there if port is not None) or "none"
                    yield Finding(
                        o,
                        f"{title(o)}: port {value} is none of Service {service}, which has {has}, so {_NO_REQUESTS}; "
                        "write a port of the Service",
                    )


def _selector_problems(objects: Collection[Object], external: Collection[str]) -> Iterator[Finding]:
    pods = PodIndex(objects)
    for o in objects:
        if o["kind"] == "Service":
            labels, effect = mapping(o, "spec", "selector"), _NO_REQUESTS
        elif o["kind"] == "PodDisruptionBudget":
            labels, effect = mapping(o, "spec", "selector", "matchLabels"), "nothing would be kept up during a drain"
        else:
            continue
        if not labels:
            continue
        selected = list(pods.selected(namespace(o), labels))
        pairs = [f"{label}={value}" for label, value in labels.items()]
        wanted = [full_name("Pod", namespace(o), pair) for pair in pairs]
        if not selected and not any(_is_external(pod, external) for pod in wanted):
            yield Finding(
                o,
                f"{title(o)}: its selector {','.join(pairs)} selects no pods in namespace {namespace(o)}, so "
                f"{effect}; write labels of the pods that are meant, or say that someone else makes them: "
                f"{_call(wanted[0])}",
            )
        if selected and o["kind"] == "Service":
            yield from _target_problems(o, selected)


def _target_problems(service: Object, selected: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    ports = {text(port, "name") for template in selected for c in containers(template) for port in entries(c, "ports")}
    for port in entries(service, "spec", "ports"):
        target = port.get("targetPort")
        if isinstance(target, str) and target not in ports:
            has = ", ".join(sorted(filter(None, ports))) or "none with a name"
            yield Finding(
                service,
                f"{title(service)}: targetPort {target} is no port of the pods that it selects, which have {has}, so "
                f"{_NO_REQUESTS}; write the name of a container's port",
            )
