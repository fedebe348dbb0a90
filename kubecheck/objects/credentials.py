"""What a credential looks like: by its value, or by the name under which a text stands."""

import re
from collections.abc import Mapping
from functools import lru_cache

# At the name's end: JWT_SECRET and apiToken, but not TOKEN_TTL, PASSWORD_MIN_LENGTH or MAX_TOKENS.
_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS|SECRET|ENCRYPTION|SIGNING)_?KEY)\d*$"
)
# Those that name nothing else in an object's fields, where `secret` and `secretKey` are names of a Secret and its key.
_FIELD = re.compile(r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|TOKEN|API_?KEY|CLIENT_?SECRET|SECRET_?ACCESS_?KEY)\d*$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HEADER = "AUTHORIZATION"
_AUTHORIZATION = re.compile(r"(?i:basic|bearer|token)\s+(.+)")

# What etcd calls a token: the name of a new cluster, and what kind its tokens are (etcd, Configuration options).
_OF_ETCD = {"ETCD_INITIAL_CLUSTER_TOKEN", "INITIAL_CLUSTER_TOKEN", "ETCD_AUTH_TOKEN"}

# References to a variable or another store, what a shell computes, and placeholders; ENC[…] is what SOPS encrypted.
_PLACEHOLDER = re.compile(
    r"\s*|\"?(\$\(|`)[\s\S]*|\$\{[^}]+\}|<[^>]*>|\{\{.*\}\}|ENC\[.*\]|\*+|(arn:|ocid1\.|vault:|op://|ref\+\w+://)\S+"
)
# A path, and what is a setting whatever the name says.
_SETTING = re.compile(r"(?i:/\S*|true|false|yes|no|on|off|none|null|required|optional|disabled|\d{1,3})")

# Credentials that are known by their form. The texts come first, for they are quick to look for: one of them is in each
# value that the pattern finds.
# Every repetition is bounded: a text may have 50 MB.
_VALUES: Mapping[str, tuple[tuple[str, ...], re.Pattern[str]]] = {
    "an AWS access key": (("AKIA", "ASIA"), re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")),
    "a private key": (("PRIVATE KEY",), re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY")),
    "a GitHub token": (("gh", "github_pat_"), re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50})")),
    "a GitLab token": (("glpat-",), re.compile(r"\bglpat-[\w-]{20}")),
    "a Slack token": (("xox", "xapp-"), re.compile(r"\b(xox[abeoprs]|xapp)-[\w-]{10}")),
    "a Slack webhook": (("hooks.slack.com/",), re.compile(r"hooks\.slack\.com/(services|workflows)/\w+/\w+/\w")),
    "a Google API key": (("AIza",), re.compile(r"\bAIza[\w-]{35}")),
    "a Stripe key": (("k_live_",), re.compile(r"\b[sr]k_live_[A-Za-z0-9]{20}")),
    "a Vault token": (("hvs.", "hvb."), re.compile(r"\bhv[sb]\.[\w-]{24}")),
    "an npm token": (("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{36}")),
    "a SendGrid key": (("SG.",), re.compile(r"\bSG\.[\w-]{22}\.[\w-]{43}")),
    "an OpenAI key": (("sk-",), re.compile(r"\bsk-((proj|svcacct|admin)-[\w-]{40}|[A-Za-z0-9]{20}T3BlbkFJ)")),
    "an age key": (("AGE-SECRET-KEY-",), re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}")),
    "a JSON Web Token": ((".eyJ",), re.compile(r"\beyJ[\w-]{10,1000}\.eyJ[\w-]{10,4000}\.[\w-]{20}")),
    "a registry's login": (('"auth"',), re.compile(r'"auth"\s{0,20}:\s{0,20}"[A-Za-z0-9+/]{8,4000}={0,2}"')),
    # A reference, a placeholder of a template or a mask: $(NAME), ${NAME}, {name}, <name>, %s, ***. Not an image's
    # digest: docker://alpine:3@sha256:….
    "a URL with a password": (
        ("://",),
        re.compile(
            r"://[^\s:/@\"']{0,255}:(?![$<{%*])[^\s/@\"']{1,1000}@(?!sha256:)|[?&;](?i:password|pwd)=[^$<{%*&;\s]"
        ),
    ),
}
_SHORTEST = 15  # of all but a URL


def by_value(text: str) -> str | None:
    """What kind of credential is in the text, "an AWS access key"; None when none is seen."""
    if len(text) < _SHORTEST and "://" not in text:
        return None
    for kind, (parts, pattern) in _VALUES.items():
        if any(part in text for part in parts) and pattern.search(text):
            return kind
    return None


def kind_of(name: str, value: str) -> str | None:
    """What kind of credential the value of a variable, or of a key, is; None when it looks like none."""
    return by_value(value) or ("by its name" if is_credential(name) and not is_harmless(value) else None)


def is_credential(name: str) -> bool:
    """Whether a variable or key of this name holds a credential."""
    words = _words(name)
    return _NAME.search(words) is not None and words.lstrip("_") not in _OF_ETCD


def is_credential_field(name: str, value: str) -> bool:
    """Whether a field of this name, in any object, holds a credential: not when its value is the name of a key."""
    words = _field(name)
    if words == _HEADER:
        header = _AUTHORIZATION.fullmatch(value)
        return header is not None and not is_placeholder(header[1])
    return bool(words) and not is_harmless(value) and _words(value) != words


@lru_cache(maxsize=10_000)
def _field(name: str) -> str:
    """The words of a name that a field of a credential has; nothing of other names, which most are."""
    words = _words(name)
    return words if words == _HEADER or _FIELD.search(words) else ""


def is_placeholder(value: str) -> bool:
    """Whether the value stands in a variable or another store, or is left to be filled in."""
    return _PLACEHOLDER.fullmatch(value) is not None


def is_harmless(value: str) -> bool:
    """Whether the value gives nothing away, whatever the name says."""
    return is_placeholder(value) or _SETTING.fullmatch(value) is not None


def _words(name: str) -> str:
    """A name as a variable has it: accessToken and access-token are ACCESS_TOKEN."""
    return re.sub(r"[-. ]", "_", _CAMEL.sub("_", name)).upper()
