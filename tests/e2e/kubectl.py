"""kubectl, as users run it."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..charts.dist import ROOT, Object

# An API server that hangs must end a test, not the whole run.
_TIMEOUT = 120

# The API server tries three times to count a new object in a quota that its controller writes at the same moment, then
# gives up. Who applies a folder to a busy cluster sees it, and applies again.
_QUOTA_CONFLICT = "Operation cannot be fulfilled on resourcequotas"
_TRIES_OF_APPLY = 5


class KubectlError(AssertionError):
    """kubectl ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl with a kubeconfig, run in the root of the repository so that paths are those of the README.

    options: come first in every command.
    """

    binary: Path
    kubeconfig: Path
    options: tuple[str, ...] = ()

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl printed. Raises KubectlError with what it said of an error."""
        tries = _TRIES_OF_APPLY if arguments[0] == "apply" else 1
        for tries_left in reversed(range(tries)):
            code, said, error = self._run(stdin, *arguments)
            if not code:
                return said
            refused = [line for line in error.splitlines() if line.startswith("Error from server")]
            if not (tries_left and refused and all(_QUOTA_CONFLICT in line for line in refused)):
                break
        raise KubectlError(f"kubectl {' '.join([*self.options, *arguments])}: {error.strip()}")

    def _run(self, stdin: str | None, *arguments: str) -> tuple[int, str, str]:
        with self.running(*arguments) as process:
            try:
                said, error = process.communicate(stdin, _TIMEOUT)
            except BaseException:
                process.kill()
                raise
        return process.returncode, said, error

    def running(self, *arguments: str) -> subprocess.Popen[str]:
        """kubectl while it runs."""
        return subprocess.Popen(
            [self.binary, *self.options, *arguments],
            cwd=ROOT,
            env={
                "KUBECONFIG": str(self.kubeconfig),
                "HOME": str(self.kubeconfig.parent),
                "PATH": os.defpath,
                # Only has an effect where --applyset is given.
                "KUBECTL_APPLYSET": "true",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def user(self, name: str, *groups: str) -> "Kubectl":
        """The same as somebody else."""
        return replace(self, options=(*self.options, "--as", name, *(f"--as-group={group}" for group in groups)))

    def within(self, namespace: str) -> "Kubectl":
        """The same, in a namespace where no other is given."""
        return replace(self, options=(*self.options, f"--namespace={namespace}"))

    def get(self, *arguments: str) -> list[Object]:
        """The objects that are there; an object that is named and not there is none."""
        found: Object = json.loads(self("get", "--ignore-not-found", "-o=json", *arguments) or '{"items": []}')
        objects: list[Object] = found.get("items", [found])
        return objects

    def create(self, objects: Iterable[Mapping[str, object]], *options: str) -> str:
        """Objects that are in no file; several that are refused are all told."""
        return self("create", "-f=-", *options, stdin=_listed(objects))

    def apply(self, objects: Iterable[Mapping[str, object]], *options: str) -> str:
        """Objects that are in no file."""
        return self("apply", "-f=-", *options, stdin=_listed(objects))

    def delete(self, objects: Iterable[Mapping[str, object]]) -> str:
        """Those of them that are there."""
        return self("delete", "-f=-", "--ignore-not-found", "--wait=true", stdin=_listed(objects))


def _listed(objects: Iterable[Mapping[str, object]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [*objects]})


def decoded(text: str) -> Iterator[Object]:
    """The objects that kubectl printed as JSON, one after another."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        o, end = decoder.raw_decode(text)
        yield o
        text = text[end:]
