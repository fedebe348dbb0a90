"""Roles and bindings that allow nothing, or everything, and those that the API server refuses."""

from typing import Any

import pytest

from kubecheck import Check, Cluster, run
from kubecheck.checks.namespaces.rbac import cluster_admin_binding, ignored_rules, ineffective_rule, wildcard_role
from kubecheck.checks.namespaces.rbac_fields import invalid_binding, invalid_role

from ...given import Object, o, texts

RBAC = "rbac.authorization.k8s.io"
READERS = {"kind": "Group", "name": "readers"}


def role(*rules: Any, kind: str = "Role", **fields: Any) -> Object:
    return {**o(kind, rules=[*rules], **fields), "apiVersion": f"{RBAC}/v1"}


def binding(*subjects: Any, of: Any = None, kind: str = "RoleBinding") -> Object:
    ref = {"kind": "ClusterRole", "name": "view"} if of is None else of
    return {**o(kind, roleRef=ref, subjects=[*subjects]), "apiVersion": f"{RBAC}/v1"}


def rule(resources: Any, groups: Any = ("",), verbs: Any = ("get",), **fields: Any) -> Object:
    return {"apiGroups": [*groups], "resources": [*resources], "verbs": [*verbs], **fields}


# ineffective-rule


@pytest.mark.parametrize(
    ("resource", "groups", "named", "way_out"),
    [
        ("deployments", [""], '""', "write deployments of the API group apps"),
        ("pod", [""], '""', 'write pods of the API group ""'),
        ("Pod", [""], '""', 'write pods of the API group ""'),
        ("Podz", [""], '""', "write pods if that is meant"),
        (
            "ingresses",
            ["networking.k8s.io/v1"],
            "networking.k8s.io/v1",
            "write ingresses of the API group networking.k8s.io",
        ),
        ("xyzzy", [""], '""', "write the API group and the plural of what is meant"),
        ("ingress", ["batch", "apps"], "apps and batch", "write ingresses of the API group networking.k8s.io"),
        ("pods", ["core"], "core", 'write pods of the API group ""'),
        ("pods", ["v1"], "v1", 'write pods of the API group ""'),
        ("deployments/scale", ["apps/v1"], "apps/v1", "write deployments of the API group apps"),
    ],
)
def test_a_resource_that_no_group_of_the_rule_has_is_told(
    resource: str, groups: list[str], named: str, way_out: str
) -> None:
    assert texts(ineffective_rule, [role(rule([resource], groups))]) == [
        f"Role a: {resource} is no resource of the API group {named}, so nothing is allowed; {way_out}"
    ]


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("pods/*", "a * stands alone or before the slash; write each subresource, or */NAME"),
        ("*/*", "a * stands alone or before the slash; write each subresource, or */NAME"),
        ("pods/logs", None),
        ("pods/portforwards", None),
    ],
)
def test_a_subresource_that_pods_do_not_have_is_told(resource: str, text: str | None) -> None:
    meant = resource.removesuffix("s")
    expected = f"Role a: {resource} is no resource" + (f": {text}" if text else f"; write {meant}")
    assert texts(ineffective_rule, [role(rule([resource]))]) == [expected]


@pytest.mark.parametrize(
    ("resources", "groups"),
    [
        (
            ["pods", "pods/log", "pods/exec", "services/proxy", "nodes/metrics", "endpoints", "serviceaccounts/token"],
            [""],
        ),
        (["pods", "deployments"], ["", "apps"]),
        (["*", "*/*", "pods/*"], [""]),
        (["*/scale"], ["apps"]),
        (["anything", "any/thing"], ["*"]),
        (["widgets"], ["shop.example.com"]),
        (["widgets"], ["apps", "shop.example.com"]),
        (["ingresses"], ["extensions"]),
        (["podsecuritypolicies"], ["policy"]),
        (["users", "groups"], [""]),
        (["signers"], ["certificates.k8s.io"]),
        (["ingressclasses", "networkpolicies", "ipaddresses"], ["networking.k8s.io"]),
        (["pods/any"], ["metrics.k8s.io"]),
        ([], [""]),
        (["pods"], []),
    ],
)
def test_what_a_cluster_may_have_is_right(resources: list[str], groups: list[str]) -> None:
    assert texts(ineffective_rule, [role(rule(resources, groups))]) == []


