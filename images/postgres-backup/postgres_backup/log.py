"""What happens, a line of JSON an event."""

import json
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO


class Log:
    """Writes events, and remembers the last fifty for the mail.

    Args:
        now: tells the time of an event.
    """

    def __init__(self, stream: TextIO, now: Callable[[], datetime]) -> None:
        self._stream, self._now = stream, now
        self.last: deque[str] = deque(maxlen=50)

    def event(self, event: str, **fields: object) -> None:
        self._write("info", event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        time = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        # ASCII: a name in SQL_ASCII's bytes is no text that every stream can write.
        line = json.dumps({"time": time, "level": level, "event": event, **fields}, default=str)
        self.last.append(line)
        self._stream.write(line + "\n")
        self._stream.flush()
