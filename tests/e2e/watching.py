"""Pods, watched from one moment to the next, so that a test can say what was true all the time."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ..charts.dist import K8S, Object
from .kubectl import Kubectl
from .waiting import until


class Watch:
    """Of each workload, by its label app.kubernetes.io/name, how many pods were ready: after each event."""

    def __init__(self) -> None:
        self.moments: list[Counter[str]] = []
        self.seen: set[str] = set()
        self._ready: dict[str, str] = {}

    def fewest(self, workload: str) -> int:
        return min(moment[workload] for moment in self.moments)

    def note(self, event: Object) -> None:
        metadata, status = event["object"]["metadata"], event["object"]["status"]
        conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}
        # One that is going is taken from its Service at once.
        stays = event["type"] != "DELETED" and "deletionTimestamp" not in metadata
        if stays and conditions.get("Ready") == "True":
            self._ready[metadata["name"]] = metadata["labels"].get(f"{K8S}/name", "")
        else:
            self._ready.pop(metadata["name"], None)
        self.seen.add(metadata["name"])
        self.moments.append(Counter(self._ready.values()))


@contextmanager
def watched(namespace: Kubectl) -> Iterator[Watch]:
    """The pods of a namespace, from now to the end of the `with`."""
    watch = Watch()
    there = {p["metadata"]["name"] for p in namespace.get("pods") if "deletionTimestamp" not in p["metadata"]}
    with namespace.running("get", "pods", "--watch", "--output-watch-events", "-o=json") as process:
        assert process.stdout is not None
        reader = threading.Thread(target=_read, args=(process.stdout, watch))
        reader.start()
        try:
            until("the watch to begin", lambda: there - watch.seen, seconds=30)
            # Those before were of the list that it begins with, one pod after another.
            del watch.moments[:-1]
            yield watch
        finally:
            process.kill()
            reader.join()


def _read(stream: IO[str], watch: Watch) -> None:
    for line in stream:
        watch.note(json.loads(line))
