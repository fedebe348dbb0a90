"""References to objects that nothing here makes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from ...check import Cluster, Finding, Known, check, once_a_cluster
from ...objects.fields import Object, full_name, title
from ...objects.references import SCALE_TARGET, Reference, makes, references

# Among more names none is sought that resembles a missing one: that would take longer than all checks together.
_MOST_NAMES = 500

_WAY_OUT = "Correct the name, make the object, or name it as `external` when someone else makes it."


def _object(kind: str, name: str, fields: str = "", api_version: str = "v1") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\n{fields}"


def _pod(fields: str) -> str:
    return _object("Pod", "web", f"spec:\n{fields}  containers:\n    - name: web\n      image: shop/web:1.0\n")


def _env_from(source: str) -> str:
    return _pod("") + f"      envFrom:\n        - {source}:\n            name: web\n"


_POD_OF_CLAIM = _pod("  volumes:\n    - name: data\n      persistentVolumeClaim:\n        claimName: web\n")
_CLAIM = """\
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
"""
_INGRESS = _object(
    "Ingress",
    "web",
    """\
spec:
  defaultBackend:
    service:
      name: web
      port:
        number: 80
""",
    "networking.k8s.io/v1",
)
_SERVICE = _object("Service", "web", "spec:\n  ports:\n    - port: 80\n")
_BINDING = _object(
    "RoleBinding",
    "readers",
    """\
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: reader
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: readers
""",
    "rbac.authorization.k8s.io/v1",
)
_ROLE = _object("Role", "reader", "rules: []\n", "rbac.authorization.k8s.io/v1")
_AUTOSCALER = _object(
    "HorizontalPodAutoscaler",
    "web",
    """\
spec:
  scaleTargetRef:
    apiVersion: example.com/v1
    kind: Shop
    name: web
  maxReplicas: 3
""",
    "autoscaling/v2",
)
_EXTERNAL_SECRET = _object(
    "ExternalSecret",
    "web",
    """\
spec:
  secretStoreRef:
    name: vault
  dataFrom:
    - extract:
        key: web
""",
    "external-secrets.io/v1",
)
_SCALED_OBJECT = _object(
    "ScaledObject",
    "web",
    """\
spec:
  scaleTargetRef:
    apiVersion: example.com/v1
    kind: Shop
    name: web
  triggers:
    - type: redis
      metadata:
        listName: orders
        listLength: "10"
      authenticationRef:
        name: redis
