"""Roles and bindings that the API server refuses."""

from collections.abc import Iterator
from typing import Any

from ...check import Cluster, Finding, check
from ...objects.fields import Object, at, mapping, text, title
from ...objects.names import name_problems
from ...objects.selectors import selector_problems
from .rbac import BINDING, ROLE, bindings, roles

_GROUP = "rbac.authorization.k8s.io"


@check(
    "invalid-role",
    why="The API server refuses a rule without verbs, or one that is neither about resources of API groups nor, in a "
    "ClusterRole, about paths alone, and an aggregation without valid selectors (Kubernetes API reference, PolicyRule "
    "and AggregationRule).",
    way_out="Write the field as the text says.",
    bad=ROLE.replace("apiGroups: [apps]\n    ", ""),
    good=ROLE,
    waivable=False,
)
def invalid_role(cluster: Cluster) -> Iterator[Finding]:
    for role in roles(cluster):
        rules = at(role, "rules")
        for n, each in enumerate(rules if isinstance(rules, list) else []):
            for problem in _rule_problems({} if each is None else each, role["kind"]):
                yield Finding(role, f"{title(role)}: rules[{n}] {problem}")
        if role["kind"] == "ClusterRole" and isinstance(at(role, "aggregationRule"), dict):
            selectors = at(role, "aggregationRule", "clusterRoleSelectors")
            if not selectors:
                yield Finding(role, f"{title(role)}: aggregationRule has no clusterRoleSelectors; write one at least")
            for n, selector in enumerate(selectors if isinstance(selectors, list) else []):
                for problem in selector_problems(selector):
                    where = f"aggregationRule.clusterRoleSelectors[{n}]"
                    yield Finding(role, f"{title(role)}: {where} {problem}")


def _rule_problems(value: Any, kind: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return  # field-type tells it
    if not value.get("verbs"):
        yield "has no verbs; write those that are allowed"
    about = [field for field in ("apiGroups", "resources", "resourceNames") if value.get(field)]
    if value.get("nonResourceURLs"):
        if kind == "Role":
            yield "has nonResourceURLs, which are in no namespace; write them in a ClusterRole"
        if about:
            yield f"has nonResourceURLs beside {' and '.join(about)}; make two rules of them"
        return
    for field, example in (("apiGroups", '"" for the core, or apps'), ("resources", "pods")):
        if field not in about:
            yield f"has no {field}; write them, such as {example}"


@check(
    "invalid-binding",
    why="The API server refuses a binding whose role or subjects are not named in full (Kubernetes API reference, "
    "RoleRef and Subject).",
    way_out="Write the field as the text says.",
    bad=BINDING.replace("    name: readers\n", ""),
    good=BINDING,
    waivable=False,
)
def invalid_binding(cluster: Cluster) -> Iterator[Finding]:
    for binding in bindings(cluster):
        for problem in (*_role_problems(mapping(binding, "roleRef")), *_subjects_problems(binding)):
            yield Finding(binding, f"{title(binding)}: {problem}")


def _role_problems(role: Object) -> Iterator[str]:
    """unknown-value tells of its kind, when there is one."""
    if role.get("kind") in (None, ""):
        yield "roleRef has no kind; write Role or ClusterRole"
    if text(role, "apiGroup") not in ("", _GROUP):
        yield f"roleRef.apiGroup is {role['apiGroup']}; write {_GROUP}"
    if role.get("name") in (None, ""):
        yield "roleRef has no name; write that of the role"
    elif text(role, "name") in (".", "..") or {"/", "%"} & {*text(role, "name")}:
        yield f"roleRef.name is {role['name']!r}; write a name without '/' and '%' that is not '.' or '..'"


def _subjects_problems(binding: Object) -> Iterator[str]:
    subjects = at(binding, "subjects")
    for n, each in enumerate(subjects if isinstance(subjects, list) else []):
        subject = {} if each is None else each
        if isinstance(subject, dict):
            yield from (f"subjects[{n}] {problem}" for problem in _subject_problems(subject, binding["kind"]))


def _subject_problems(subject: Object, binding: str) -> Iterator[str]:
    kind, group = subject.get("kind"), text(subject, "apiGroup")
    if kind in (None, ""):
        yield "has no kind; write User, Group or ServiceAccount"
    if subject.get("name") in (None, ""):
        yield "has no name; write it"
    if kind in ("User", "Group") and group not in ("", _GROUP):
        yield f"has the apiGroup {group}; write {_GROUP}"
    if kind == "ServiceAccount":
        yield from (f"has a name that is none: {problem}" for problem in name_problems(text(subject, "name") or "a"))
        if group:
            yield f"has the apiGroup {group}, which a ServiceAccount has not; leave it out"
        if binding == "ClusterRoleBinding" and subject.get("namespace") in (None, ""):
            yield "is a ServiceAccount without a namespace; write it"
