"""Credentials where everyone who may read the repository, or the namespace's pods, would read them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...check import Cluster, Finding, Known, check, once_a_cluster
from ...objects.credentials import kind_of
from ...objects.fields import Object, at, containers, entries, mapping, namespace, title
from ...objects.references import makes

_OPTION = re.compile(r"--?[A-Za-z][\w.-]*")
_ASSIGNED = re.compile(r"(?P<option>-{0,2}[A-Za-z][\w.-]*)=(?P<value>.*)", re.DOTALL)

_GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  namespace: shop
data:
  LOG_LEVEL: info
  TOKEN_TTL: "3600"
"""


@check(
    "plain-credential",
    why="Everyone who may read the repository, or the pods or ConfigMaps of the namespace, would have it. Told by the "
    "name of a variable, key or option, or by a value that is unmistakable; the value itself is not shown.",
    way_out="Put it into a Secret and refer to it, or, when it is none, name it as `public`.",
    bad=_GOOD + "  API_TOKEN: 5d41402abc4b\n",
    good=_GOOD,
)
def plain_credential(cluster: Cluster) -> Iterator[Finding]:
    """In plain `env`, in a command or in a ConfigMap. The message may stand in the log of a build: no value in it."""
    secrets = secret_names(cluster)
    for o, place, variable, value in _values(cluster):
        if variable in cluster.public or not isinstance(value, str) or value in secrets[namespace(o)]:
            continue
        if found := kind_of(variable, value):
            yield Finding(
                o,
                f"{title(o)}: {place} {variable} looks like a credential ({found}, {len(value)} characters), which "
                "everyone who may read this repository would have; put it into a Secret, or say that it is none",
                unless=Known("public", variable),
            )


def _values(cluster: Cluster) -> Iterator[tuple[Object, str, str, Any]]:
    """The object, where in it a value stands, under which name, and the value."""
    for o in cluster.by_kind.get("ConfigMap", ()):
        yield from ((o, "data", str(key), value) for key, value in mapping(o, "data").items())
    for o, template in cluster.templates:
        for container in containers(template):
            for variable in entries(container, "env"):
                yield o, "env", str(variable.get("name")), variable.get("value")
            for field in ("command", "args"):
                words = at(container, field)
                for option, value in _options(field, words if isinstance(words, list) else []):
                    yield o, field, option, value


def _options(field: str, words: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """What a command line says of each option: --password=word, --password word, PASSWORD=word; and other words."""
    option = ""
    for number, word in enumerate(words):
        if not isinstance(word, str):
            option = ""
        elif assigned := _ASSIGNED.fullmatch(word):
            yield assigned["option"], assigned["value"]
            option = ""
        elif _OPTION.fullmatch(word):
            option = word
        else:
            yield option or f"{field}[{number}]", word
            option = ""


@once_a_cluster
def secret_names(cluster: Cluster) -> Mapping[str, set[str]]:
    """The names of the namespaces' Secrets: SMTP_SECRET=smtp-secret gives nothing away."""
    found: dict[str, set[str]] = defaultdict(set)
    for o in cluster.objects:
        for kind, there, named in makes(o):
            if kind == "Secret":
                found[there].add(named)
    return found
