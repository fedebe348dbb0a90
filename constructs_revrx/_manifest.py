"""An API object from plain values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from cdk8s import ApiObject, ApiObjectMetadata, JsonPatch
from constructs import Construct

from ._errors import ManifestError, Problem

# Argo CD neither prunes nor deletes an object with this: data outlives the manifest and the Application.
# Prune=false alone does not survive the deletion of an Application (argo-cd issue 9853).
KEEP_DATA = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}


class Identity(NamedTuple):
    """What an object is, apart from its namespace; group "" is the core API's."""

    group: str
    kind: str
    name: str


class Manifest(ApiObject):
    """An API object of any kind; `fields` are its top-level fields beside metadata, as they stand in YAML.

    The values reach the file as they are, of any Kubernetes version and any custom resource, and so does every
    patch: `manifest.add_json_patch(JsonPatch.add("/spec/replicas", 3))`. The typed classes of cdk8s-plus drop
    fields they do not know and plain quantities without a word.

    Args:
        namespace: default the chart's; an object without one is cluster-scoped, so is its chart.
        fields: a field that is None, at any depth, is left out; keys are sorted, lists are not.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> None:
        metadata = ApiObjectMetadata(name=name, namespace=namespace, labels=labels, annotations=annotations or None)
        with unique_id(scope, id):
            super().__init__(scope, id, api_version=api_version, kind=kind, metadata=metadata)
        self.identity = Identity(api_version.rpartition("/")[0], kind, name)
        patches = [JsonPatch.add(f"/{field}", tidy(value)) for field, value in sorted(fields.items())]
        self.add_json_patch(*patches)


def identity(construct: ApiObject) -> Identity:
    """Of any object. A Manifest knows its own; for another it is three calls into cdk8s."""
    if isinstance(construct, Manifest):
        return construct.identity
    group = "" if construct.api_group == "core" else construct.api_group
    return Identity(group, construct.kind, construct.name)


def full_name(kind: str, namespace: str | None, name: str) -> str:
    """How a text names an object: KIND/NAMESPACE/NAME, or KIND/NAME without a namespace."""
    return "/".join(filter(None, (kind, namespace, name)))


@contextmanager
def unique_id(scope: Construct, id: str) -> Iterator[None]:
    """Raise what the JavaScript side refuses as a ManifestError: there is no construct yet that could report it."""
    try:
        yield
    except RuntimeError as error:
        place = "/".join(filter(None, [scope.node.path, id]))
        raise ManifestError([Problem(place, f"id: {error}; give each construct of a chart its own id")]) from None


def tidy(value: Any) -> Any:
    """The value without the keys that are None, its keys sorted as cdk8s sorts them, so that code can move freely."""
    if isinstance(value, Mapping):
        return {key: tidy(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    return value
