"""What jsii is about to ask Node, noticed before: so that a construct that no one asks for need not be there.

Every call into cdk8s is a message that passes jsii's provider: a user's, this library's, that of Python code which Node
calls back. So this is the one place that sees them all. Wrapping methods of `constructs.Node` instead would miss those
that look at constructs by another way: `Chart.to_json`, `ApiObject.of`, a construct that is made beside ours, the next
release's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from constructs import Construct, Node
from jsii._kernel.types import CreateRequest, GetRequest, InvokeRequest, ObjRef, SetRequest, StaticInvokeRequest
from jsii._reference_map import _types as _classes

# Members of constructs and of their nodes that do not tell what is below them. Any other may.
_BLIND = frozenset(
    {
        *("node", "toString"),
        *("addr", "id", "path", "root", "scope", "scopes"),
        *("addDependency", "addMetadata", "addValidation", "metadata", "removeDependency", "validate"),
        *("getAllContext", "getContext", "tryGetContext"),
        *("charts", "outdir", "outputFileExtension", "resolvers", "yamlOutputType"),
        *("generateObjectName", "labels", "namespace"),
        *("addJsonPatch", "apiGroup", "apiVersion", "chart", "kind", "name"),
    }
)
_BLIND_STATICS = frozenset(
    {("cdk8s.App", "of"), ("cdk8s.Chart", "of"), ("constructs.Node", "of"), ("constructs.Construct", "isConstruct")}
)
# cdk8s-plus looks at no construct but its own: in none of its files stands `findAll`, `children` or `tryFindChild`.
_BLIND_LIBRARY = "cdk8s-plus-"


class Trees(Protocol):
    """Those who keep constructs back."""

    def keep_back(self) -> bool:
        """Whether there is a tree of which they keep something back."""

    def complete(self, root: str) -> None:
        """Before someone looks at the tree of the root with this reference."""

    def make_room(self, scope: Construct) -> None:
        """Before someone makes a construct in another: what was made in it earlier comes first."""


def reference_of(value: Any) -> str:
    """CLASS@NUMBER of what is in Node too. A construct of ours is made by it."""
    return value.__jsii_ref__.ref  # type: ignore[no-any-return]


class Watched:
    """jsii's provider, which tells `trees` before it asks."""

    def __init__(self, provider: Any, trees: Trees) -> None:
        self._provider, self._trees = provider, trees
        self._unnoticed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """Let one look pass. What Python code does that Node calls back meanwhile is noticed again."""
        self._unnoticed = True
        try:
            yield
        finally:
            self._unnoticed = False

    def create(self, request: CreateRequest) -> Any:
        match request.args:
            case [Construct() as scope, str(), *_]:
                self._trees.make_room(scope)
            case others:
                self._look(*others)
        return self._provider.create(request)

    def get(self, request: GetRequest) -> Any:
        if request.property not in _BLIND:
            self._look(request.objref)
        return self._provider.get(request)

    def set(self, request: SetRequest) -> Any:
        if request.property not in _BLIND:
            self._look(request.objref)
        return self._provider.set(request)

    def invoke(self, request: InvokeRequest) -> Any:
        if request.method not in _BLIND:
            self._look(request.objref, *(request.args or ()), always=request.method == "lock")
        return self._provider.invoke(request)

    def sinvoke(self, request: StaticInvokeRequest) -> Any:
        if (request.fqn, request.method) not in _BLIND_STATICS:
            self._look(*(request.args or ()))
        return self._provider.sinvoke(request)

    def _look(self, *values: Any, always: bool = False) -> None:
        if self._unnoticed:
            self._unnoticed = False
        elif always or self._trees.keep_back():
            for value in values:
                reference = value if isinstance(value, ObjRef) else getattr(value, "__jsii_ref__", None)
                if reference and (node := self._node(reference)):
                    self._trees.complete(self._get(node, "root").ref)

    def _node(self, reference: ObjRef) -> ObjRef | None:
        """Of a node, or of a construct that may look at others."""
        name = reference.ref.rpartition("@")[0]
        known = _classes.get(name)
        if known and issubclass(known, Node):
            return reference
        if known and issubclass(known, Construct) and not name.startswith(_BLIND_LIBRARY):
            return self._get(reference, "node")
        return None

    def _get(self, reference: ObjRef, property: str) -> ObjRef:
        found: ObjRef = self._provider.get(GetRequest(objref=reference, property=property)).value
        return found
