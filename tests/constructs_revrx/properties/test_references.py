"""The check of references that the properties rest on finds each of them broken, in what RevRx deploys."""

import pytest

from ...charts.dist import Object, documents, label, named, wrong
from .references import dangling

POD = "spec.template.spec"
BACKEND = ("Deployment", "backend")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nothing_dangles_in_what_revrx_deploys(environment: str) -> None:
    assert dangling(documents(environment), set()) == []


@pytest.mark.parametrize(
    ("o", "path", "value", "problem"),
    [
        pytest.param(
            BACKEND, f"{POD}.serviceAccountName", "x", "ServiceAccount revrx/x is made by nothing", id="account"
        ),
        pytest.param(
            BACKEND, f"{POD}.containers.0.envFrom.0", {"secretRef": {"name": "x"}}, "Secret revrx/x is", id="secret"
        ),
        pytest.param(
            BACKEND, f"{POD}.containers.0.envFrom.0", {"configMapRef": {"name": "x"}}, "ConfigMap revrx/x", id="config"
        ),
        pytest.param(
            BACKEND,
            f"{POD}.containers.0.env",
            [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "aws-secret", "key": "x"}}}],
            "Secret aws-secret has no key x",
            id="key",
        ),
        pytest.param(BACKEND, f"{POD}.volumes.0.name", "x", "mounts", id="volume"),
        pytest.param(BACKEND, f"{POD}.containers.0.ports.0.name", "x", "startupProbe asks port http", id="probe"),
        pytest.param(BACKEND, f"{POD}.containers.0.ports.0.name", "x", "leads to port http", id="target-port"),
        pytest.param(
            BACKEND, "spec.selector.matchLabels", {"app.kubernetes.io/part-of": "revrx"}, "selects other", id="selector"
        ),
        pytest.param(("StatefulSet", "redis"), "spec.serviceName", "x", "Service revrx/x is made by", id="headless"),
        pytest.param(
            ("StatefulSet", "redis"),
            f"{POD}.volumes",
            [{"name": "data", "persistentVolumeClaim": {"claimName": "x"}}],
            "PersistentVolumeClaim revrx/x is made by nothing",
            id="claim",
        ),
        pytest.param(("Service", "backend"), "spec.selector", {"a": "b"}, "selects 0 workloads' pods", id="service"),
        pytest.param(
            ("PodDisruptionBudget", "backend"), "spec.selector.matchLabels", {"a": "b"}, "selects no", id="budget"
        ),
        pytest.param(
            ("HorizontalPodAutoscaler", "backend"), "spec.scaleTargetRef.name", "x", "Deployment revrx/x", id="target"
        ),
        pytest.param(
            ("HorizontalPodAutoscaler", "backend"), "spec.scaleTargetRef.kind", "StatefulSet", "StatefulSet", id="kind"
        ),
        pytest.param(
            ("Ingress", "backend"),
            "spec.rules.0.http.paths.0.backend.service",
            {"name": "backend", "port": {"name": "x"}},
            "leads to port {'name': 'x'}",
            id="ingress-port",
        ),
        pytest.param(("Ingress", "backend"), "spec.tls.0.secretName", "x", None, id="cert-manager-makes-it"),
        pytest.param(("Ingress", "backend"), "metadata.annotations", {}, "Secret revrx/backend-tls", id="certificate"),
        pytest.param(
            ("ExternalSecret", "aws-secret"), "spec.secretStoreRef.name", "x", "SecretStore revrx/x", id="store"
        ),
        pytest.param(
            ("NetworkPolicy", "backend"), "spec.podSelector.matchLabels", {"a": "b"}, "is for 0 workloads", id="policy"
        ),
        pytest.param(
            ("NetworkPolicy", "redis"), "spec.ingress", [], "whose own policy opens []", id="one-end-of-a-connection"
        ),
        pytest.param(
            ("NetworkPolicy", "backend"),
            "spec.ingress.0.ports.0.port",
            8001,
            "opens port 8001, on which its pods do not listen",
            id="closed-port",
        ),
    ],
)
def test_a_broken_reference_is_told(o: tuple[str, str], path: str, value: object, problem: str | None) -> None:
    objects = documents("production")
    mistaken = wrong(named(objects, *o), path, value)
    problems = dangling([mistaken if label(each) == label(mistaken) else each for each in objects], set())
    assert any(problem in text for text in problems) if problem else problems == []


@pytest.mark.parametrize(
    ("port", "problems"), [(8000, []), (1, ["leads to port 1, which Service backend does not have"])]
)
def test_a_route_leads_to_a_port_of_a_service(port: int, problems: list[str]) -> None:
    rule = {"matches": [{"method": {"service": "shop.Orders"}}], "backendRefs": [{"name": "backend", "port": port}]}
    route: Object = {"kind": "GRPCRoute", "metadata": {"name": "api", "namespace": "revrx"}, "spec": {"rules": [rule]}}
    assert dangling([*documents("production"), route], set()) == [f"revrx/GRPCRoute/api: {text}" for text in problems]


def test_what_is_there_already_is_not_missed() -> None:
    pod = {"serviceAccountName": "shared", "containers": []}
    job: Object = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "job", "namespace": "shop"}}
    job["spec"] = {"jobTemplate": {"spec": {"template": {"metadata": {"labels": {}}, "spec": pod}}}}
    assert dangling([job], set()) == ["shop/CronJob/job: ServiceAccount shop/shared is made by nothing"]
    assert dangling([job], {("ServiceAccount", "shared")}) == []


def test_a_reference_that_is_not_known_is_not_passed_over() -> None:
    o: Object = {"kind": "Widget", "metadata": {"name": "a"}, "spec": {"gadgetRef": {"name": "b"}}}
    with pytest.raises(AssertionError, match="teach this check what gadgetRef"):
        dangling([o], set())
