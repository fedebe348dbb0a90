"""A container's image."""

import re
from collections.abc import Iterator

from ..core.calls import value_object

# Source: distribution/reference, regexp.go.
_DOMAIN = r"[a-zA-Z0-9]+([.-][a-zA-Z0-9]+)*(:\d+)?"


_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"


_IMAGE = re.compile(
    rf"({_DOMAIN}/)?{_COMPONENT}(/{_COMPONENT})*"
    r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(@(?P<digest>sha256:[a-f0-9]{64}))?"
)


@value_object(kw_only=False)
class Image:
    """A container image.

    Args:
        reference: `ghcr.io/shop/api:1.4.2`, `…@sha256:…` or both. Without a tag, or with `latest`, it is refused.
    """

    reference: str

    @property
    def pull_policy(self) -> str:
        """Always for a tag, which its owner can move; IfNotPresent for a digest, which nobody can."""
        return "IfNotPresent" if "@" in self.reference else "Always"

    def problems(self) -> Iterator[str]:
        match = _IMAGE.fullmatch(self.reference)
        if match is None:
            yield f"{self.reference!r} is not an image reference; write name:tag or name@sha256:<64 hex digits>"
        elif match["digest"] is None and match["tag"] in (None, "latest"):
            yield f"{self.reference} can change under a running pod; give a version or a digest"
