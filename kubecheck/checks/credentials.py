"""Credentials where everyone who may read the repository, or the namespace's pods, would read them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..objects.fields import Finding, Object, at, containers, entries, mapping, name, namespace, pod_template, title

# At the name's end: JWT_SECRET and apiToken, but not TOKEN_TTL, PASSWORD_MIN_LENGTH or MAX_TOKENS.
_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS|SECRET|ENCRYPTION|SIGNING)_?KEY)\d*$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_HARMLESS = re.compile(
    r"\s*|/\S*|\$\(\w+\)|\$\{\w+\}|<[^>]*>|(?i:true|false|yes|no|on|off|none|null|required|optional|disabled|\d{1,3})"
)

_OPTION = re.compile(r"--?[A-Za-z][\w.-]*")
_ASSIGNED = re.compile(r"(?P<option>-{0,2}[A-Za-z][\w.-]*)=(?P<value>.*)", re.DOTALL)

_VALUES = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a GitHub token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50})"),
    # A reference, a placeholder of a template: $(NAME), ${NAME}, {name}, <name>, %s.
    "a URL with a password": re.compile(r"[a-z][a-z0-9+.-]*://[^\s:/@\"']*:(?![$<{%])[^\s/@\"']+@"),
}


def credential_problems(objects: Collection[Object], public: Collection[str]) -> Iterator[Finding]:
    """What looks like a credential in plain `env`, in a command or in a ConfigMap, by its name or its value.

    The value itself is not told: the message may stand in the log of a build.

    Args:
        public: names of variables and keys that hold no credential though they look like it.
    """
    secrets = _secrets(objects)
    for o in objects:
        for place, variable, value in _values(o):
            if variable in public or not isinstance(value, str) or value in secrets[namespace(o)]:
                continue
            if kind := _kind(variable, value):
                yield Finding(
                    o,
                    f"{title(o)}: {place} {variable} looks like a credential ({kind}, {len(value)} characters), which "
                    f"everyone who may read this repository would have; put it into a Secret, or say that it is none: "
                    f'synth(…, public={{"{variable}"}})',
                )


def _kind(variable: str, value: str) -> str | None:
    for kind, pattern in _VALUES.items():
        if pattern.search(value):
            return kind
    words = re.sub(r"[-.]", "_", _CAMEL.sub("_", variable)).upper()
    return "by its name" if _NAME.search(words) and not _HARMLESS.fullmatch(value) else None


def _values(o: Object) -> Iterator[tuple[str, str, Any]]:
    """Where a value stands, under which name, and the value."""
    if o["kind"] == "ConfigMap":
        yield from (("data", key, value) for key, value in mapping(o, "data").items())
        return
    for container in containers(pod_template(o)):
        for variable in entries(container, "env"):
            yield "env", str(variable.get("name")), variable.get("value")
        for field in ("command", "args"):
            words = at(container, field)
            for option, value in _options(field, words if isinstance(words, list) else []):
                yield field, option, value


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


def _secrets(objects: Iterable[Object]) -> Mapping[str, set[str]]:
    """The names of the namespaces' Secrets: SMTP_SECRET=smtp-secret gives nothing away."""
    found: dict[str, set[str]] = defaultdict(set)
    for o in objects:
        if o["kind"] in ("Secret", "ExternalSecret", "SealedSecret"):
            found[namespace(o)] |= {name(o), str(at(o, "spec", "target", "name"))}
    return found
