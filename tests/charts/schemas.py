"""The schemas of Kubernetes' releases, and of the CRDs in tests/crds. Unknown fields are mistakes here, as they are to
`kubectl apply`.

What a schema cannot say (CEL rules, keys of a list that must be unique) is asked of a real API server in tests/e2e.
"""

import re
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import all_versions, schema_contents
from referencing import Registry, Resource

from .dist import ROOT, Object, label

CRDS = ROOT / "tests" / "crds"

_SCHEMAS = "kubernetes-json-schema"
_ALL = "https://kubernetes.io/api/_definitions.json"


def minor(version: str) -> tuple[int, int]:
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


# As kubernetes-validate names them: 1.27.0.
RELEASES = sorted({version for version in all_versions() if minor(version) >= (1, 27)}, key=minor)
NEWEST = RELEASES[-1]


def problems(o: Object, release: str) -> list[str]:
    """What the API server of a release, with our CRDs, would not take."""
    validator = validator_of(o, release)
    if isinstance(validator, str):
        return [f"{label(o)}: {validator}"]
    return [f"{label(o)}: {error.json_path}: {error.message}" for error in validator.iter_errors(o)]


def validator_of(o: Object, release: str) -> Draft202012Validator | str:
    """What an object is checked against, or why there is nothing."""
    group, _, version = o["apiVersion"].rpartition("/")
    crd = crds().get((group, o["kind"]))
    if crd is None:
        missing = f"neither Kubernetes {release} nor tests/crds has {o['apiVersion']} {o['kind']}"
        return built_in(release, o["apiVersion"], o["kind"]) or missing
    if version not in served(crd):
        return f"{o['apiVersion']} is not served, but {', '.join(served(crd))}"
    return custom(release, group, o["kind"], version)


def bundle(o: Object, release: str) -> Object:
    """The schema of an object in one document, with all that it refers to (JSON Schema 2020-12, 9.3.3 Bundling)."""
    validator = validator_of(o, release)
    assert isinstance(validator, Draft202012Validator), validator
    dialect = {"$schema": Draft202012Validator.META_SCHEMA["$id"]}
    return {**dialect, **validator.schema, "$defs": {"kubernetes": definitions(release).contents(_ALL)}}


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
def crds() -> dict[tuple[str, str], Object]:
    files = (yaml.load(file.read_text(), yaml.CSafeLoader) for file in sorted(CRDS.glob("*.yaml")))
    return {(crd["spec"]["group"], crd["spec"]["names"]["kind"]): crd for crd in files}


def served(crd: Object) -> dict[str, Object]:
    """The schemas of the versions that the API server answers to."""
    versions = crd["spec"]["versions"]
    return {version["name"]: version["schema"]["openAPIV3Schema"] for version in versions if version["served"]}


@cache
def custom(release: str, group: str, kind: str, version: str) -> Draft202012Validator:
    schema = strict(served(crds()[group, kind])[version])
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
