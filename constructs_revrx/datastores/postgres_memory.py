"""The memory of a Postgres: how much of it processes share in /dev/shm, and whether all of it fits the limit."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kubecheck.objects import quantity as _quantity

from ..core.errors import OptionProblem
from .postgres_settings import MIB, Settings

# A join and a VACUUM with the server's default settings need 108Mi; bitmap scans and statistics need some too.
_LEAST = 128 * MIB

# Shared memory is taken in segments, two of each size before the size doubles, so that up to half more is taken than
# is used. Source: PostgreSQL, src/backend/utils/mmgr/dsa.c.
_GROWTH = 1.5
# Since 17 VACUUM keeps row addresses in segments of up to an eighth of maintenance_work_mem, and the last one may go
# over that. Source: PostgreSQL, src/backend/access/common/tidstore.c. Before 17 it was one array of just that size.
_LAST_SEGMENT = 1.125

# What an idle connection takes; tests/images/test_shared_memory.py measures it.
_CONNECTION = MIB


@dataclass(frozen=True, kw_only=True)
class PostgresMemory:
    """configuration: the server's; limit: of the container's memory; given: the size of /dev/shm, if it is said."""

    configuration: Mapping[str, str]
    limit: str
    given: str | None = None

    @cached_property
    def _settings(self) -> Settings:
        return Settings(self.configuration)

    @property
    def shared(self) -> str:
        """The size of /dev/shm: by default room for one parallel hash join and one parallel VACUUM at once.

        Source: PostgreSQL documentation, Resource Consumption (work_mem, hash_mem_multiplier, maintenance_work_mem) and
        Parallel Plans (Parallel Joins); VACUUM (PARALLEL). A join's processes share one hash table, as large as theirs
        together would be.
        """
        if self.given is not None and _quantity.parse(self.given):
            return self.given
        needed = self._dynamic if self._settings.dynamic_shared_memory == "posix" else 0
        return f"{_mebibytes(max(_LEAST, needed))}Mi"

    @property
    def _dynamic(self) -> float:
        number = self._settings.number
        workers = number("max_parallel_workers_per_gather")
        table = number("work_mem") * number("hash_mem_multiplier") * (workers + 1) if workers else 0
        return table * _GROWTH + number("maintenance_work_mem") * _LAST_SEGMENT

    def problems(self) -> Iterator[OptionProblem]:
        problems = [OptionProblem("configuration", problem) for problem in self._settings.problems()]
        if self.given is not None and (wrong := _quantity.problem(self.given)):
            problems.append(OptionProblem("shared_memory", wrong))
        yield from problems
        limit = _quantity.parse(self.limit)
        # An image's own defaults are small, and a small limit for a small database is its owner's choice.
        if problems or limit is None or not (self._settings.is_given or self.given):
            return
        parts = self._parts()
        total = sum(parts.values())
        if total > limit:
            sizes = ", ".join(f"{part} {_mebibytes(size)}Mi" for part, size in parts.items())
            yield OptionProblem(
                "configuration, shared_memory" if self.given else "configuration",
                f"{sizes} are {_mebibytes(total)}Mi together, over the memory limit {self.limit}, where the server is "
                "killed; lower them, or raise the limit",
            )

    def _parts(self) -> dict[str, float]:
        """What takes memory, and how much, when all is used that the settings allow."""
        number = self._settings.number
        workers, connections = int(number("autovacuum_max_workers")), int(number("max_connections"))
        each, vacuum = number("autovacuum_work_mem"), "autovacuum_work_mem"
        if each < 0:
            each, vacuum = number("maintenance_work_mem"), "autovacuum_work_mem (by default maintenance_work_mem)"
        parts = {
            "shared_buffers": number("shared_buffers"),
            "min_dynamic_shared_memory": number("min_dynamic_shared_memory"),
            **self._shared_part(),
            f"{workers} × {vacuum}": workers * each,
            f"{connections} connections": connections * _CONNECTION,
        }
        return {part: size for part, size in parts.items() if size}

    def _shared_part(self) -> dict[str, float]:
        reason = "(for work_mem and maintenance_work_mem)"
        if self._settings.dynamic_shared_memory == "posix":
            return {"/dev/shm" if self.given else f"/dev/shm {reason}": float(_quantity.parse(self.shared) or 0)}
        # With mmap it is in files on the volume.
        return {f"shared memory {reason}": self._dynamic} if self._settings.dynamic_shared_memory == "sysv" else {}


def _mebibytes(size: float) -> int:
    return math.ceil(size / MIB)
