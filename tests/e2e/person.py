"""Who does what a page says: in a shell, with a kubectl of his own; and what works on its own meanwhile."""

import os
import shlex
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..charts.dist import ROOT
from ..docs.runbooks import Command
from .environment import Environment
from .kubectl import Kubectl
from .operators import play


@dataclass(frozen=True)
class Person:
    """folder: his programs and his kubeconfig."""

    folder: Path

    @classmethod
    def of(cls, kubectl: Kubectl, folder: Path) -> "Person":
        folder.mkdir()
        (folder / "kubeconfig").symlink_to(kubectl.kubeconfig)
        person = cls(folder)
        # No container runs that would have a log.
        command = shlex.join([str(kubectl.binary), *kubectl.options])
        person.program("kubectl", f'[ "$1" = logs ] || exec {command} "$@"')
        return person

    def program(self, name: str, script: str) -> None:
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def does(self, command: Command, values: Mapping[str, str], *, folder: Path = ROOT) -> str:
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "HOME": str(self.folder),
            "RUN_JOB_PAUSE": "1",
        }
        return command.run(values=values, environment=environment, folder=folder)


@contextmanager
def operators(environment: Environment) -> Iterator[None]:
    """External Secrets and the ingress controller at work, whenever something is new."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.5):
            play(environment.admin)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
