"""What must hold before anything is written."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cdk8s import ApiObject, App, Chart
from constructs import Construct
from jsii.errors import JSIIError

from kubecheck.checks.credentials import credential_problems
from kubecheck.checks.duplicates import duplicates_in
from kubecheck.checks.hosts import host_problems
from kubecheck.checks.immutable import immutable_problems
from kubecheck.checks.keys import key_problems
from kubecheck.checks.load_balancers import load_balancer_problems
from kubecheck.checks.metadata import metadata_problems, shape_problems
from kubecheck.checks.probes import probe_port_problems
from kubecheck.checks.references import reference_problems
from kubecheck.checks.retention import retention_problems
from kubecheck.checks.versions import version_problems
from kubecheck.evaluators.quota import quota_problems
from kubecheck.objects.fields import Object, name, namespace
from kubecheck.objects.labels import syntax_problems
from kubecheck.objects.names import namespace_problems

from ..core.component import Component
from ..core.errors import ManifestError, OptionProblem, Problem
from ..core.labels import K8S
from ..core.manifest import identity, record

Objects = list[dict[str, Any]]

_FOLDER = re.compile(r"\w[\w.-]*")
_VALIDATION = re.compile(r"\[(?P<place>[^\]]*)\] (?P<text>.*)")
_CYCLE = re.compile(r"Dependency cycle detected: (?P<path>(?P<place>\S*) => .*)")
_UNWRITABLE = re.compile(r"Failed serializing construct at path '(?P<place>[^']*)' with name '[^']*': (?P<reason>.*)")


def components(app: App) -> list[Component]:
    """Our own constructs. Only they are asked: each other would be a call into cdk8s."""
    return [construct for construct in app.node.find_all() if isinstance(construct, Component)]


def option_problems(component: Component) -> Iterator[Problem]:
    """What a construct says of its options."""
    problems = list(component.problems())
    if problems:
        place = component.node.path
        yield from (p.at(place) if isinstance(p, OptionProblem) else Problem(place, p) for p in problems)


def rendered(chart: Chart) -> Objects:
    """The chart's objects as plain values. What cdk8s refuses becomes a ManifestError.

    Raises:
        ManifestError: a user's `node.add_validation` found something, or a patch does not fit its object.
    """
    try:
        objects = record(chart).render(chart)
    except (RuntimeError, JSIIError) as error:
        raise ManifestError(_cdk8s_problems(chart.node.path, str(error))) from None
    if problems := [text for o in objects for text in shape_problems(o)]:
        raise ManifestError(Problem(chart.node.path, text) for text in problems)
    for manifest in objects:
        if manifest["kind"] == "NetworkPolicy" and "spec" in manifest:
            manifest["spec"] = _tidy_rules(manifest["spec"])
    return objects


def charts_of(app: App) -> list[Chart]:
    """In the order of their dependencies.

    Raises:
        ManifestError: there is none, for they go in a circle.
    """
    try:
        return app.charts
    except RuntimeError as error:
        raise ManifestError(_cdk8s_problems(app.outdir, str(error))) from None


def chart_problems(chart: Chart, objects: Objects) -> Iterator[Problem]:
    """What all objects of a chart have from it."""
    if not _FOLDER.fullmatch(chart.node.id):
        yield Problem(chart.node.path, f"id: {chart.node.id!r} names no folder; use letters, digits, '-', '_' and '.'")
    for where in sorted({chart.namespace or "", *map(namespace, objects)} - {""}):
        yield from (Problem(chart.node.path, f"namespace: {text}") for text in namespace_problems(where))
    for text in syntax_problems(record(chart).labels):
        yield Problem(chart.node.path, f"labels: {text}")


def duplicate_problems(charts: Iterable[tuple[Chart, Objects]]) -> Iterator[Problem]:
    """Two objects of one name in the charts of an App, unless two charts hold the very same, which is one.

    Of one App, because that is applied to one cluster; two Apps may be for two.
    """
    made: dict[tuple[str, str, str], list[tuple[Chart, Object]]] = defaultdict(list)
    for chart, objects in charts:
        for o in objects:
            made[_kind_and_name(o)].append((chart, o))
    for (kind, where, named), makers in made.items():
        homes = list(dict.fromkeys(chart for chart, _ in makers))
        if len(makers) == 1 or (len(homes) == len(makers) and all(o == makers[0][1] for _, o in makers)):
            continue
        group = kind.partition(".")[0]
        paths = [n.node.path for home in homes for n in _api_objects(home) if identity(n)[1:] == (group, named)]
        way_out = "rename one" if len(homes) == 1 else "rename one, or give what is for another cluster its own App"
        yield Problem(
            homes[-1].node.path,
            f"{kind}: {len(makers)} objects are named {named}{' in ' + where if where else ''}, made by "
            f"{' and '.join(paths)}; {way_out}",
        )


def finished_problems(
    charts: Sequence[tuple[Chart, Objects]],
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
        *key_problems(objects),
        *probe_port_problems(objects),
        *duplicates_in(objects),
        *retention_problems(objects),
        *immutable_problems(files),
        *metadata_problems(objects, told=[pair for chart, _ in charts for pair in _labels_of(chart)]),
    ]
    paths: dict[Chart, dict[tuple[str, str], str]] = {}
    for finding in findings:
        chart = home[id(finding.object)]
        if chart not in paths:
            paths[chart] = _paths(chart)
        yield Problem(paths[chart].get((finding.object["kind"], name(finding.object)), chart.node.path), finding.text)


def _labels_of(chart: Chart) -> Iterator[tuple[str, str]]:
    """What its components have from it: when one of these is wrong, that is the chart's problem."""
    inherited = record(chart)
    yield from inherited.labels.items()
    for label in ("part-of", "instance"):
        yield f"{K8S}/{label}", inherited.namespace or ""


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


def _tidy_rules(policy: Any) -> Any:
    """Sort the rules, which are a set: their order would only tell in which order the code declares connections.

    An empty list goes: it means the same as none, but the API server drops it, and each apply would set it again.
    """
    if not isinstance(policy, dict):
        return policy  # a patch's doing, and the API server's to refuse
    rules: dict[str, Any] = {
        direction: sorted(policy[direction], key=lambda rule: json.dumps(rule, sort_keys=True))
        for direction in ("egress", "ingress")
        if isinstance(policy.get(direction), list)
    }
    return {key: value for key, value in {**policy, **rules}.items() if key not in rules or value}


def _cdk8s_problems(place: str, message: str) -> Iterable[Problem]:
    """What cdk8s says, without JavaScript's stack. place: where it was asked, when it does not say where."""
    validations: list[Problem] = []
    for line in message.splitlines():
        if match := _VALIDATION.fullmatch(line.strip()):
            validations.append(Problem(match["place"] or "App", match["text"]))
        elif validations and not line.strip().startswith("at "):
            validations.append(Problem(validations[-1].place, line.strip()))
    if validations:
        return validations
    if failed := _UNWRITABLE.search(message):
        text = f"cannot be written ({failed['reason']}); of a JsonPatch's path, all but the last key must be there"
        return [Problem(failed["place"], text)]
    if cycle := _CYCLE.search(message):
        text = f"add_dependency: {cycle['path']} is a circle, so nothing could come first; leave one of them out"
        return [Problem(cycle["place"], text)]
    reason = message.strip().splitlines()[0]
    return [Problem(place, f"cdk8s refuses it ({reason}); look at what was added to it by hand")]
