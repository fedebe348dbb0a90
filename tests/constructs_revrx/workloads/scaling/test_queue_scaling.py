"""A worker scaled by KEDA on the length of its queues in Redis."""

from typing import Any

import pytest
from constructs_revrx import (
    Datastore,
    External,
    ExternalDatastore,
    Fallback,
    Monitoring,
    QueueScaling,
    RedisList,
    Secret,
)
from cdk8s import App, Chart

from ...properties.shop import (
    POSTGRES_SECRET,
    REDIS_SECRET,
    Object,
    app_namespace,
    objects,
    postgres,
    queue_worker,
    redis,
    worker,
)

LISTS = [RedisList("celery", 10)]
KEDA = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}
REDIS_PORT = [{"port": 6379, "protocol": "TCP"}]


def scaling(redis: Datastore | ExternalDatastore, **options: Any) -> QueueScaling:
    return QueueScaling(redis=redis, **{"lists": LISTS, "minimum": 0, "maximum": 9, **options})


def spec(chart: Chart, **options: Any) -> Object:
    crawler = worker(chart, "crawler", replicas=scaling(redis(chart), **options))
    assert list(crawler.problems()) == []
    found: Object = crawler.scaled_object.to_json()["spec"]
    return found


def elasticache(chart: Chart, secret: Secret = REDIS_SECRET, **address: Any) -> ExternalDatastore:
    host = External(host="cache.example.com", cidrs=("10.0.0.0/16",), **address)
    return Datastore.external(chart, "redis", address=host, port=6380, secret=secret)


