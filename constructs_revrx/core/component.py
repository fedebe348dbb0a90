"""What every construct of this library shares: its labels, and that it can say what is wrong with its options."""

import re
from collections.abc import Iterable, Iterator, Mapping

from constructs import Construct

from .errors import OptionProblem
from .labels import K8S, Labels
from .on_demand import OnDemand

_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


class Component(OnDemand):
    """A construct whose id is the name of its objects.

    Args:
        component: the value of `app.kubernetes.io/component`.
        options: the options as the user gave them, by name, so that a value's problem is told with its option.
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
        options: Mapping[str, object],
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

    def problems(self) -> Iterator[str]:
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
        for option, value in self._options.items():
            yield from (OptionProblem(option, text) for text in problems_of(value))


def problems_of(value: object) -> Iterator[str]:
    if isinstance(value, Construct):
        return  # reports for itself, under its own path
    if hasattr(value, "problems"):
        yield from value.problems()
    elif isinstance(value, Iterable) and not isinstance(value, str):  # the letters of a text are texts again
        for item in value:
            yield from problems_of(item)
