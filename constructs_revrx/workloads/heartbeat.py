"""How a worker shows that it is at work."""

import shlex
from collections.abc import Iterator

from ..core.calls import value_object
from ..pods.probe import Probe


@value_object
class Heartbeat:
    """A file that a worker touches while it works, and the age in minutes from which it counts as hung.

    `celery inspect ping` instead would import the application at each probe, and fail on a busy worker or a broker
    that is down, killing tasks (celery issue 4079).

    Args:
        file: its path, in a folder of `scratch`; default /tmp/heartbeat.
        max_age_minutes: 1 or more; default 2.
    """

    file: str = "/tmp/heartbeat"
    max_age_minutes: int = 2

    @property
    def probe(self) -> Probe:
        """Whether the file was touched in that time."""
        # find exits with 0 whether or not it finds the file; only its output tells.
        found = f'test -n "$(find {shlex.quote(self.file)} -mmin -{self.max_age_minutes})"'
        return Probe.exec("sh", "-c", found, period=30, failures=3)

    def problems(self) -> Iterator[str]:
        if self.max_age_minutes < 1:
            yield f"max_age_minutes {self.max_age_minutes} is below 1, the unit of find -mmin"
