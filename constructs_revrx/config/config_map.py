"""Settings that are no secret."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs import Construct

from kubecheck.objects.names import name_problems

from ..core.calls import checked, value_object
from ..core.component import Component
from ..core.errors import OptionProblem
from ..core.manifest import Manifest

LARGEST = 1024 * 1024

# Kubernetes, apimachinery, pkg/util/validation (IsConfigMapKey): a key is a file's name, and none that leads out.
_KEY = re.compile(r"(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}")


class ConfigMap(Component):
    """A ConfigMap; pods that use it carry its digest, so that a change of a value rolls them.

    Args:
        data: key to value; as environment variables in `env_from`, or as files.
    """

    @checked
    def __init__(self, scope: Construct, id: str, *, data: Mapping[str, str]) -> None:
        super().__init__(scope, id, component="configuration", options={})
        self.data = dict(data)
        self.config_map = Manifest(
            self, "config-map", api_version="v1", kind="ConfigMap", name=id, labels=self.labels.all, data=self.data
        )

    @property
    def environment_source(self) -> dict[str, Any]:
        return {"configMapRef": {"name": self.name}}

    def problems(self) -> Iterator[OptionProblem]:
        yield from super().problems()
        for key in self.data:
            yield from (OptionProblem("data", problem) for problem in key_problems(key))
        size = sum(len(key) + len(value.encode()) for key, value in self.data.items())
        if size > LARGEST:
            yield OptionProblem("data", f"{size} bytes are over the {LARGEST} that a ConfigMap may hold; split it")


@value_object(kw_only=False)
class ExistingConfigMap:
    """A ConfigMap that someone else makes, in the pod's namespace. None is emitted, and its change rolls no pods.

    Args:
        name: the object's.
    """

    name: str

    @property
    def environment_source(self) -> dict[str, Any]:
        return {"configMapRef": {"name": self.name}}

    def problems(self) -> Iterator[str]:
        yield from name_problems(self.name)


def key_problems(key: str) -> Iterator[str]:
    if not _KEY.fullmatch(key):
        yield f"{key!r} is not a key that Kubernetes accepts; use letters, digits, '-', '_' and '.', not '..' in front"


def digest_annotation(config_maps: Iterable[ConfigMap]) -> dict[str, str]:
    """The pod template's annotation that changes when a value does; none without ConfigMaps."""
    content = {config_map.name: config_map.data for config_map in config_maps}
    if not content:
        return {}
    return {"checksum/config": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]}
