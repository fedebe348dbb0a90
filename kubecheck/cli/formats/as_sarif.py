"""SARIF 2.1.0, as GitHub's code scanning takes it.

Source: OASIS, SARIF 2.1.0; GitHub documentation, SARIF support for code scanning.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from ...check import Check
from ...checks.table import CHECKS
from ...objects.fields import full_name, name, namespace, text
from ...reading.manifests import Place
from .. import unreadable
from ..explain import abridged
from ..result import Located, Result
from .lines import repository_path

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_DISTRIBUTION = "constructs-revrx"


def as_sarif(result: Result) -> Iterator[str]:
    rules = [_rule(check) for check in CHECKS.values()]
    rules.append(_reporting_descriptor(unreadable.ID, unreadable.WHY, unreadable.WAY_OUT, f"{unreadable.WAY_OUT}\n"))
    places = {rule["id"]: n for n, rule in enumerate(rules)}
    results = [_finding(finding) for finding in result.findings]
    results += [
        _result(unreadable.ID, each.text, Place(each.file, each.line), each.file, column=each.column)
        for each in result.unreadable
    ]
    invocation = {
        "executionSuccessful": not result.unreadable,
        "exitCode": result.exit_code,
        "toolExecutionNotifications": [
            {"descriptor": {"id": unseen.check}, "level": "note", "message": {"text": unseen.text}}
            for unseen in result.unseen
        ],
    }
    driver = {"name": "kubecheck", "semanticVersion": _version(), "rules": rules}
    run = {
        "tool": {"driver": {key: value for key, value in driver.items() if value}},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [{**each, "ruleIndex": places[each["ruleId"]]} for each in results],
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(check: Check) -> dict[str, Any]:
    examples = f"Found in:\n\n```yaml\n{abridged(check.bad)}```\n\nMended:\n\n```yaml\n{abridged(check.good)}```\n"
    return _reporting_descriptor(check.id, check.why, check.way_out, f"{check.why}\n\n{check.way_out}\n\n{examples}")


def _reporting_descriptor(id: str, why: str, way_out: str, markdown: str) -> dict[str, Any]:
    return {
        "id": id,
        "shortDescription": {"text": id},
        "fullDescription": {"text": why},
        "help": {"text": f"{why} {way_out}", "markdown": markdown},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["kubernetes"], "problem.severity": "error"},
    }


def _finding(finding: Located) -> dict[str, Any]:
    o = finding.object
    named = full_name(text(o, "kind"), namespace(o), name(o)) if o else ""
    return _result(finding.check, finding.text, finding.place, named)


def _result(check: str, message: str, place: Place | None, named: str, column: int = 0) -> dict[str, Any]:
    region = {"startLine": place.line if place and place.line else 1}
    if column:
        region["startColumn"] = column
    # Code scanning refuses a whole file for one result without a place; a waiver of the command line has none.
    uri = _uri(place.file) if place else "kubecheck"
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
    if named:
        location["logicalLocations"] = [{"fullyQualifiedName": named, "kind": "resource"}]
    return {
        "ruleId": check,
        "level": "error",
        "message": {"text": message},
        "locations": [location],
        # Not primaryLocationLineHash: upload-sarif makes that one, and warns of any other.
        "partialFingerprints": {
            "kubecheck/v1": hashlib.sha256(
                f"{check}\n{named}\n{message}".encode("utf-8", "backslashreplace")
            ).hexdigest()
        },
    }


def _uri(file: str) -> str:
    path = repository_path(file)
    quoted = quote(os.fsencode(path))
    return f"file://{quoted}" if PurePosixPath(path).is_absolute() else quoted


def _version() -> str | None:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:  # run from a checkout
        return None
