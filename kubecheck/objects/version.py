"""Kubernetes' minor versions."""

import re
from typing import NamedTuple

_VERSION = re.compile(r"v?(?P<major>[1-9]\d*)\.(?P<minor>\d+)(\.\d+.*)?")


class Version(NamedTuple):
    """A minor version; as text `1.30`."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = Version(1, 27)
NEWEST = Version(1, 37)


# Since when they can be relied on: not when they came, as alpha, but when they are on by default.
SLEEP_ACTION = Version(1, 30)  # KEP-3960: beta in 1.30
SIDECARS = Version(1, 29)  # KEP-753: beta in 1.29


def parse(text: str) -> Version | None:
    match = _VERSION.fullmatch(text)
    return Version(int(match["major"]), int(match["minor"])) if match else None
