"""A program: how a container runs it, and what it finds there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import combinations

from kubecheck.objects import quantity

from ..config.config_map import ConfigMap, ExistingConfigMap
from ..config.secret import Secret
from ..core.calls import value_object
from ..core.errors import OptionProblem
from .volumes.mount import Mount
from .volumes.source import ProjectedSource
from .volumes.volume import Volume

# What env_from takes.
Source = Secret | ConfigMap | ExistingConfigMap
# What config_files takes.
Files = ConfigMap | ExistingConfigMap

DEFAULT_SCRATCH: Mapping[str, str] = {"/tmp": "64Mi"}

_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


@value_object
class Program:
    """How a program is run, and what it finds in its container: the options that all have which run one.

    Args:
        command, args: instead of the image's own; in exec form, a text an argument.
        env: plain settings; a value may refer to earlier ones, and to those of env_from, by `$(NAME)`.
        env_from: ConfigMaps and Secrets whose keys become environment variables.
        secret_files: Secrets mounted below /run/secrets, a file a key, readable by the container's group only (0440).
        config_files: folders to ConfigMaps, a file a key; a change of theirs rolls the pods.
        scratch: folders of its own that can be written to and go with the pod, path to size; default /tmp with 64Mi.
        volumes: other volumes, by path. A Volume that another container mounts too is shared with it. A claim that is
            ReadWriteOnce allows a Deployment one replica, which stops before its successor starts.
    """

    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_from: Sequence[Source] = ()
    secret_files: Sequence[Secret] = ()
    config_files: Mapping[str, Files] = field(default_factory=dict)
    scratch: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_SCRATCH))
    volumes: Mapping[str, Volume] = field(default_factory=dict)

    @property
    def mounts(self) -> list[Mount]:
        files = [(secret.directory, Volume.secret(secret)) for secret in self.secret_files]
        config = [(path, Volume.config_map(config_map)) for path, config_map in self.config_files.items()]
        scratch = [(path, Volume.empty_dir(size)) for path, size in self.scratch.items()]
        every = {
            "volumes": self.volumes.items(),
            "scratch": scratch,
            "secret_files": files,
            "config_files": config,
        }
        return [Mount(option=option, path=path, volume=v) for option, mounted in every.items() for path, v in mounted]

    @property
    def sources(self) -> Iterator[ProjectedSource]:
        """What its variables and files are read from."""
        yield from self.env_from
        for mount in self.mounts:
            yield from mount.volume.source.files

    def problems(self) -> Iterator[str]:
        yield from self.program_problems()

    def program_problems(self) -> Iterator[str]:
        for name in self.env:
            if not _VARIABLE.fullmatch(name):
                yield OptionProblem("env", f"{name!r} is not a variable's name; use letters, digits, '-', '_' and '.'")
        for path, size in self.scratch.items():
            if problem := quantity.problem(size):
                yield OptionProblem("scratch", f"{path}: size {problem}")
        mounts = self.mounts
        for mount in mounts:
            yield from (OptionProblem(mount.option, problem) for problem in mount.problems())
        for one, other in combinations(mounts, 2):
            if one.folder == other.folder:
                options = ", ".join(dict.fromkeys((one.option, other.option)))
                yield OptionProblem(options, f"{one.folder} is given twice; a folder holds one volume")
