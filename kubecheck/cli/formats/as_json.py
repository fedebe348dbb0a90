"""For programs: docs/kubecheck.md describes each field. What is added leaves `version`, what is changed raises it."""

import json
from collections.abc import Iterator
from typing import Any

from ...objects.fields import Object, name, namespace, text
from ..result import Located, Result

_VERSION = 1


def as_json(result: Result) -> Iterator[str]:
    document = {
        "version": _VERSION,
        "kubernetes": str(result.kubernetes),
        "namespace": result.namespace,
        "counts": {
            "objects": result.objects,
            "files": result.files,
            "findings": len(result.findings),
            "unreadable": len(result.unreadable),
            "unseen": len(result.unseen),
            "withoutNamespace": result.placed,
        },
        "findings": [_finding(finding) for finding in result.findings],
        "unreadable": [
            {"file": each.file, "line": each.line or None, "column": each.column or None, "text": each.text}
            for each in result.unreadable
        ],
        "unseen": [{"check": unseen.check, "text": unseen.text} for unseen in result.unseen],
        "notes": [{"path": note.name, "text": note.text} for note in result.notes],
        "withoutObjects": list(result.others),
    }
    yield json.dumps(document, indent=2)


def _finding(finding: Located) -> dict[str, Any]:
    place = finding.place
    return {
        "check": finding.check,
        "text": finding.text,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "template": (place.template if place else "") or None,
        "object": _object(finding.object) if finding.object else None,
    }


def _object(o: Object) -> dict[str, str | None]:
    return {
        "apiVersion": text(o, "apiVersion") or None,
        "kind": text(o, "kind") or None,
        "namespace": namespace(o) or None,
        "name": name(o) or None,
    }
