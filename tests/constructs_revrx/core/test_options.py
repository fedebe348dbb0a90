"""Options that are written once: fields of a value, which a construct takes as keywords."""

import inspect
from dataclasses import field
from typing import get_type_hints

import pytest
from constructs_revrx import ManifestError, Probe
from cdk8s import Chart
from constructs import Construct
from constructs_revrx.core.calls import value_object
from constructs_revrx.core.options import keywords, keywords_of


@value_object
class Base:
    """Args: color: of it."""

    color: str = "red"
    sizes: list[int] = field(default_factory=lambda: [1])


@value_object
class Options(Base):
    """Args: count: how many."""

    count: int
    color: str = field()


class Made(Construct):
    @keywords_of(Options)
    def __init__(self, scope: Construct, id: str, options: Options) -> None:
        super().__init__(scope, id)
        self.options = options

    @classmethod
    @keywords_of(Base)
    def red(cls, scope: Construct, id: str, options: Base) -> "Made":
        return cls(scope, id, count=len(options.sizes), **keywords(options, Base))


def test_the_keywords_become_the_value(chart: Chart) -> None:
    assert Made(chart, "a", count=2, color="blue").options == Options(count=2, color="blue", sizes=[1])
    assert Made(scope=chart, id="b", count=2, color="blue").options.count == 2  # type: ignore[call-arg]


def test_a_factory_takes_those_of_another_value_and_hands_them_on(chart: Chart) -> None:
    assert Made.red(chart, "a", sizes=[1, 2]).options == Options(count=2, color="red", sizes=[1, 2])


def test_the_signature_is_that_of_the_call() -> None:
    shown = str(inspect.signature(Made.__init__))
    assert shown.endswith(", *, color: str, sizes: list[int] = [1], count: int) -> None")
    assert shown.startswith("(self, scope: ")
    assert get_type_hints(Made.__init__)["sizes"] == list[int]
    assert Made.__init__.options is Options  # type: ignore[attr-defined]


def test_an_inherited_option_may_be_required_though_it_has_a_default_there(chart: Chart) -> None:
    with pytest.raises(ManifestError) as caught:
        Made(chart, "a", count=2)  # type: ignore[call-arg]
    assert str(caught.value) == "production/a: 1 problem\n  Made lacks color, text; give color=…"


def test_each_call_has_a_default_of_its_own(chart: Chart) -> None:
    one, other = (Made(chart, id, count=1, color="red").options.sizes for id in ("a", "b"))
    assert one is not other


def test_what_does_not_fit_is_told_with_the_path(chart: Chart) -> None:
    with pytest.raises(ManifestError) as caught:
        Made(chart, "a", cuont=1, color=Probe.tcp(), sizes=["1"])  # type: ignore[call-arg, arg-type, list-item]
    assert str(caught.value) == (
        "production/a: 3 problems\n"
        "  Made has no option cuont; did you mean count?\n"
        "  color: Probe(…) is not text; give text\n"
        "  sizes: '1' is not a whole number; write 1"
    )
