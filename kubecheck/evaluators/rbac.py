"""Who may do what, as RBAC has it.

Rules only ever add: what none allows is refused. Of the ClusterRoles that a cluster brings itself only cluster-admin is
known here; a binding to another one that is not given allows nothing, and neither does one to a role that nobody made.

Source: Kubernetes documentation, Using RBAC Authorization; API reference, PolicyRule, Subject and AggregationRule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..objects.fields import Object, at, entries, name, namespace, text
from ..objects.selectors import LabelIndex, as_text, label_selector

_GROUP = "rbac.authorization.k8s.io/"
EVERYTHING = "*"


class User(NamedTuple):
    """Who asks: a person, or a service account, by the name and the groups that the API server takes them for."""

    name: str
    groups: frozenset[str] = frozenset()


def person(name: str, *groups: str) -> User:
    """Someone who is logged in."""
    return User(name, frozenset((*groups, "system:authenticated")))


def service_account(namespace: str, name: str) -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return person(f"system:serviceaccount:{namespace}:{name}", *groups)


def anyone_of(group: str) -> User:
    """Someone of a group, of whom nothing else is known."""
    return User("", frozenset((group,))) if group == "system:unauthenticated" else person("", group)


@dataclass(frozen=True)
class Rule:
    """A PolicyRule. It is about resources, by API group ("" is the core), or about paths, but never both."""

    verbs: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()

    def allows(self, verb: str, resource: str, *, group: str = "", name: str = "") -> bool:
        """Whether it is about an object of this name, or with none about all objects of the resource, as a list is."""
        return (
            _has(self.verbs, verb)
            and _has(self.groups, group)
            and self._has_resource(resource)
            and (not self.names or name in self.names)
        )

    def _has_resource(self, resource: str) -> bool:
        _, slash, subresource = resource.partition("/")
        return _has(self.resources, resource) or f"*{slash}{subresource}" in self.resources

    def allows_path(self, verb: str, path: str) -> bool:
        """Whether it is about a path that is no object's, such as /healthz."""
        return _has(self.verbs, verb) and any(
            path == each or (each.endswith("*") and path.startswith(each.rstrip("*"))) for each in self.paths
        )


def _has(values: frozenset[str], value: str) -> bool:
    return EVERYTHING in values or value in values


def rule(value: Any) -> Rule:
    """An entry of a Role's rules."""
    fields = ("verbs", "apiGroups", "resources", "resourceNames")
    verbs, groups, resources, names = (frozenset(texts(value, field)) for field in fields)
    return Rule(verbs, groups, resources, names, tuple(texts(value, "nonResourceURLs")))


def texts(value: Any, *path: str) -> Iterator[str]:
    """The texts in a list."""
    found = at(value, *path)
    return (each for each in (found if isinstance(found, list) else []) if isinstance(each, str))


_ALL = frozenset({EVERYTHING})
_CLUSTER_ADMIN = (Rule(verbs=_ALL, groups=_ALL, resources=_ALL), Rule(verbs=_ALL, paths=(EVERYTHING,)))


class Grant(NamedTuple):
    """A rule that someone has, and why. role: None for cluster-admin, when that is none of the objects."""

    rule: Rule
    role: Object | None
    binding: Object


def is_rbac(o: Object, *kinds: str) -> bool:
    """Kubernetes' own: other projects have kinds of these names."""
    return o["kind"] in kinds and text(o, "apiVersion").startswith(_GROUP)


class Authorizer:
    """Answers what users may do, by the Roles, ClusterRoles and bindings among the objects of a cluster."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._roles = {(namespace(o), name(o)): o for o in objects if is_rbac(o, "Role")}
        self._cluster_roles = {name(o): o for o in objects if is_rbac(o, "ClusterRole")}
        self._by_labels = LabelIndex((as_text(at(o, "metadata", "labels")), o) for o in self._cluster_roles.values())
        self._bindings: dict[str, list[Object]] = defaultdict(list)
        for o in objects:
            if is_rbac(o, "ClusterRoleBinding"):
                self._bindings[""].append(o)
            elif is_rbac(o, "RoleBinding") and namespace(o):
                self._bindings[namespace(o)].append(o)

    def grants(self, user: User, namespace: str = "") -> Iterator[Grant]:
        """All that a user may do in a namespace, or with none in the whole cluster."""
        for there in dict.fromkeys(("", namespace)):
            for binding in self._bindings.get(there, ()):
                if any(_is(user, subject, there) for subject in entries(binding, "subjects")):
                    yield from self.granted(binding)

    def granted(self, binding: Object) -> Iterator[Grant]:
        """What a binding gives to its subjects."""
        kind, role = text(binding, "roleRef", "kind"), text(binding, "roleRef", "name")
        if (
            kind == "Role"
            and binding["kind"] == "RoleBinding"
            and (found := self._roles.get((namespace(binding), role)))
        ):
            yield from (Grant(rule, found, binding) for rule in self.rules(found))
        elif kind == "ClusterRole":
            if found := self._cluster_roles.get(role):
                yield from (Grant(rule, found, binding) for rule in self.rules(found))
            elif role == "cluster-admin":
                yield from (Grant(rule, None, binding) for rule in _CLUSTER_ADMIN)

    def rules(self, role: Object) -> Iterator[Rule]:
        """A role's own, or of an aggregated ClusterRole those of all that its selectors select: its own are lost."""
        reached = {id(role): role}
        waiting = [role]
        for each in waiting:
            if each["kind"] == "Role" or at(each, "aggregationRule") is None:
                yield from map(rule, entries(each, "rules"))
                continue
            for selector in entries(each, "aggregationRule", "clusterRoleSelectors"):
                new = [o for o in self._by_labels.selected(label_selector(selector)) if id(o) not in reached]
                reached |= {id(o): o for o in new}
                waiting += new

    def allows(
        self, user: User, verb: str, resource: str, *, group: str = "", name: str = "", namespace: str = ""
    ) -> bool:
        """Whether a request for a resource is allowed.

        Args:
            resource: in the plural, a subresource after a slash: "pods/log".
            group: of its API; "" is the core.
            name: "" for what names no object, such as list and create.
            namespace: "" for all of them, and for what is in none.
        """
        found = self.grants(user, namespace)
        return any(grant.rule.allows(verb, resource, group=group, name=name) for grant in found)

    def allows_path(self, user: User, verb: str, path: str) -> bool:
        """Whether a request for a path is allowed that is no object's, such as /healthz."""
        return any(grant.rule.allows_path(verb, path) for grant in self.grants(user))


def verbs(rules: Iterable[Rule], name: str = "") -> dict[tuple[str, str], set[str]]:
    """What rules allow with an object, or without a name with any: by API group and resource, as they write them."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in rules:
        if not rule.names or name in rule.names:
            for pair in ((group, resource) for group in rule.groups for resource in rule.resources):
                found[pair] |= rule.verbs
    return dict(found)


def _is(user: User, subject: Object, here: str) -> bool:
    """here: a binding's namespace, which is that of a service account that names none."""
    kind, name = text(subject, "kind"), text(subject, "name")
    if kind == "Group":
        return name in user.groups
    if kind == "ServiceAccount":
        there = text(subject, "namespace") or here
        return user.name == f"system:serviceaccount:{there}:{name}"
    return kind == "User" and name == user.name
