"""Environment variables of containers: what refers to them, their names and where their values come from.

Source: Kubernetes documentation, Define Dependent Environment Variables; API reference, EnvVar and Container.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from ...check import Cluster, Finding, Unseen, check, once_a_cluster
from ...objects.fields import Object, at, containers, entries, full_name, mapping, name, namespace, text, title
from ...objects.pods import PROBES, group, handlers, is_whole
from ...objects.version import Version
from ..references.keys import declared_keys

# `$$` is an escaped `$`; what has no closing bracket is text.
_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
# Of what may as well be a command of a shell, $(date), only this is surely meant as a variable.
_UPPER_CASE = re.compile(r"[A-Z_][A-Z0-9_]*")
_MIXED = re.compile(r"(?=.*[A-Z_])[A-Za-z_][A-Za-z0-9_.-]*")

# Kubernetes documentation, Service, Environment variables. The first are there in every pod.
_OF_KUBERNETES = re.compile(r"KUBERNETES_(SERVICE_(HOST|PORT(_HTTPS)?)|PORT(_443_TCP(_(PROTO|PORT|ADDR))?)?)")
_OF_A_SERVICE = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)")

# Since when names may have nearly any character (KEP-4369: on by default in 1.32); before, those of _NAME.
_RELAXED = Version(1, 32)
_NAME = re.compile(r"(?!\.\.?$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*")
_RELAXED_NAME = re.compile(r"[ -<>-~]+")

_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = {
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.host", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
}
_LABEL_FIELD = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")
_RESOURCE = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)")

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      env:
        - name: REDIS_HOST
          value: redis
        - name: REDIS_URL
          value: redis://$(REDIS_HOST):6379/0
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
"""


class _Use(NamedTuple):
    """A $(NAME) in a container.

    Args:
        field: `env`, `command`, `args`, `subPathExpr`, or a probe or hook.
        named: the name in it.
        variable, above: in `env`, the variable that refers to it, and those that stand above that.
    """

    field: str
    named: str
    variable: str = ""
    above: Collection[str] = ()


@dataclass(frozen=True)
class _Variables:
    """What a container's variables are, as far as can be seen.

    Args:
        own: by `env`.
        given: by `envFrom` and, where links are enabled, for the Services here.
        unseen: Secrets and ConfigMaps in `envFrom` of which the keys are not known.
        has_links: whether Services that are not here would give some too.
    """

    own: Mapping[str, Mapping[str, Any]]
    given: Collection[str]
    unseen: Collection[str]
    has_links: bool

    def close(self, named: str) -> list[str]:
        return get_close_matches(named, sorted({*self.given, *self.own}), n=1, cutoff=0.8)

    def is_meant(self, named: str) -> bool:
        """Whether a variable is meant, and not a command of a shell."""
        if _UPPER_CASE.fullmatch(named) or named in self.given or named in self.own:
            return True
        return _MIXED.fullmatch(named) is not None and bool(self.close(named))


@check(
    "undefined-variable",
    why="Kubernetes leaves $(NAME) as it is where NAME is no variable of the container, or one that stands below, and "
    "the program gets that text. Exec probes know plain values only, hooks none, and a subPathExpr keeps the container "
    "from starting.",
    way_out="Write the name of a variable that stands above, or $$(NAME) when the text itself is meant.",
    bad=_POD.replace("$(REDIS_HOST)", "$(REDISHOST)"),
    good=_POD,
)
def undefined_variable(cluster: Cluster) -> Iterator[Finding | Unseen]:
    for o, template in cluster.templates:
        for container in containers(template) if is_whole(o) else ():
            if uses := dict.fromkeys(_uses(container)):
                where = f"{title(o)}: container {text(container, 'name')}"
                variables = _variables(cluster, o, template, container)
                for problem in (problem for use in uses for problem in _problems(use, variables)):
                    if isinstance(problem, Unseen):
                        yield Unseen(f"{where}: {problem.text}")
                    else:
                        yield Finding(o, f"{where}: {problem}")


