"""The worker: `celery --app=app.celery worker`."""

import os
import signal
from typing import Any

from celery import Celery, signals

from . import logging
from .heartbeat import Heartbeat
from .settings import settings

# SIGTERM begins a warm shutdown, which waits for tasks as long as they take. The manifests kill after 300 s; what still
# runs shortly before is given back, so that another worker need not wait for the visibility timeout.
GIVE_BACK_AFTER = 280

# Before Celery's own moment for it: until then it warns in plain text, of a uid and gid without a name among others.
logging.configure()
app = Celery("revrx", broker=settings().redis_url, include=["app.tasks"])
app.conf.update(
    # The result is a row in Postgres.
    task_ignore_result=True,
    # A message is gone when its task is done, not when it begins.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # After the warm shutdown there is no time left: seconds between SIGQUIT and giving back. Celery sleeps all of them,
    # and acknowledges nothing meanwhile.
    worker_soft_shutdown_timeout=1,
    worker_enable_soft_shutdown_on_idle=True,
    # What is in hand when Redis restarts is finished; its message may come again, and the row says that it is done.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    # For ever: 100 attempts by default, then the worker ends.
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": settings().task_visibility_timeout,
        "socket_connect_timeout": 3,
        "socket_timeout": 15,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    # A request waits for it.
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
    worker_redirect_stdouts=False,
    # No events are read, and each worker would write them all into Redis.
    worker_send_task_events=False,
)
app.steps["consumer"].add(Heartbeat)


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    logging.configure()


@signals.celeryd_init.connect
def _without_banner(instance: Any, **_: Any) -> None:
    # The command line of the manifests has no --quiet, and a banner is no JSON.
    instance.quiet = True


@signals.worker_shutting_down.connect
def _give_back(how: str, **_: Any) -> None:
    if how == "Warm":
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGQUIT))
        signal.alarm(GIVE_BACK_AFTER)
