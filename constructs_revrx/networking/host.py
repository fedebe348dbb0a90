"""Where a service answers from outside, and how a browser stays with one of its pods."""

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from kubecheck.objects.names import host_name_problems

from ..core.calls import value_object
from ..core.labels import Labels

# Kubernetes, pkg/apis/networking/validation, of paths that are Prefix or Exact.
_NOT_IN_PATH = re.compile(r"//|/\.{1,2}(?=/|$)|%2[fF]")

# RFC 6265, cookie-name, without the characters that ingress-nginx refuses in an annotation.
_COOKIE = re.compile(r"[A-Za-z0-9._~-]+")


@value_object(kw_only=False)
class Host:
    """Where a WebService answers from outside.

    Args:
        name: the host name, `api.shop.example` or `*.shop.example`.
        path: begins with "/"; default all of the host.
        path_type: Prefix, the path and everything below it; or Exact, the path alone.
    """

    name: str
    path: str = "/"
    path_type: Literal["Prefix", "Exact"] = field(default="Prefix", kw_only=True)

    def problems(self) -> Iterator[str]:
        yield from host_name_problems(self.name.removeprefix("*."))
        if not self.path.startswith("/"):
            yield f"path {self.path!r} does not begin with '/'"
        elif part := _NOT_IN_PATH.search(self.path):
            yield f"path {self.path!r} has {part[0]!r}, which Kubernetes refuses; write the path as clients ask for it"


@value_object
class StickyCookie:
    """A cookie that leads a browser's requests to the pod of its first one, while there is that pod.

    Args:
        name: default the service's name and "-affinity": two services on one host need two.
        max_age: seconds that the browser keeps it; default until it is closed.
    """

    name: str | None = None
    max_age: int | None = None

    def name_for(self, labels: Labels) -> str:
        return self.name or f"{labels.name}-affinity"

    def problems(self) -> Iterator[str]:
        if self.name is not None and not _COOKIE.fullmatch(self.name):
            yield f"name {self.name!r} is not a cookie's; use letters, digits, '-', '_', '.' and '~'"
        if self.max_age is not None and self.max_age < 1:
            yield f"max_age {self.max_age} is not a number of seconds; give 1 or more"