def _uses(container: Mapping[str, Any]) -> Iterator[_Use]:
    above: list[str] = []
    for entry in entries(container, "env"):
        variable = text(entry, "name")
        yield from (_Use("env", named, variable, tuple(above)) for named in _references(entry.get("value")))
        above.append(variable)
    texts = [(field, each) for field in ("command", "args") for each in _list(container, field)]
    texts += [("subPathExpr", mount.get("subPathExpr")) for mount in entries(container, "volumeMounts")]
    for field, handler in handlers(container).items():
        texts += [(field, each) for each in _list(handler, "exec", "command")]
    yield from (_Use(field, named) for field, each in texts for named in _references(each))


def _references(text: Any) -> Iterator[str]:
    """The names in $(NAME), each once."""
    if isinstance(text, str) and "$(" in text:
        yield from (match[1] for match in _REFERENCE.finditer(text) if match[1])


def _problems(use: _Use, variables: _Variables) -> Iterator[str | Unseen]:
    own = variables.own.get(use.named)
    shell = f'let a shell read it: sh -c with "${use.named}"'
    if use.field.startswith("lifecycle."):
        if variables.is_meant(use.named):
            yield f"{use.field} refers to $({use.named}), and in a hook nothing is replaced; {shell}"
    elif use.field in PROBES:
        if own is None and variables.is_meant(use.named):
            yield f"{use.field} refers to $({use.named}), and an exec probe gets plain values of env only; {shell}"
        elif own is not None and not own.get("value"):
            yield f"{use.field} refers to $({use.named}), which is empty there, for its value is no plain one; {shell}"
    elif use.named not in (use.above if use.field == "env" else variables.own):
        yield from _undefined(use, variables)


def _undefined(use: _Use, variables: _Variables) -> Iterator[str | Unseen]:
    """Of a name that `env` does not give there."""
    place, named = f"{use.field} {use.variable}".strip(), use.named
    # A path has no commands of a shell in it.
    is_meant = use.field == "subPathExpr" or variables.is_meant(named)
    if named in variables.given or _OF_KUBERNETES.fullmatch(named) or not is_meant:
        return
    if variables.unseen:
        yield Unseen(f"the keys of {' and '.join(variables.unseen)} are not here, so nothing tells what $({named}) is")
    elif variables.has_links and _OF_A_SERVICE.fullmatch(named) and named not in variables.own:
        yield Unseen(f"$({named}) is a variable when there is a Service of that name, and none is here")
    else:
        effect = "the container would not start" if use.field == "subPathExpr" else "the program gets that text"
        yield f"{place} refers to $({named}), which is no variable there, so {effect}; {_way_out(use, variables)}"


def _way_out(use: _Use, variables: _Variables) -> str:
    if use.named == use.variable:
        return "Kubernetes does not know the image's variables: write the whole value"
    if use.named in variables.own:
        return f"it stands below: move {use.named} above {use.variable}"
    close = variables.close(use.named)
    return f"write $({close[0]}) if that is meant" if close else f"declare it, or write $$({use.named}) for the text"


def _list(value: Any, *path: str) -> list[Any]:
    found = at(value, *path)
    return found if isinstance(found, list) else []


def _variables(cluster: Cluster, o: Object, template: Mapping[str, Any], container: Mapping[str, Any]) -> _Variables:
    declared = declared_keys(cluster)
    given: set[str] = set()
    unseen = []
    for source in entries(container, "envFrom"):
        for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            if made := text(source, field, "name"):
                keys = declared.get((kind, namespace(o), made))
                if keys is None:
                    unseen.append(full_name(kind, namespace(o), made))
                given |= {text(source, "prefix") + key for key in keys or ()}
    has_links = mapping(template, "spec").get("enableServiceLinks") is not False
    if has_links:
        given |= _links(cluster)[namespace(o)]
    own = {text(variable, "name"): variable for variable in entries(container, "env")}
    return _Variables(own, given, unseen, has_links)


@once_a_cluster
def _links(cluster: Cluster) -> Mapping[str, set[str]]:
    """The variables of the Services of each namespace that have an address."""
    found: dict[str, set[str]] = defaultdict(set)
    for service in cluster.by_kind.get("Service", ()):
        if group(service) or text(service, "spec", "clusterIP") == "None":
            continue
        prefix = _variable(name(service))
        there = found[namespace(service)]
        there |= {f"{prefix}_SERVICE_HOST", f"{prefix}_SERVICE_PORT", f"{prefix}_PORT"}
        for port in entries(service, "spec", "ports"):
            numbered = f"{prefix}_PORT_{port.get('port')}_{text(port, 'protocol') or 'TCP'}"
            there |= {numbered, f"{numbered}_PROTO", f"{numbered}_PORT", f"{numbered}_ADDR"}
            if text(port, "name"):
                there.add(f"{prefix}_SERVICE_PORT_{_variable(text(port, 'name'))}")
    return found


