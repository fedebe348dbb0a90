"""Roles and bindings that allow nothing, or everything."""

from collections.abc import Iterator
from difflib import get_close_matches

from ...check import Cluster, Finding, check
from ...evaluators.rbac import EVERYTHING, Rule, is_rbac, rule
from ...objects.fields import Object, at, entries, mapping, text, title
from ...objects.resources import POD_SUBRESOURCES, built_in, resource_of

# It was one of Kubernetes' own until 1.21, and charts still name it beside that which took its place.
_FORMER = "extensions"

_METADATA = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata:
  name: reader
"""
ROLE = (
    _METADATA.format(kind="Role")
    + """\
  namespace: shop
rules:
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get, list]
"""
)
_CLUSTER_ROLE = _METADATA.format(kind="ClusterRole")
BINDING = (
    _METADATA.format(kind="ClusterRoleBinding")
    + """\
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: readers
"""
)


def roles(cluster: Cluster) -> Iterator[Object]:
    kinds = ("Role", "ClusterRole")
    return (o for kind in kinds for o in cluster.by_kind.get(kind, ()) if is_rbac(o, kind))


def bindings(cluster: Cluster) -> Iterator[Object]:
    kinds = ("RoleBinding", "ClusterRoleBinding")
    return (o for kind in kinds for o in cluster.by_kind.get(kind, ()) if is_rbac(o, kind))


# Rules that allow nothing


@check(
    "ineffective-rule",
    why="What no request matches is allowed to nobody: a resource of another API group or in the singular, `pods/*`, a "
    "verb in capitals, a name where requests have none (Kubernetes documentation, Using RBAC Authorization).",
    way_out="Write what requests have, as the text says.",
    bad=ROLE.replace("[apps]", '[""]'),
    good=ROLE,
)
def ineffective_rule(cluster: Cluster) -> Iterator[Finding]:
    for role in roles(cluster):
        if role["kind"] == "ClusterRole" and at(role, "aggregationRule") is not None:
            continue
        rules = [rule(each) for each in entries(role, "rules")]
        for each in rules:
            others = [other for other in rules if other is not each]
            for problem in dict.fromkeys((*_resource_problems(each, others), *_request_problems(each, others))):
                yield Finding(role, f"{title(role)}: {problem}")


def _resource_problems(rule: Rule, others: list[Rule]) -> Iterator[str]:
    if EVERYTHING in rule.resources:
        return
    for each in sorted(rule.resources):
        plural, _, subresource = each.partition("/")
        if plural == EVERYTHING or any(_may_have(group, plural) for group in rule.groups):
            if subresource == EVERYTHING:
                yield f"{each} is no resource: a * stands alone or before the slash; write each subresource, or */NAME"
            elif (plural, "" in rule.groups) == ("pods", True) and subresource not in ("", *POD_SUBRESOURCES):
                close = get_close_matches(subresource, POD_SUBRESOURCES, n=1) or sorted(POD_SUBRESOURCES)
                yield f"{each} is no resource; write pods/{' or pods/'.join(close)}"
        elif rule.groups and not any(_is_of(plural, other) for other in others):
            groups = " and ".join(map(_written, sorted(rule.groups)))
            yield f"{each} is no resource of the API group {groups}, so nothing is allowed; {_meant(plural)}"


def _may_have(group: str, plural: str) -> bool:
    """Whether a resource may be of an API group. Of groups with a dot that are not Kubernetes' own nothing is known."""
    known = built_in().get(group)
    if known is not None:
        return plural in known
    return group in (EVERYTHING, _FORMER) or ("." in group and "/" not in group)


def _is_of(plural: str, rule: Rule) -> bool:
    return any(plural in built_in().get(group, ()) and plural in rule.resources for group in rule.groups)


def _meant(word: str) -> str:
    for group, resources in built_in().items():
        if right := {word, resource_of(word)} & resources:
            return f"write {right.pop()} of the API group {_written(group)}"
    every = sorted({each for resources in built_in().values() for each in resources})
    close = get_close_matches(word.lower(), every, n=1)
    return f"write {close[0]} if that is meant" if close else "write the API group and the plural of what is meant"


