"""The file whose age tells a probe whether this worker takes tasks."""

import logging
import time
from pathlib import Path
from typing import Any

from celery import bootsteps
from kombu.exceptions import OperationalError

from .settings import settings

log = logging.getLogger(__name__)

EVERY = 10
SWEEP_EVERY = 30


class Heartbeat(bootsteps.StartStopStep):
    """Begins when the consumer has reached Redis, and ends when it loses it. Runs in the event loop that takes the
    tasks, so a loop that hangs is noticed, and children that are busy are not mistaken for it.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timers: list[Any] = []

    def start(self, consumer: Any) -> None:
        file = settings().heartbeat_file
        if file:
            Path(file).touch()
            self._timers.append(consumer.timer.call_repeatedly(EVERY, lambda: self._beat(consumer, Path(file))))
        # Celery beat would be one more pod, and a single one. Each worker asks: a sweep in vain costs a query.
        self._timers.append(consumer.timer.call_repeatedly(SWEEP_EVERY, lambda: self._sweep(consumer.app)))

    def stop(self, _: Any) -> None:
        while self._timers:
            self._timers.pop().cancel()

    shutdown = stop

    def _beat(self, consumer: Any, file: Path) -> None:
        channel = consumer.task_consumer.channel if consumer.task_consumer else None
        # kombu has lost connections without a word before: then no BRPOP is under way though there is room for a task.
        if channel is not None and (channel._in_poll or not channel.qos.can_consume()):
            file.touch()

    def _sweep(self, app: Any) -> None:
        try:
            app.send_task("sweep", (time.time(),), expires=SWEEP_EVERY * 10, retry=False)
        except OperationalError:
            log.warning("no sweep for lost tasks: Redis does not take it")
