"""An API object from plain values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import partialmethod
from math import isfinite
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import jsii
from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch
from constructs import Construct, IValidation

from kubecheck.objects import fields as _objects

from .calls import checked
from .errors import ManifestError, Problem
from .kubernetes import target_of
from .types import shown

NO_CHART = "scope: it is in no Chart, so there is no folder to write it to; give one as the scope"

# Argo CD neither prunes nor deletes an object with this: data outlives the manifest and the Application.
# Prune=false alone does not survive the deletion of an Application (argo-cd issue 9853).
KEEP_DATA = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}


class Identity(NamedTuple):
    """What an object is, apart from its namespace; group "" is the core API's."""

    group: str
    kind: str
    name: str


class ChartRecord:
    """What is asked of a chart for each construct, read once, each being a call into cdk8s; and its Manifests.

    A Manifest keeps its fields until cdk8s needs them: `synth` puts them into the rendered objects itself, and never
    sends them to Node and back. Whoever else renders charts has them validated first, which is when all are handed
    over.
    """

    _holding_back = False

    def __init__(self, chart: Chart) -> None:
        self.namespace = chart.namespace
        self.labels = chart.labels
        self.kubernetes = target_of(chart)
        self.manifests: list[Manifest] = []
        chart.node.add_validation(_HandOver(self))

    def render(self, chart: Chart) -> list[dict[str, Any]]:
        """The chart's objects as plain values, those of its Manifests to be read only."""
        ChartRecord._holding_back = True  # of all charts: rendering one validates the whole app
        try:
            objects: list[dict[str, Any]] = chart.to_json()
        finally:
            ChartRecord._holding_back = False
        fields = {manifest.key: manifest.fields for manifest in self.manifests}
        return [{**manifest, **fields.get(_key(manifest), {})} for manifest in objects]

    def hand_over(self) -> None:
        if not self._holding_back:
            for manifest in self.manifests:
                manifest.hand_over()


@jsii.implements(IValidation)
class _HandOver:
    def __init__(self, record: ChartRecord) -> None:
        self._record = record

    def validate(self) -> list[str]:
        self._record.hand_over()
        return []


_records: WeakKeyDictionary[Chart, ChartRecord] = WeakKeyDictionary()


def record_of(scope: Construct, construct: Construct) -> ChartRecord:
    """Of the chart that the construct, made in scope, is in.

    Raises:
        RuntimeError: it is in none.
    """
    known = getattr(scope, "_chart_record", None)
    if isinstance(known, ChartRecord):
        return known
    return record(scope if isinstance(scope, Chart) else Chart.of(construct))


def record(chart: Chart) -> ChartRecord:
    if chart not in _records:
        _records[chart] = ChartRecord(chart)
    return _records[chart]


def _key(manifest: Mapping[str, Any]) -> tuple[str, str, str | None, str]:
    version, kind = _objects.text(manifest, "apiVersion"), _objects.text(manifest, "kind")
    return version, kind, _objects.namespace(manifest) or None, _objects.name(manifest)


class Manifest(ApiObject):
    """An API object of any kind; `fields` are its top-level fields beside metadata, as they stand in YAML.

    The values reach the file as they are, of any Kubernetes version and any custom resource, and so does every
    patch: `manifest.add_json_patch(JsonPatch.add("/spec/replicas", 3))`. The typed classes of cdk8s-plus drop
    fields they do not know and plain quantities without a word.

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
        metadata = ApiObjectMetadata(name=name, namespace=namespace, labels=labels, annotations=annotations or None)
        with unique_id(scope, id):
            super().__init__(scope, id, api_version=api_version, kind=kind, metadata=metadata)
        self.identity = Identity(api_version.rpartition("/")[0], kind, name)
        if problems := list(_field_problems(fields)):
            raise ManifestError(Problem(self.node.path, problem) for problem in problems)
        self.fields: dict[str, Any] = tidy(fields)
        record = record_of(scope, self)
        self.key = (api_version, kind, namespace or record.namespace, name)
        record.manifests.append(self)

    def hand_over(self) -> None:
        """Give the fields to cdk8s: patches of others come after, and find them."""
        fields, self.fields = self.fields, {}
        if fields:
            super().add_json_patch(*(JsonPatch.add(f"/{field}", value) for field, value in fields.items()))

    def _after_hand_over(self, method: str, *args: Any) -> Any:
        if wrong := [shown(value) for value in args if not isinstance(value, JsonPatch)]:
            texts = (f"{method}: {value} is not a JsonPatch; write JsonPatch.add(path, value)" for value in wrong)
            raise ManifestError(Problem(self.node.path, text) for text in texts)
        self.hand_over()
        try:
            return getattr(super(), method)(*args)
        except RuntimeError as error:
            raise ManifestError([Problem(self.node.path, f"{method}: {str(error).splitlines()[0]}")]) from None

    # Not functions: jsii would take those for overrides, and have each object call Python when it is rendered.
    add_json_patch = partialmethod(_after_hand_over, "add_json_patch")
    to_json = partialmethod(_after_hand_over, "to_json")


def identity(construct: ApiObject) -> Identity:
    """Of any object. A Manifest knows its own; for another it is three calls into cdk8s."""
    if isinstance(construct, Manifest):
        return construct.identity
    group = "" if construct.api_group == "core" else construct.api_group
    return Identity(group, construct.kind, construct.name)


@contextmanager
def unique_id(scope: Construct, id: str) -> Iterator[None]:
    """Raise what the JavaScript side refuses as a ManifestError: there is no construct yet that could report it."""
    place = "/".join(filter(None, [scope.node.path, id]))
    if not id:
        raise ManifestError([Problem(place, "id: '' is empty; give a name")])
    try:
        yield
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        if "already a Construct" in reason:
            text = f"id: {reason}; give each construct of a chart its own id"
        elif "parent chart" in reason:
            text = NO_CHART
        else:
            text = f"cdk8s refuses it ({reason}); change what it names"
        raise ManifestError([Problem(place, text)]) from None


def tidy(value: Any) -> Any:
    """The value without the keys that are None, its keys sorted as cdk8s sorts them, so that code can move freely."""
    if isinstance(value, Mapping):
        return {key: tidy(value[key]) for key in sorted(value) if value[key] is not None}
    if isinstance(value, list | tuple):
        return [tidy(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _field_problems(fields: Mapping[str, Any]) -> Iterator[str]:
    for field in ("metadata", "apiVersion"):
        if field in fields:
            yield f"{field}: is made of options; give api_version, name, namespace, labels and annotations instead"
    try:
        for field, value in fields.items():
            yield from _unwritable(field, value)
    except RecursionError:
        yield f"{field}: holds itself, which no file can; give plain values"


def _unwritable(place: str, value: Any) -> Iterator[str]:
    """What is no plain value and so would reach the file as something else, or not at all."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _unwritable(f"{place}.{key}", item)
            else:
                yield f"{place}: key is {shown(key)}, which is not text; write {str(key)!r}"
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _unwritable(f"{place}[{number}]", item)
    elif not isinstance(value, str | int | float | None) or (isinstance(value, float) and not isfinite(value)):
        yield f"{place}: {shown(value)} is not a value that YAML has; give texts, numbers, booleans, lists and mappings"
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield f"{place}: a number of more than 64 bits is none that Kubernetes reads; write it as text"
