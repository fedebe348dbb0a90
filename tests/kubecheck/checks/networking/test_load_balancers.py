"""AWS load balancers that several Ingresses share."""

import pytest

from kubecheck.checks.networking.load_balancers import load_balancer_conflict

from ...given import Object, o, texts

ALB = "alb.ingress.kubernetes.io"


def shared(name: str, group: str | None = "shop", **annotations: str) -> Object:
    found = {f"{ALB}/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return o("Ingress", name, annotations={**found, **({f"{ALB}/group.name": group} if group else {})})


def test_a_group_that_wants_two_load_balancers_is_told() -> None:
    assert texts(load_balancer_conflict, [shared("a", scheme="internal"), shared("b", scheme="internet-facing")]) == [
        "Ingress b: scheme internet-facing is internal for Ingress a of the same group shop, and the controller then "
        "changes nothing of the whole group; say the same on both, or leave the group"
    ]


@pytest.mark.parametrize("annotation", ["ssl_redirect", "load_balancer_attributes"])
def test_whatever_is_the_load_balancers_is_compared(annotation: str) -> None:
    both = [shared("a", **{annotation: "1"}), shared("b", **{annotation: "2"})]
    assert len(texts(load_balancer_conflict, both)) == 1


@pytest.mark.parametrize(
    "other",
    [
        shared("b", scheme="internal"),
        shared("b"),
        shared("b", "other", scheme="internet-facing"),
        shared("b", None, scheme="internet-facing"),
    ],
    ids=["same", "unsaid", "other group", "no group"],
)
def test_a_group_that_agrees_is_no_error(other: Object) -> None:
    assert texts(load_balancer_conflict, [shared("a", scheme="internal"), other]) == []
