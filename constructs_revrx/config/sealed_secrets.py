"""Secrets whose values stand in the repository, encrypted for the cluster's Sealed Secrets controller alone."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from constructs import Construct

from ..core.calls import checked, value_object
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.manifest import Manifest
from .secret import Secret, duplicates

_SCOPE = "sealedsecrets.bitnami.com"

# bitnami-labs/sealed-secrets, pkg/crypto (HybridEncrypt): two bytes with the length of what RSA made (2048 to 8192
# bits), that, and what AES-GCM made: as long as the value, and a tag.
_LENGTH, _RSA, _TAG = 2, range(2048 // 8, 8192 // 8 + 1), 16


@value_object(kw_only=False)
class Sealed:
    """A Secret's values, each encrypted by kubeseal for one cluster, as `--raw` prints them.

        kubeseal --raw --namespace shop --name app-secret < value

    Args:
        secret: what the controller makes of them.
        encrypted_data: key to encrypted value.
        scope: what the value was encrypted for, and so where it can be decrypted: `strict` this name in this namespace,
            the default; `namespace-wide` any name in it; `cluster-wide` anywhere. kubeseal's `--scope`.
    """

    secret: Secret
    encrypted_data: Mapping[str, str]
    scope: Literal["strict", "namespace-wide", "cluster-wide"] = "strict"

    @property
    def revised(self) -> Secret:
        """The Secret with a digest of its encrypted values as the revision: workloads that are given this one roll when
        a value is sealed anew. Their first pods may start before the controller has decrypted it.
        """
        values = json.dumps(dict(self.encrypted_data), sort_keys=True)
        return replace(self.secret, revision=hashlib.sha256(values.encode()).hexdigest()[:16])

    def problems(self) -> Iterator[str]:
        yield from self.secret.missing_problems([*self.encrypted_data])
        for key in self.secret.keys:
            if key not in self.encrypted_data:
                yield f"{self.secret.name}: {key} has no value; {self._way_out('NAMESPACE')}"

    def value_problems(self, namespace: str | None) -> Iterator[str]:
        """Of values that the controller could not decrypt. Not told: the value, which may be the secret itself."""
        for key, value in self.encrypted_data.items():
            if not _is_sealed(value):
                yield (
                    f"{self.secret.name}: {key} is not what kubeseal prints ({len(value)} characters); if that is the "
                    f"secret itself, it is no longer one: change it; {self._way_out(namespace or 'NAMESPACE')}"
                )

    def _way_out(self, namespace: str) -> str:
        where = {
            "strict": f"--namespace {namespace} --name {self.secret.name}",
            "namespace-wide": f"--namespace {namespace} --scope namespace-wide",
            "cluster-wide": "--scope cluster-wide",
        }
        return f"paste what `kubeseal --raw {where[self.scope]}` prints for it"

    @property
    def annotations(self) -> dict[str, str]:
        return {} if self.scope == "strict" else {f"{_SCOPE}/{self.scope}": "true"}


class SealedSecrets(Component):
    """A SealedSecret for each Secret, of which the controller makes it.

    kubeseal encrypts for the controller's key of one cluster: give each environment its own values. The controller
    renews that key and keeps the old ones; a cluster that is built anew needs them restored, or values sealed anew.

    Args:
        secrets: the Secrets with their encrypted values.
    """

    @checked
    def __init__(self, scope: Construct, id: str, *, secrets: Sequence[Sealed]) -> None:
        super().__init__(scope, id, component="secrets", options={"secrets": secrets})
        self._secrets = secrets
        # One for each name; that a name is given twice is one of the problems.
        sealed = {each.secret.name: each for each in secrets}
        self.sealed_secrets = {name: self._sealed_secret(each) for name, each in sealed.items()}

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from duplicates([each.secret for each in self._secrets])
        for each in self._secrets:
            yield from (OptionProblem("secrets", text) for text in each.value_problems(self.namespace))

    def _sealed_secret(self, sealed: Sealed) -> Manifest:
        name = sealed.secret.name
        labels = replace(self.labels, name=name).all
        return Manifest(
            self,
            f"secret-{name}",
            api_version="bitnami.com/v1alpha1",
            kind="SealedSecret",
            name=name,
            labels=labels,
            annotations=sealed.annotations,
            spec={
                "encryptedData": sealed.encrypted_data,
                "template": {"type": "Opaque", "metadata": {"labels": labels}},
            },
        )


def _is_sealed(value: str) -> bool:
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    rsa = int.from_bytes(data[:_LENGTH])
    return rsa in _RSA and len(data) >= _LENGTH + rsa + _TAG
