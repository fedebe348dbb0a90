"""docs/policies: enough for what the program does, and no more than that."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from .places import ROOT
from .pod import Pod, Sample
from .s3 import Environ, Start, is_part, refuse, when


def allowed(name: str) -> set[str]:
    policy = json.loads((ROOT / f"docs/policies/{name}.json").read_text())
    actions = (statement["Action"] for statement in policy["Statement"])
    return {each for action in actions for each in ([action] if isinstance(action, str) else action)}


def action(method: str, path: str, query: str) -> str:
    """What S3 asks a policy for (Service Authorization Reference, Amazon S3)."""
    if method == "DELETE":
        return "s3:AbortMultipartUpload" if "uploadId=" in query else "s3:DeleteObject"
    if method == "POST" and query.startswith("delete"):
        return "s3:DeleteObject"
    if method == "GET" and "list-type=2" in query:
        return "s3:ListBucket"
    return "s3:GetObject" if method in ("GET", "HEAD") else "s3:PutObject"


class Role:
    """Refuses what its policy does not allow, and notes what was asked."""

    def __init__(self, policy: str) -> None:
        self.allowed, self.asked = allowed(policy), set[str]()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes] | None:
        asked = action(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        self.asked.add(asked)
        return None if asked in self.allowed else refuse(403, "AccessDenied")(environ, start)


@pytest.mark.parametrize(
    ("policy", "days"), [("backup-writer", "0"), ("backup-writer-and-deleter", "90")], ids=["writer", "deleter"]
)
def test_a_backup_needs_all_of_the_writers_policy(pod: Pod, sample: Sample, policy: str, days: str) -> None:
    pod.older(timedelta(days=100), sample)
    pod.s3.fault = role = Role(policy)
    pod.back_up(BACKUP_RETENTION_DAYS=days, BACKUP_KEEP_NEWEST="1")
    # To abort is asked for only when something fails.
    assert role.asked == role.allowed - {"s3:AbortMultipartUpload"}
    pod.s3.fault = lambda *request: role(*request) or when(is_part, refuse(400, "ExpiredToken"))(*request)
    assert pod.run("backup").code == 3
    assert role.asked == role.allowed


@pytest.mark.slow
def test_verify_list_and_watch_need_all_of_the_readers_policy(pod: Pod, sample: Sample) -> None:
    pod.older(timedelta(hours=1), sample)
    pod.s3.fault = role = Role("backup-reader")
    assert [pod.run(command).code for command in ("verify", "list", "watch")] == [0, 0, 0]
    assert role.asked == role.allowed


def test_the_lifecycle_is_for_the_prefix_that_is_the_default() -> None:
    lifecycle: dict[str, Any] = json.loads((ROOT / "docs/policies/backup-lifecycle.json").read_text())
    (rule,) = lifecycle["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("postgres/", 90)