def test_keda_scales_the_deployment_between_minimum_and_maximum(chart: Chart) -> None:
    found = spec(chart, minimum=2, maximum=20)
    assert found["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "crawler"}
    assert (found["minReplicaCount"], found["maxReplicaCount"]) == (2, 20)


def test_the_deployment_has_no_replicas_and_no_other_autoscaler(chart: Chart) -> None:
    crawler = queue_worker(chart)
    assert "replicas" not in crawler.deployment.to_json()["spec"]
    assert crawler.autoscaler is None
    assert "HorizontalPodAutoscaler" not in {o["kind"] for o in objects(crawler)}


def test_each_list_is_a_trigger_and_cpu_and_memory_count_beside_it(chart: Chart) -> None:
    found = spec(chart, lists=[RedisList("celery", 10), RedisList("mail", 50, activation=5)], database=2)
    where = {"address": "redis.shop.svc:6379", "databaseIndex": "2", "enableTLS": "false"}
    assert found["triggers"] == [
        {
            "type": "redis",
            "metricType": "AverageValue",
            "metadata": {**where, "listName": name, "listLength": length, "activationListLength": activation},
            "authenticationRef": {"name": "crawler"},
        }
        for name, length, activation in (("celery", "10", "0"), ("mail", "50", "5"))
    ] + [
        {"type": name, "metricType": "Utilization", "metadata": {"value": target}}
        for name, target in (("cpu", "70"), ("memory", "80"))
    ]


@pytest.mark.parametrize(("left_out", "rest"), [("cpu", ["redis", "memory"]), ("memory", ["redis", "cpu"])])
def test_cpu_and_memory_may_be_left_out(chart: Chart, left_out: str, rest: list[str]) -> None:
    assert [trigger["type"] for trigger in spec(chart, **{left_out: None})["triggers"]] == rest


def test_a_redis_outside_is_asked_at_its_own_address_over_tls(chart: Chart) -> None:
    crawler = worker(chart, "crawler", replicas=scaling(elasticache(chart)))
    metadata = crawler.scaled_object.to_json()["spec"]["triggers"][0]["metadata"]
    assert (metadata["address"], metadata["enableTLS"]) == ("cache.example.com:6380", "true")


def test_the_password_comes_from_the_secret_of_the_server(chart: Chart) -> None:
    crawler = worker(chart, "crawler", replicas=scaling(redis(chart)))
    assert crawler.trigger_authentication.to_json()["spec"] == {
        "secretTargetRef": [{"parameter": "password", "name": "redis-secret", "key": "REDIS_PASSWORD"}]
    }


def test_user_password_and_certificates_may_have_any_key(app: App) -> None:
    found = queue_worker.everything(Chart(app, "production", namespace="shop"))
    assert found.trigger_authentication.to_json()["spec"]["secretTargetRef"] == [
        {"parameter": parameter, "name": "elasticache-secret", "key": key}
        for parameter, key in (("username", "USER"), ("password", "PASSWORD"), ("ca", "CA"))
    ]


def test_a_redis_without_a_password_needs_no_authentication(chart: Chart) -> None:
    crawler = worker(chart, "crawler", replicas=scaling(elasticache(chart, tls=False), password_key=None))
    assert crawler.trigger_authentication is None
    assert "authenticationRef" not in crawler.scaled_object.to_json()["spec"]["triggers"][0]


def test_keda_is_let_in_to_the_redis_and_to_nothing_else(chart: Chart) -> None:
    server = redis(chart)
    crawler = worker(chart, "crawler", replicas=scaling(server))
    assert server.network_policy.to_json()["spec"]["ingress"] == [{"from": [KEDA], "ports": REDIS_PORT}]
    assert crawler.network_policy.to_json()["spec"].get("ingress") is None


def test_several_workers_let_keda_in_once(chart: Chart) -> None:
    server = redis(chart)
    for name in ("crawler", "mailer"):
        worker(chart, name, replicas=scaling(server))
    assert server.network_policy.to_json()["spec"]["ingress"] == [{"from": [KEDA], "ports": REDIS_PORT}]


def test_keda_may_run_in_another_namespace(chart: Chart) -> None:
    server = redis(chart)
    worker(chart, "crawler", replicas=scaling(server, operator_namespace="scalers"))
    (rule,) = server.network_policy.to_json()["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "scalers"}}}]


def test_it_takes_over_the_autoscaler_that_autoscaling_made(chart: Chart) -> None:
    found = worker(chart, "crawler", replicas=scaling(redis(chart))).scaled_object.to_json()
    assert found["metadata"]["annotations"] == {"scaledobject.keda.sh/transfer-hpa-ownership": "true"}
    assert found["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["name"] == "crawler"


def test_it_scales_as_fast_as_autoscaling_does(app: App) -> None:
    behavior = spec(Chart(app, "production", namespace="shop"))["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["policies"][0] == {"type": "Percent", "value": 100, "periodSeconds": 30}
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300


@pytest.mark.parametrize(("minimum", "pace"), [(0, (20, 90)), (1, (None, None))])
def test_the_pace_of_the_first_pod_is_told_only_where_there_may_be_none(
    chart: Chart, minimum: int, pace: tuple[int | None, int | None]
) -> None:
    found = spec(chart, minimum=minimum, polling_interval=20, cooldown_period=90)
    assert (found.get("pollingInterval"), found.get("cooldownPeriod")) == pace


def test_without_news_of_the_queue_there_may_be_a_number_to_fall_back_to(app: App) -> None:
    first, second = (Chart(app, id, namespace="shop") for id in ("first", "second"))
    assert "fallback" not in spec(first)
    assert spec(second, fallback=Fallback(replicas=4))["fallback"] == {"replicas": 4, "failureThreshold": 3}


def test_the_alerts_name_the_autoscaler_that_keda_makes(chart: Chart) -> None:
    crawler = worker(chart, "crawler", replicas=scaling(redis(chart)), monitoring=Monitoring())
    (group,) = crawler.alerts.to_json()["spec"]["groups"]
    rules = {rule["alert"]: rule for rule in group["rules"]}
    assert 'horizontalpodautoscaler="crawler"' in rules["AutoscalerAtMaximum"]["expr"]
    assert rules["AutoscalerAtMaximum"]["annotations"]["summary"].endswith("its maximum of 9 replicas for 30 minutes")


def test_deployers_may_apply_it(app: App) -> None:
    chart = Chart(app, "production", namespace="shop")
    queue_worker(chart)
    rules = app_namespace(Chart(app, "bootstrap"), deploys=chart).deployer.to_json()["rules"]
    (rule,) = (rule for rule in rules if rule["apiGroups"] == ["keda.sh"])
    assert rule["resources"] == ["scaledobjects", "triggerauthentications"]
    assert {"create", "patch", "delete"} <= set(rule["verbs"])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"minimum": -1},
            "minimum -1 is negative; give 0 to run nothing while there is nothing to do",
            id="negative minimum",
        ),
        pytest.param({"maximum": 0}, "maximum 0 is below 1; give replicas=0 to stop the worker", id="maximum"),
        pytest.param({"minimum": 10}, "minimum 10 exceeds maximum 9; raise maximum or lower minimum", id="bounds"),
        pytest.param({"cpu": 0}, "cpu 0 is not a percentage of the request; give 1 or more, or None", id="cpu"),
        pytest.param({"polling_interval": 0}, "polling_interval 0 is below 1 second", id="polling"),
        pytest.param({"cooldown_period": -1}, "cooldown_period -1 is negative; give seconds", id="cooldown"),
        pytest.param({"database": -1}, "database -1 is negative; Redis counts them from 0", id="database"),
        pytest.param({"lists": []}, "lists is empty; name the queues that the worker takes its tasks from", id="lists"),
        pytest.param(
            {"lists": [RedisList("", 1)]},
            "lists: a list has no name; write the queue's, Celery's own is celery",
            id="name",
        ),
        pytest.param({"lists": [RedisList("celery", 0)]}, "lists: celery: length 0 is below 1", id="length"),
        pytest.param(
            {"lists": [RedisList("celery", 1, activation=-1)]},
            "lists: celery: activation -1 is negative; give 0 to start with the first task",
            id="activation",
        ),
        pytest.param({"fallback": Fallback(replicas=-1)}, "fallback: replicas -1 is negative", id="fallback"),
        pytest.param(
            {"fallback": Fallback(replicas=1, failure_threshold=-1)},
            "fallback: failure_threshold -1 is negative",
            id="failures",
        ),
        pytest.param(
            {"fallback": Fallback(replicas=10)}, "fallback: replicas 10 exceeds maximum 9", id="fallback over maximum"
        ),
        pytest.param(
            {"password_key": "PASSWORD"}, "redis-secret has no key PASSWORD, which is read; declare it", id="key"
        ),
        pytest.param(
            {"password_key": None, "ca_key": "REDIS_PASSWORD"},
            "ca_key REDIS_PASSWORD is of no use, for redis is reached without TLS; leave it out",
            id="certificates without TLS",
        ),
    ],
)
def test_refuses(chart: Chart, options: dict[str, Any], problem: str) -> None:
    assert list(worker(chart, replicas=scaling(redis(chart), **options)).problems()) == [f"replicas: {problem}"]


def test_certificates_that_only_the_clients_have_are_refused(chart: Chart) -> None:
    server = elasticache(chart, ca_certificates="/etc/ca.pem")
    assert list(scaling(server).problems()) == [
        "ca_key is missing: redis is verified with /etc/ca.pem, which KEDA has not; name the key of redis-secret that "
        "holds these certificates"
    ]


def test_a_server_that_is_no_redis_has_not_its_password(chart: Chart) -> None:
    assert list(scaling(postgres(chart)).problems()) == [
        f"{POSTGRES_SECRET.name} has no key REDIS_PASSWORD, which is read; declare it"
    ]
