"""The memory of a Postgres: how much of it processes share in /dev/shm, and whether all of it fits the limit."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kubecheck.objects import quantity as _quantity

from ..core.errors import OptionProblem
from .postgres_settings import MIB, Settings

# What the defaults need is 108Mi; bitmaps and statistics are there too.
_LEAST = 128 * MIB

# An area of dynamic shared memory grows by segments, two of each size before they double, so that up to half as much
# again is taken as is used. Source: PostgreSQL, src/backend/utils/mmgr/dsa.c.
_GROWTH = 1.5
# Since 17 the row addresses that VACUUM gathers are in segments of an eighth of maintenance_work_mem at most, the last
# of which goes over it. Source: PostgreSQL, src/backend/access/common/tidstore.c. Before, it was one array.
_LAST_SEGMENT = 1.125

# What a connection takes that does nothing; tests/images/test_shared_memory.py measures it.
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
        # That of mmap is files on the volume.
        return {f"shared memory {reason}": self._dynamic} if self._settings.dynamic_shared_memory == "sysv" else {}


def _mebibytes(size: float) -> int:
    return math.ceil(size / MIB)
