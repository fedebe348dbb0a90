"""The schemas of Kubernetes' releases, and of custom resources: our own, and the projects' where they lie. Unknown
fields are mistakes here, as they are to `kubectl apply`.

What a schema cannot say (CEL rules, keys of a list that must be unique) is asked of a real API server in tests/e2e.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

from .custom_resources import CRDS, KINDS
from .dist import Object, label

_SCHEMAS = "kubernetes-json-schema"
_ALL = "https://kubernetes.io/api/_definitions.json"


def minor(version: str) -> tuple[int, int]:
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


# As kubernetes-validate names them: 1.27.0.
RELEASES = sorted({version for version in all_versions() if minor(version) >= (1, 27)}, key=minor)
NEWEST = RELEASES[-1]


def problems(o: Object, release: str, *, upstream: bool = False) -> list[str]:
    """What the API server of a release would not take.

    upstream: with the CRDs in CRDS, instead of our own schemas of custom resources.
    """
    validator = validator_of(o, release, upstream)
    if isinstance(validator, str):
        return [f"{label(o)}: {validator}"]
    return [f"{label(o)}: {error.json_path}: {error.message}" for error in validator.iter_errors(o)]


def validator_of(o: Object, release: str, upstream: bool = False) -> Draft202012Validator | str:
    """What an object is checked against, or why there is nothing."""
    group, _, version = o["apiVersion"].rpartition("/")
    versions = served(group, o["kind"], upstream)
    if not versions:
        where = CRDS if upstream else "tests/charts/custom_resources.py"
        missing = f"neither Kubernetes {release} nor {where} has {o['apiVersion']} {o['kind']}"
        return built_in(release, o["apiVersion"], o["kind"]) or missing
    if version not in versions:
        return f"{o['apiVersion']} is not served, but {', '.join(versions)}"
    return custom(release, group, o["kind"], version, upstream)


def bundle(o: Object, release: str) -> Object:
    """The schema of an object in one document, with all that it refers to (JSON Schema 2020-12, 9.3.3 Bundling)."""
    validator = validator_of(o, release)
    assert isinstance(validator, Draft202012Validator), validator
    contents = definitions(release).contents(_ALL)
    wanted: dict[str, Object] = {}
    new = [*_references(validator.schema)]
    while new:
        if (name := new.pop()) not in wanted:
            wanted[name] = contents["$defs"][name]
            new += _references(wanted[name])
    dialect = {"$schema": Draft202012Validator.META_SCHEMA["$id"]}
    return {**dialect, **validator.schema, "$defs": {"kubernetes": {**contents, "$defs": wanted}}}


def _references(schema: Any) -> Iterator[str]:
    """The definitions that a schema refers to by name."""
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rpartition("/")[2]
        schema = [*schema.values()]
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)


# kubernetes_validate.validate reads its files anew for each object, ten times as long as the check itself takes.
@cache
def definitions(release: str) -> Registry[Any]:
    contents = schema_contents(f"{_SCHEMAS}/v{release}-local-strict/_definitions.json", release)
    if minor(release) < (1, 29):
        # They want onPodConditions in each rule, which no API server does (github.com/kubernetes-client/python, issue
        # 2056). The empty list that would content them makes every apply to 1.30 write the object anew.
        contents["$defs"]["io.k8s.api.batch.v1.PodFailurePolicyRule"]["required"].remove("onPodConditions")
    registry: Registry[Any] = Resource.from_contents(contents) @ Registry()
    return registry


@cache
def built_in(release: str, api_version: str, kind: str) -> Draft202012Validator | None:
    group_version = re.sub(r"^([^./]*)[^/]*/", r"\1-", api_version)  # networking.k8s.io/v1: networking-v1
    try:
        schema = schema_contents(f"{_SCHEMAS}/v{release}-local-strict/{kind.lower()}-{group_version}.json", release)
    except FileNotFoundError:
        return None
    return Draft202012Validator(schema, registry=definitions(release))


@cache
def served(group: str, kind: str, upstream: bool) -> Mapping[str, Object]:
    """The schemas of a custom resource, by the versions that an API server answers to."""
    for ours in KINDS:
        if (ours.group, ours.kind) == (group, kind):
            if not upstream:
                return {ours.version: ours.schema}
            if ours.published.exists():
                versions = yaml.load(ours.published.read_text(), yaml.CSafeLoader)["spec"]["versions"]
                return {each["name"]: each["schema"]["openAPIV3Schema"] for each in versions if each["served"]}
    return {}


@cache
def custom(release: str, group: str, kind: str, version: str, upstream: bool) -> Draft202012Validator:
    schema = strict(served(group, kind, upstream)[version])
    # CRDs leave it to the API server, which checks it as that of any other object.
    schema["properties"]["metadata"] = {"$ref": f"{_ALL}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    return Draft202012Validator(schema, registry=definitions(release))


def strict(structural: Object) -> Object:
    """A structural schema as JSON Schema in which the fields that the API server would prune are mistakes.

    Source: Kubernetes documentation, Extend the Kubernetes API with CustomResourceDefinitions.
    """
    schema = dict(structural)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            schema[name] = strict(schema[name])
    fields = schema.get("properties", {})
    if fields:
        schema["properties"] = {name: strict(field) for name, field in fields.items()}
        schema["required"] = [name for name in schema.get("required", []) if "default" not in fields[name]]
    if schema.get("type") == "object" and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    if schema.get("nullable") and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema
