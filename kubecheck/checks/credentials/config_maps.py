"""What stands in ConfigMaps and Secrets, as the API server takes it; and how much of it."""

import binascii
import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.credentials import is_placeholder
from ...objects.fields import Object, mapping, pod_template, title
from ...objects.pods import group

# Kubernetes, apimachinery, pkg/util/validation, IsConfigMapKey.
_KEY = re.compile(r"(?!\.\.?$|\.\.)[-._a-zA-Z0-9]{1,253}")
_FIELDS = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_BASE64 = {("ConfigMap", "binaryData"), ("Secret", "data")}

# Kubernetes API reference, ConfigMap, Secret and ObjectMeta; core/v1 MaxSecretSize, TotalAnnotationSizeLimitB.
_MOST_DATA = 1024 * 1024
_MOST_ANNOTATIONS = 256 * 1024

_CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
  annotations:
    example.com/checked: by hand
data:
  LOG_LEVEL: info
  PORT: "8000"
"""


@check(
    "data-key",
    why="A key becomes a file's name, so the API server refuses any but letters, digits, '-', '_' and '.', over 253 of "
    "them, `..` in front, and one that stands in data and in binaryData.",
    way_out="Rename the key; where a file is to have another name, say so by `items` of the volume.",
    bad=_CONFIG_MAP.replace("LOG_LEVEL", "LOG/LEVEL"),
    good=_CONFIG_MAP,
    waivable=False,
)
def data_key(cluster: Cluster) -> Iterator[Finding]:
    for o, field, key, _ in _values(cluster):
        if not _KEY.fullmatch(key):
            yield Finding(
                o,
                f"{title(o)}: {field} has the key {key!r}, which the API server refuses; use at most 253 letters, "
                "digits, '-', '_' and '.', and no '..' in front",
            )
        elif field == "binaryData" and key in mapping(o, "data"):
            yield Finding(o, f"{title(o)}: key {key} stands in data and in binaryData; remove one")


@check(
    "data-value",
    why="The API server refuses a value that is no text, such as a number or true without quotes, and what is no "
    "base64 where it has to be: in binaryData of a ConfigMap and in data of a Secret.",
    way_out="Write the value in quotes; in a Secret write plain text into stringData.",
    bad=_CONFIG_MAP.replace('"8000"', "8000"),
    good=_CONFIG_MAP,
    waivable=False,
)
def data_value(cluster: Cluster) -> Iterator[Finding]:
    """The value itself is not shown: it may be a secret."""
    for o, field, key, value in _values(cluster):
        if isinstance(value, int | float | list | dict):
            kind = "a list or a mapping" if isinstance(value, list | dict) else "a number, or true or false"
            yield Finding(o, f"{title(o)}: {field} {key} is {kind}, and no text; write it in quotes")
        elif isinstance(value, str) and (o["kind"], field) in _BASE64 and not _is_base64(value):
            yield Finding(o, f"{title(o)}: {field} {key} is no base64; encode it, or write it as plain text")


@check(
    "data-size",
    why="The API server refuses a ConfigMap or Secret with values of more than 1 MiB, for etcd keeps them.",
    way_out="Put less into it: take a volume, an image or an object store for files of this size.",
    bad=_CONFIG_MAP.replace("info", "x" * (_MOST_DATA + 1)),
    good=_CONFIG_MAP,
    waivable=False,
)
def data_size(cluster: Cluster) -> Iterator[Finding]:
    sizes: dict[int, int] = defaultdict(int)
    for o, field, _, value in _values(cluster):
        if isinstance(value, str):
            sizes[id(o)] += len(value) * 3 // 4 if (o["kind"], field) in _BASE64 else len(value.encode())
    for o in cluster.objects:
        if (size := sizes.get(id(o), 0)) > _MOST_DATA:
            yield Finding(o, f"{title(o)}: its values have {size} bytes, and 1 MiB is the most; put less into it")


@check(
    "annotations-size",
    why="The API server refuses an object whose annotations, keys and values, have more than 256 KiB.",
    way_out="Put what is large into a ConfigMap.",
    bad=_CONFIG_MAP.replace("by hand", "x" * _MOST_ANNOTATIONS),
    good=_CONFIG_MAP,
    waivable=False,
)
def annotations_size(cluster: Cluster) -> Iterator[Finding]:
    """Also of pod templates."""
    for o in cluster.objects:
        for of, metadata in (("", mapping(o, "metadata")), ("its pods' ", mapping(pod_template(o), "metadata"))):
            size = _size(mapping(metadata, "annotations"))
            if size > _MOST_ANNOTATIONS:
                yield Finding(
                    o, f"{title(o)}: {of}annotations have {size} bytes, and 256 KiB are the most; put less into them"
                )


def _values(cluster: Cluster) -> Iterator[tuple[Object, str, str, Any]]:
    """Object, field, key and value of each ConfigMap and Secret."""
    for kind, fields in _FIELDS.items():
        for o in cluster.by_kind.get(kind, ()):
            for field in fields if not group(o) else ():
                yield from ((o, field, str(key), value) for key, value in mapping(o, field).items())


def _size(annotations: Mapping[Any, Any]) -> int:
    return sum(len(text.encode()) for pair in annotations.items() for text in pair if isinstance(text, str))


def _is_base64(text: str) -> bool:
    if is_placeholder(text):
        return True  # filled in before it is applied
    try:
        b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
