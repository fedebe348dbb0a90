"""watch: tells when backups do not come any more: a Job that never started sends nothing by itself."""

from datetime import datetime, timedelta

from . import choice
from .backup import check_clock
from .failure import Unproven
from .keys import Folder, manifest_key
from .log import Log
from .manifest import Manifest
from .storage import Store


def watch(*, store: Store, folder: Folder, max_age_hours: int, now: datetime, log: Log) -> None:
    """Raises Unproven when the newest complete backup is older, or is not there as its manifest says."""
    check_clock(now, store.time(str(folder)))
    newest = choice.newest(store, folder)
    # The older of both: one with a date in the future would be new for ever.
    age = now - min(newest.time, *(stored.modified for stored in newest.objects))
    if age > timedelta(hours=max_age_hours):
        raise Unproven(
            f"the newest backup, {newest.key}, is {age.total_seconds() / 3600:.0f} hours old, more than "
            f"{max_age_hours}: see why the CronJob did not run, and start one now"
        )
    manifest = Manifest.from_json(store.read(manifest_key(newest.key)), newest.key)
    size = next(stored.size for stored in newest.objects if stored.key == newest.key)
    if size != manifest.bytes:
        raise Unproven(f"{newest.key} has {size} bytes in S3, its manifest says {manifest.bytes}: back up again now")
    log.event("watched", key=newest.key, age_hours=round(age.total_seconds() / 3600, 2))
