"""Who may do what: each rule of the authorizer, by a role and a binding of which one thing is asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubecheck.evaluators.rbac import Authorizer, User, anyone_of, person, rule, service_account, verbs

from ...charts.dist import Object

ANN = person("ann", "developers")
WEB = service_account("shop", "web")


def rbac(kind: str, name: str, namespace: str = "", labels: Any = None, **fields: Any) -> Object:
    metadata = {"name": name, "labels": labels, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, **fields}


def role(*rules: Any, name: str = "role", namespace: str = "shop") -> Object:
    return rbac("Role", name, namespace, rules=[*rules])


def cluster_role(*rules: Any, name: str = "role", labels: Any = None, **fields: Any) -> Object:
    return rbac("ClusterRole", name, labels=labels, rules=[*rules], **fields)


def subject(kind: str, name: str, **fields: Any) -> Object:
    return {"kind": kind, "name": name, **fields}


def binding(*subjects: Any, of: str = "Role", name: str = "role", namespace: str = "shop") -> Object:
    """In a namespace, or without one a ClusterRoleBinding. of: the kind of the role."""
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return rbac(kind, "binding", namespace, roleRef={"kind": of, "name": name}, subjects=[*subjects])


def resources(*names: str, groups: Any = ("",), verbs: Any = ("get",), **fields: Any) -> Object:
    return {"apiGroups": [*groups], "resources": [*names], "verbs": [*verbs], **fields}


def ann_may(rule: Object, verb: str, resource: str, **asked: str) -> bool:
    bound = Authorizer([role(rule), binding(subject("User", "ann"))])
    return bound.allows(ANN, verb, resource, namespace="shop", **asked)


# Rules


@pytest.mark.parametrize(
    ("rule", "asked", "is_allowed"),
    [
        (resources("pods"), "get pods", True),
        (resources("pods"), "list pods", False),
        (resources("pods", verbs=["get", "list"]), "list pods", True),
        (resources("pods", verbs=["*"]), "list pods", True),
        (resources("pods", verbs=[]), "get pods", False),
        (resources("pods"), "get secrets", False),
        (resources("pods", "secrets"), "get secrets", True),
        (resources("*"), "get secrets", True),
        (resources("*"), "get pods/log", True),
        (resources("pods"), "get pods/log", False),
        (resources("pods/log"), "get pods/log", True),
        (resources("pods/log"), "get pods", False),
        (resources("pods/*"), "get pods/log", False),
        (resources("*/log"), "get pods/log", True),
        (resources("*/log"), "get pods/logs", False),
        (resources("*/log"), "get log", False),
        (resources("*/"), "get pods", False),
        (resources(), "get pods", False),
        (resources("Pods"), "get pods", False),
        (resources("pods", groups=["apps"]), "get pods", False),
        (resources("pods", groups=[]), "get pods", False),
        (resources("deployments", groups=["apps"]), "get deployments.apps", True),
        (resources("deployments", groups=["", "apps"]), "get deployments.apps", True),
        (resources("deployments", groups=["*"]), "get deployments.apps", True),
        (resources("deployments", groups=["apps/v1"]), "get deployments.apps", False),
    ],
)
def test_a_rule_is_about_its_verbs_groups_and_resources(rule: Object, asked: str, is_allowed: bool) -> None:
    verb, _, resource = asked.partition(" ")
    resource, _, group = resource.partition(".")
    assert ann_may(rule, verb, resource, group=group) is is_allowed


@pytest.mark.parametrize(
    ("names", "name", "is_allowed"),
    [
        (None, "a", True),
        ([], "a", True),
        (["a", "b"], "b", True),
        (["a"], "b", False),
        (["a"], "", False),
        (["*"], "a", False),
    ],
)
def test_names_of_a_rule_are_those_of_the_objects(names: Any, name: str, is_allowed: bool) -> None:
    assert ann_may(resources("pods", resourceNames=names), "get", "pods", name=name) is is_allowed


@pytest.mark.parametrize(
    ("paths", "path", "is_allowed"),
    [
        (["/healthz"], "/healthz", True),
        (["/healthz"], "/healthz/etcd", False),
        (["/healthz/*"], "/healthz/etcd", True),
        (["/healthz/*"], "/healthz", False),
        (["/api*"], "/apis/apps", True),
        (["*"], "/metrics", True),
        (["/metrics", "/logs"], "/logs", True),
        ([], "/metrics", False),
    ],
)
def test_paths_that_are_no_objects_are_bound_in_the_whole_cluster(
    paths: list[str], path: str, is_allowed: bool
) -> None:
    about = cluster_role({"verbs": ["get"], "nonResourceURLs": paths})
    everywhere = Authorizer([about, binding(subject("User", "ann"), of="ClusterRole", namespace="")])
    assert everywhere.allows_path(ANN, "get", path) is is_allowed
    assert not everywhere.allows_path(ANN, "post", path)
    assert not everywhere.allows(ANN, "get", "pods")
    in_a_namespace = Authorizer([about, binding(subject("User", "ann"), of="ClusterRole")])
    assert not in_a_namespace.allows_path(ANN, "get", path)


# Subjects


@pytest.mark.parametrize(
    ("bound", "user", "is_allowed"),
    [
        (subject("User", "ann"), ANN, True),
        (subject("User", "bob"), ANN, False),
        (subject("Group", "ann"), ANN, False),
        (subject("Group", "developers"), ANN, True),
        (subject("Group", "system:authenticated"), ANN, True),
        (subject("Group", "system:unauthenticated"), ANN, False),
        (subject("Group", "system:unauthenticated"), anyone_of("system:unauthenticated"), True),
        (subject("Group", "system:authenticated"), anyone_of("system:unauthenticated"), False),
        (subject("Group", "developers"), anyone_of("developers"), True),
        (subject("Group", "system:authenticated"), anyone_of("developers"), True),
        (subject("User", "ann"), anyone_of("developers"), False),
        (subject("ServiceAccount", "web", namespace="shop"), WEB, True),
        (subject("ServiceAccount", "web", namespace="ops"), WEB, False),
        (subject("ServiceAccount", "web"), WEB, True),
        (subject("ServiceAccount", "web"), service_account("ops", "web"), False),
        (subject("ServiceAccount", "job", namespace="shop"), WEB, False),
        (subject("User", "system:serviceaccount:shop:web"), WEB, True),
        (subject("Group", "system:serviceaccounts"), WEB, True),
        (subject("Group", "system:serviceaccounts:shop"), WEB, True),
        (subject("Group", "system:serviceaccounts:ops"), WEB, False),
        (subject("Group", "system:authenticated"), WEB, True),
        (subject("Group", "system:serviceaccounts"), ANN, False),
        (subject("Robot", "ann"), ANN, False),
    ],
)
def test_a_subject_is_a_user_a_group_or_a_service_account(bound: Object, user: User, is_allowed: bool) -> None:
    objects = [role(resources("pods")), binding(subject("User", "someone"), bound)]
    assert Authorizer(objects).allows(user, "get", "pods", namespace="shop") is is_allowed


def test_a_service_account_without_a_namespace_is_nobody_in_the_whole_cluster() -> None:
    everywhere = binding(subject("ServiceAccount", "web"), of="ClusterRole", namespace="")
    assert not Authorizer([cluster_role(resources("pods")), everywhere]).allows(WEB, "get", "pods", namespace="shop")


# Bindings


@pytest.mark.parametrize(
    ("of", "namespace", "asked_in", "is_allowed"),
    [
        ("Role", "shop", "shop", True),
        ("Role", "shop", "ops", False),
        ("Role", "shop", "", False),
        ("Role", "ops", "ops", False),
        ("Role", "", "shop", False),
        ("ClusterRole", "shop", "shop", True),
        ("ClusterRole", "shop", "ops", False),
        ("ClusterRole", "shop", "", False),
        ("ClusterRole", "", "shop", True),
        ("ClusterRole", "", "ops", True),
        ("ClusterRole", "", "", True),
        ("Group", "shop", "shop", False),
    ],
)
def test_a_binding_gives_a_role_in_its_namespace_or_in_all(
    of: str, namespace: str, asked_in: str, is_allowed: bool
) -> None:
    roles = [role(resources("pods")), cluster_role(resources("pods"))]
    bound = Authorizer([*roles, binding(subject("User", "ann"), of=of, namespace=namespace)])
    assert bound.allows(ANN, "get", "pods", namespace=asked_in) is is_allowed


def test_a_role_binding_without_a_namespace_gives_nothing_in_the_whole_cluster() -> None:
    bound = binding(subject("User", "ann"), of="ClusterRole")
    del bound["metadata"]["namespace"]
    assert not Authorizer([cluster_role(resources("pods")), bound]).allows(ANN, "get", "pods")


def test_a_cluster_role_binding_gives_no_role_of_a_namespace() -> None:
    objects = [role(resources("pods"), namespace=""), binding(subject("User", "ann"), namespace="")]
    assert not Authorizer(objects).allows(ANN, "get", "pods", namespace="shop")


def test_a_binding_to_a_role_that_nobody_made_gives_nothing() -> None:
    for of in ("Role", "ClusterRole"):
        bound = Authorizer([binding(subject("User", "ann"), of=of, name="admin")])
        assert not bound.allows(ANN, "get", "pods", namespace="shop")


def test_cluster_admin_is_in_every_cluster_and_may_do_all() -> None:
    bound = Authorizer([binding(subject("User", "ann"), of="ClusterRole", name="cluster-admin", namespace="")])
    assert bound.allows(ANN, "escalate", "roles", group="rbac.authorization.k8s.io", namespace="shop")
    assert bound.allows(ANN, "get", "nodes/proxy", name="a")
    assert bound.allows_path(ANN, "delete", "/anything")


def test_rules_of_several_bindings_add_to_one_another_and_each_says_whence_it_is() -> None:
    objects = [
        role(resources("pods"), resources("secrets"), name="reader"),
        cluster_role(resources("pods", verbs=["delete"]), name="cleaner"),
        binding(subject("User", "ann"), subject("Group", "developers"), name="reader"),
        binding(subject("Group", "developers"), of="ClusterRole", name="cleaner", namespace=""),
    ]
    bound = Authorizer(objects)
    assert [(g.role, g.binding, *g.rule.verbs, *g.rule.resources) for g in bound.grants(ANN, "shop")] == [
        (objects[1], objects[3], "delete", "pods"),
        (objects[0], objects[2], "get", "pods"),
        (objects[0], objects[2], "get", "secrets"),
    ]
    assert [g.role for g in bound.grants(ANN)] == [objects[1]]


# Aggregated ClusterRoles


def aggregated(*selectors: Any, name: str = "role", labels: Any = None) -> Object:
    own = resources("lost")
    return cluster_role(own, name=name, labels=labels, aggregationRule={"clusterRoleSelectors": [*selectors]})


def ann_may_get(*cluster_roles: Object) -> set[str]:
    bound = Authorizer([*cluster_roles, binding(subject("User", "ann"), of="ClusterRole", namespace="")])
    return {resource for resource in ("lost", "pods", "secrets") if bound.allows(ANN, "get", resource)}


TO_VIEW = {"matchLabels": {"to-view": "true"}}
PODS = cluster_role(resources("pods"), name="pods", labels={"to-view": "true"})
SECRETS = cluster_role(resources("secrets"), name="secrets", labels={"to-admin": "true"})


@pytest.mark.parametrize(
    ("role", "resources"),
    [
        (aggregated(TO_VIEW), {"pods"}),
        (aggregated(TO_VIEW, {"matchLabels": {"to-admin": "true"}}), {"pods", "secrets"}),
        (aggregated({"matchExpressions": [{"key": "to-admin", "operator": "Exists"}]}), {"secrets"}),
        (aggregated({}), {"pods", "secrets"}),
        (aggregated(), set()),
        (aggregated({"matchExpressions": [{"key": "to-admin"}]}), set()),
        (cluster_role(resources("lost"), aggregationRule=None), {"lost"}),
    ],
)
def test_an_aggregated_role_has_the_rules_of_those_that_it_selects_and_not_its_own(
    role: Object, resources: set[str]
) -> None:
    assert ann_may_get(role, PODS, SECRETS) == resources


def test_what_is_aggregated_may_be_aggregated_again_even_in_a_circle() -> None:
    view = aggregated(TO_VIEW, name="view", labels={"to-edit": "true"})
    edit = aggregated({"matchLabels": {"to-edit": "true"}}, labels={"to-view": "true"})
    assert ann_may_get(edit, view, PODS) == {"pods"}


# Lists of what is allowed


def test_verbs_are_listed_by_group_and_resource_for_any_object_or_for_one() -> None:
    rules = [
        rule(resources("pods", "pods/log", verbs=["get", "list"])),
        rule(resources("pods", groups=["", "x.io"], verbs=["create"])),
        rule(resources("pods", "secrets", verbs=["delete"], resourceNames=["a"])),
        rule({"verbs": ["get"], "nonResourceURLs": ["/healthz"]}),
    ]
    of_any = {("", "pods"): {"get", "list", "create"}, ("", "pods/log"): {"get", "list"}, ("x.io", "pods"): {"create"}}
    assert verbs(rules) == of_any
    assert verbs(rules, "a") == {
        **of_any,
        ("", "pods"): {"get", "list", "create", "delete"},
        ("", "secrets"): {"delete"},
    }


# Anything


def test_kinds_of_other_projects_are_not_read() -> None:
    objects = [role(resources("pods")), binding(subject("User", "ann"))]
    for o in objects:
        foreign = [{**each, "apiVersion": "authorization.openshift.io/v1"} if each is o else each for each in objects]
        assert not Authorizer(foreign).allows(ANN, "get", "pods", namespace="shop")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "*", "get", "pods", "ann", "User", "role"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "name", "verbs", "apiGroups", "resources", "clusterRoleSelectors", "matchLabels"])
            | st.integers(),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(["rules", "roleRef", "subjects", "aggregationRule"]), VALUES, max_size=3)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]), FIELDS), max_size=4
    )
)
def test_anything_has_an_answer(drawn: list[tuple[str, Object]]) -> None:
    bound = Authorizer([rbac(kind, "role", "shop", labels=fields, **fields) for kind, fields in drawn])
    bound.allows(ANN, "get", "pods", namespace="shop")
    bound.allows_path(ANN, "get", "/")
    verbs(grant.rule for grant in bound.grants(ANN, "shop"))
