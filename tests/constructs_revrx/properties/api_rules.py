"""What the API server refuses beside what the schemas say: names, labels, keys, numbers and pairs of fields.

Source: Kubernetes, pkg/apis/*/validation and apimachinery, pkg/util/validation.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

from ...charts.dist import Object, containers, fields_of, label, pod_spec, pod_template

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_QUALIFIED = re.compile(r"(?:(?P<prefix>[^/]*)/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|n|u||[eE][+-]?[0-9]{1,9})")
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}

# Where the name is narrower than a subdomain.
_NAMES = {
    "Service": _DNS_1035,
    "Namespace": _LABEL,
    "CronJob": re.compile(r"(?=.{1,52}$)" + _SUBDOMAIN.pattern),
    "StatefulSet": re.compile(r"(?=.{1,52}$)" + _SUBDOMAIN.pattern),
    "Role": re.compile(r"(?!\.\.?$)[^/%]+"),
    "RoleBinding": re.compile(r"(?!\.\.?$)[^/%]+"),
}
_FIELDS = {
    "priorityClassName": _SUBDOMAIN,
    "storageClassName": _SUBDOMAIN,
    "ingressClassName": _SUBDOMAIN,
    "claimName": _SUBDOMAIN,
    "secretName": _SUBDOMAIN,
    "serviceAccountName": _SUBDOMAIN,
    "namespace": _LABEL,
    "mountPath": re.compile(r"[^:]+"),
}
_POSITIVE = {
    *("periodSeconds", "timeoutSeconds", "failureThreshold", "activeDeadlineSeconds", "terminationGracePeriodSeconds"),
    *("minReplicas", "maxReplicas", "averageUtilization"),
}
_LABELS = {"labels", "matchLabels", "nodeSelector"}
_AMOUNTS = {"requests", "limits", "hard", "max", "default", "defaultRequest"}
_PORTS = {"port", "containerPort", "number"}
_IDS = {"runAsUser", "runAsGroup", "fsGroup"}

_LONGEST_ANNOTATIONS, _LARGEST_CONFIG_MAP = 256 * 1024, 1024 * 1024
# Of an Ingress: pkg/apis/networking/validation.
_PATH = re.compile(r"(?!.*(//|/\./|/\.\./|%2f|%2F))(?!.*/\.\.?$)/.*", re.DOTALL)


def refusals(objects: Iterable[Object]) -> list[str]:
    objects = list(objects)
    problems = []
    for o in objects:
        found = [*_of_name(o), *_of_kind(o), *(text for field in fields_of(o) for text in _of_field(*field))]
        if pod_template(o) is not None:
            found += [
                *_of_pod(pod_spec(o)),
                *(text for container in containers(o) for text in _of_container(container)),
            ]
        problems += [f"{label(o)}: {text}" for text in found]
    times = Counter((o["apiVersion"], label(o)) for o in objects)
    return [*problems, *(f"{name}: is there {number} times" for (_, name), number in times.items() if number > 1)]


def _of_name(o: Object) -> Iterator[str]:
    if not _NAMES.get(o["kind"], _SUBDOMAIN).fullmatch(o["metadata"]["name"]):
        yield f"name {o['metadata']['name']!r}"


def _of_field(key: str, value: Any) -> Iterator[str]:
    """Of a field that means the same wherever it stands."""
    if isinstance(value, dict):
        if key in _LABELS:
            yield from (f"{key} {name!r}" for name in value if not _is_qualified(name))
            yield from (f"{key} {text!r}" for text in value.values() if not _VALUE.fullmatch(text))
        elif key == "annotations":
            yield from (f"annotation {name!r}" for name in value if not _is_qualified(name.lower()))
            if _size(value) > _LONGEST_ANNOTATIONS:
                yield "annotations are too long"
        elif key in _AMOUNTS:
            yield from (f"{key} {what} {amount!r}" for what, amount in value.items() if _quantity(amount) is None)
    elif isinstance(value, str):
        matches = _FIELDS[key].fullmatch(value) if key in _FIELDS else True
        if not matches or (key == "sizeLimit" and not _quantity(value)) or (key == "cidr" and not _is_cidr(value)):
            yield f"{key} {value!r}"
    elif isinstance(value, int):
        low, high = (1 if key in _POSITIVE | _PORTS else 0), (65535 if key in _PORTS else 2**31 - 1)
        if key in _POSITIVE | _PORTS | _IDS and not low <= value <= high:
            yield f"{key} {value}"


def _of_kind(o: Object) -> Iterator[str]:
    spec = o.get("spec", {})
    if o["kind"] == "ConfigMap":
        yield from (f"key {key!r}" for key in o.get("data", {}) if not _is_key(key))
        if _size(o.get("data", {})) > _LARGEST_CONFIG_MAP:
            yield "data is too large"
    elif o["kind"] == "HorizontalPodAutoscaler" and spec["minReplicas"] > spec["maxReplicas"]:
        yield f"minReplicas {spec['minReplicas']} is over maxReplicas {spec['maxReplicas']}"
    elif o["kind"] == "Ingress":
        for rule in spec["rules"]:
            if not _SUBDOMAIN.fullmatch(rule["host"].removeprefix("*.")):
                yield f"host {rule['host']!r}"
            yield from (f"path {p['path']!r}" for p in rule["http"]["paths"] if not _PATH.fullmatch(p["path"]))


def _of_pod(spec: Object) -> Iterator[str]:
    each = [*spec.get("initContainers", []), *spec["containers"]]
    for what, names in {
        "container": [container["name"] for container in each],
        "volume": [volume["name"] for volume in spec.get("volumes", [])],
    }.items():
        yield from (f"{what} {name!r}" for name in names if not _LABEL.fullmatch(name))
        if len({*names}) != len(names):
            yield f"{what}s {names}"
    for toleration in spec.get("tolerations", []):
        if not _is_qualified(toleration["key"]) or not _VALUE.fullmatch(toleration.get("value", "")):
            yield f"toleration {toleration}"


def _of_container(container: Object) -> Iterator[str]:
    for entries, field in (("volumeMounts", "mountPath"), ("ports", "name")):
        values = [entry[field] for entry in container.get(entries, [])]
        if len({*values}) != len(values):
            yield f"{entries} {values}"
    yield from (f"port {p['name']!r}" for p in container.get("ports", []) if not _PORT_NAME.fullmatch(p["name"]))
    for variable in container.get("env", []):
        if not re.fullmatch(r"[ -<>-~]+", variable["name"]) or "\0" in variable["value"]:
            yield f"variable {variable}"
    requests, limits = (container["resources"].get(side, {}) for side in ("requests", "limits"))
    for what, request in requests.items():
        if not 0 <= (_quantity(request) or 0) <= (_quantity(limits.get(what, request)) or 0):
            yield f"{what} request {request} of at most {limits.get(what)}"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        actions = container.get(probe, {})
        if actions.get("httpGet", {"path": "/"})["path"] == "" or actions.get("exec", {"command": 1})["command"] == []:
            yield f"{probe} asks nothing"


def _is_qualified(name: str) -> bool:
    match = _QUALIFIED.fullmatch(name)
    return match is not None and (match["prefix"] is None or _SUBDOMAIN.fullmatch(match["prefix"]) is not None)


def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None and key not in (".", "..") and not key.startswith("..")


def _quantity(text: Any) -> Decimal | None:
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        return None
    number, unit = match.groups()
    if unit[:1] in ("e", "E") and unit[1:].lstrip("+-").isdigit():
        return Decimal(number).scaleb(int(unit[1:]))
    size = Decimal(10) ** _POWERS[unit] if unit in _POWERS else Decimal(1024) ** (1 + "KMGTPE".index(unit[0]))
    return Decimal(number) * size


def _size(values: Mapping[str, str]) -> int:
    return sum(len(text.encode()) for item in values.items() for text in item)


def _is_cidr(text: str) -> bool:
    try:
        return "/" in text and ip_network(text) is not None
    except ValueError:
        return False
