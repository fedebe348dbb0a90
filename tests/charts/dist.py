"""dist/ as the tests read it: plain dictionaries, without the library that wrote them."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
FOLDERS = sorted(folder.name for folder in DIST.iterdir())
ENVIRONMENTS = {"staging": "revrx-staging", "production": "revrx"}
K8S = "app.kubernetes.io"

_UNITS = {
    **{"": Decimal(1), "m": Decimal("0.001")},
    **{"Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40)},
}


def documents(*names: str) -> list[Object]:
    """Every object of folders or files of dist/, e.g. documents("staging", "bootstrap/staging.k8s.yaml")."""
    paths = [DIST / name for name in names]
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    assert files, f"nothing in {names}"
    return [document for file in files for document in yaml.load_all(file.read_text(), yaml.CSafeLoader)]


def guards(environment: str) -> list[Object]:
    """What an administrator applies for an environment."""
    return documents(f"bootstrap/{environment}.k8s.yaml")


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    return [o for o in objects if o["kind"] in kinds]


def named(objects: Iterable[Object], kind: str, name: str) -> Object:
    (found,) = (o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)
    return found


def label(o: Object) -> str:
    """How a test's id and its failure name an object."""
    return f"{o['metadata'].get('namespace', '-')}/{o['kind']}/{o['metadata']['name']}"


def pod_template(o: Object) -> Object | None:
    spec: Object = o.get("spec", {})
    holder: Object = spec["jobTemplate"]["spec"] if o["kind"] == "CronJob" else spec
    return holder.get("template") if o["kind"] in ("CronJob", "Deployment", "StatefulSet") else None


def workloads(objects: Iterable[Object]) -> list[Object]:
    return [o for o in objects if pod_template(o) is not None]


def pod_spec(o: Object) -> Object:
    template = pod_template(o)
    assert template is not None
    spec: Object = template["spec"]
    return spec


def containers(o: Object) -> Iterator[Object]:
    yield from pod_spec(o).get("initContainers", [])
    yield from pod_spec(o)["containers"]


def matches(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def quantity(text: str) -> Decimal:
    number = text.rstrip("KMGTim")
    return Decimal(number) * _UNITS[text[len(number) :]]


def fields_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Each key at any depth, and its value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from fields_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from fields_of(item)


def wrong(o: Object, path: str, value: object) -> Object:
    """A copy with one field set: `spec.template.metadata`, numbers for the items of lists."""
    copy = deepcopy(o)
    *parents, last = (int(key) if key.isdecimal() else key for key in path.split("."))
    place: Any = copy
    for key in parents:
        place = place[key]
    place[last] = value
    return copy
