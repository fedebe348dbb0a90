"""What the Prometheus Operator reads: ServiceMonitors and PrometheusRules on kube-state-metrics' metrics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from constructs import Construct

from kubecheck.objects.names import namespace_problems

from ..core.calls import value_object
from ..core.labels import Labels, label_problems
from ..core.manifest import Manifest
from .scaling.replicas import Replicas

_IDS = {"ServiceMonitor": "service-monitor", "PodMonitor": "pod-monitor", "PrometheusRule": "alerts"}


@value_object
class Monitoring:
    """Where the Prometheus Operator is, which reads the monitors and the alerts.

    Args:
        namespace: where its Prometheus runs, which alone may connect; default monitoring.
        labels: by which it picks up monitors and rules; default those of the chart kube-prometheus-stack.
    """

    namespace: str = "monitoring"
    labels: Mapping[str, str] = field(default_factory=lambda: {"release": "kube-prometheus-stack"})

    def problems(self) -> Iterator[str]:
        yield from (f"namespace: {problem}" for problem in namespace_problems(self.namespace))
        yield from (f"labels: {problem}" for problem in label_problems(self.labels))


def service_monitor(scope: Construct, labels: Labels, port: str, path: str, monitoring: Monitoring) -> Manifest:
    return _for_operator(scope, labels, "ServiceMonitor", _scraping(labels, "endpoints", port, path), monitoring)


def pod_monitor(scope: Construct, labels: Labels, port: str, path: str, monitoring: Monitoring) -> Manifest:
    """For pods without a Service."""
    return _for_operator(scope, labels, "PodMonitor", _scraping(labels, "podMetricsEndpoints", port, path), monitoring)


def _scraping(labels: Labels, endpoints: str, port: str, path: str) -> dict[str, Any]:
    scraped = {"port": port, "path": path, "interval": "30s"}
    return {"selector": {"matchLabels": labels.selector}, endpoints: [scraped]}


def _for_operator(
    scope: Construct, labels: Labels, kind: str, spec: Mapping[str, Any], monitoring: Monitoring
) -> Manifest:
    """An object that the operator picks up by its labels."""
    return Manifest(
        scope,
        _IDS[kind],
        api_version="monitoring.coreos.com/v1",
        kind=kind,
        name=labels.name,
        labels={**labels.all, **monitoring.labels},
        spec=spec,
    )


def alert(name: str, expression: str, *, minutes: int, severity: str, summary: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": f"{minutes}m",
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }


def alerts(scope: Construct, labels: Labels, monitoring: Monitoring, rules: Sequence[dict[str, Any]]) -> Manifest:
    groups = [{"name": labels.name, "rules": list(rules)}]
    return _for_operator(scope, labels, "PrometheusRule", {"groups": groups}, monitoring)


def workload_alerts(
    scope: Construct, labels: Labels, namespace: str | None, monitoring: Monitoring, replicas: Replicas
) -> Manifest:
    """A Deployment that is short of pods or restarts, and an autoscaler that has nothing left to give or to go by.

    Each names its namespace: one Prometheus may watch staging and production, which have the same names.
    """
    name, where = labels.name, f'namespace="{namespace}"'
    autoscaler = f'{where},horizontalpodautoscaler="{name}"'
    rules = [
        alert(
            "PodsUnavailable",
            f'kube_deployment_status_replicas_unavailable{{{where},deployment="{name}"}} > 0',
            minutes=15,
            severity="critical",
            summary=f"{name} has had fewer pods than wanted for 15 minutes",
        ),
        alert(
            "ContainerRestarting",
            f'increase(kube_pod_container_status_restarts_total{{{where},container="{name}"}}[15m]) > 3',
            minutes=0,
            severity="warning",
            summary=f"a container of {name} restarted more than three times in 15 minutes",
        ),
    ]
    if replicas.replicas is None:
        rules += [
            alert(
                "AutoscalerAtMaximum",
                f"kube_horizontalpodautoscaler_status_current_replicas{{{autoscaler}}}"
                f" >= kube_horizontalpodautoscaler_spec_max_replicas{{{autoscaler}}}",
                minutes=30,
                severity="warning",
                summary=f"{name} has run at its maximum of {replicas.maximum} replicas for 30 minutes",
            ),
            alert(
                "AutoscalerWithoutMetrics",
                f'kube_horizontalpodautoscaler_status_condition{{{autoscaler},condition="ScalingActive",status="false"}}'
                # Of a Deployment with no pods it is inactive by design.
                f' == 1 and on (namespace) kube_deployment_spec_replicas{{{where},deployment="{name}"}} > 0',
                minutes=15,
                severity="warning",
                summary=f"the autoscaler of {name} has had no metrics to go by for 15 minutes",
            ),
        ]
    return alerts(scope, labels, monitoring, rules)
