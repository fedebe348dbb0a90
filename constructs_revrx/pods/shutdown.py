"""How a pod ends."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubecheck.objects.version import SLEEP_ACTION, Version

from ..core.calls import value_object


@value_object
class Shutdown:
    """How a pod ends without losing work, in seconds.

    Args:
        pause: the preStop pause, in which load balancers forget the pod while it still answers.
        drain: what the program then needs, after SIGTERM, to finish what it has begun.
        command: run instead of the pause, in exec form; `pause` is then the time that it may take. Only the kubelet's
            own pause, from a target_kubernetes of 1.30 on, needs no program in the image; before it is `sleep`.
    """

    pause: int
    drain: int
    command: Sequence[str] = ()

    @property
    def grace(self) -> int:
        """terminationGracePeriodSeconds: pause and drain, and a margin before SIGKILL."""
        return self.pause + self.drain + 5

    def lifecycle(self, kubernetes: Version) -> dict[str, Any] | None:
        """The container's Lifecycle; None without a pause."""
        if self.command:
            return {"preStop": {"exec": {"command": self.command}}}
        if not self.pause:
            return None
        if kubernetes >= SLEEP_ACTION:
            return {"preStop": {"sleep": {"seconds": self.pause}}}
        return {"preStop": {"exec": {"command": ["sleep", str(self.pause)]}}}

    def problems(self) -> Iterator[str]:
        for name in ("pause", "drain"):
            if getattr(self, name) < 0:
                yield f"{name} {getattr(self, name)} is negative; give seconds, 0 for none"
        if self.command and self.pause == 0:
            yield "pause 0 gives the command no time; give the seconds that it may take"
