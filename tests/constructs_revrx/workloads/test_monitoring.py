"""Monitoring: nothing when it is off; when it is on, what the Prometheus Operator picks up, bound to the namespace."""

from typing import Any

import pytest
from constructs_revrx import Autoscaling, Monitoring
from cdk8s import App, Chart

from ..properties.shop import (
    DATASTORES,
    MONITORING,
    SCALED,
    Object,
    Recipe,
    backup_cron_job,
    objects,
    web_service,
    worker,
)

MONITORED = {**SCALED, **DATASTORES, "backup-cron-job": backup_cron_job}
monitored = pytest.mark.parametrize("recipe", MONITORED.values(), ids=MONITORED)


def rules(alerts: Object) -> dict[str, Object]:
    (group,) = alerts["spec"]["groups"]
    assert group["name"] == alerts["metadata"]["name"]
    return {rule["alert"]: rule for rule in group["rules"]}


def said(rule: Object) -> tuple[str, str, str, str]:
    return rule["expr"], rule["for"], rule["labels"]["severity"], rule["annotations"]["summary"]


@monitored
def test_unmonitored_has_no_objects_of_the_operator(app: App, recipe: Recipe) -> None:
    without = recipe(recipe.chart(app))
    assert [o["kind"] for o in objects(without) if o["apiVersion"].startswith("monitoring.coreos.com/")] == []
    assert without.alerts is None


@monitored
def test_monitors_and_rules_have_the_labels_by_which_the_operator_finds_them(app: App, recipe: Recipe) -> None:
    construct = recipe(recipe.chart(app), monitoring=Monitoring(labels={"prometheus": "shop"}))
    found = [o for o in objects(construct) if o["apiVersion"] == "monitoring.coreos.com/v1"]
    assert found
    for o in found:
        assert o["metadata"]["labels"]["prometheus"] == "shop"
        assert o["metadata"]["labels"].items() >= construct.labels.all.items()


