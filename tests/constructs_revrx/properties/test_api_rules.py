"""The rules that the properties rest on find each kind of mistake, in what RevRx deploys."""

import pytest

from ...charts.dist import documents, guards, label, named, wrong
from .api_rules import refusals

POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"
BACKEND = ("Deployment", "backend")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nothing_is_refused_of_what_revrx_deploys(environment: str) -> None:
    assert refusals([*documents(environment), *guards(environment)]) == []


@pytest.mark.parametrize(
    ("o", "path", "value", "problem"),
    [
        (BACKEND, "metadata.name", "Backend", "name 'Backend'"),
        (("Service", "backend"), "metadata.name", "1st", "name '1st'"),
        (("CronJob", "postgres-backup"), "metadata.name", "a" * 53, f"name '{'a' * 53}'"),
        (BACKEND, "metadata.labels", {"a b": "c"}, "labels 'a b'"),
        (BACKEND, "metadata.labels", {"a": "b c"}, "labels 'b c'"),
        (BACKEND, "spec.selector.matchLabels", {"A.b/c": "d"}, "matchLabels 'A.b/c'"),
        (BACKEND, "metadata.annotations", {"a b": "c"}, "annotation 'a b'"),
        (BACKEND, "metadata.annotations", {"a": "b" * 262_144}, "annotations are too long"),
        (BACKEND, f"{POD}.nodeSelector", {"a": "-"}, "nodeSelector '-'"),
        (BACKEND, f"{POD}.priorityClassName", "A", "priorityClassName 'A'"),
        (BACKEND, f"{POD}.tolerations", [{"key": "a b"}], "toleration {'key': 'a b'}"),
        (BACKEND, f"{POD}.securityContext.runAsUser", 2**31, "runAsUser 2147483648"),
        (BACKEND, f"{POD}.terminationGracePeriodSeconds", 0, "terminationGracePeriodSeconds 0"),
        (BACKEND, f"{POD}.volumes.0.emptyDir.sizeLimit", "1GB", "sizeLimit '1GB'"),
        (BACKEND, f"{CONTAINER}.name", "a.b", "container 'a.b'"),
        (BACKEND, f"{CONTAINER}.ports", [{"name": "a--b"}], "port 'a--b'"),
        (BACKEND, f"{CONTAINER}.ports", [{"name": "a"}] * 2, "ports ['a', 'a']"),
        (BACKEND, f"{CONTAINER}.ports.0.containerPort", 65536, "containerPort 65536"),
        (BACKEND, f"{CONTAINER}.volumeMounts.0.mountPath", "/a:b", "mountPath '/a:b'"),
        (BACKEND, f"{CONTAINER}.env", [{"name": "A=B", "value": ""}], "variable {'name': 'A=B', 'value': ''}"),
        (BACKEND, f"{CONTAINER}.resources.requests", {"cpu": "2"}, "cpu request 2 of at most 1000m"),
        (BACKEND, f"{CONTAINER}.resources.limits", {"memory": "1 Gi"}, "limits memory '1 Gi'"),
        (BACKEND, f"{CONTAINER}.readinessProbe.httpGet.path", "", "readinessProbe asks nothing"),
        (BACKEND, f"{CONTAINER}.readinessProbe.periodSeconds", 0, "periodSeconds 0"),
        (("ConfigMap", "backend-config"), "data", {"..": ""}, "key '..'"),
        (("ConfigMap", "backend-config"), "data", {"a": "b" * 2**20}, "data is too large"),
        (("HorizontalPodAutoscaler", "backend"), "spec.minReplicas", 99, "minReplicas 99 is over maxReplicas 10"),
        (("Ingress", "backend"), "spec.rules.0.host", "A.com", "host 'A.com'"),
        (("Ingress", "backend"), "spec.rules.0.http.paths.0.path", "/a/../b", "path '/a/../b'"),
        (("Ingress", "backend"), "spec.ingressClassName", "A", "ingressClassName 'A'"),
        (("NetworkPolicy", "backend"), "spec.egress.0.to", [{"ipBlock": {"cidr": "1.2.3.4"}}], "cidr '1.2.3.4'"),
    ],
)
def test_a_mistake_is_told(o: tuple[str, str], path: str, value: object, problem: str) -> None:
    mistaken = wrong(named(documents("production"), *o), path, value)
    assert f"{label(mistaken)}: {problem}" in refusals([mistaken])


def test_two_objects_of_one_name_are_told() -> None:
    o = named(documents("production"), *BACKEND)
    assert refusals([o, o]) == ["revrx/Deployment/backend: is there 2 times"]