""",
    "keda.sh/v1alpha1",
)
_SHOP = _object("Shop", "web", "", "example.com/v1")


def _and(*objects: str) -> str:
    return "---\n".join(objects)


@check(
    "unknown-secret",
    why="A container that reads a Secret that is not there does not start, an image is not pulled, and a host is "
    "served with another's certificate (Kubernetes documentation, Secrets).",
    way_out=_WAY_OUT,
    bad=_env_from("secretRef"),
    good=_and(_env_from("secretRef"), _object("Secret", "web")),
)
def unknown_secret(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "Secret")


@check(
    "unknown-config-map",
    why="A container that reads a ConfigMap that is not there does not start (Kubernetes documentation, ConfigMaps).",
    way_out=_WAY_OUT,
    bad=_env_from("configMapRef"),
    good=_and(_env_from("configMapRef"), _object("ConfigMap", "web")),
)
def unknown_config_map(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "ConfigMap")


@check(
    "unknown-claim",
    why="A pod waits for its PersistentVolumeClaim without an end, and is not scheduled.",
    way_out=_WAY_OUT,
    bad=_POD_OF_CLAIM,
    good=_and(_POD_OF_CLAIM, _object("PersistentVolumeClaim", "web", _CLAIM)),
)
def unknown_claim(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "PersistentVolumeClaim")


@check(
    "unknown-service-account",
    why="The API server makes no pod whose ServiceAccount is not there (Kubernetes documentation, Admission Control, "
    "ServiceAccount), and a binding to it allows nothing.",
    way_out=_WAY_OUT,
    bad=_pod("  serviceAccountName: web\n"),
    good=_and(_pod("  serviceAccountName: web\n"), _object("ServiceAccount", "web")),
)
def unknown_service_account(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "ServiceAccount")


@check(
    "unknown-service",
    why="Ingress controllers and Gateways answer requests with an error while the Service is not there; the pods of a "
    "StatefulSet have no names in DNS without theirs.",
    way_out=_WAY_OUT,
    bad=_INGRESS,
    good=_and(_INGRESS, _SERVICE),
)
def unknown_service(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "Service")


@check(
    "unknown-role",
    why="A binding of a Role or ClusterRole that is not there allows nothing, and says nothing (Kubernetes "
    "documentation, Using RBAC Authorization).",
    way_out=_WAY_OUT,
    bad=_BINDING,
    good=_and(_BINDING, _ROLE),
)
def unknown_role(cluster: Cluster) -> Iterator[Finding]:
    yield from _missing(cluster, "Role")
    yield from _missing(cluster, "ClusterRole")


@check(
    "unknown-scale-target",
    why="An autoscaler of something that is not there scales nothing.",
    way_out=_WAY_OUT,
    bad=_AUTOSCALER,
    good=_and(_AUTOSCALER, _SHOP),
)
def unknown_scale_target(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, SCALE_TARGET)


@check(
    "unknown-secret-store",
    why="An ExternalSecret makes no Secret while its SecretStore is not there.",
    way_out=_WAY_OUT,
    bad=_EXTERNAL_SECRET,
    good=_and(_EXTERNAL_SECRET, _object("SecretStore", "vault", "", "external-secrets.io/v1")),
)
def unknown_secret_store(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "SecretStore")


@check(
    "unknown-trigger-authentication",
    why="KEDA cannot ask a server without the TriggerAuthentication that has its password, and scales nothing.",
    way_out=_WAY_OUT,
    bad=_and(_SCALED_OBJECT, _SHOP),
    good=_and(_SCALED_OBJECT, _SHOP, _object("TriggerAuthentication", "redis", "", "keda.sh/v1alpha1")),
)
def unknown_trigger_authentication(cluster: Cluster) -> Iterator[Finding]:
    return _missing(cluster, "TriggerAuthentication")


@dataclass
class _Made:
    """What the objects are and make; for each that is missing, which there are of its name or in its namespace."""

    all: set[tuple[str, str, str]] = field(default_factory=set)
    names: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    namespaces: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))


def _missing(cluster: Cluster, role: str) -> Iterator[Finding]:
    for o, wanted in _all_missing(cluster).get(role, ()):
        unless = Known("external", full_name(*wanted[:3]))
        yield Finding(o, f"{title(o)}: {_text(wanted, _made(cluster))}", unless=unless)


@once_a_cluster
def _all_missing(cluster: Cluster) -> Mapping[str, list[tuple[Object, Reference]]]:
    """By role, or else by kind: the objects that need what is not there, and that."""
    made, missing = _made(cluster), defaultdict(list)
    for o in cluster.objects:
        for wanted in dict.fromkeys(references(o)):
            if wanted[:3] not in made.all and not cluster.is_external(full_name(*wanted[:3])):
                missing[wanted.role or wanted.kind].append((o, wanted))
    return missing


@once_a_cluster
def _made(cluster: Cluster) -> _Made:
    made = _Made()
    for o in cluster.objects:
        for kind, there, named in makes(o):
            if (kind, there, named) not in made.all:
                made.all.add((kind, there, named))
                made.names[kind, there].append(named)
                made.namespaces[kind, named].append(there)
    return made


def _text(wanted: Reference, made: _Made) -> str:
    where = f" in namespace {wanted.namespace}" if wanted.namespace else ""
    if close := _resembling(wanted.name, made.names.get((wanted.kind, wanted.namespace), ())):
        way_out = f"write {close} if that is meant"
    elif elsewhere := sorted(filter(None, made.namespaces.get((wanted.kind, wanted.name), ()))):
        way_out = f"the one in {elsewhere[0]} is out of reach: make it in {wanted.namespace or 'a namespace'} too"
    else:
        way_out = "make it"
    return (
        f"{wanted.kind} {wanted.name} is made by nothing{where}, so {wanted.otherwise}; {way_out}, or say that "
        "someone else makes it"
    )


def _resembling(wanted: str, names: Iterable[str]) -> str | None:
    names = sorted(filter(None, names))
    close = get_close_matches(wanted, names, n=1, cutoff=0.85) if len(names) <= _MOST_NAMES else []
    return close[0] if close else None
