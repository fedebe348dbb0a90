"""No task is lost, whatever is done to the workers."""

from collections.abc import Iterator

import pytest

from ..e2e.waiting import until
from . import tasks
from .conftest import Staging
from .deployments import Deployment
from .killing import killer
from .load import load
from .migration import migrate

# Seconds that tasks take, in turn; this many each second keep 6 of the 8 processes of two workers busy.
_TASKS = [tasks.question(seconds) for seconds in (2, 4, 10, 2, 3, 5, 2)]
_PER_SECOND = 1.5

# Longer than any task here, or one would be begun again while it runs.
_BEGUN_AGAIN_AFTER = 20

_PROCESSES = 4


@pytest.fixture(scope="module")
def workers(staging: Staging) -> Iterator[Deployment]:
    """Two pods."""
    migrate(staging.environment)
    deployment = Deployment(staging.environment, "celery-worker")
    deployment.scale(2)
    deployment.settled(2)
    yield deployment
    deployment.scale(1)
    deployment.settled(1)
    deployment.give_back()


def test_each_is_done_once_while_workers_are_rolled_and_drained(staging: Staging, workers: Deployment) -> None:
    with load(staging.cluster, *_TASKS, per_second=_PER_SECOND, authority=staging.authority) as queued:
        queued.phase("rolling update")
        workers.restart()
        workers.rolled()
        queued.phase("drain")
        for pod in sorted(pod["metadata"]["name"] for pod in workers.ready()):
            workers.evict(pod)
    print(f"\n{queued}")
    assert not queued.failures
    runs = tasks.done(staging, tasks.accepted(queued), seconds=60)
    assert {id: number for id, number in runs.items() if number != 1} == {}
    workers.settled(2)


def test_of_a_worker_that_is_killed_each_is_done_and_only_what_it_had_in_hand_twice(
    staging: Staging, workers: Deployment
) -> None:
    first, second = workers.pods()
    image = first["spec"]["containers"][0]["image"]
    with tasks.begun_again_after(workers, _BEGUN_AGAIN_AFTER), killer(staging.cluster, image) as killing:
        first, second = workers.pods()
        with load(staging.cluster, *_TASKS, per_second=_PER_SECOND, authority=staging.authority) as queued:
            until("tasks to be in hand", lambda: [] if queued.asked > 12 else ["tasks"], seconds=60)
            process, main = killing.find(first, "child"), killing.find(second)
            process.kill()
            main.kill()
            until("a restart", lambda: [] if _restarts(workers) else ["a worker"], seconds=60)
            workers.settled(2)
        print(f"\n{queued}")
        assert not queued.failures
        runs = tasks.done(staging, tasks.accepted(queued), seconds=3 * _BEGUN_AGAIN_AFTER + 60)
    again = {id: number for id, number in runs.items() if number != 1}
    print(f"{len(runs)} tasks, {len(again)} of them begun twice")
    assert set(again.values()) == {2}
    assert len(again) <= _PROCESSES + 1
    assert _restarts(workers) <= 1


def _restarts(workers: Deployment) -> int:
    statuses = [pod["status"].get("containerStatuses", []) for pod in workers.pods()]
    return sum(status["restartCount"] for found in statuses for status in found)
