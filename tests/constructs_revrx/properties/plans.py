"""An app as data: which calls make it, so that they can be made in any order, changed, and read when a test fails."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from constructs_revrx import AppNamespace, ExistingSecrets, Secret, SecretsTemplate, target_kubernetes
from cdk8s import App, Chart, YamlOutputType

NAMESPACE = "shop"


@dataclass(frozen=True, eq=False)
class Call:
    """A call that makes a value; its repr is the code."""

    make: Callable[..., Any]
    args: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        name = getattr(self.make, "__qualname__", repr(self.make))
        given = [*map(repr, self.args), *(f"{option}={value!r}" for option, value in self.options.items())]
        return f"{name}({', '.join(given)})"


@dataclass(frozen=True)
class Ref:
    """Another construct of the plan, by its id."""

    id: str

    def __repr__(self) -> str:
        return self.id.replace("-", "_")


@dataclass(frozen=True)
class Step:
    """A construct that is made. name: its id, where that is not how the plan calls it."""

    id: str
    call: Call
    name: Any = None

    def __repr__(self) -> str:
        return f"{Ref(self.id)} = {self.call!r}" + ("" if self.name is None else f"  # named {self.name!r}")


@dataclass(frozen=True)
class Connection:
    """A client that is connected to targets."""

    client: str
    targets: Sequence[Any]

    def __repr__(self) -> str:
        return f"{Ref(self.client)}.connect_to({', '.join(map(repr, self.targets))})"


@dataclass
class Plan:
    """The steps of an app, in an order in which each comes after those that it refers to."""

    steps: list[Step | Connection] = field(default_factory=list)
    # The version that it is for, as text; None is the oldest.
    kubernetes: str | None = None

    def __repr__(self) -> str:
        target = [] if self.kubernetes is None else [f"target_kubernetes(app, {self.kubernetes!r})"]
        return "\n".join([*target, *map(repr, self.steps)])

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """As Hypothesis shows it."""
        printer.text(repr(self))

    def ordered(self, priorities: Sequence[int]) -> Iterator[Step | Connection]:
        """The steps, those of the lowest priority first as far as their references let them."""
        ranked = sorted(zip(priorities, self.steps, strict=True), key=lambda pair: (_is_last(pair[1]), pair[0]))
        left = [step for _, step in ranked]
        made = {"main"}
        while left:
            step = next(step for step in left if needed(step) <= made)
            left.remove(step)
            if isinstance(step, Step):
                made.add(step.id)
            yield step

    def existing(self) -> set[tuple[str, str]]:
        """What the options say is there already: kind and name."""
        found = set()
        for call in (call for step in self.steps for call in calls(step)):
            given = {**dict(zip(("name",), call.args, strict=False)), **call.options}
            for (make, option), kinds in _EXISTING.items():
                if call.make.__qualname__ == make and isinstance(given.get(option), str):
                    found |= {(kind, given[option]) for kind in kinds}
        for step in self.steps:
            if isinstance(step, Step) and step.call.make is ExistingSecrets:
                found |= {("Secret", str(call.options.get("name"))) for call in calls(step) if call.make is Secret}
        return found


_EXISTING = {
    ("ExistingClaim", "name"): {"PersistentVolumeClaim"},
    ("ExistingConfigMap", "name"): {"ConfigMap"},
    ("ServiceAccount", "existing"): {"ServiceAccount"},
    ("ExistingStore", "name"): {"SecretStore", "ClusterSecretStore"},
}


def parts(value: Any) -> Iterator[Any]:
    """What a value is made of, itself first."""
    yield value
    if isinstance(value, Step):
        yield from parts(value.call)
    elif isinstance(value, Connection):
        yield Ref(value.client)
        yield from parts(value.targets)
    elif isinstance(value, Call):
        yield from parts(list(value.args))
        yield from parts(dict(value.options))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from parts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from parts(item)


def calls(value: Any) -> Iterator[Call]:
    return (part for part in parts(value) if isinstance(part, Call))


def needed(step: Step | Connection) -> set[str]:
    return {part.id for part in parts(step) if isinstance(part, Ref)}


def _is_last(step: Step | Connection) -> bool:
    """An AppNamespace reads all that is deployed there."""
    return isinstance(step, Step) and step.call.make is AppNamespace


def made(plan: Plan, folder: Path, *, priorities: Sequence[int] | None = None, backwards: bool = False) -> App:
    """The app of a plan. backwards: whether each call gets its options in the opposite order."""
    app = App(outdir=str(folder), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    if plan.kubernetes is not None:
        target_kubernetes(app, plan.kubernetes)
    main = Chart(app, "production", namespace=NAMESPACE)
    apart = {
        AppNamespace: partial(Chart, app, "bootstrap"),
        SecretsTemplate: partial(Chart, app, "template"),
    }
    constructs: dict[str, Any] = {"main": main}
    # One call of the plan is one value, wherever it stands: two containers may share a volume.
    known: dict[int, Any] = {}

    def value(part: Any) -> Any:
        if isinstance(part, Call):
            if id(part) not in known:
                known[id(part)] = called(part)
            return known[id(part)]
        if isinstance(part, Ref):
            return constructs[part.id]
        if isinstance(part, dict):
            return {key: value(item) for key, item in part.items()}
        if isinstance(part, list | tuple):
            return type(part)(map(value, part))
        return part

    def called(part: Call) -> Any:
        options = {option: value(item) for option, item in part.options.items()}
        return part.make(*map(value, part.args), **(dict(reversed(options.items())) if backwards else options))

    for step in plan.ordered(priorities or range(len(plan.steps))):
        if isinstance(step, Connection):
            constructs[step.client].connect_to(*map(value, step.targets))
        else:
            scope = apart[step.call.make]() if step.call.make in apart else main
            name = step.id if step.name is None else step.name
            call = Call(step.call.make, (scope, name, *step.call.args), step.call.options)
            constructs[step.id] = called(call)
    return app
