"""Nothing that Postgres or Redis has acknowledged is lost when they are killed."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from ..charts.dist import Object, documents, named, pod_spec
from ..e2e.waiting import until
from . import tasks
from .conftest import Staging
from .deployments import Deployment
from .killing import Killer, killer
from .load import load
from .migration import migrate

_WRITER = Path(__file__).with_name("writer.py")
_SEED = random.randrange(10**6)

# Longer than any task here, or one would be begun again while it runs.
_BEGUN_AGAIN_AFTER = 20


@dataclass(frozen=True)
class Datastore:
    """A StatefulSet of one pod, which is ended at random moments."""

    staging: Staging
    name: str
    moments: random.Random = field(default_factory=lambda: random.Random(_SEED))

    @property
    def patience(self) -> int:
        """Seconds that the startup probe gives it."""
        (container,) = pod_spec(named(documents("staging"), "StatefulSet", self.name))["containers"]
        probe = container["startupProbe"]
        seconds: int = probe["failureThreshold"] * probe["periodSeconds"]
        return seconds

    def pod(self) -> Object:
        (pod,) = self.staging.environment.admin.get("pod", f"{self.name}-0")
        return pod

    def volume(self) -> str:
        (claim,) = self.staging.environment.admin.get("persistentvolumeclaim", f"{self.name}-pvc")
        name: str = claim["spec"]["volumeName"]
        return name

    def killed(self, killing: Killer) -> float:
        """Seconds until it was ready again after SIGKILL of its main process."""
        restarts = _restarts(self.pod())
        victim = killing.find(self.pod())
        self._at_a_random_moment()
        begin, _ = victim.kill()
        return self._ready_again(begin, lambda pod: _restarts(pod) > restarts)

    def deleted(self) -> float:
        """Seconds until the next pod was ready."""
        before = self.pod()["metadata"]["uid"]
        self._at_a_random_moment()
        begin = time.monotonic()
        self.staging.environment.admin("delete", "pod", f"{self.name}-0", "--wait=false")
        return self._ready_again(begin, lambda pod: pod["metadata"]["uid"] != before)

    def _at_a_random_moment(self) -> None:
        time.sleep(self.moments.uniform(0.5, 3))

    def _ready_again(self, begin: float, is_next: Callable[[Object], bool]) -> float:
        def missing() -> list[str]:
            pods = self.staging.environment.admin.get("pod", f"{self.name}-0")
            return [] if any(is_next(pod) and _ready(pod) for pod in pods) else [f"{self.name}-0, ready again"]

        until(f"{self.name} to come back", missing, seconds=self.patience)
        return time.monotonic() - begin


@pytest.fixture(scope="module")
def workers(staging: Staging) -> Iterator[Deployment]:
    migrate(staging.environment)
    deployment = Deployment(staging.environment, "celery-worker")
    deployment.scale(1)
    deployment.settled(1)
    with tasks.begun_again_after(deployment, _BEGUN_AGAIN_AFTER):
        yield deployment
    deployment.give_back()


@pytest.fixture
def killing(staging: Staging) -> Iterator[Killer]:
    backend, *_ = Deployment(staging.environment, "backend").pods()
    with killer(staging.cluster, backend["spec"]["containers"][0]["image"]) as found:
        yield found


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_what_was_acknowledged_is_there_after_it_was_killed_and_deleted(
    staging: Staging, workers: Deployment, killing: Killer, name: str
) -> None:
    datastore = Datastore(staging, name)
    volume = datastore.volume()
    # More than a worker does meanwhile: some wait in Redis.
    queued = load(staging.cluster, tasks.question(2), per_second=6, authority=staging.authority)
    with _written(staging, name) as numbers, queued as sent:
        seconds = [datastore.killed(killing), datastore.deleted(), datastore.killed(killing)]
    accepted = tasks.accepted(sent)
    print(f"\n{name}, seed {_SEED}: ready again after {', '.join(f'{s:.1f} s' for s in seconds)}\n{sent}")
    print(f"{len(numbers)} numbers and {len(accepted)} tasks were acknowledged")
    assert datastore.volume() == volume
    assert len(numbers) > 100
    assert accepted
    lost = set(numbers) - _STORED[name](staging)
    assert not lost
    tasks.done(staging, accepted, seconds=3 * _BEGUN_AGAIN_AFTER + len(accepted) / 2)


@contextmanager
def _written(staging: Staging, name: str) -> Iterator[list[int]]:
    """Numbers that the server says it has stored, for as long as the `with` lasts."""
    _psql(staging, "DROP TABLE IF EXISTS acknowledged; CREATE TABLE acknowledged (number integer PRIMARY KEY)")
    _redis(staging, "DEL", "acknowledged")
    numbers: list[int] = []
    command = ("exec", "-i", "deployment/backend", "--", "python", "-c", _WRITER.read_text(), name)
    with staging.environment.admin.running(*command) as writer:
        assert writer.stdin
        assert writer.stdout
        assert writer.stderr
        stdout = writer.stdout
        reading = Thread(target=lambda: numbers.extend(int(line) for line in stdout))
        reading.start()
        try:
            yield numbers
        finally:
            writer.stdin.close()
            reading.join(30)
            said = writer.stderr.read()
    assert not writer.returncode, said


def _psql(staging: Staging, statement: str) -> str:
    shell = 'exec psql -qAt -v ON_ERROR_STOP=1 -U "$(cat /run/secrets/postgres-secret/POSTGRES_USER)" -d "$0" -c "$1"'
    database = staging.secrets["postgres-secret"]["POSTGRES_DB"]
    return staging.environment.admin("exec", "postgres-0", "--", "sh", "-c", shell, database, statement)


def _redis(staging: Staging, *command: str) -> str:
    shell = 'export REDISCLI_AUTH="$(cat /run/secrets/redis-secret/REDIS_PASSWORD)"; exec redis-cli "$@"'
    return staging.environment.admin("exec", "redis-0", "--", "sh", "-c", shell, "sh", *command)


_STORED: dict[str, Callable[[Staging], set[int]]] = {
    "postgres": lambda staging: _numbers(_psql(staging, "SELECT number FROM acknowledged")),
    "redis": lambda staging: _numbers(_redis(staging, "LRANGE", "acknowledged", "0", "-1")),
}


def _numbers(lines: str) -> set[int]:
    return {int(line) for line in lines.split()}


def _restarts(pod: Object) -> int:
    return sum(status["restartCount"] for status in pod["status"].get("containerStatuses", []))


def _ready(pod: Object) -> bool:
    conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"
