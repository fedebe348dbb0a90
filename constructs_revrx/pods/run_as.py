"""As which user a pod's processes run."""

from collections.abc import Iterator

from ..core.calls import value_object


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

    def problems(self) -> Iterator[str]:
        for name in ("user", "group"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is root or none, which Pod Security restricted refuses"
