"""Which backup is meant."""

from datetime import datetime

from .failure import Misconfigured, Unproven
from .keys import DUMP, Backup, Folder, manifest_key
from .manifest import Manifest
from .storage import Store


def complete(store: Store, folder: Folder) -> list[Backup]:
    """Those that have a manifest, from the oldest to the newest."""
    return [backup for backup in folder.backups(store.list(str(folder))) if backup.complete]


def newest(store: Store, folder: Folder, *, before: datetime | None = None) -> Backup:
    """The newest complete backup, or the last before a time.

    Raises:
        Unproven: there is none.
    """
    in_time = [backup for backup in complete(store, folder) if before is None or backup.time < before]
    if not in_time:
        when = f" before {before.isoformat()}" if before else ""
        raise Unproven(f"there is no complete backup{when} below {folder}; `list` shows what is there")
    return in_time[-1]


def chosen(store: Store, folder: Folder, *, key: str | None, before: datetime | None) -> Manifest:
    """The manifest of the backup named by its key, of the last before a time, or of the newest."""
    if key and before:
        raise Misconfigured("a key and a time are given; a backup is named by one of them")
    key = key or newest(store, folder, before=before).key
    if not key.endswith(DUMP):
        raise Misconfigured(f"{key} is not a dump's key, which ends with {DUMP}; `list` shows them")
    return Manifest.from_json(store.read(manifest_key(key)), key)