def test_by_default_the_operator_is_that_of_kube_prometheus_stack(chart: Chart) -> None:
    backend = web_service(chart, monitoring=Monitoring())
    assert backend.service_monitor.to_json()["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert backend.network_policy.to_json()["spec"]["ingress"][0]["from"] == [peer]


@monitored
def test_every_series_of_every_rule_names_the_namespace(app: App, recipe: Recipe) -> None:
    for rule in rules(recipe.everything(recipe.chart(app)).alerts.to_json()).values():
        assert rule["expr"].count("{") == rule["expr"].count('{namespace="shop",') > 0


@monitored
def test_every_rule_says_how_bad_and_what(app: App, recipe: Recipe) -> None:
    for rule in rules(recipe.everything(recipe.chart(app)).alerts.to_json()).values():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert recipe.id in rule["annotations"]["summary"]


def test_the_monitor_reads_the_metrics_path_of_the_services_port(chart: Chart) -> None:
    backend = web_service(chart, monitoring=MONITORING, metrics_path="/prometheus")
    assert backend.service_monitor.to_json()["spec"]["endpoints"] == [
        {"port": "http", "path": "/prometheus", "interval": "30s"}
    ]
    assert backend.service.to_json()["spec"]["ports"][0]["name"] == "http"


def test_metrics_are_at_slash_metrics_by_default(chart: Chart) -> None:
    backend = web_service(chart, monitoring=MONITORING)
    assert backend.service_monitor.to_json()["spec"]["endpoints"][0]["path"] == "/metrics"


def test_the_policy_of_a_monitored_web_service_lets_the_monitoring_namespace_in(chart: Chart) -> None:
    backend = web_service(chart, monitoring=Monitoring(namespace="observability"))
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observability"}}}
    assert backend.network_policy.to_json()["spec"]["ingress"] == [
        {"from": [peer], "ports": [{"port": 8000, "protocol": "TCP"}]}
    ]


def test_metrics_on_a_port_of_their_own_stand_behind_no_ingress(chart: Chart) -> None:
    backend = web_service(chart, monitoring=MONITORING, ports={"metrics": 9090}, metrics_port="metrics")
    assert backend.service_monitor.to_json()["spec"]["endpoints"][0]["port"] == "metrics"
    assert opened(backend) == [9090]


def opened(workload: Any) -> list[int]:
    """The ports that the namespace of Prometheus, and no one else, may connect to."""
    (rule,) = workload.network_policy.to_json()["spec"]["ingress"]
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observability"}}}
    assert rule["from"] == [peer]
    return [port["port"] for port in rule["ports"]]


def test_a_workers_metrics_are_read_from_its_pods(chart: Chart) -> None:
    mailer = worker(chart, monitoring=MONITORING, ports={"debug": 9000, "metrics": 9808}, metrics_port="metrics")
    monitor = mailer.pod_monitor.to_json()
    assert (monitor["apiVersion"], monitor["kind"]) == ("monitoring.coreos.com/v1", "PodMonitor")
    assert monitor["metadata"]["labels"]["prometheus"] == "shop"
    assert monitor["spec"] == {
        "selector": {"matchLabels": mailer.labels.selector},
        "podMetricsEndpoints": [{"port": "metrics", "path": "/metrics", "interval": "30s"}],
    }
    assert opened(mailer) == [9808]


@pytest.mark.parametrize(
    "options", [{"monitoring": MONITORING, "ports": {"metrics": 9808}}, {"ports": {"m": 9808}, "metrics_port": "m"}]
)
def test_a_worker_without_a_metrics_port_or_monitoring_is_not_read(chart: Chart, options: dict[str, Any]) -> None:
    mailer = worker(chart, **options)
    assert mailer.pod_monitor is None
    assert mailer.network_policy.to_json()["spec"].get("ingress") is None


@pytest.mark.parametrize("recipe", [worker, *DATASTORES.values()], ids=["worker", *DATASTORES])
def test_monitoring_opens_nothing_that_offers_no_metrics(chart: Chart, recipe: Recipe) -> None:
    assert recipe(chart, monitoring=MONITORING).network_policy.to_json()["spec"].get("ingress") is None


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_a_deployment_short_of_pods_a_restart_and_an_exhausted_autoscaler_are_told(
    chart: Chart, recipe: Recipe
) -> None:
    scaling = Autoscaling(minimum=1, maximum=9)
    found = rules(recipe(chart, monitoring=MONITORING, replicas=scaling).alerts.to_json())
    name = recipe.id
    scaler = f'{{namespace="shop",horizontalpodautoscaler="{name}"}}'
    inactive = scaler.replace("}", ',condition="ScalingActive",status="false"}')
    assert {alert: said(rule) for alert, rule in found.items()} == {
        "PodsUnavailable": (
            f'kube_deployment_status_replicas_unavailable{{namespace="shop",deployment="{name}"}} > 0',
            "15m",
            "critical",
            f"{name} has had fewer pods than wanted for 15 minutes",
        ),
        "ContainerRestarting": (
            f'increase(kube_pod_container_status_restarts_total{{namespace="shop",container="{name}"}}[15m]) > 3',
            "0m",
            "warning",
            f"a container of {name} restarted more than three times in 15 minutes",
        ),
        "AutoscalerAtMaximum": (
            f"kube_horizontalpodautoscaler_status_current_replicas{scaler}"
            f" >= kube_horizontalpodautoscaler_spec_max_replicas{scaler}",
            "30m",
            "warning",
            f"{name} has run at its maximum of 9 replicas for 30 minutes",
        ),
        "AutoscalerWithoutMetrics": (
            f"kube_horizontalpodautoscaler_status_condition{inactive} == 1"
            f' and on (namespace) kube_deployment_spec_replicas{{namespace="shop",deployment="{name}"}} > 0',
            "15m",
            "warning",
            f"the autoscaler of {name} has had no metrics to go by for 15 minutes",
        ),
    }


@pytest.mark.parametrize("recipe", SCALED.values(), ids=SCALED)
def test_without_an_autoscaler_none_is_watched(chart: Chart, recipe: Recipe) -> None:
    found = rules(recipe(chart, monitoring=MONITORING, replicas=2).alerts.to_json())
    assert found.keys() == {"PodsUnavailable", "ContainerRestarting"}


@pytest.mark.parametrize("recipe", DATASTORES.values(), ids=DATASTORES)
def test_a_datastore_that_is_down_or_almost_full_is_told(chart: Chart, recipe: Recipe) -> None:
    found = rules(recipe(chart, monitoring=MONITORING).alerts.to_json())
    name = recipe.id
    volume = f'{{namespace="shop",persistentvolumeclaim="{name}-pvc"}}'
    assert {alert: said(rule) for alert, rule in found.items()} == {
        "DatastoreNotReady": (
            f'kube_statefulset_status_replicas_ready{{namespace="shop",statefulset="{name}"}} < 1',
            "5m",
            "critical",
            f"{name} has not been ready for 5 minutes",
        ),
        "VolumeAlmostFull": (
            f"kubelet_volume_stats_available_bytes{volume} / kubelet_volume_stats_capacity_bytes{volume} < 0.15",
            "15m",
            "warning",
            f"the volume of {name} has less than 15 % left; raise its size",
        ),
    }


def test_a_backup_that_is_missing_or_too_old_is_told(chart: Chart) -> None:
    found = rules(backup_cron_job(chart, monitoring=MONITORING).alerts.to_json())
    succeeded = 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="postgres-backup"}'
    verified = 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="postgres-backup-verify"}'
    assert {alert: said(rule) for alert, rule in found.items()} == {
        "BackupTooOld": (
            f"time() - {succeeded} > 26 * 3600 or absent({succeeded})",
            "10m",
            "critical",
            "the newest backup by postgres-backup is older than 26 hours, or there is none",
        ),
        "BackupNotVerified": (
            f"time() - {verified} > 170 * 3600 or absent({verified})",
            "10m",
            "warning",
            "the newest verified backup by postgres-backup-verify is older than 170 hours, or there is none",
        ),
    }


def test_monitoring_is_that_of_kube_prometheus_stack_by_default() -> None:
    assert Monitoring() == Monitoring(namespace="monitoring", labels={"release": "kube-prometheus-stack"})


@pytest.mark.parametrize("namespace", ["", "Monitoring", "a.b", "a" * 64])
def test_monitoring_is_in_a_namespace_that_can_be(namespace: str) -> None:
    assert list(Monitoring(namespace=namespace).problems()) == [
        f"namespace: {namespace!r} is not a namespace's name; use at most 63 lower-case letters, digits and '-'"
    ]


def test_monitoring_labels_are_labels_and_none_of_the_library_s() -> None:
    assert list(Monitoring(labels={"app.kubernetes.io/name": "prometheus", "a b": ""}).problems()) == [
        "labels: app.kubernetes.io/name is the library's own, and selectors may rest on it; "
        "choose a key of yours, e.g. team",
        "labels: 'a b' is not a label's key; write e.g. team or example.com/team",
    ]
