"""Tasks, and how they are sent: row first, message after, and a sweep for messages that were lost."""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from . import metrics
from .celery import app
from .database import session
from .digest import digest
from .logging import request_id
from .models import Task
from .settings import settings

log = logging.getLogger(__name__)

# Between the row and its message, and between taking a message and the first change of the row.
LOST_AFTER = 60

# Postgres restarts, or fails over: its tasks wait, and none is given up.
_AGAIN: dict[str, Any] = {
    "autoretry_for": (DBAPIError, PoolTimeout),
    "max_retries": None,
    "retry_backoff": 1,
    "retry_backoff_max": 15,
}


def enqueue(id: UUID, request: str | None) -> None:
    """Raises BrokerError when Redis does not take the message."""
    try:
        run.apply_async((str(id), request))
    except BrokerError:
        metrics.enqueued.labels("failed").inc()
        raise
    metrics.enqueued.labels("sent").inc()


@app.task(name="run", **_AGAIN)
def run(id: str, request: str | None) -> None:
    request_id.set(request)
    with session() as s, s.begin():
        begun = s.execute(
            update(Task)
            .where(Task.id == UUID(id), Task.status.in_(["queued", "running"]))
            .values(status="running", runs=Task.runs + 1, changed_at=func.now())
            .returning(Task.text, Task.seconds, Task.rounds)
        ).one_or_none()
    if begun is None:
        log.info("task %s is done already, or gone", id)
        return
    log.info("task %s begins", id)
    try:
        result, status = digest(begun.text, begun.rounds), "done"
        time.sleep(begun.seconds)
    except Exception as error:
        log.exception("task %s failed", id)
        result, status = repr(error), "failed"
    with session() as s, s.begin():
        s.execute(update(Task).where(Task.id == UUID(id)).values(status=status, result=result, changed_at=func.now()))
    log.info("task %s is %s", id, status)


@app.task(name="sweep", acks_late=False)
def sweep(sent: float) -> None:
    """Sends rows again whose message Redis never had, or lost.

    Messages are taken in turn: those that were sent before this one have been taken by now, so a row that was sent then
    and still waits has none. That holds however long the queue is, where an age alone would send a long queue twice.
    """
    then = datetime.fromtimestamp(sent, UTC)
    lost = and_(Task.status == "queued", Task.changed_at < then - timedelta(seconds=LOST_AFTER))
    # Taken by a worker that was killed, and its message lost as well: later than Celery itself would begin it again.
    dead = and_(
        Task.status == "running", Task.changed_at < then - timedelta(seconds=2 * settings().task_visibility_timeout)
    )
    with session() as s, s.begin():
        rows = s.scalars(
            select(Task).where(or_(lost, dead)).order_by(Task.created_at).limit(1000).with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.changed_at = datetime.now(UTC)
            enqueue(row.id, row.request_id)
            log.warning("task %s had no message, and was sent again", row.id)
