"""Pod Security: *restricted* in the namespaces that bootstrap makes, and kubecheck's verdict on any pod beside the API
server's."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kubecheck.evaluators.pod_security import NEWEST, OLDEST, violations
from kubecheck.objects.version import Version

from ..charts.dist import Object, documents, named, pod_template, workloads
from ..kubecheck.evaluators.drawn_pods import pods
from .environment import Environment
from .kubectl import Kubectl, KubectlError
from .waiting import until

HOST_PATH = [{"name": "host", "hostPath": {"path": "/var/run"}}]


def pod(o: Object, name: str) -> Object:
    """The pod that a workload's controller would make."""
    template = deepcopy(pod_template(o))
    assert template is not None
    labels = {"app.kubernetes.io/name": "nobody-selects-this"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"restartPolicy": "Always", **template["spec"]},
    }


def create(environment: Environment, o: Object) -> str:
    # Not dry-run=server: the quota counts what is really made. An administrator, so that only admission can refuse.
    return environment.admin.create([o], "--dry-run=server", "--warnings-as-errors")


@pytest.mark.every_release
def test_the_pods_of_every_workload_are_admitted(environment: Environment) -> None:
    found = workloads(documents(environment.name))
    assert {o["kind"] for o in found} == {"CronJob", "Deployment", "StatefulSet"}
    for o in found:
        assert "created (server dry run)" in create(environment, pod(o, "template"))


@pytest.mark.every_release
@pytest.mark.parametrize(
    ("pod_fields", "container_fields", "reason"),
    [
        pytest.param({"hostNetwork": True}, {}, "host namespaces", id="host network"),
        pytest.param({"hostPID": True}, {}, "host namespaces", id="host processes"),
        pytest.param({"volumes": HOST_PATH}, {"volumeMounts": []}, "hostPath", id="folder of the node"),
        pytest.param({"securityContext": {"runAsNonRoot": True}}, {}, "seccompProfile", id="no seccomp profile"),
        pytest.param(
            {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}, {}, "runAsNonRoot", id="maybe root"
        ),
        pytest.param({}, {"securityContext": {"privileged": True}}, "privileged", id="privileged"),
        pytest.param({}, {"securityContext": {"runAsUser": 0}}, "runAsUser=0", id="root"),
        pytest.param({}, {"securityContext": {}}, "unrestricted capabilities", id="capabilities not dropped"),
        pytest.param(
            {},
            {"securityContext": {"capabilities": {"drop": ["ALL"]}}},
            "allowPrivilegeEscalation != false",
            id="privilege escalation",
        ),
    ],
)
def test_a_pod_that_breaks_a_rule_is_refused(
    environment: Environment, pod_fields: Mapping[str, Any], container_fields: Mapping[str, Any], reason: str
) -> None:
    breaking = pod(named(documents(environment.name), "Deployment", "backend"), "breaking")
    breaking["spec"].update(pod_fields)
    breaking["spec"]["containers"][0].update(container_fields)
    with pytest.raises(KubectlError, match=f'violates PodSecurity "restricted:latest": .*{reason}'):
        create(environment, breaking)


POLICIES = {
    f"{level}-1-{minor}": (level, Version(1, minor))
    for level in ("baseline", "restricted")
    for minor in range(OLDEST.minor, NEWEST.minor + 1)
}
REFUSED = re.compile(r'pods "(pod-\d+)" is forbidden: violates PodSecurity')
# By the API's validation, which comes before Pod Security.
INVALID = re.compile(r'Pod "(pod-\d+)" is invalid')


@pytest.fixture(scope="module")
def policies(cluster: Kubectl) -> Iterator[Kubectl]:
    """A namespace for each of POLICIES."""
    prefix = "pod-security.kubernetes.io"
    for name, (level, version) in POLICIES.items():
        labels = {f"{prefix}/enforce": level, f"{prefix}/enforce-version": f"v{version}"}
        cluster.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}])

    def missing() -> set[str]:
        return POLICIES.keys() - {o["metadata"]["namespace"] for o in cluster.get("serviceaccounts", "-A")}

    until("ServiceAccounts", missing, seconds=60)
    yield cluster
    cluster("delete", "namespace", *POLICIES, "--wait=false")


def verdicts(policies: Kubectl, drawn: list[tuple[str, Object]]) -> dict[str, bool]:
    """By the number of each pod that is valid, whether its namespace admits it."""
    names = [f"pod-{number}" for number in range(len(drawn))]
    objects = [
        {"apiVersion": "v1", "kind": "Pod", **o, "metadata": {**o["metadata"], "name": name, "namespace": namespace}}
        for name, (namespace, o) in zip(names, drawn, strict=True)
    ]
    try:
        said = policies.create(objects, "--dry-run=server")
    except KubectlError as error:
        said = str(error)
    refused, invalid = {*REFUSED.findall(said)}, {*INVALID.findall(said)}
    assert said.count("Error from server") == len(refused | invalid), said
    return {name: name not in refused for name in names if name not in invalid}


def test_the_api_server_refuses_the_pods_that_kubecheck_refuses(policies: Kubectl) -> None:
    seen: Counter[bool | None] = Counter()

    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(drawn=st.lists(st.tuples(st.sampled_from([*POLICIES]), pods(fields=3)), min_size=30, max_size=60))
    def holds(drawn: list[tuple[str, Object]]) -> None:
        said = verdicts(policies, drawn)
        for number, (policy, o) in enumerate(drawn):
            verdict = said.get(f"pod-{number}")
            seen[verdict] += 1
            if verdict is not None:
                assert (violations(o, *POLICIES[policy]) == []) is verdict, (policy, o)

    holds()
    assert min(seen[True], seen[False]) > 100, seen
    assert seen[None] < seen.total() / 4, seen