def _written(group: str) -> str:
    return group or '""'


def _request_problems(rule: Rule, others: list[Rule]) -> Iterator[str]:
    for verb in sorted(rule.verbs):
        if verb != verb.lower():
            yield f"the verb {verb} is of no request; write {verb.lower()}"
    for path in rule.paths:
        if not path.startswith(("/", EVERYTHING)):
            yield f"the path {path} is of no request; begin it with /"
        elif EVERYTHING in path[:-1]:
            yield f"the path {path} is of no request, for a * stands at the end alone"
    for verb in sorted({"create", "deletecollection"} & rule.verbs if rule.names else ()):
        for each in sorted(rule.resources):
            if "/" not in each and not any(_allows(other, verb, each, rule.groups) for other in others):
                yield (
                    f"{verb} of {each} is bound to resourceNames, which such a request does not have, so it is not "
                    "allowed; write a rule for it without names"
                )


def _allows(rule: Rule, verb: str, resource: str, groups: frozenset[str]) -> bool:
    return any(rule.allows(verb, resource, group=group) for group in groups)


@check(
    "ignored-rules",
    why="The rules of a ClusterRole with an aggregationRule are written by a controller, from those of the roles that "
    "it selects: its own are lost (Kubernetes documentation, Aggregated ClusterRoles).",
    way_out="Write the rules in a ClusterRole that is selected.",
    bad=_CLUSTER_ROLE
    + """\
aggregationRule:
  clusterRoleSelectors:
    - matchLabels:
        example.com/to-reader: "true"
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get]
""",
    good=_CLUSTER_ROLE
    + """\
aggregationRule:
  clusterRoleSelectors:
    - matchLabels:
        example.com/to-reader: "true"
rules: []
""",
)
def ignored_rules(cluster: Cluster) -> Iterator[Finding]:
    for role in roles(cluster):
        if role["kind"] == "ClusterRole" and at(role, "aggregationRule") is not None and at(role, "rules"):
            text = "its rules are lost, for it has an aggregationRule; write them in a ClusterRole that this selects"
            yield Finding(role, f"{title(role)}: {text}")


# Rules that allow everything


@check(
    "wildcard-role",
    why="A role with every verb on every resource of the core, or of all API groups, reads all Secrets and takes over "
    "pods and nodes, with all that versions to come add (Kubernetes documentation, RBAC Good Practices).",
    way_out="Name the API groups, resources and verbs that are needed.",
    bad=_CLUSTER_ROLE
    + """\
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
""",
    good=ROLE,
)
def wildcard_role(cluster: Cluster) -> Iterator[Finding]:
    for role in roles(cluster):
        for each in map(rule, entries(role, "rules")):
            if EVERYTHING in each.verbs & each.resources and {EVERYTHING, ""} & each.groups and not each.names:
                text = "a rule allows everything with everything, Secrets too; name the API groups, resources and verbs"
                yield Finding(role, f"{title(role)}: {text} that are needed")
                break


@check(
    "cluster-admin-binding",
    why="Whoever is bound to cluster-admin may do everything with everything: take over all nodes, or in a RoleBinding "
    "all of the namespace with its quota and its permissions (Kubernetes documentation, RBAC Good Practices).",
    way_out="Bind a role that names what is needed.",
    bad=BINDING.replace("name: view", "name: cluster-admin"),
    good=BINDING,
)
def cluster_admin_binding(cluster: Cluster) -> Iterator[Finding]:
    for binding in bindings(cluster):
        role = mapping(binding, "roleRef")
        who = " and ".join(f"{text(each, 'kind')} {text(each, 'name')}" for each in entries(binding, "subjects"))
        if who and (role.get("kind"), role.get("name")) == ("ClusterRole", "cluster-admin"):
            way_out = "bind a role that names what is needed"
            yield Finding(binding, f"{title(binding)}: {who} may do everything as cluster-admin; {way_out}")
