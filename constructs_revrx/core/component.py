"""What every construct of this library shares: its labels, and that it can say what is wrong with its options."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache

from constructs import Construct

from .errors import OptionProblem
from .labels import K8S, Labels
from .on_demand import OnDemand

_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


class Component(OnDemand):
    """A construct whose id is the name of its objects.

    Args:
        component: the value of `app.kubernetes.io/component`.
        options: the options as the user gave them, so that a value's problem is told with its option: the value whose
            fields they are (`keywords_of`), which is asked too, or a dict by name.
        labels: the user's own, on all its objects and pods.
        longest_name: characters that the name may have; fewer than 63 where Kubernetes appends to it.
    """

    # Whether its objects are in the chart's namespace.
    namespaced = True

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        component: str,
        options: object,
        labels: Mapping[str, str] | None = None,
        longest_name: int = 63,
    ) -> None:
        super().__init__(scope, id)
        chart = self.chart_record
        self.name = id
        self.namespace, self.kubernetes = chart.namespace, chart.kubernetes
        # What its options say is there already, as `synth` names it: KIND/NAMESPACE/NAME.
        self.existing: set[str] = set()
        inherited = {f"{K8S}/{label}": self.namespace or id for label in ("part-of", "instance")}
        self.labels = Labels(name=id, component=component, inherited={**inherited, **chart.labels, **(labels or {})})
        self._options = options
        self._longest_name = longest_name

    def problems(self) -> Iterator[OptionProblem]:
        """What is wrong: of each problem the option, and in a line the value, the reason and the way out."""
        if not _DNS_LABEL.fullmatch(self.name) or len(self.name) > self._longest_name:
            yield OptionProblem(
                "id",
                f"{self.name!r} is not a DNS label of at most {self._longest_name} characters; "
                "use lower-case letters, digits and '-', beginning with a letter",
            )
        if self.namespaced and not self.namespace:
            text = "the chart has none, so its objects would land in `default`; give Chart(namespace=…)"
            yield OptionProblem("namespace", text)
        options = self._options
        for option, value in (options if isinstance(options, Mapping) else vars(options)).items():
            yield from (OptionProblem(option, text) for text in problems_of(value))
        yield from getattr(options, "problems", tuple)()


def problems_of(value: object) -> Iterator[str]:
    """What is wrong with a value: what its fields say of themselves, each told with its name, then what it says.

    So a value is asked because it stands in a field; of a list or a dict each item is. An item is told by its key, in
    a list by its property `told_as`, if it has one; so is a field, by `told_as` in its metadata, if that is not by its
    name.
    """
    if value is None or isinstance(value, str | int | Construct):
        return  # a construct reports for itself, under its own path
    if is_dataclass(value):
        kind: type = type(value)
        for name, told_as in _fields(kind):
            yield from (f"{told_as}{text}" for text in problems_of(getattr(value, name)))
        yield from getattr(value, "problems", tuple)()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from (f"{key}: {text}" for text in problems_of(item))
    elif isinstance(value, Iterable):
        for item in value:
            told_as = getattr(item, "told_as", "")
            yield from (f"{told_as}: {text}" if told_as else text for text in problems_of(item))


@cache
def _fields(cls: type) -> tuple[tuple[str, str], ...]:
    """The names of a value's fields, and what precedes their problems."""
    told = ((each.name, each.metadata.get("told_as", each.name)) for each in fields(cls))
    return tuple((name, f"{told_as}: " if told_as else "") for name, told_as in told)
