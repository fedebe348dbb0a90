"""The security context of pods and containers, as Pod Security `restricted` demands it, and its user.

Source of the rules: Kubernetes, Pod Security Standards, Restricted; kubernetes/pod-security-admission, policy/.
"""

from collections.abc import Iterator
from typing import Any

from ..core.calls import value_object

CONTAINER: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


@value_object
class RunAs:
    """The uid and gid of a pod's processes and volumes; default 10001, above those of a node's own users.

    Another is for a data directory that another uid has written: Postgres refuses one that is not its own. The
    official images use 70:70 (postgres, alpine) and 999:1000 (redis, alpine).

    Args:
        user: the uid, 1 or more; default 10001.
        group: the gid, 1 or more, which also owns the volumes (fsGroup); default 10001.
    """

    user: int = 10001
    group: int = 10001

    @property
    def security_context(self) -> dict[str, Any]:
        """The PodSecurityContext of the API."""
        return {
            "runAsNonRoot": True,
            "runAsUser": self.user,
            "runAsGroup": self.group,
            # The group owns volumes and secret files: without it a uid that is not root could read neither.
            "fsGroup": self.group,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        }

    def problems(self) -> Iterator[str]:
        for name in ("user", "group"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is root or none, which Pod Security restricted refuses"
