"""Workloads select their own pods, and no others."""

from typing import Any

import pytest

from kubecheck.checks.workloads.workloads import selector_mismatch, selector_overlap

from ...given import Object, o, texts

APPS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]
REFUSED = "which the API server refuses; write labels of its template as matchLabels"


def workload(
    kind: str = "Deployment",
    name: str = "a",
    *,
    labels: Any,
    selector: Any,
    api_version: str = "apps/v1",
    namespace: str = "shop",
    **spec: Any,
) -> Object:
    template = {"metadata": {"labels": labels}, "spec": {"containers": []}}
    spec = {"selector": selector, "template": template, **spec}
    return o(kind, name, namespace=namespace, apiVersion=api_version, spec=spec)


def job(**spec: Any) -> Object:
    return workload("Job", labels={"app": "a"}, api_version="batch/v1", **{"selector": None, **spec})


def cron_job(**spec: Any) -> Object:
    return o("CronJob", apiVersion="batch/v1", spec={"jobTemplate": {"spec": spec}})


def labels(**wanted: Any) -> Object:
    return {"matchLabels": wanted}


def expression(key: str, operator: str, *values: str) -> Object:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": [*values]} if values else {})}]}


@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        (None, f"it has no selector, {REFUSED}"),
        ({}, f"its selector is empty, {REFUSED}"),
        ({"matchLabels": {}, "matchExpressions": []}, f"its selector is empty, {REFUSED}"),
        (
            labels(app="b"),
            "its selector app=b does not select its own pods, which have app=a, tier=web; write labels of its template",
        ),
        (
            labels(app="a", team="b"),
            "its selector app=a, team=b does not select its own pods, which have app=a, tier=web; write labels of its "
            "template",
        ),
        (
            expression("team", "Exists"),
            "its selector team does not select its own pods, which have app=a, tier=web; write labels of its template",
        ),
        (labels(app="a"), None),
        (labels(app="a", tier="web"), None),
        (expression("app", "In", "a", "b"), None),
        (expression("team", "DoesNotExist"), None),
        (expression("app", "NotIn", "b"), None),
    ],
    ids=str,
)
def test_a_workload_selects_its_own_pods(kind: str, selector: Any, problem: str | None) -> None:
    found = workload(kind, labels={"app": "a", "tier": "web"}, selector=selector)
    assert texts(selector_mismatch, [found]) == ([f"{kind} a: {problem}"] if problem else [])


def test_a_selector_that_is_none_is_told() -> None:
    (text,) = texts(selector_mismatch, [workload(labels={"app": "a"}, selector=expression("app", "Is", "a"))])
    assert text.startswith("Deployment a: its selector: matchExpressions[0]: operator is 'Is'; write In,")


def test_pods_without_labels_are_told() -> None:
    (text,) = texts(selector_mismatch, [workload(labels=None, selector=labels(app="a"))])
    assert "which have no labels;" in text


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (job(), None),
        (job(selector={}), None),
        (job(selector=labels(**{"batch.kubernetes.io/controller-uid": "1"})), None),
        (job(selector=labels(app="a"), manualSelector=True), None),
        (job(selector=labels(app="a")), "it has a selector, which the API server makes itself; leave it out"),
        (job(manualSelector=True), "manualSelector is true, and there is no selector; write one, or leave it out"),
        (
            job(selector=labels(app="b"), manualSelector=True),
            "its selector app=b does not select its own pods, which have app=a; write labels of its template",
        ),
        (cron_job(), None),
        (cron_job(selector=labels(app="a")), "it has a selector, which the API server makes itself; leave it out"),
        (
            cron_job(selector=labels(**{"job-name": "a"})),
            "it has a selector, which the API server makes itself; leave it out",
        ),
        (
            cron_job(selector=labels(app="a"), manualSelector=True),
            "manualSelector of its Jobs is true, which the API server refuses; leave it out",
        ),
    ],
    ids=str,
)
def test_a_jobs_selector_is_the_api_servers_unless_it_says_otherwise(found: Object, problem: str | None) -> None:
    assert texts(selector_mismatch, [found]) == ([f"{found['kind']} a: {problem}"] if problem else [])


@pytest.mark.parametrize(
    ("selector", "is_right"), [(None, True), ({}, True), ({"app": "a"}, True), ({"app": "b"}, False)]
)
def test_a_replication_controllers_selector_may_be_left_out(selector: Any, is_right: bool) -> None:
    found = workload("ReplicationController", labels={"app": "a"}, selector=selector, api_version="v1")
    assert (texts(selector_mismatch, [found]) == []) == is_right


def test_others_with_selectors_are_not_looked_at() -> None:
    rollout = workload("Rollout", labels={"app": "a"}, selector=None, api_version="argoproj.io/v1alpha1")
    other = workload(labels={"app": "a"}, selector=None, api_version="example.com/v1")
    controller = workload(
        "ReplicationController", labels={"app": "a"}, selector={"a": "b"}, api_version="example.com/v1"
    )
    assert (
        texts(selector_mismatch, [rollout, other, controller, o("Service", apiVersion="v1", spec={"selector": {}})])
        == []
    )


WIDE = workload(labels={"app": "a"}, selector=labels(app="a"))


@pytest.mark.parametrize("kind", APPS)
def test_a_workload_that_selects_anothers_pods_is_told(kind: str) -> None:
    narrow = workload(kind, "b", labels={"app": "a", "part": "b"}, selector=labels(app="a", part="b"))
    assert texts(selector_overlap, [narrow, WIDE]) == [
        f"Deployment a: its selector app=a selects the pods of {kind} b too; give each a label of its own"
    ]
    same = workload(kind, "b", labels={"app": "a"}, selector=labels(app="a"))
    assert len(texts(selector_overlap, [same, WIDE])) == 2


def test_a_job_that_selects_everything_is_told() -> None:
    everything = workload("Job", "b", labels={}, selector={}, api_version="batch/v1", manualSelector=True)
    assert texts(selector_overlap, [WIDE, everything]) == [
        "Job b: its selector everything selects the pods of Deployment a too; give each a label of its own"
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(workload("Deployment", "b", labels={"app": "b"}, selector=labels(app="b")), id="other labels"),
        pytest.param(
            workload("Deployment", "b", labels={"app": "a"}, selector=labels(app="a"), namespace="other"),
            id="other namespace",
        ),
        pytest.param({**WIDE}, id="the same one twice"),
        pytest.param(job(), id="a Job, whose pods have another label"),
        pytest.param(workload("Deployment", "b", labels={"app": "a"}, selector=labels(app="b")), id="refused anyway"),
    ],
)
def test_workloads_that_share_no_pods_are_no_error(other: Object) -> None:
    assert texts(selector_overlap, [WIDE, other]) == []


@pytest.mark.parametrize("value", ["many", [], [None], {"matchLabels": []}, {"matchExpressions": [{}]}, True, 7])
def test_what_nobody_can_read_stops_nothing(value: Any) -> None:
    found = [workload(kind, labels=value, selector=value) for kind in APPS]
    found += [job(selector=value), job(selector=value, manualSelector=True), cron_job(selector=value)]
    found += [workload("ReplicationController", labels=value, selector=value, api_version="v1")]
    found += [o("Deployment", apiVersion="apps/v1", spec=value)]
    texts(selector_mismatch, found)
    texts(selector_overlap, found)
