"""What must hold before anything is written."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cdk8s import ApiObject, App, Chart
from constructs import Construct
from jsii.errors import JSIIError

from ._component import Component
from ._credentials import credential_problems
from ._errors import ManifestError, Problem
from ._hosts import host_problems
from ._immutable import immutable_problems
from ._load_balancers import load_balancer_problems
from ._manifest import identity, record
from ._objects import Object, name, namespace
from ._quota import quota_problems
from ._references import reference_problems
from ._values import name_problems
from ._versions import version_problems

Objects = list[dict[str, Any]]

_VALIDATION = re.compile(r"\[(?P<place>[^\]]*)\] (?P<text>.*)")
_UNWRITABLE = re.compile(r"Failed serializing construct at path '(?P<place>[^']*)' with name '[^']*': (?P<reason>.*)")


def components(app: App) -> list[Component]:
    """Our own constructs. Only they are asked: each other would be a call into cdk8s."""
    return [construct for construct in app.node.find_all() if isinstance(construct, Component)]


def option_problems(component: Component) -> Iterator[Problem]:
    """What a construct says of its options."""
    texts = list(component.problems())
    if texts:
        place = component.node.path
        yield from (Problem(place, text) for text in texts)


def rendered(chart: Chart) -> Objects:
    """The chart's objects as plain values. What cdk8s refuses becomes a ManifestError.

    Raises:
        ManifestError: a user's `node.add_validation` found something, or a patch does not fit its object.
    """
    try:
        objects = record(chart).render(chart)
    except (RuntimeError, JSIIError) as error:
        raise ManifestError(_cdk8s_problems(chart, str(error))) from None
    for manifest in objects:
        if manifest["kind"] == "NetworkPolicy":
            manifest["spec"] = _tidy_rules(manifest["spec"])
    return objects


def object_problems(chart: Chart, objects: Objects) -> Iterator[Problem]:
    """What only shows in the finished objects: names that the API server refuses, and two objects of one name."""
    for manifest in objects:
        for problem in name_problems(name(manifest)):
            yield Problem(chart.node.path, f"{manifest['kind']}: {problem}")
    for (kind, where, named), times in Counter(map(_kind_and_name, objects)).items():
        if times > 1:
            group = kind.partition(".")[0]
            makers = (node.node.path for node in _api_objects(chart) if identity(node)[1:] == (group, named))
            yield Problem(
                chart.node.path,
                f"{kind}: {times} objects are named {named}{' in ' + where if where else ''}, made by "
                f"{' and '.join(makers)}; rename one",
            )


def finished_problems(
    charts: Iterable[tuple[Chart, Objects]],
    files: Iterable[tuple[Path, str, Sequence[Object]]],
    *,
    external: Collection[str],
    public: Collection[str],
) -> Iterator[Problem]:
    """What only shows when the objects of all apps are seen together, or beside the files of the last run."""
    home = {id(o): chart for chart, objects in charts for o in objects}
    objects = [o for _, objects in charts for o in objects]
    findings = [
        *(finding for chart, objects in charts for finding in version_problems(objects, record(chart).kubernetes)),
        *reference_problems(objects, external),
        *host_problems(objects),
        *load_balancer_problems(objects),
        *quota_problems(objects),
        *credential_problems(objects, public),
        *immutable_problems(files),
    ]
    paths: dict[Chart, dict[tuple[str, str], str]] = {}
    for finding in findings:
        chart = home[id(finding.object)]
        if chart not in paths:
            paths[chart] = _paths(chart)
        yield Problem(paths[chart].get((finding.object["kind"], name(finding.object)), chart.node.path), finding.text)


def _paths(chart: Chart) -> dict[tuple[str, str], str]:
    """Where each object of a chart is made: a call into cdk8s for each, so only when there is something to tell."""
    return {identity(node)[1:]: _component(node).node.path for node in _api_objects(chart)}


def _api_objects(chart: Chart) -> list[ApiObject]:
    return [node for node in chart.node.find_all() if isinstance(node, ApiObject)]


def _component(node: Construct) -> Construct:
    """The component of ours that made it, under whose path its options' problems stand too."""
    return next((scope for scope in reversed(node.node.scopes) if isinstance(scope, Component)), node)


def _kind_and_name(manifest: Object) -> tuple[str, str, str]:
    group = manifest["apiVersion"].rpartition("/")[0]
    return f"{manifest['kind']}{'.' + group if group else ''}", namespace(manifest), name(manifest)


def _tidy_rules(policy: dict[str, Any]) -> dict[str, Any]:
    """Sort the rules, which are a set: their order would only tell in which order the code declares connections.

    An empty list goes: it means the same as none, but the API server drops it, and each apply would set it again.
    """
    rules: dict[str, Any] = {
        direction: sorted(policy[direction], key=lambda rule: json.dumps(rule, sort_keys=True))
        for direction in ("egress", "ingress")
        if direction in policy
    }
    return {key: value for key, value in {**policy, **rules}.items() if key not in rules or value}


def _cdk8s_problems(chart: Chart, message: str) -> Iterable[Problem]:
    validations = [match for line in message.splitlines() if (match := _VALIDATION.fullmatch(line.strip()))]
    if validations:
        return [Problem(match["place"], match["text"]) for match in validations]
    if failed := _UNWRITABLE.search(message):
        text = f"cannot be written ({failed['reason']}); of a JsonPatch's path, all but the last key must be there"
        return [Problem(failed["place"], text)]
    return [Problem(chart.node.path, message.splitlines()[0])]
