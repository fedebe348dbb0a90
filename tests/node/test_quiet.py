"""After the tests that disturb nothing: what has run since the beginning still does."""

import time

from .conftest import Staging

_SECONDS = 300


def test_nothing_restarts_in_five_minutes(staging: Staging) -> None:
    time.sleep(max(0.0, staging.since + _SECONDS - time.monotonic()))
    there = {pod["metadata"]["uid"]: pod for pod in staging.pods()}
    for before in staging.first_pods:
        pod = there.get(before["metadata"]["uid"])
        assert pod, f"{before['metadata']['name']} is gone"
        for status in pod["status"]["containerStatuses"]:
            assert not status["restartCount"], (pod["metadata"]["name"], status["lastState"])
            assert status["ready"], pod["metadata"]["name"]
