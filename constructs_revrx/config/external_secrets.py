"""Secrets that External Secrets fetches from where they are kept, and keeps up to date."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from constructs import Construct

from kubecheck.objects.fields import full_name
from kubecheck.objects.names import name_problems

from ..core.calls import checked, value_object
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.labels import Labels
from ..core.manifest import Manifest
from .secret import Secret, by_name, duplicates

_API_VERSION = "external-secrets.io/v1"

# Go's time.ParseDuration, and more than nothing: at 0s even a changed ExternalSecret is not fetched anew.
_DURATION = re.compile(r"(?=.*[1-9])([0-9]+(\.[0-9]+)?(ms|s|m|h))+")


@value_object
class SecretStore:
    """A SecretStore that is made here: where the values are kept, and under which path.

    Args:
        provider: the SecretStore's `provider` field (External Secrets documentation, Provider).
        prefix: what precedes each Secret's name there, e.g. `revrx/production/`.
    """

    provider: dict[str, Any]
    prefix: str

    @classmethod
    def aws_secrets_manager(cls, *, region: str, prefix: str) -> "SecretStore":
        """AWS Secrets Manager, reached with the External Secrets controller's own identity: no key is stored.

        Args:
            region: the AWS region, e.g. eu-central-1.
        """
        return cls(provider={"aws": {"service": "SecretsManager", "region": region}}, prefix=prefix)


@value_object
class ExistingStore:
    """A store that is there already, such as the ClusterSecretStore that a platform team keeps; none is emitted.

    Args:
        name: the store's.
        kind: default ClusterSecretStore, which all namespaces may use that its conditions name.
        prefix: what precedes each Secret's name there; default nothing.
    """

    name: str
    kind: Literal["ClusterSecretStore", "SecretStore"] = "ClusterSecretStore"
    prefix: str = ""

    def problems(self) -> Iterator[str]:
        yield from name_problems(self.name)


@value_object(kw_only=False)
class RemoteRef:
    """Where the store keeps one value (ExternalSecret, spec.data.remoteRef).

    Args:
        key: the entry, below the store's prefix.
        property: a value in the entry, when that is JSON: `password`, or a path, `database.password`. Default the
            entry as it is.
        version: of the entry; default the newest. A fixed one is never fetched anew.
    """

    key: str
    property: str | None = None
    version: str | None = None

    def problems(self) -> Iterator[str]:
        for name in ("key", "property", "version"):
            if getattr(self, name) == "":
                yield f"{name} is empty; name it, or leave it out"


@value_object(kw_only=False)
class RemoteSecret:
    """A Secret whose values are not all in an entry of its own name, under its keys' own names.

    Args:
        secret: what is made of them.
        refs: where the values of these keys are; those of the other keys are where they would be without.
    """

    secret: Secret
    refs: Mapping[str, RemoteRef]

    @property
    def told_as(self) -> str:
        return self.secret.name

    def problems(self) -> Iterator[str]:
        for key in self.refs:
            if key not in self.secret.keys:
                yield f"refs: {key} is no key of it, which has {', '.join(self.secret.keys)}; declare it there"


class ExternalSecrets(Component):
    """An ExternalSecret for each Secret: External Secrets keeps the values up to date. A SecretStore, unless there is
    one.

    Args:
        store: where the values are kept. By default one entry a Secret, a JSON property a key.
        secrets: what is fetched; RemoteSecret where the store has other names.
        refresh_interval: how often values are fetched anew, in Go's units: 15m, 1h30m; default 1h.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        store: SecretStore | ExistingStore,
        secrets: Sequence[Secret | RemoteSecret],
        refresh_interval: str = "1h",
    ) -> None:
        super().__init__(scope, id, component="secrets", options={"store": store, "secrets": secrets})
        self._refresh_interval = refresh_interval
        remote = [each if isinstance(each, RemoteSecret) else RemoteSecret(each, {}) for each in secrets]
        self._secrets = [each.secret for each in remote]
        self.store = _store(self, self.labels, store) if isinstance(store, SecretStore) else None
        if isinstance(store, ExistingStore) and store.kind == "SecretStore":
            self.existing.add(full_name(store.kind, self.namespace, store.name))
        reference = {"kind": "SecretStore", "name": id}
        if isinstance(store, ExistingStore):
            reference = {"kind": store.kind, "name": store.name}
        refs = {each.secret.name: each.refs for each in remote}
        self.external_secrets = {
            secret.name: Manifest(
                self,
                f"secret-{secret.name}",
                api_version=_API_VERSION,
                kind="ExternalSecret",
                name=secret.name,
                labels=replace(self.labels, name=secret.name).all,
                # Any change of an ExternalSecret has it fetched anew (its documentation, FAQ: force-sync).
                annotations={"force-sync": secret.revision} if secret.revision else None,
                spec={
                    "refreshInterval": refresh_interval,
                    "secretStoreRef": reference,
                    # Retain: an entry that is gone from the store by mistake must not take the running one with it.
                    "target": {"name": secret.name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
                    "data": [_data(key, store.prefix, secret, refs[secret.name].get(key)) for key in secret.keys],
                },
            )
            for secret in by_name(self._secrets)
        }

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from duplicates(self._secrets)
        if not _DURATION.fullmatch(self._refresh_interval):
            text = f"{self._refresh_interval!r} is not a time above none in Go's units; write e.g. 15m or 1h30m"
            yield OptionProblem("refresh_interval", text)


def _store(scope: Construct, labels: Labels, store: SecretStore) -> Manifest:
    return Manifest(
        scope,
        "store",
        api_version=_API_VERSION,
        kind="SecretStore",
        name=labels.name,
        labels=labels.all,
        spec={"provider": store.provider},
    )


def _data(key: str, prefix: str, secret: Secret, ref: RemoteRef | None) -> dict[str, Any]:
    ref = ref or RemoteRef(secret.name, key)
    return {
        "secretKey": key,
        "remoteRef": {"key": prefix + ref.key, "property": ref.property, "version": ref.version},
    }