def test_a_resource_that_another_rule_has_in_its_group_is_a_leftover() -> None:
    leftover, right = rule(["pods", "ingresses"]), rule(["ingresses"], ["networking.k8s.io"])
    assert texts(ineffective_rule, [role(leftover, right)]) == []
    assert len(texts(ineffective_rule, [role(leftover, rule(["ingresses"], ["apps"]))])) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (rule(["pods"], verbs=["Get"]), "the verb Get is of no request; write get"),
        ({"nonResourceURLs": ["metrics"], "verbs": ["get"]}, "the path metrics is of no request; begin it with /"),
        (
            {"nonResourceURLs": ["/apis/*/pods"], "verbs": ["get"]},
            "the path /apis/*/pods is of no request, for a * stands at the end alone",
        ),
        (
            rule(["pods"], verbs=["get", "create"], resourceNames=["a"]),
            "create of pods is bound to resourceNames, which such a request does not have, so it is not allowed; write "
            "a rule for it without names",
        ),
        (
            rule(["pods"], verbs=["deletecollection"], resourceNames=["a"]),
            "deletecollection of pods is bound to resourceNames, which such a request does not have, so it is not "
            "allowed; write a rule for it without names",
        ),
    ],
)
def test_what_no_request_has_is_told(value: Object, text: str) -> None:
    assert texts(ineffective_rule, [role(value, kind="ClusterRole")]) == [f"ClusterRole a: {text}"]


@pytest.mark.parametrize(
    "rules",
    [
        [rule(["pods"], verbs=["get", "use", "*"])],
        [{"nonResourceURLs": ["/healthz", "/healthz/*", "*"], "verbs": ["get"]}],
        [rule(["pods"], verbs=["get", "update"], resourceNames=["a"])],
        [rule(["serviceaccounts/token", "pods/exec"], verbs=["create"], resourceNames=["a"])],
        [rule(["pods"], verbs=["create"], resourceNames=["a"]), rule(["pods"], verbs=["create"])],
        [rule(["pods"], verbs=["create"], resourceNames=["a"]), rule(["*"], ["*"], ["*"])],
        [rule(["pods"], verbs=["create"], resourceNames=[])],
    ],
)
def test_what_requests_may_have_is_right(rules: list[Object]) -> None:
    assert texts(ineffective_rule, [role(*rules)]) == []


def test_a_rule_for_another_resource_or_with_names_does_not_allow_to_create() -> None:
    bound = rule(["pods"], verbs=["create"], resourceNames=["a"])
    for other in (rule(["secrets"], verbs=["create"]), rule(["pods"], verbs=["create"], resourceNames=["b"])):
        assert len(texts(ineffective_rule, [role(bound, other)])) >= 1


# ignored-rules


AGGREGATED = {"clusterRoleSelectors": [{"matchLabels": {"to-reader": "true"}}]}


def test_rules_beside_an_aggregation_are_told_and_not_judged() -> None:
    lost = role(rule(["pod"]), kind="ClusterRole", aggregationRule=AGGREGATED)
    assert texts(ignored_rules, [lost]) == [
        "ClusterRole a: its rules are lost, for it has an aggregationRule; write them in a ClusterRole that this "
        "selects"
    ]
    assert texts(ineffective_rule, [lost]) == []


@pytest.mark.parametrize(
    "right",
    [
        role(kind="ClusterRole", aggregationRule=AGGREGATED),
        role(rule(["pods"]), kind="ClusterRole", aggregationRule=None),
        role(rule(["pods"]), kind="ClusterRole"),
    ],
)
def test_rules_that_count_are_right(right: Object) -> None:
    assert texts(ignored_rules, [right]) == []


