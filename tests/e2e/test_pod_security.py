"""Pod Security *restricted*, at the version of the API server, in the namespaces that bootstrap makes."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from ..charts.dist import Object, documents, named, pod_template, workloads
from .environment import Environment
from .kubectl import KubectlError

pytestmark = pytest.mark.every_release

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


def test_the_pods_of_every_workload_are_admitted(environment: Environment) -> None:
    found = workloads(documents(environment.name))
    assert {o["kind"] for o in found} == {"CronJob", "Deployment", "StatefulSet"}
    for o in found:
        assert "created (server dry run)" in create(environment, pod(o, "template"))


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