def _variable(named: str) -> str:
    return named.replace("-", "_").upper()


@check(
    "variable-name",
    why="The API server refuses other names of variables: until Kubernetes 1.32 those of letters, digits, '-', '_' and "
    "'.', not beginning with a digit, since then of any printable ASCII but '='.",
    way_out="Write a name such as LOG_LEVEL.",
    bad=_POD.replace("name: REDIS_HOST", "name: REDIS=HOST").replace("$(REDIS_HOST)", "redis"),
    good=_POD,
    waivable=False,
)
def variable_name(cluster: Cluster) -> Iterator[Finding]:
    for o, where, container in _containers(cluster):
        pattern = _RELAXED_NAME if cluster.kubernetes(o) >= _RELAXED else _NAME
        names = [("env name", variable.get("name")) for variable in entries(container, "env")]
        names += [("envFrom prefix", source.get("prefix") or "A") for source in entries(container, "envFrom")]
        for what, named in names:
            if not isinstance(named, str) or not pattern.fullmatch(named):
                yield Finding(
                    o,
                    f"{where}: {what} {named!r} is none that Kubernetes {cluster.kubernetes(o)} takes; write letters, "
                    "digits and '_', beginning with a letter",
                )


@check(
    "variable-value",
    why="The API server refuses a value that is no text, such as a number or true without quotes, one beside a "
    "valueFrom, and a valueFrom of no source or of several (Kubernetes API reference, EnvVar, EnvVarSource).",
    way_out="Write the value in quotes, or one source of it.",
    bad=_POD.replace("value: redis\n", "value: 6379\n"),
    good=_POD,
    waivable=False,
)
def variable_value(cluster: Cluster) -> Iterator[Finding]:
    for o, where, container in _containers(cluster):
        for variable in entries(container, "env"):
            for problem in _value_problems(variable):
                yield Finding(o, f"{where}: env {text(variable, 'name')} {problem}")
        for source in entries(container, "envFrom"):
            kinds = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
            if len(kinds) != 1:
                has = " and ".join(kinds) or "neither"
                yield Finding(o, f"{where}: envFrom has {has} of configMapRef and secretRef; write one")


def _containers(cluster: Cluster) -> Iterator[tuple[Object, str, Mapping[str, Any]]]:
    for o, template in cluster.templates:
        if is_whole(o):
            for container in containers(template):
                yield o, f"{title(o)}: container {text(container, 'name')}", container


def _value_problems(variable: Mapping[str, Any]) -> Iterator[str]:
    value, source = variable.get("value"), variable.get("valueFrom")
    if value is not None and not isinstance(value, str):
        yield f"has the value {value!r}, which is no text; write it in quotes"
    if not isinstance(source, dict):
        return
    kinds = [kind for kind in _SOURCES if source.get(kind) is not None]
    if len(kinds) != 1:
        yield f"has a valueFrom of {' and '.join(kinds) or 'nothing'}; write one of {', '.join(_SOURCES)}"
    elif value:
        yield "has a value and a valueFrom; write one of them"
    field, resource = at(source, "fieldRef", "fieldPath"), at(source, "resourceFieldRef", "resource")
    if "fieldRef" in kinds and not (isinstance(field, str) and (field in _FIELDS or _LABEL_FIELD.fullmatch(field))):
        yield f"has the fieldPath {field!r}, which no variable can be of; write e.g. metadata.name or status.podIP"
    if "resourceFieldRef" in kinds and not (isinstance(resource, str) and _RESOURCE.fullmatch(resource)):
        yield f"has the resource {resource!r}, which no variable can be of; write e.g. limits.memory"
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in kinds and not (text(source, kind, "name") and text(source, kind, "key")):
            yield f"has a {kind} without a name or a key; write both"