# wildcard-role, cluster-admin-binding


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (rule(["*"], ["*"], ["*"]), 1),
        (rule(["*"], [""], ["*"]), 1),
        (rule(["pods", "*"], ["", "apps"], ["get", "*"]), 1),
        (rule(["*"], ["apps"], ["*"]), 0),
        (rule(["*"], ["shop.example.com"], ["*"]), 0),
        (rule(["pods"], [""], ["*"]), 0),
        (rule(["*"], ["*"], ["get", "list"]), 0),
        (rule(["*"], ["*"], ["*"], resourceNames=["a"]), 0),
        ({"nonResourceURLs": ["*"], "verbs": ["*"]}, 0),
    ],
)
@pytest.mark.parametrize("kind", ["Role", "ClusterRole"])
def test_a_role_for_everything_is_told_once(kind: str, value: Object, count: int) -> None:
    assert len(texts(wildcard_role, [role(value, value, kind=kind)])) == count


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
def test_whoever_is_bound_to_cluster_admin_is_told(kind: str) -> None:
    admin = {"kind": "ClusterRole", "name": "cluster-admin"}
    account = {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}
    assert texts(cluster_admin_binding, [binding(READERS, account, of=admin, kind=kind)]) == [
        f"{kind} a: Group readers and ServiceAccount web may do everything as cluster-admin; bind a role that names "
        "what is needed"
    ]
    assert texts(cluster_admin_binding, [binding(of=admin, kind=kind)]) == []
    for other in ({"kind": "Role", "name": "cluster-admin"}, {"kind": "ClusterRole", "name": "admin"}):
        assert texts(cluster_admin_binding, [binding(READERS, of=other, kind=kind)]) == []


# invalid-role, invalid-binding


@pytest.mark.parametrize(
    ("kind", "value", "problems"),
    [
        ("Role", rule(["pods"], verbs=[]), ["has no verbs; write those that are allowed"]),
        ("Role", rule(["pods"], []), ['has no apiGroups; write them, such as "" for the core, or apps']),
        ("Role", rule([]), ["has no resources; write them, such as pods"]),
        (
            "Role",
            None,
            [
                "has no verbs; write those that are allowed",
                'has no apiGroups; write them, such as "" for the core, or apps',
                "has no resources; write them, such as pods",
            ],
        ),
        (
            "Role",
            {"verbs": ["get"], "nonResourceURLs": ["/healthz"]},
            ["has nonResourceURLs, which are in no namespace; write them in a ClusterRole"],
        ),
        ("ClusterRole", {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}, []),
        (
            "ClusterRole",
            rule(["pods"], nonResourceURLs=["/healthz"]),
            ["has nonResourceURLs beside apiGroups and resources; make two rules of them"],
        ),
        ("ClusterRole", rule(["pods"]), []),
    ],
)
def test_a_rule_that_the_api_server_refuses_is_told(kind: str, value: Any, problems: list[str]) -> None:
    assert texts(invalid_role, [role(rule(["pods"]), value, kind=kind)]) == [
        f"{kind} a: rules[1] {problem}" for problem in problems
    ]


@pytest.mark.parametrize(
    ("aggregation", "text"),
    [
        ({}, "aggregationRule has no clusterRoleSelectors; write one at least"),
        ({"clusterRoleSelectors": []}, "aggregationRule has no clusterRoleSelectors; write one at least"),
        (
            {"clusterRoleSelectors": [{}, {"matchExpressions": [{"key": "a", "operator": "In"}]}]},
            "aggregationRule.clusterRoleSelectors[1] matchExpressions[0]: In needs values; write those that are meant",
        ),
        ({"clusterRoleSelectors": [{}]}, None),
        (None, None),
    ],
)
def test_an_aggregation_that_the_api_server_refuses_is_told(aggregation: Any, text: str | None) -> None:
    found = texts(invalid_role, [role(kind="ClusterRole", aggregationRule=aggregation)])
    assert found == ([f"ClusterRole a: {text}"] if text else [])


