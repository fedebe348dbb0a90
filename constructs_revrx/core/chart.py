"""What is asked of a chart for each construct in it, read once: each answer is a message from Node."""

from collections.abc import Sequence
from functools import cached_property

from cdk8s import App, Chart, IResolver

from kubecheck.objects.version import OLDEST, Version, parse

from .messages import reference_of
from .resolvers import CDK8S_OWN

# Chart is offered here because other rooms may not import cdk8s.
__all__ = ["TARGET", "Chart", "ChartRecord", "record"]

# The key of construct context for the Kubernetes version that a scope is for.
TARGET = "constructs_revrx/kubernetes"

_charts: dict[str, "ChartRecord"] = {}


class ChartRecord:
    """Of one chart, for as long as the process lives, as jsii itself keeps every construct."""

    def __init__(self, chart: Chart) -> None:
        self._app = chart.node.root
        self.tree = reference_of(self._app)
        self.namespace = chart.namespace
        self.labels = chart.labels
        self.kubernetes = _target_of(chart)

    @cached_property
    def resolvers(self) -> Sequence[IResolver]:
        """Of its App; none when there are but those that cdk8s adds."""
        every = self._app.resolvers if isinstance(self._app, App) else []
        return every if len(every) > CDK8S_OWN else ()


def record(chart: Chart) -> ChartRecord:
    # By reference: for a chart that JavaScript made there is a new Python object each time that it is asked for.
    reference = reference_of(chart)
    if reference not in _charts:
        _charts[reference] = ChartRecord(chart)
    return _charts[reference]


def _target_of(chart: Chart) -> Version:
    text = chart.node.try_get_context(TARGET)
    return (parse(text) if isinstance(text, str) else None) or OLDEST
