"""What deployers and workloads may do: asked of the API server for every verb and resource, and tried."""

import json
from collections.abc import Iterable, Mapping

import pytest

from kubecheck.evaluators.rbac import Authorizer, User, person

from ..charts.dist import ENVIRONMENTS, documents, of_kind
from .environment import Environment
from .kubectl import Kubectl, KubectlError, decoded

# API group and resource; a subresource after a slash.
Resource = tuple[str, str]

VERBS = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
# Verbs of Kubernetes' own authorizers, each of one resource.
SPECIAL = {
    ("rbac.authorization.k8s.io", "roles"): {"bind", "escalate"},
    ("rbac.authorization.k8s.io", "clusterroles"): {"bind", "escalate"},
    ("", "users"): {"impersonate"},
    ("", "groups"): {"impersonate"},
    ("", "serviceaccounts"): {"impersonate"},
}

READ = {"get", "list", "watch"}
APPLY = {*READ, "create", "patch"}
DEPLOYED: dict[Resource, set[str]] = {
    ("", "configmaps"): {*APPLY, "delete"},
    # A volume's data is gone with it.
    ("", "persistentvolumeclaims"): APPLY,
    ("", "serviceaccounts"): {*APPLY, "delete"},
    ("", "services"): {*APPLY, "delete"},
    ("apps", "deployments"): {*APPLY, "delete"},
    ("apps", "deployments/scale"): {"patch"},
    ("apps", "statefulsets"): {*APPLY, "delete"},
    ("apps", "statefulsets/scale"): {"patch"},
    ("autoscaling", "horizontalpodautoscalers"): {*APPLY, "delete"},
    ("batch", "cronjobs"): {*APPLY, "delete"},
    ("external-secrets.io", "externalsecrets"): {*APPLY, "delete"},
    ("external-secrets.io", "secretstores"): {*APPLY, "delete"},
    ("networking.k8s.io", "ingresses"): {*APPLY, "delete"},
    # Patch and delete by name only: see the tests below.
    ("networking.k8s.io", "networkpolicies"): {*READ, "create"},
    ("policy", "poddisruptionbudgets"): {*APPLY, "delete"},
}
RUNNING: dict[Resource, set[str]] = {
    ("", "events"): READ,
    ("", "pods"): READ,
    ("", "pods/log"): READ,
    ("apps", "controllerrevisions"): READ,
    ("apps", "replicasets"): READ,
    ("batch", "jobs"): {*READ, "create", "delete"},
}
# What everyone who is logged in may ask about themselves.
EVERYONE: dict[Resource, set[str]] = {
    ("authentication.k8s.io", "selfsubjectreviews"): {"create"},
    ("authorization.k8s.io", "selfsubjectaccessreviews"): {"create"},
    ("authorization.k8s.io", "selfsubjectrulesreviews"): {"create"},
}


@pytest.fixture(scope="module")
def resources(cluster: Kubectl) -> set[Resource]:
    """Everything that the API server serves, with subresources."""
    served = {
        (group_version.rpartition("/")[0], resource["name"])
        for group_version in cluster("api-versions").split()
        for resource in json.loads(cluster("get", f"--raw={_path(group_version)}"))["resources"]
    }
    assert {("", "secrets"), ("", "pods/exec"), ("external-secrets.io", "secretstores/status")} <= served
    return served


def _path(group_version: str) -> str:
    return f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"


def allowed(
    environment: Environment, user: Mapping[str, object], questions: Iterable[tuple[Resource, str, str]]
) -> dict[Resource, set[str]]:
    """The verbs that the API server allows a user for a resource.

    questions: resource, verb and the object's name, "" for any.
    """
    answers = environment.cluster.create(
        (
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {**user, "resourceAttributes": _attributes(environment, *question)},
            }
            for question in questions
        ),
        "-o=json",
    )
    found: dict[Resource, set[str]] = {}
    for answer in decoded(answers):
        if answer["status"]["allowed"]:
            asked = answer["spec"]["resourceAttributes"]
            names = (asked["resource"], asked.get("subresource"), asked.get("name"))
            found.setdefault((asked.get("group", ""), "/".join(filter(None, names))), set()).add(asked["verb"])
    return found


def _attributes(environment: Environment, resource: Resource, verb: str, name: str) -> dict[str, str]:
    kind, _, subresource = resource[1].partition("/")
    where = {"namespace": environment.namespace, "group": resource[0], "resource": kind, "subresource": subresource}
    return {**where, "verb": verb, "name": name}


def deployer(environment: Environment) -> dict[str, object]:
    return {"user": "deployer", "groups": [environment.deployers, "system:authenticated"]}


def as_kubecheck_has_it(
    environment: Environment, user: User, questions: Iterable[tuple[Resource, str, str]]
) -> dict[Resource, set[str]]:
    """The same, from the roles and bindings that the API server has."""
    everywhere = environment.cluster.get("clusterroles,clusterrolebindings")
    bound = Authorizer([*everywhere, *environment.admin.get("roles,rolebindings")])
    found: dict[Resource, set[str]] = {}
    for (group, resource), verb, name in questions:
        if bound.allows(user, verb, resource, group=group, name=name, namespace=environment.namespace):
            found.setdefault((group, f"{resource}/{name}" if name else resource), set()).add(verb)
    return found


