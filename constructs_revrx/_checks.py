"""What must hold before anything is written."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from cdk8s import App, Chart
from jsii.errors import JSIIError

from ._component import Component
from ._errors import ManifestError, Problem
from ._values import name_problems

Objects = list[dict[str, Any]]

_VALIDATION = re.compile(r"\[(?P<place>[^\]]*)\] (?P<text>.*)")


def construct_problems(app: App) -> Iterator[Problem]:
    """What our own constructs say of their options. Only they are asked: each other would be a call into cdk8s."""
    for construct in app.node.find_all():
        if isinstance(construct, Component):
            texts = list(construct.problems())
            if texts:
                place = construct.node.path
                yield from (Problem(place, text) for text in texts)


def rendered(chart: Chart) -> Objects:
    """The chart's objects as plain values. What cdk8s refuses becomes a ManifestError.

    Raises:
        ManifestError: a user's `node.add_validation` found something, or a patch does not fit its object.
    """
    try:
        objects: Objects = chart.to_json()
    except (RuntimeError, JSIIError) as error:
        raise ManifestError(_cdk8s_problems(chart, str(error))) from None
    for manifest in objects:
        if manifest["kind"] == "NetworkPolicy":
            _tidy_rules(manifest["spec"])
    return objects


def object_problems(place: str, objects: Objects) -> Iterator[Problem]:
    """What only shows in the finished objects: names that the API server refuses, and two objects of one name."""
    for manifest in objects:
        for problem in name_problems(manifest["metadata"].get("name", "")):
            yield Problem(place, f"{manifest['kind']}: {problem}")
    for (kind, namespace, name), times in Counter(map(_identity, objects)).items():
        if times > 1:
            where = f" in {namespace}" if namespace else ""
            yield Problem(place, f"{kind}: {times} objects are named {name}{where}; rename the construct of one")


def _identity(manifest: dict[str, Any]) -> tuple[str, str, str]:
    group = manifest["apiVersion"].rpartition("/")[0]
    metadata = manifest["metadata"]
    return f"{manifest['kind']}{'.' + group if group else ''}", metadata.get("namespace", ""), metadata.get("name", "")


def _tidy_rules(policy: dict[str, Any]) -> None:
    """Sort the rules, which are a set: their order would only tell in which order the code declares connections.

    An empty list goes: it means the same as none, but the API server drops it, and each apply would set it again.
    """
    for direction in {"ingress", "egress"} & policy.keys():
        policy[direction].sort(key=lambda rule: json.dumps(rule, sort_keys=True))
        if not policy[direction]:
            del policy[direction]


def _cdk8s_problems(chart: Chart, message: str) -> Iterable[Problem]:
    validations = [match for line in message.splitlines() if (match := _VALIDATION.fullmatch(line.strip()))]
    if validations:
        return [Problem(match["place"], match["text"]) for match in validations]
    return [Problem(chart.node.path, message.splitlines()[0])]
