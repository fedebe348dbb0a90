"""From constructs to files."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdk8s import App, Chart, YamlOutputType

from kubecheck.objects.fields import Object, full_name, name, namespace, title

from ..core.calls import checked
from ..core.errors import ManifestError, Problem
from .files import Changes, replace_files
from .problems import (
    Objects,
    chart_problems,
    charts_of,
    components,
    duplicate_problems,
    finished_problems,
    option_problems,
    rendered,
)
from .waiver import Waiver
from .yaml import dump

HEADER = "# Synthesised by constructs_revrx; changes by hand are lost.\n"

# In a file of several objects what others need comes first, so that one `kubectl apply` succeeds.
_FIRST = ("Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding")

_PATHS_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Synthesis(Changes):
    """What a run of `synth` changed, of how many files and objects. As text, a few lines for a terminal.

    Args:
        added, changed, removed: paths of files, in order.
        files, objects: how many were written, or were right already.
    """

    files: int
    objects: int

    def __str__(self) -> str:
        total = f"{self.objects} objects in {self.files} files"
        written = [*(f"  + {path}" for path in self.added), *(f"  ~ {path}" for path in self.changed)]
        # All of them: who applies with kubectl deletes these objects by hand.
        removed = [f"  - {path}" for path in self.removed]
        if not written and not removed:
            return f"nothing changed: {total}"
        more = [f"  and {len(written) - _PATHS_SHOWN} more"] if len(written) > _PATHS_SHOWN else []
        counts = f"{len(self.added)} added, {len(self.changed)} changed, {len(self.removed)} removed"
        return "\n".join([*written[:_PATHS_SHOWN], *more, *removed, f"{counts}: {total}"])


@checked
def synth(
    *apps: App, external: Collection[str] = (), public: Collection[str] = (), waivers: Collection[Waiver] = ()
) -> Synthesis:
    """Check everything, then write the manifests of all apps to their output folders.

    Files are named as cdk8s names them: `CHART.k8s.yaml` with `YamlOutputType.FILE_PER_CHART`, and with
    `FOLDER_PER_CHART_FILE_PER_RESOURCE` `CHART/KIND.NAME.k8s.yaml`. Files that an earlier run wrote and this one does
    not are removed, so give all apps of nested output folders in one call; others are never touched. A run
    that fails changes none; one that is interrupted leaves whole files, of which some may be new.

    Every error, with an example and the way out: docs/errors.md.

    Args:
        apps: those that are written together.
        external: what the objects refer to and someone else makes, beside what options such as ExistingClaim say:
            KIND/NAMESPACE/NAME, `"Secret/shop/license"`; without the namespace what is cluster-scoped,
            `"ClusterRole/prometheus"`; pods by a label, `"Pod/shop/app=legacy"`. `*` stands for any characters:
            `"Secret/shop/*"` where people fill in the Secrets.
        public: names of variables and of ConfigMap keys that look like a credential and are none,
            `"STRIPE_PUBLIC_TOKEN"`.
        waivers: checks of finished objects that are wrong about some, each with the reason:
            `Waiver("probe-port", "Deployment/shop/legacy", "Its image opens the port.")`. On one object it is the
            annotation `waive.kubecheck/probe-port: Its image opens the port.` docs/checks.md has the ids.

    Raises:
        ManifestError: with every problem found; nothing was written.
    """
    if os.environ.get("CDK8S_DISABLE_SORT"):
        text = "is set, which changes the order of what is written; unset it"
        raise ManifestError([Problem("CDK8S_DISABLE_SORT", text)])
    apps = tuple(dict.fromkeys(apps))
    ours = [component for app in apps for component in components(app)]
    problems = [problem for app in apps for problem in _app_problems(app)]
    problems += [problem for component in ours for problem in option_problems(component)]
    if problems:
        # Not the objects too: what they are without a wrong option's mistake, nobody knows.
        raise ManifestError(problems)
    charts = [(chart, app, rendered(chart)) for app in apps for chart in charts_of(app)]
    if problems := [problem for chart, _, _ in charts for problem in chart_problems(chart)]:
        raise ManifestError(problems)
    for app in apps:
        problems += duplicate_problems([(chart, objects) for chart, home, objects in charts if home is app])
    files = [file for chart, app, objects in charts for file in _files(chart, app, objects)]
    problems += _collisions(files)
    problems += finished_problems(
        [(chart, objects) for chart, _, objects in charts],
        files,
        external={*external, *(reference for component in ours for reference in component.existing)},
        public=public,
        waivers=waivers,
    )
    if problems:
        raise ManifestError(problems)
    texts = {path: text for path, text, _ in files}
    changes = replace_files([Path(app.outdir) for app in apps], texts, made_here=HEADER)
    objects = sum(len(objects) for _, _, objects in charts)
    return Synthesis(**vars(changes), files=len(texts), objects=objects)


def _app_problems(app: App) -> Iterator[Problem]:
    if app.yaml_output_type not in (YamlOutputType.FILE_PER_CHART, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE):
        yield Problem(
            app.outdir,
            f"yaml_output_type: with {app.yaml_output_type.name} one chart's objects overwrite or join another's; "
            "use FILE_PER_CHART or FOLDER_PER_CHART_FILE_PER_RESOURCE",
        )


def _files(chart: Chart, app: App, objects: Objects) -> Iterator[tuple[Path, str, Objects]]:
    objects = sorted(objects, key=_apply_order)
    # Not cdk8s' own name, which gains a number when one chart depends on another.
    path, extension = Path(app.outdir, chart.node.path.replace("/", "-")), app.output_file_extension
    if app.yaml_output_type == YamlOutputType.FILE_PER_CHART:
        texts = [_text(chart, manifest) for manifest in objects]
        yield path.with_name(path.name + extension), HEADER + "---\n".join(texts), objects
        return
    for manifest in objects:
        name = f"{manifest['kind']}.{manifest['metadata'].get('name', '')}"
        yield path / (name + extension), HEADER + _text(chart, manifest), [manifest]


def _text(chart: Chart, manifest: Object) -> str:
    try:
        return dump(manifest)
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end]
        text = f"{title(manifest)}: {half!r} is half of a character, which no file can hold; write the whole one"
        raise ManifestError([Problem(chart.node.path, text)]) from None


def _collisions(files: Iterable[tuple[Path, str, Sequence[Object]]]) -> Iterator[Problem]:
    """Files that two charts, or two objects of one kind and name, would be written to: only one of them would be."""
    written: dict[Path, list[Sequence[Object]]] = defaultdict(list)
    for path, _, objects in files:
        written[path].append(objects)
    for path, contents in written.items():
        every = [o for objects in contents for o in objects]
        names = sorted({f"{o['apiVersion']} {full_name(o['kind'], namespace(o), name(o))}" for o in every})
        if len(contents) > 1 and len(names) > 1:
            text = (
                f"{' and '.join(names)} would be written to this file; rename one, or put it into a chart of another id"
            )
            yield Problem(str(path), text)


def _apply_order(manifest: Object) -> tuple[int, str, str, str, str]:
    """The same in whatever order the objects were made, also of two in two namespaces."""
    kind: str = manifest["kind"]
    rank = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
    return rank, kind, name(manifest), namespace(manifest), manifest["apiVersion"]