@pytest.mark.parametrize(
    ("ref", "problems"),
    [
        ({"kind": "Role", "name": "a", "apiGroup": RBAC}, []),
        ({"kind": "Role", "name": "system:A_b"}, []),
        ({"kind": "Role", "name": "a", "apiGroup": "apps"}, [f"roleRef.apiGroup is apps; write {RBAC}"]),
        ({"name": "a"}, ["roleRef has no kind; write Role or ClusterRole"]),
        ({"kind": "Role"}, ["roleRef has no name; write that of the role"]),
        (
            {"kind": "Role", "name": "a/b"},
            ["roleRef.name is 'a/b'; write a name without '/' and '%' that is not '.' or '..'"],
        ),
        ({}, ["roleRef has no kind; write Role or ClusterRole", "roleRef has no name; write that of the role"]),
    ],
)
def test_a_role_that_is_not_named_in_full_is_told(ref: Object, problems: list[str]) -> None:
    assert texts(invalid_binding, [binding(READERS, of=ref)]) == [f"RoleBinding a: {each}" for each in problems]


@pytest.mark.parametrize(
    ("subject", "problems"),
    [
        (READERS, []),
        ({"kind": "User", "name": "A b", "apiGroup": RBAC}, []),
        ({"kind": "ServiceAccount", "name": "web", "apiGroup": ""}, []),
        ({"kind": "User", "name": "a", "apiGroup": "apps"}, [f"has the apiGroup apps; write {RBAC}"]),
        (
            {"kind": "ServiceAccount", "name": "web", "apiGroup": RBAC},
            [f"has the apiGroup {RBAC}, which a ServiceAccount has not; leave it out"],
        ),
        (
            {"kind": "ServiceAccount", "name": "web", "apiGroup": "apps"},
            ["has the apiGroup apps, which a ServiceAccount has not; leave it out"],
        ),
        (
            {"kind": "ServiceAccount", "name": "Web"},
            ["has a name that is none: 'Web' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"],
        ),
        ({"kind": "Group"}, ["has no name; write it"]),
        ({"name": "a"}, ["has no kind; write User, Group or ServiceAccount"]),
        (None, ["has no kind; write User, Group or ServiceAccount", "has no name; write it"]),
    ],
)
def test_a_subject_that_is_not_named_in_full_is_told(subject: Any, problems: list[str]) -> None:
    assert texts(invalid_binding, [binding(READERS, subject)]) == [
        f"RoleBinding a: subjects[1] {each}" for each in problems
    ]


def test_in_the_whole_cluster_a_service_account_has_a_namespace() -> None:
    account = {"kind": "ServiceAccount", "name": "web"}
    assert texts(invalid_binding, [binding(account)]) == []
    assert texts(invalid_binding, [binding(account, kind="ClusterRoleBinding")]) == [
        "ClusterRoleBinding a: subjects[0] is a ServiceAccount without a namespace; write it"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        role("all"),
        {**role(), "rules": "all"},
        role(kind="ClusterRole", aggregationRule="all"),
        binding("ann", of="view"),
        {**binding(), "subjects": "ann"},
        binding({"kind": "Robot", "name": "a"}, of={"kind": "Group", "name": "a"}),
    ],
)
def test_what_other_checks_tell_is_not_told_twice(wrong: Object) -> None:
    found = {each.check for each in run(Cluster(objects=[wrong])).findings}
    assert found & {"field-type", "unknown-value"}
    assert "invalid-role" not in found


@pytest.mark.parametrize("check", [ineffective_rule, ignored_rules, wildcard_role, cluster_admin_binding, invalid_role])
def test_kinds_of_other_projects_are_not_judged(check: Check) -> None:
    admin = {"kind": "ClusterRole", "name": "cluster-admin"}
    objects = [
        role(rule(["*"], ["*"], ["*"]), rule(["pod"]), {}, kind="ClusterRole", aggregationRule={}),
        binding(READERS, of=admin),
    ]
    assert texts(check, [{**each, "apiVersion": "authorization.openshift.io/v1"} for each in objects]) == []
