"""What of jsii's messages counts as a look at a tree, where that is not seen from outside (test_on_demand.py)."""

from typing import Any

import constructs_revrx  # noqa: F401  # before constructs: it names the Node that jsii starts
import pytest
from constructs import Construct
from constructs_revrx.core.messages import Watched
from jsii._kernel.types import GetRequest, GetResponse, InvokeRequest, InvokeResponse, ObjRef


class Recorded:
    """A provider and trees, with the references of trees that someone looked at."""

    def __init__(self) -> None:
        self.looked_at: list[str] = []

    def get(self, request: GetRequest) -> GetResponse:
        return GetResponse(ObjRef(f"{request.property} of {request.objref.ref}"))

    def invoke(self, _request: InvokeRequest) -> InvokeResponse:
        return InvokeResponse()

    def keep_back(self) -> bool:
        return True

    def complete(self, root: str) -> None:
        self.looked_at.append(root)


def a_class_of(library: str) -> str:
    """The name of a new class of constructs in a library that need not be installed."""
    name = f"{library}.Deployment"

    class _Deployment(Construct, jsii_type=name):
        pass

    return name


@pytest.mark.parametrize(("library", "looks"), [("cdk8s-plus-27", 0), ("cdk8s-plus-33", 0), ("other-library", 1)])
def test_a_method_of_cdk8s_plus_is_known_to_look_at_nothing(library: str, looks: int) -> None:
    recorded: Any = Recorded()
    Watched(recorded, recorded).invoke(InvokeRequest(ObjRef(f"{a_class_of(library)}@1"), "addContainer"))
    assert len(recorded.looked_at) == looks
