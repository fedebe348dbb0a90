"""Values of secrets in the files: in a Secret, where a reference belongs, and in the fields of any other object."""

from collections.abc import Collection, Iterator
from typing import Any

from ...check import Cluster, Finding, Known, check
from ...objects.credentials import by_value, is_credential, is_credential_field, is_harmless, is_placeholder
from ...objects.fields import Object, at, containers, entries, mapping, namespace, text, title
from ...objects.pods import group
from .credentials import secret_names

_STORES = ("SecretStore", "ClusterSecretStore")
_READABLE = "which everyone who may read this repository would have"

_SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
stringData:
  PASSWORD: ""
"""
_STORE = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  name: vault
  namespace: shop
spec:
  provider:
    vault:
      server: https://vault.example.com
      auth:
        tokenSecretRef:
          name: vault-token
          key: token
"""
_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: db
  namespace: shop
spec:
  values:
    auth:
      username: shop
      existingSecret: db
"""


@check(
    "secret-value",
    why="Whoever may read the repository, or its history, would have the value, and a Secret's base64 hides nothing "
    "(Kubernetes documentation, Good practices for Kubernetes Secrets).",
    way_out="Leave the value out, take another, as this one is known, and let an ExternalSecret bring it.",
    bad=_SECRET.replace('""', "hunter2"),
    good=_SECRET,
    waivable=False,
)
def secret_value(cluster: Cluster) -> Iterator[Finding]:
    """In data or stringData of a Secret, and in the provider of a SecretStore, which wants a reference to a Secret."""
    for o in cluster.by_kind.get("Secret", ()):
        if not group(o) and cluster.is_kept(o):
            yield from _filled(o)
    for kind in _STORES:
        for o in cluster.by_kind.get(kind, ()):
            yield from _written_out(o)


@check(
    "exposed-credential",
    why="Whoever may read the repository, or the object in the cluster, would have it. Told by a value that is "
    "unmistakable, or by a name such as password; the value itself is not shown.",
    way_out="Put it into a Secret and refer to it there, or, when it is none, name the field as `public`.",
    bad=_RELEASE.replace("existingSecret: db", "password: hunter2"),
    good=_RELEASE,
)
def exposed_credential(cluster: Cluster) -> Iterator[Finding]:
    """In any field but those that `plain-credential` reads: env, commands, ConfigMaps."""
    secrets = secret_names(cluster)
    elsewhere = frozenset(map(id, _read_elsewhere(cluster)))
    clean: set[str] = set()
    for o in cluster.objects:
        # The schemas of a CustomResourceDefinition describe fields, with examples.
        if o["kind"] in ("Secret", "CustomResourceDefinition"):
            continue
        for path, key, value in _texts(o, elsewhere):
            found = None
            if value not in clean:
                found = by_value(value)
                if found is None:
                    clean.add(value)
            # What is encrypted has the names of what it will be.
            if found is None and is_credential_field(key, value) and o["kind"] != "SealedSecret":
                found = None if value in secrets[namespace(o)] else "by its name"
            if found and key not in cluster.public:
                yield Finding(
                    o,
                    f"{title(o)}: {_place(path)} looks like a credential ({found}, {len(value)} characters), "
                    f"{_READABLE}; refer to a Secret, or say that it is none",
                    unless=Known("public", key),
                )


def _filled(secret: Object) -> Iterator[Finding]:
    for field in ("data", "stringData"):
        filled = [str(key) for key, value in mapping(secret, field).items() if not _is_empty(value)]
        if filled:
            values = "values of" if len(filled) > 1 else "the value of"
            yield Finding(
                secret,
                f"{title(secret)}: {field} holds {values} {', '.join(filled)}, {_READABLE}; leave it empty, and let an "
                "ExternalSecret or a SealedSecret bring it",
            )


def _written_out(store: Object) -> Iterator[Finding]:
    provider = mapping(store, "spec", "provider")
    for path, key, value in _texts(provider):
        if is_credential(key) and not is_harmless(value):
            yield Finding(
                store,
                f"{title(store)}: spec.provider.{_place(path)} holds a value of {len(value)} characters, {_READABLE}; "
                "refer to the key of a Secret",
            )
    for entry in entries(provider, "fake", "data"):
        if not _is_empty(entry.get("value")):
            yield Finding(
                store,
                f"{title(store)}: spec.provider.fake.data holds the value of {text(entry, 'key')}, {_READABLE}; take a "
                "provider that keeps secrets",
            )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and is_placeholder(value))


_Path = tuple["_Path | None", str]


def _texts(value: Any, elsewhere: Collection[int] = ()) -> Iterator[tuple[_Path, str, str]]:
    """Every text in a value: the way to it, its key, and the text. In `{name: X, value: Y}` the key of Y is X.

    Without recursion, and each mapping and list once: YAML may be as deep as it likes, and refer to itself.

    Args:
        elsewhere: `id` of mappings and lists that are left out.
    """
    seen = set(elsewhere)
    waiting: list[tuple[_Path | None, Any]] = [(None, value)]
    while waiting:
        above, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        for key, named, inner in _named(value, above):
            if isinstance(inner, str):
                yield (above, str(key)), named if isinstance(named, str) else "", inner
            elif isinstance(inner, dict | list):
                waiting.append(((above, str(key)), inner))


def _named(value: Any, above: _Path | None) -> Iterator[tuple[Any, Any, Any]]:
    """Of each value in a mapping or list the key, the name that says what it is, and the value itself."""
    if isinstance(value, list):
        yield from ((number, above and above[1], inner) for number, inner in enumerate(value))
    else:
        yield from ((key, value.get("name") if key == "value" else key, inner) for key, inner in value.items())


def _place(path: _Path) -> str:
    keys: list[str] = []
    way: _Path | None = path
    while way is not None:
        way, key = way
        keys.append(key)
    return ".".join(reversed(keys))


def _read_elsewhere(cluster: Cluster) -> Iterator[Any]:
    """What `plain-credential` reads."""
    for o in cluster.by_kind.get("ConfigMap", ()):
        yield mapping(o, "data")
    for _, template in cluster.templates:
        for container in containers(template):
            yield from (at(container, field) for field in ("env", "command", "args"))
