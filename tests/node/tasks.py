"""Tasks of the application, as users send them and look after them."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..charts.dist import Object, documents, named
from ..e2e.waiting import until
from .conftest import Staging
from .deployments import Deployment
from .load import Load, Question, client


def question(seconds: float) -> Question:
    """A task that takes so long."""
    return Question(f"{_api()}/tasks", "POST", {"text": "task", "seconds": seconds})


def accepted(sent: Load) -> list[str]:
    """The ids of the tasks that the application has said it will do."""
    return [str(answer.json["id"]) for answer in sent.answers if answer.json]


def done(staging: Staging, ids: Iterable[str], *, seconds: float) -> dict[str, int]:
    """Wait until all of them are done. Returns how often each was begun."""
    runs: dict[str, int] = {}
    wanted = set(ids)

    def missing() -> list[str]:
        states = asyncio.run(_states(staging, wanted - runs.keys()))
        runs.update({id: state["runs"] for id, state in states.items() if state.get("status") == "done"})
        return [f"{id} {states.get(id)}" for id in sorted(wanted - runs.keys())]

    with staging.cluster.outside():
        until("tasks to be done", missing, seconds=seconds)
    return runs


@contextmanager
def begun_again_after(workers: Deployment, seconds: int) -> Iterator[None]:
    """Whose worker was killed waits so long and not the ten minutes of charts/, which no test has time for."""
    deployer, name = workers.environment.deployer, "TASK_VISIBILITY_TIMEOUT"
    pods = len(workers.names())
    deployer("set", "env", workers.object, f"{name}={seconds}")
    try:
        workers.rolled()
        workers.settled(pods)
        yield
    finally:
        deployer("set", "env", workers.object, f"{name}-")
        workers.rolled()


async def _states(staging: Staging, ids: set[str]) -> dict[str, Object]:
    async with client(staging.cluster.address, staging.authority) as users:
        answers = await asyncio.gather(*(users.get(f"{_api()}/tasks/{id}") for id in ids))
    return {answer.json()["id"]: answer.json() for answer in answers if answer.status_code == 200}


def _api() -> str:
    return f"https://{named(documents('staging'), 'Ingress', 'backend')['spec']['rules'][0]['host']}"