def test_a_deployer_may_do_what_an_apply_needs_and_no_more(environment: Environment, resources: set[Resource]) -> None:
    questions = [
        (resource, verb, "")
        for resource in sorted(resources | SPECIAL.keys())
        for verb in sorted(VERBS | SPECIAL.get(resource, set()))
    ]
    answers = allowed(environment, deployer(environment), questions)
    assert answers == {**EVERYONE, **RUNNING, **DEPLOYED}
    assert as_kubecheck_has_it(environment, person("deployer", environment.deployers), questions) == answers


def test_a_deployer_may_change_the_policies_of_its_folder_and_no_other(environment: Environment) -> None:
    own = {o["metadata"]["name"] for o in of_kind(documents(environment.name), "NetworkPolicy")}
    policies = (group, resource) = ("networking.k8s.io", "networkpolicies")
    questions = [
        (policies, verb, name) for name in sorted({*own, "default-deny", "another"}) for verb in ("patch", "delete")
    ]
    answers = allowed(environment, deployer(environment), questions)
    assert answers == {(group, f"{resource}/{name}"): {"patch", "delete"} for name in own}
    assert as_kubecheck_has_it(environment, person("deployer", environment.deployers), questions) == answers


REFUSED = [
    pytest.param(["get", "secret", "backend-secret"], id="read a Secret"),
    pytest.param(["get", "secrets"], id="list Secrets"),
    pytest.param(["patch", "resourcequota", "quota", '-p={"spec":{"hard":{"pods":"999"}}}'], id="raise the quota"),
    pytest.param(["delete", "limitrange", "limits"], id="drop the limits"),
    pytest.param(
        ["label", "--overwrite", "namespace/NAMESPACE", "pod-security.kubernetes.io/enforce=privileged"],
        id="weaken Pod Security",
    ),
    pytest.param(
        ["patch", "networkpolicy", "default-deny", '-p={"spec":{"ingress":[{}]}}'], id="open the default deny"
    ),
    pytest.param(["delete", "networkpolicy", "default-deny"], id="delete the default deny"),
    pytest.param(["delete", "persistentvolumeclaim", "postgres-pvc"], id="delete a volume"),
    pytest.param(["delete", "namespace", "NAMESPACE"], id="delete the namespace"),
    pytest.param(["create", "rolebinding", "mine", "--clusterrole=admin", "--group=GROUP"], id="bind a role"),
    pytest.param(["create", "role", "mine", "--verb=get", "--resource=secrets"], id="make a role"),
    pytest.param(
        ["patch", "role", "deployer", "--type=json", '-p=[{"op":"add","path":"/rules/-","value":{}}]'],
        id="widen its role",
    ),
    pytest.param(["create", "token", "backend"], id="take a service account's token"),
    pytest.param(["exec", "postgres-0", "--", "true"], id="run a command in a pod"),
    pytest.param(["port-forward", "postgres-0", ":5432"], id="reach a pod's port"),
    pytest.param(["run", "shell", "--image=busybox"], id="run a pod of its own"),
    pytest.param(["delete", "pod", "postgres-0"], id="delete a pod"),
    pytest.param(["get", "nodes"], id="see nodes"),
    pytest.param(["get", "pods", "--all-namespaces"], id="see all pods"),
]


@pytest.mark.parametrize("command", REFUSED)
def test_the_api_server_refuses_a_deployer(environment: Environment, command: list[str]) -> None:
    names = {"NAMESPACE": environment.namespace, "GROUP": environment.deployers}
    for placeholder, name in names.items():
        command = [argument.replace(placeholder, name) for argument in command]
    with pytest.raises(KubectlError, match=r"Forbidden|forbidden"):
        environment.deployer(*command)


def test_a_deployer_cannot_touch_another_environment(environment: Environment) -> None:
    (other,) = set(ENVIRONMENTS) - {environment.name}
    stranger = Environment(other, environment.cluster).admin.user("deployer", environment.deployers)
    for command in (["get", "pods"], ["apply", f"-f=dist/{other}"], ["rollout", "undo", "deployment/backend"]):
        with pytest.raises(KubectlError, match="Forbidden"):
            stranger(*command)


def granted(user: Kubectl) -> set[str]:
    """The rules about resources that hold for a user, as a table's rows. Those about paths begin with a space."""
    rows = user("auth", "can-i", "--list", "--no-headers").splitlines()
    return {" ".join(row.split()) for row in rows if not row.startswith(" ")}


def test_the_workloads_service_accounts_may_do_nothing(environment: Environment) -> None:
    def service_account(namespace: str, name: str) -> Kubectl:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        return environment.admin.user(f"system:serviceaccount:{namespace}:{name}", *groups)

    # Kubernetes itself lets each read public certificates, and ask about itself.
    nothing = granted(service_account("default", "nobody"))
    accounts = [o["metadata"]["name"] for o in of_kind(documents(environment.name), "ServiceAccount")]
    assert accounts
    for name in accounts:
        assert granted(service_account(environment.namespace, name)) == nothing, name


def test_no_pod_has_a_token(environment: Environment) -> None:
    pods = environment.admin.get("pods")
    assert pods
    for pod in pods:
        sources = [
            source for volume in pod["spec"]["volumes"] for source in volume.get("projected", {}).get("sources", [])
        ]
        assert [source for source in sources if "serviceAccountToken" in source] == [], pod["metadata"]["name"]
