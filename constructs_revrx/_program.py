"""What a container runs, and what it finds in its pod."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _quantity
from ._calls import value_object
from ._config_map import ConfigMap
from ._secrets import Secret

# What env_from takes.
Source = Secret | ConfigMap

DEFAULT_SCRATCH: Mapping[str, str] = {"/tmp": "64Mi"}

_LONGEST_VOLUME_NAME = 63
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


@value_object
class Mount:
    """A volume and where the container sees it."""

    path: str
    volume: Mapping[str, Any]
    read_only: bool = False

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")


def memory_mount(path: str, size: str) -> Mount:
    """A folder that is never on disk and counts against the memory limit."""
    return Mount(path=path, volume={"emptyDir": {"sizeLimit": size, "medium": "Memory"}})


@dataclass(frozen=True, kw_only=True)
class Program:
    """The options that WebService, Worker and SuspendedCronJob have in common, but image and resources.

    Args:
        command, args: in exec form, a text an argument.
        env: keeps its order: a value may refer to those before it, and to env_from's, by $(NAME).
        env_from: all keys of a ConfigMap or Secret as variables.
        secret_files: each Secret as a folder of files, readable by the container's group only (0440).
        config_files: a folder to the ConfigMap whose keys are the files in it.
        scratch: writable folders that go with the pod, path to size limit.
        volumes: other mounts.
    """

    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_from: Sequence[Source] = ()
    secret_files: Sequence[Secret] = ()
    config_files: Mapping[str, ConfigMap] = field(default_factory=dict)
    scratch: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[Mount] = ()

    @property
    def config_maps(self) -> list[ConfigMap]:
        """Those whose change must roll the pods."""
        from_env = (source for source in self.env_from if isinstance(source, ConfigMap))
        return [*dict.fromkeys((*from_env, *self.config_files.values()))]

    @property
    def mounts(self) -> list[Mount]:
        scratch = (Mount(path=path, volume={"emptyDir": {"sizeLimit": size}}) for path, size in self.scratch.items())
        secrets = (
            Mount(
                path=secret.directory,
                volume={"secret": {"secretName": secret.name, "defaultMode": 0o440}},
                read_only=True,
            )
            for secret in self.secret_files
        )
        config = (
            Mount(path=path, volume={"configMap": {"name": config_map.name}}, read_only=True)
            for path, config_map in self.config_files.items()
        )
        return [*self.volumes, *scratch, *secrets, *config]

    def problems(self, namespace: str | None) -> Iterator[str]:
        """What is wrong with the options, with their names; namespace: the pod's."""
        for name in self.env:
            if not _VARIABLE.fullmatch(name):
                yield f"env: {name!r} is not a variable's name; use letters, digits, '-', '_' and '.'"
        for config_map in self.config_maps:
            if config_map.namespace != namespace:
                yield (
                    f"env_from, config_files: {config_map.name} is in the namespace {config_map.namespace}, where the "
                    "pod cannot read it; make one in its own chart"
                )
        yield from self._mount_problems()

    def _mount_problems(self) -> Iterator[str]:
        by_name: dict[str, list[str]] = defaultdict(list)
        for mount in self.mounts:
            by_name[mount.name].append(mount.path)
        for path in self.config_files:
            if not path.startswith("/"):
                yield f"config_files: path {path!r} does not begin with '/'"
        for path, size in self.scratch.items():
            if not path.startswith("/"):
                yield f"scratch: path {path!r} does not begin with '/'"
            elif not path.strip("/"):
                yield f"scratch: path {path!r} is the root, which stays read-only; name the folders that are written to"
            if problem := _quantity.problem(size):
                yield f"scratch: size of {path} {problem}"
        for name, paths in by_name.items():
            if len(paths) > 1:
                yield f"mounts: {' and '.join(paths)} give two volumes the name {name}; rename one"
            if len(name) > _LONGEST_VOLUME_NAME:
                yield f"mounts: {paths[0]} is too long for a volume's name; give 63 characters at most"
