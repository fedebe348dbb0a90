"""An API object from plain values."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, JsonPatch
from constructs import Construct
from jsii.errors import JSIIError

from .calls import checked
from .chart import record
from .errors import ManifestError, Problem
from .on_demand import OnDemand, constructs_in, path_in, path_of, rendered_by_cdk8s
from .plain_values import OPTIONS, field_problems, tidy
from .resolvers import resolved
from .types import shown

# Argo CD neither prunes nor deletes an object with this: data outlives the manifest and the Application.
# Prune=false alone does not survive the deletion of an Application (argo-cd issue 9853).
KEEP_DATA = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}

_FIRST = ("apiVersion", "kind", "metadata")


class Identity(NamedTuple):
    """What an object is, apart from its namespace; group "" is the core API's."""

    group: str
    kind: str
    name: str


class Manifest(OnDemand, ApiObject):
    """An API object of any kind; `fields` are its top-level fields beside metadata, as they stand in YAML.

    The values reach the file as they are, of any Kubernetes version and any custom resource, and so does every
    patch: `manifest.add_json_patch(JsonPatch.add("/spec/replicas", 3))`. The typed classes of cdk8s-plus drop
    fields they do not know and plain quantities without a word.

    It is an ApiObject to whoever asks cdk8s, which asks it back (`to_json`) when it renders; see OnDemand.

    Args:
        api_version, kind: as the API's reference writes them, e.g. networking.k8s.io/v1 and Ingress.
        name: of the object; the construct's id is another matter.
        labels: its own; the chart's are added.
        annotations: its own.
        namespace: default the chart's; an object without one is cluster-scoped, so is its chart.
        fields: a field that is None, at any depth, is left out; keys are sorted, lists are not.

    Raises:
        ManifestError: at once, when a field holds what YAML has not, such as a set, a date or an object of cdk8s.
    """

    # Not ApiObject's properties, which ask Node. Not properties either: jsii would have Node ask them.
    api_version = api_group = kind = name = ""

    @checked
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
        try:
            self.fields: dict[str, Any] = tidy(fields)
            fits = api_version.count("/") < 2 and fields.keys().isdisjoint(OPTIONS)
        except (TypeError, RecursionError):
            fits = False
        if not fits:
            problems = (*_version_problems(api_version), *field_problems(fields))
            raise ManifestError(Problem(path_in(scope, id), problem) for problem in problems)
        self.identity = Identity(api_version.rpartition("/")[0], kind, name)
        self.api_version, self.api_group = api_version, self.identity.group or "core"
        self.kind, self.name = kind, name
        self._namespace, self._labels, self._annotations = namespace, dict(labels or {}), dict(annotations or {})
        self._patches: list[JsonPatch] = []
        super().__init__(scope, id)

    @checked
    def add_json_patch(self, *ops: JsonPatch) -> None:
        """Change the finished object, after the patches that were added before."""
        self._patches += ops

    def to_json(self) -> dict[str, Any]:
        """The object as it is written.

        Raises:
            ManifestError: a patch does not fit.
        """
        copy: dict[str, Any] = json.loads(json.dumps(self.document()))
        return copy

    def document(self) -> dict[str, Any]:
        """The object as it is written. To be read only, for it shares values with others."""
        document = {"apiVersion": self.api_version, "kind": self.kind, "metadata": self._metadata_json(), **self.fields}
        try:
            if self.chart_record.resolvers:
                document = tidy(resolved(document, self.chart_record.resolvers, self))
            if self._patches:
                document = JsonPatch.apply(document, *self._patches)
        except (RuntimeError, JSIIError) as error:
            reason = str(error).strip().splitlines()[0]
            text = f"cannot be written ({reason}); of a JsonPatch's path, all but the last key must be there"
            raise ManifestError([Problem(path_of(self), text)]) from None
        if not isinstance(document, dict):
            text = f"cannot be written: a JsonPatch puts {shown(document)} in its place; patch what is in it"
            raise ManifestError([Problem(path_of(self), text)])
        return {**{key: document[key] for key in _FIRST if key in document}, **document}

    def _make(self) -> None:
        metadata = ApiObjectMetadata(
            name=self.name, namespace=self._namespace, labels=self._labels, annotations=self._annotations
        )
        ApiObject.__init__(self, self._scope, self._id, api_version=self.api_version, kind=self.kind, metadata=metadata)

    def _metadata_json(self) -> dict[str, Any]:
        if self.is_made:
            # Users may have changed its labels and annotations on the cdk8s side.
            made: dict[str, Any] = self.metadata.to_json()
            return made
        waiting = {
            "annotations": self._annotations or None,
            "labels": {**self.chart_record.labels, **self._labels} or None,
            "name": self.name,
            "namespace": self.chart_record.namespace if self._namespace is None else self._namespace,
        }
        return tidy(waiting)  # type: ignore[no-any-return]


def objects_of(chart: Chart) -> list[dict[str, Any]]:
    """What a chart holds, to be read only; validations of the whole App are run. What waits goes on waiting.

    Raises:
        ManifestError: a patch does not fit.
        RuntimeError: what cdk8s says.
    """
    made, home = rendered_by_cdk8s(chart), record(chart)
    waiting = [c for c in constructs_in(chart) if isinstance(c, Manifest) and not c.is_made and c.chart_record is home]
    return [*made, *(manifest.document() for manifest in waiting)]


def identities(scope: App | Chart) -> Iterator[Identity]:
    """Of all objects below. A Manifest knows its own, and stays as it is; for any other it is messages to Node."""
    return (identity(construct) for construct in constructs_in(scope) if isinstance(construct, ApiObject))


def identity(construct: ApiObject) -> Identity:
    if isinstance(construct, Manifest):
        return construct.identity
    group = "" if construct.api_group == "core" else construct.api_group
    return Identity(group, construct.kind, construct.name)


def _version_problems(api_version: str) -> Iterator[str]:
    if api_version.count("/") > 1:
        yield f"api_version: {api_version!r} is not one; write VERSION or GROUP/VERSION, e.g. v1 or apps/v1"
