"""The objects in a document: one, those of a List, or none."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..objects.fields import Object, at
from ..objects.kinds import KINDS
from .documents import Broken, Document

_LONGEST_VALUE = 40


@dataclass(frozen=True)
class Part:
    """An object of a document, as a value of its own.

    Args:
        object: a mapping with apiVersion or kind, and anything else.
        line: where it begins, counted from 1.
        repeated: lines and keys that stand in their mapping a second time.
    """

    object: Object
    line: int
    repeated: Sequence[tuple[int, str]] = ()


def is_manifest(value: Any) -> bool:
    """Whether a document in a folder is meant as an object: configurations of programs have a kind as well."""
    version, kind = at(value, "apiVersion"), at(value, "kind")
    if _is_kustomization(value):
        return False
    if isinstance(version, str) and isinstance(kind, str):
        is_built_in = any(version == known and kind in kinds.split() for known, _, _, kinds in KINDS)
        return "metadata" in value or _items(value) is not None or is_built_in
    return (version is not None or kind is not None) and "metadata" in value


def parts(document: Document) -> Iterator[Part | Broken]:
    found = [] if document.value is None else list(_parts(document.value, document, document.line))
    lines = [part.line for part in found]
    repeated: dict[int, list[tuple[int, str]]] = {}
    for line, key in document.repeated:
        repeated.setdefault(max(0, bisect_right(lines, line) - 1), []).append((line, key))
    for n, part in enumerate(found):
        yield replace(part, repeated=repeated[n]) if n in repeated and isinstance(part, Part) else part


def _parts(
    value: Any, document: Document, line: int, inherited: Mapping[str, Any] | None = None
) -> Iterator[Part | Broken]:
    """inherited: what an entry of a list has when it says nothing else; None outside of lists."""
    items = _items(value)
    if items is not None:
        # The entries of a DeploymentList are Deployments (apimachinery, unstructured, decodeToList).
        kind = value["kind"].removesuffix("List")
        inherited = {"apiVersion": value.get("apiVersion"), "kind": kind} if kind else {}
        for item in items:
            yield from _parts(item, document, document.items.get(id(item), line), inherited)
    elif not isinstance(value, dict):
        yield Broken(f"{_what(value)} is no object; write one with apiVersion and kind, or take it out", line)
    elif _is_kustomization(value):
        command = "kubectl kustomize FOLDER | python -m kubecheck -"
        yield Broken(f"this says what kustomize puts together; check what comes of it: `{command}`", line)
    elif "apiVersion" in value or "kind" in value or inherited:
        # A new mapping each time, for an anchor can put one object into several places.
        yield Part({**(inherited or {}), **value}, line)
    else:
        keys = ", ".join(map(_what, list(value)[:3])) or "nothing"
        yield Broken(f"this is no object but holds {keys}; write apiVersion and kind, or take it out", line)


def _items(value: Any) -> list[Any] | None:
    """What a List holds, or a list of one kind, such as a DeploymentList."""
    kind, items = at(value, "kind"), at(value, "items")
    return items if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list) else None


def _is_kustomization(value: Any) -> bool:
    return str(at(value, "apiVersion")).startswith("kustomize.config.k8s.io/")


def _what(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    text = "null" if value is None else str(value)
    return repr(text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…")
