"""Secrets: declared once by name and keys, never with a value; and those that people fill in."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from constructs import Construct

from kubecheck.objects.fields import full_name
from kubecheck.objects.names import name_problems

from ..core.calls import checked, value_object
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.manifest import Manifest

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@value_object(kw_only=False)
class Secret:
    """A Secret, declared without a value. Who fills it: ExternalSecrets, SealedSecrets, or others (ExistingSecrets).

    Files of `secret_files` follow a new value within minutes, without a restart; variables of `env_from` never do.

    Args:
        name: of the object in the workload's namespace.
        keys: those that the program reads; names of environment variables.
        revision: any text. Another one makes ExternalSecrets fetch the values at once and rolls the pods that use the
            Secret: for a value that was changed where it is kept. Pods may start before it has arrived; so change it
            first, and the revision when it has been fetched, `refresh_interval` later or as soon as `kubectl get es`
            says so. By default none.
        reload: whether Stakater Reloader, which the cluster must have, restarts the pods of Deployments and Datastores
            when a value has changed, whoever changed it. With Argo CD run it with --reload-strategy=annotations: the
            variable that it adds otherwise is healed away.
    """

    name: str
    keys: tuple[str, ...]
    revision: str = ""
    reload: bool = False

    @property
    def environment_source(self) -> dict[str, Any]:
        return {"secretRef": {"name": self.name}}

    @property
    def directory(self) -> str:
        """Where `secret_files` mounts it, a file a key."""
        return f"/run/secrets/{self.name}"

    def file(self, key: str) -> str:
        return f"{self.directory}/{key}"

    def missing_problems(self, keys: Sequence[str]) -> Iterator[str]:
        """Of those of the keys that it does not have."""
        for key in keys:
            if self.keys and key not in self.keys:
                yield f"{self.name} has no key {key}, which is read; declare it"

    def problems(self) -> Iterator[str]:
        yield from name_problems(self.name)
        if not self.keys:
            yield f"{self.name} has no keys; name those that the program reads"
        for key in self.keys:
            if not _KEY.fullmatch(key):
                yield f"{self.name} has the key {key!r}, which cannot be an environment variable; use A-Z, 0-9 and _"


class ExistingSecrets(Component):
    """Secrets that are there already, or that someone else makes: emits nothing, and lets workloads refer to them.

    Args:
        secrets: those that are meant.
    """

    @checked
    def __init__(self, scope: Construct, id: str, *, secrets: Sequence[Secret]) -> None:
        super().__init__(scope, id, component="secrets", options={"secrets": secrets})
        self._secrets = secrets
        self.existing.update(full_name("Secret", self.namespace, secret.name) for secret in secrets)

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from duplicates(self._secrets)


class SecretsTemplate(Component):
    """The declared Secrets with every key and no value: to be copied, filled in and applied by hand, never as it is.

    Its chart needs no namespace: whoever fills it in says where with `kubectl apply -n`.

    Args:
        secrets: all that are declared.
    """

    namespaced = False

    @checked
    def __init__(self, scope: Construct, id: str, *, secrets: Sequence[Secret]) -> None:
        super().__init__(scope, id, component="secrets", options={"secrets": secrets})
        self._secrets = secrets
        self.secrets = {
            secret.name: Manifest(
                self,
                f"secret-{secret.name}",
                api_version="v1",
                kind="Secret",
                name=secret.name,
                labels=replace(self.labels, name=secret.name).all,
                type="Opaque",
                stringData=dict.fromkeys(secret.keys, ""),
            )
            for secret in by_name(secrets)
        }

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        yield from duplicates(self._secrets)


def by_name(secrets: Sequence[Secret]) -> Iterable[Secret]:
    """One for each name; that a name is given twice is one of the construct's problems."""
    return {secret.name: secret for secret in secrets}.values()


def duplicates(secrets: Sequence[Secret]) -> Iterator[OptionProblem]:
    for name, times in Counter(secret.name for secret in secrets).items():
        if times > 1:
            text = f"{name} is declared {times} times; declare it once, with all its keys"
            yield OptionProblem("secrets", text)
