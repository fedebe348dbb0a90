"""The names of backups in the bucket: `<prefix>/<namespace>/<database>/YYYY/MM/DD/<UTC time>-<reason>.dump`.

A backup is two objects: the dump, and beside it its manifest, `….json`, which is written last. A dump without
a manifest does not count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from .failure import Misconfigured

DUMP, MANIFEST = ".dump", ".json"

_TIME = "%Y%m%dT%H%M%S.%fZ"
_REASON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_KEY = re.compile(rf"(\d{{4}}/\d\d/\d\d)/(\d{{8}}T\d{{6}}\.\d{{6}}Z)-({_REASON.pattern})(\.dump|\.json)")


@dataclass(frozen=True)
class Stored:
    """An object as the store lists it; modified: by the store's clock."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class Backup:
    """A dump, its manifest, or both.

    time: when the backup began, by its name.
    """

    time: datetime
    reason: str
    objects: tuple[Stored, ...]

    @property
    def complete(self) -> bool:
        return len(self.objects) == 2

    @property
    def key(self) -> str:
        """The dump's."""
        return self.objects[0].key.removesuffix(MANIFEST).removesuffix(DUMP) + DUMP

    @property
    def born(self) -> datetime:
        """The latest time that anything tells, so that a wrong clock makes it no older than it is."""
        return max(self.time, *(stored.modified for stored in self.objects))


@dataclass(frozen=True)
class Folder:
    """The backups of one database, and of no other whose name begins with the same letters."""

    prefix: str
    namespace: str
    database: str

    def __str__(self) -> str:
        # A name may hold anything, '/' too; as one path segment no database's backups lie below another's.
        parts = (*self.prefix.strip("/").split("/"), self.namespace, quote(self.database, safe=""))
        return "/".join(parts).lstrip("/") + "/"

    def key(self, time: datetime, reason: str) -> str:
        if not _REASON.fullmatch(reason):
            raise Misconfigured(
                f"reason {reason!r} cannot be part of a key; use at most 63 letters, digits, '-', '_' and '.'"
            )
        time = time.astimezone(UTC)
        return f"{self}{time:%Y/%m/%d}/{time.strftime(_TIME)}-{reason}{DUMP}"

    def backups(self, listed: Iterable[Stored]) -> list[Backup]:
        """From the oldest to the newest. Objects that are named otherwise are not ours and are left out."""
        objects: dict[str, list[Stored]] = {}
        for stored in sorted(listed, key=lambda stored: stored.key):
            if self._match(stored.key):
                objects.setdefault(stored.key.removesuffix(MANIFEST).removesuffix(DUMP), []).append(stored)
        return sorted((self._backup(tuple(both)) for both in objects.values()), key=lambda backup: backup.time)

    def _match(self, key: str) -> tuple[datetime, str] | None:
        match = _KEY.fullmatch(key.removeprefix(str(self))) if key.startswith(str(self)) else None
        if not match:
            return None
        try:
            time = datetime.strptime(match[2], _TIME).replace(tzinfo=UTC)
        except ValueError:  # digits that are no date
            return None
        return (time, match[3]) if f"{time:%Y/%m/%d}" == match[1] else None

    def _backup(self, objects: tuple[Stored, ...]) -> Backup:
        time, reason = self._match(objects[0].key) or (datetime.min, "")
        return Backup(time, reason, objects)


def manifest_key(dump_key: str) -> str:
    return dump_key.removesuffix(DUMP) + MANIFEST
