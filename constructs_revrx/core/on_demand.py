"""Constructs that are in cdk8s only from when someone asks for them.

To make one there is a message to Node and its answer, half a millisecond of processor time, and `synth` needs none of
them. So a construct of this library is a Python object, which waits beside those that were made before it in its scope.
It is made in cdk8s, after those, when someone asks for it, and all of a tree are when someone looks at the tree: jsii
reads `__jsii_ref__` for the one, and `Watched` notices the other.
"""

import re
from collections.abc import Iterator
from typing import Any

import jsii
from cdk8s import App, Chart
from constructs import Construct, IConstruct

from .chart import ChartRecord, record
from .errors import ManifestError, Problem
from .messages import Watched, reference_of

# What cdk8s writes as -- in an id.
_SEPARATORS = re.compile("[/\n]")

# Classes of other libraries whose constructors put no construct into the new one.
_PLAIN = ("cdk8s.Chart", "constructs.Construct")


class _Meta(jsii.JSIIMeta):
    def __call__(cls, *args: Any, **options: Any) -> Any:  # noqa: N805
        # Not JSIIMeta's, which asks the new object for its reference.
        return type.__call__(cls, *args, **options)


class OnDemand(Construct, metaclass=_Meta):
    """A construct of this library.

    Raises:
        ManifestError: at once, when it is in no chart, or when its id is not free.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        self._scope, self._id = scope, id
        self._reference: Any = None
        self._children: _Children | None = None
        if not id:
            raise ManifestError([Problem(path_of(scope), "'' is empty; give a name", option="id")])
        try:
            siblings = _children_of(scope)
        except RuntimeError:
            text = "it is in no Chart, so there is no folder to write it to; give one as the scope"
            raise ManifestError([Problem(path_in(scope, id), text, option="scope")]) from None
        self.chart_record = siblings.chart
        siblings.add(self)

    @property
    def is_made(self) -> bool:
        """Whether cdk8s has it."""
        return self._reference is not None

    def _make(self) -> None:
        super().__init__(self._scope, self._id)

    @property
    def __jsii_ref__(self) -> Any:
        if self._reference is None:
            _children_of(self._scope).make(last=self)
        return self._reference

    @__jsii_ref__.setter
    def __jsii_ref__(self, reference: Any) -> None:
        self._reference = reference


def path_of(construct: IConstruct) -> str:
    """`construct.node.path`, for which a construct of ours need not be made."""
    if isinstance(construct, OnDemand):
        return path_in(construct._scope, _escaped(construct._id))
    return construct.node.path


def path_in(scope: IConstruct, id: str) -> str:
    return "/".join(filter(None, (path_of(scope), id)))


def scopes_of(construct: IConstruct) -> Iterator[IConstruct]:
    """The construct and those that it is in, from the inside out."""
    while isinstance(construct, OnDemand):
        yield construct
        construct = construct._scope
    yield from reversed(construct.node.scopes)


def constructs_in(scope: App | Chart) -> Iterator[IConstruct]:
    """All below, also those that wait, and the scope itself. None of them is made."""
    with _watched.unnoticed():
        made = scope.node.find_all()
    for construct in made:
        yield construct
        yield from _waiting_below(construct)


def rendered_by_cdk8s(chart: Chart) -> list[dict[str, Any]]:
    """The chart's objects that cdk8s has; what waits goes on waiting. Validations of the whole app are run."""
    with _watched.unnoticed():
        objects: list[dict[str, Any]] = chart.to_json()
    return objects


def _waiting_below(scope: IConstruct) -> Iterator[OnDemand]:
    children = scope._children if isinstance(scope, OnDemand) else _trees.of_others.get(reference_of(scope))
    for child in [*children.waiting.values()] if children else ():
        yield child
        yield from _waiting_below(child)


def _escaped(id: str) -> str:
    return _SEPARATORS.sub("--", id)


class _Children:
    """Of one scope, those that wait: by id, in the order in which they were made.

    at_once: whether the next are made at once. So it is when cdk8s has children of the scope that are not known here,
        for then only cdk8s knows whether an id is free.
    """

    def __init__(self, scope: Construct, chart: ChartRecord, *, at_once: bool) -> None:
        self.scope, self.chart, self.at_once = scope, chart, at_once
        self.waiting: dict[str, OnDemand] = {}
        self._is_making = False

    def add(self, child: OnDemand) -> None:
        id = _escaped(child._id)
        if id in self.waiting:
            kind = "Chart" if isinstance(self.scope, Chart) else "Construct"
            where = f"{kind} [{path_of(self.scope).rpartition('/')[2]}]"
            raise _refusal(child, f"There is already a Construct with name '{id}' in {where}") from None
        self.waiting[id] = child
        if not self.at_once:
            _trees.wait(self)
            return
        try:
            self.make()
        finally:
            self.waiting.pop(id, None)

    def make(self, last: OnDemand | None = None) -> None:
        """All, or those up to the last."""
        if self._is_making:
            return
        self.at_once = self._is_making = True
        try:
            while self.waiting and not (last and last.is_made):
                id, child = next(iter(self.waiting.items()))
                child._make()
                del self.waiting[id]
        except RuntimeError as error:
            raise _refusal(child, str(error).strip().splitlines()[0]) from None
        finally:
            self._is_making = False


def _refusal(child: OnDemand, reason: str) -> ManifestError:
    """What cdk8s says: there is no construct yet that could report it."""
    place = path_in(child._scope, child._id)
    if "already a Construct" in reason:
        return ManifestError([Problem(place, f"{reason}; give each construct of a chart its own id", option="id")])
    return ManifestError([Problem(place, f"cdk8s refuses it ({reason}); change what it names")])


def _children_of(scope: Construct) -> _Children:
    """Raises RuntimeError: the scope is in no chart."""
    if not isinstance(scope, OnDemand):
        return _trees.children_of_another(scope)
    if scope._children is None:
        scope._children = _Children(scope, scope.chart_record, at_once=False)
    return scope._children


class _Trees:
    """All that wait in this process, as jsii keeps every construct."""

    def __init__(self) -> None:
        self.of_others: dict[str, _Children] = {}
        # The scopes in which something waits, by the root of their tree.
        self._waiting: dict[str, list[_Children]] = {}
        # Where cdk8s may know constructs that are not known here: single scopes, and whole trees by their roots.
        self._occupied: set[str] = set()
        self._looked_at: set[str] = set()

    def children_of_another(self, scope: Construct) -> _Children:
        reference = reference_of(scope)
        if reference not in self.of_others:
            chart = record(scope if isinstance(scope, Chart) else Chart.of(scope))
            is_plain = reference.rpartition("@")[0] in _PLAIN
            at_once = not is_plain or reference in self._occupied or chart.tree in self._looked_at
            self.of_others[reference] = _Children(scope, chart, at_once=at_once)
        return self.of_others[reference]

    def wait(self, children: _Children) -> None:
        if len(children.waiting) == 1:
            self._waiting.setdefault(children.chart.tree, []).append(children)

    def keep_back(self) -> bool:
        return bool(self._waiting)

    def complete(self, root: str) -> None:
        self._looked_at.add(root)
        for children in self._waiting.get(root, ()):
            children.make()
        self._waiting.pop(root, None)

    def make_room(self, scope: Construct) -> None:
        if isinstance(scope, OnDemand):
            _children_of(scope).make()
            return
        reference = reference_of(scope)
        self._occupied.add(reference)
        if reference in self.of_others:
            self.of_others[reference].make()


_trees = _Trees()
_watched = Watched(jsii.kernel.provider, _trees)
jsii.kernel.provider = _watched  # type: ignore[assignment]
