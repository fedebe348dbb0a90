"""The files that a kustomization reads as something else than objects: patches, replacements, generators."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..objects.fields import at
from .documents import Broken, Chunk, chunks
from .json_documents import documents
from .text import text_of

FILES = {"kustomization.yaml", "kustomization.yml", "Kustomization"}

# Source: Kubernetes SIG CLI, Kustomization file: lists of paths, or of mappings with one.
_FIELDS = (
    "configurations",
    "crds",
    "generators",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "transformers",
    "validators",
)


def parts(path: Path) -> Iterator[str]:
    """Relative to its folder; nothing when it cannot be read, which is told of it as of any file."""
    try:
        text = text_of(path.read_bytes()) if path.is_file() else ""
    except OSError:
        return
    if isinstance(text, Broken):
        return
    for chunk in chunks(text):
        for document in documents(chunk) if isinstance(chunk, Chunk) else ():
            if not isinstance(document, Broken):
                yield from _parts(document.value)


def _parts(kustomization: Any) -> Iterator[str]:
    for field in _FIELDS:
        listed = at(kustomization, field)
        for entry in listed if isinstance(listed, list) else ():
            part = at(entry, "path") if isinstance(entry, dict) else entry
            if isinstance(part, str):
                yield part
