"""Which backups are old enough to go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .backup import check_clock
from .keys import Backup, Folder
from .log import Log
from .storage import Store


def expired(backups: Sequence[Backup], *, now: datetime, days: int, keep_newest: int) -> list[Backup]:
    """Those older than so many days, but for the newest complete ones.

    What is incomplete counts for nothing, and goes by its age.
    """
    complete = sorted((backup for backup in backups if backup.complete), key=lambda backup: backup.time)
    spared = complete[-keep_newest:]
    return [backup for backup in backups if now - backup.born > timedelta(days=days) and backup not in spared]


def delete_expired(*, store: Store, folder: Folder, ours: datetime, days: int, keep_newest: int, log: Log) -> None:
    """Called only after a new backup is in S3, checked, with its manifest.

    Raises:
        Failure: the clocks differ, and nothing was deleted; or S3 refused.
    """
    theirs = store.time(str(folder))
    check_clock(ours, theirs)
    old = expired(folder.backups(store.list(str(folder))), now=min(ours, theirs), days=days, keep_newest=keep_newest)
    # The manifest first: a dump that is left alone counts no more.
    keys = sorted((stored.key for backup in old for stored in backup.objects), key=lambda key: key.endswith(".dump"))
    store.delete(keys)
    log.event("retention-done", deleted=keys, days=days, keep_newest=keep_newest)
