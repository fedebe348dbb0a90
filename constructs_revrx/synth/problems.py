"""What must hold before anything is written."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cdk8s import ApiObject, App, Chart
from constructs import IConstruct
from jsii.errors import JSIIError

from kubecheck.check import Cluster, Finding
from kubecheck.checks.objects.duplicates import duplicate_object, same_names
from kubecheck.checks.objects.metadata import malformed_object, shape_problems
from kubecheck.objects.fields import Object, name
from kubecheck.objects.labels import syntax_problems
from kubecheck.objects.names import namespace_problems
from kubecheck.run import run
from kubecheck.waivers import Waiver

from ..core.chart import record
from ..core.component import Component
from ..core.errors import ManifestError, Problem
from ..core.manifest import identity, objects_of
from ..core.on_demand import constructs_in, path_of, scopes_of

Objects = list[dict[str, Any]]

_FOLDER = re.compile(r"\w[\w.-]*")
_VALIDATION = re.compile(r"\[(?P<place>[^\]]*)\] (?P<text>.*)")
_CYCLE = re.compile(r"Dependency cycle detected: (?P<path>(?P<place>\S*) => .*)")
_OURS = re.compile(r"(?P<place>.*): 1 problem\n  (?P<text>.*)")
_UNWRITABLE = re.compile(r"Failed serializing construct at path '(?P<place>[^']*)' with name '[^']*': (?P<reason>.*)")


def components(app: App) -> list[Component]:
    """Our own constructs. Only they are asked: each other would be a call into cdk8s."""
    return [construct for construct in constructs_in(app) if isinstance(construct, Component)]


def option_problems(component: Component) -> Iterator[Problem]:
    """What a construct says of its options."""
    problems = list(component.problems())
    if problems:
        place = path_of(component)
        yield from (problem.at(place) for problem in problems)


def rendered(chart: Chart) -> Objects:
    """The chart's objects as plain values. What cdk8s refuses becomes a ManifestError.

    Raises:
        ManifestError: a user's `node.add_validation` found something, or a patch does not fit its object.
    """
    try:
        objects = objects_of(chart)
    except (RuntimeError, JSIIError) as error:
        raise ManifestError(_cdk8s_problems(chart.node.path, str(error))) from None
    if problems := [text for o in objects for text in shape_problems(o)]:
        raise ManifestError(Problem(chart.node.path, text, check=malformed_object.id) for text in problems)
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


def chart_problems(chart: Chart) -> Iterator[Problem]:
    """What all objects of a chart have from it."""
    place = chart.node.path
    if not _FOLDER.fullmatch(chart.node.id):
        yield Problem(place, f"{chart.node.id!r} names no folder; use letters, digits, '-', '_' and '.'", "id")
    for text in namespace_problems(chart.namespace) if chart.namespace else ():
        yield Problem(place, text, "namespace")
    for text in syntax_problems(record(chart).labels):
        yield Problem(place, text, "labels")


def duplicate_problems(charts: Iterable[tuple[Chart, Objects]]) -> Iterator[Problem]:
    """Two objects of one name in the charts of an App, unless two charts hold the very same, which is one.

    Of one App, because that is applied to one cluster; two Apps may be for two.
    """
    home = {id(o): chart for chart, objects in charts for o in objects}
    for (kind, where, named), same in same_names(o for _, objects in charts for o in objects).items():
        homes = list(dict.fromkeys(home[id(o)] for o in same))
        if len(homes) == len(same) and all(o == same[0] for o in same):
            continue
        made = (kind.partition(".")[0], named)
        paths = [path_of(node) for chart in homes for node in _api_objects(chart) if identity(node)[1:] == made]
        way_out = "rename one" if len(homes) == 1 else "rename one, or give what is for another cluster its own App"
        yield Problem(
            homes[-1].node.path,
            f"{kind}: {len(same)} objects are named {named}{' in ' + where if where else ''}, made by "
            f"{' and '.join(paths)}; {way_out}",
            check=duplicate_object.id,
        )


def finished_problems(
    charts: Sequence[tuple[Chart, Objects]],
    files: Iterable[tuple[Path, str, Sequence[Object]]],
    *,
    external: Collection[str],
    public: Collection[str],
    waivers: Collection[Waiver],
) -> Iterator[Problem]:
    """What only shows when the objects of all apps are seen together, or beside the files of the last run."""
    home = {id(o): chart for chart, objects in charts for o in objects}
    cluster = Cluster(
        objects=[o for _, objects in charts for o in objects],
        kubernetes=lambda o: record(home[id(o)]).kubernetes,
        external=external,
        public=public,
        before=list(_before(files)),
    )
    paths: dict[Chart, dict[tuple[str, str], str]] = {}
    for finding in run(cluster, waivers).findings:
        o = finding.object
        if o is None:
            yield Problem("synth", finding.text, "waivers", finding.check)
        elif finding.check != duplicate_object.id:  # duplicate_problems tells them, with who made them
            chart = home[id(o)]
            if chart not in paths:
                paths[chart] = _paths(chart)
            place = paths[chart].get((o["kind"], name(o)), chart.node.path)
            yield Problem(place, _text(finding), check=finding.check)


def _text(finding: Finding) -> str:
    """With the call that says what would make it none."""
    if finding.unless is None:
        return finding.text
    field, entry = finding.unless
    if field == "kubernetes":
        return f'{finding.text}: target_kubernetes(app, "{entry}")'
    return f'{finding.text}: synth(…, {field}={{"{entry}"}})'


def _before(files: Iterable[tuple[Path, str, Sequence[Object]]]) -> Iterator[tuple[Path, str, Sequence[Object]]]:
    """Of the files that will be other than they are: what they are now. One that cannot be read is none."""
    for path, text, objects in files:
        try:
            old = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if old != text:
            yield path, old, objects


def _paths(chart: Chart) -> dict[tuple[str, str], str]:
    """Where each object of a chart is made: a call into cdk8s for each, so only when there is something to tell."""
    return {identity(node)[1:]: _place(node) for node in _api_objects(chart)}


def _api_objects(chart: Chart) -> list[ApiObject]:
    return [construct for construct in constructs_in(chart) if isinstance(construct, ApiObject)]


def _place(construct: IConstruct) -> str:
    """The path of the component of ours that made it, under which its options' problems stand too."""
    scopes = scopes_of(construct)
    return path_of(next((scope for scope in scopes if isinstance(scope, Component)), construct))


def _cdk8s_problems(place: str, message: str) -> Iterable[Problem]:
    """What cdk8s says, without JavaScript's stack. place: where it was asked, when it does not say where."""
    if ours := _OURS.match(message.strip()):  # a Manifest, which cdk8s has asked to render itself
        return [Problem(ours["place"], ours["text"])]
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
