"""No request is lost, whatever is done to the pods that serve."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from ..charts.dist import documents, named, of_kind, pod_spec
from ..e2e.waiting import until
from .conftest import Staging
from .deployments import Deployment
from .killing import killer
from .load import Load, Question, load
from .migration import migrate

_PER_SECOND = 50

# Traefik takes what changed every two seconds. It asks another pod when one refuses, but not surely: of two pods it may
# draw the dead one three times.
_CONTROLLER_READS_AGAIN = 2

# Slow enough to be in hand when something happens: 0.1 s or more of a processor.
_ROUNDS = 200_000


@pytest.fixture(scope="module")
def web(staging: Staging) -> Iterator[list[Deployment]]:
    """backend and frontend with two pods each."""
    migrate(staging.environment)
    deployments = [Deployment(staging.environment, name) for name in ("backend", "frontend")]
    _each(deployments, lambda deployment: deployment.scale(2))
    _each(deployments, lambda deployment: deployment.settled(2))
    yield deployments
    _each(deployments, lambda deployment: deployment.scale(1))
    _each(deployments, lambda deployment: deployment.settled(1))
    _each(deployments, Deployment.give_back)


@pytest.fixture
def no_second_try(staging: Staging) -> Iterator[None]:
    """Who asks a Service has one try, but ingress-nginx asks another pod when one refuses the connection.

    The manifests must not lean on that.
    """
    annotation, deployer = "nginx.ingress.kubernetes.io/proxy-next-upstream", staging.environment.deployer
    deployer("annotate", "ingress", "backend", "frontend", f"{annotation}=off")
    yield
    deployer("annotate", "ingress", "backend", "frontend", f"{annotation}-")


def test_of_a_pod_that_crashes_only_what_it_had_in_hand_is_lost_and_what_comes_before_the_service_forgets_it(
    staging: Staging, web: list[Deployment]
) -> None:
    backend, _ = web
    pod, *_ = backend.pods()
    image = pod["spec"]["containers"][0]["image"]
    with (
        killer(staging.cluster, image) as killing,
        load(staging.cluster, *_users(), per_second=_PER_SECOND, authority=staging.authority) as sent,
    ):
        victim = killing.find(pod)
        with load(staging.cluster, _slow(_ROUNDS), per_second=1000, authority=staging.authority, limit=20) as slow:
            until("slow requests to be in hand", lambda: [] if slow.asked == 20 else ["requests"], seconds=10)
            begin, end = victim.kill()
        until("the crash to be seen", lambda: [] if len(backend.ready()) < 2 else ["a pod less"], seconds=60)
        forgotten = time.monotonic() + _CONTROLLER_READS_AGAIN
        until("the pod to start again", lambda: [] if _restarted(backend) else ["a restart"], seconds=60)
        backend.settled(2)
    in_hand = [answer for answer in [*sent.answers, *slow.answers] if answer.in_hand(begin, end)]
    failures = [*sent.failures, *slow.failures]
    refused = [failure for failure in failures if failure not in in_hand]
    print(f"\n{sent}\n{slow}")
    print(f"both pods had {len(in_hand)} in hand at the crash, and {len(failures) - len(refused)} of them failed;")
    print(f"{len(refused)} more failed that were sent until {forgotten - end:.1f} s after it")
    assert len(failures) > len(refused), "the pod had nothing in hand"
    assert not [failure for failure in refused if failure.sent > forgotten]


def test_none_is_lost_while_pods_are_rolled_rolled_back_drained_and_taken_away(
    staging: Staging, web: list[Deployment], no_second_try: None
) -> None:
    with load(staging.cluster, *_users(), per_second=_PER_SECOND, authority=staging.authority) as sent:
        sent.phase("rolling update")
        _each(web, Deployment.restart)
        _each(web, Deployment.rolled)
        # At once: the pods before are still in their pause.
        sent.phase("rollback")
        _each(web, Deployment.undo)
        _each(web, Deployment.rolled)
        _each(web, lambda deployment: deployment.settled(2))
        sent.phase("drain")
        refusals = sum(deployment.evict(pod) for deployment in web for pod in sorted(deployment.names()))
        _each(web, lambda deployment: deployment.settled(2))
        sent.phase("scale down")
        _each(web, lambda deployment: deployment.scale(1))
        _each(web, lambda deployment: deployment.settled(1))
    print(f"\n{sent}\n{refusals} evictions were refused until the pod before was replaced")
    assert refusals, "nothing held the drain back"
    assert not sent.failures
    _sent_all(sent)


def test_without_the_pause_before_its_end_a_pod_loses_some(
    staging: Staging, web: list[Deployment], no_second_try: None
) -> None:
    backend, _ = web
    pauses = pod_spec(named(documents("staging"), "Deployment", "backend"))["containers"][0]["lifecycle"]
    assert pauses.keys() == {"preStop"}
    without = json.dumps([{"op": "remove", "path": "/spec/template/spec/containers/0/lifecycle"}])
    backend.environment.deployer("patch", backend.object, "--type=json", f"--patch={without}")
    backend.rolled()
    with load(staging.cluster, *_users(), per_second=4 * _PER_SECOND, authority=staging.authority) as sent:
        # A race between the end of the process and the news of it.
        for number in range(1, 4):
            sent.phase(f"rolling update {number}")
            backend.restart()
            backend.rolled()
            if sent.failures:
                break
    backend.environment.deployer("apply", "-f=dist/staging/Deployment.backend.k8s.yaml")
    backend.rolled()
    print(f"\n{sent}")
    assert sent.failures


def _users() -> list[Question]:
    """What they ask: both hosts, quick and slow, what may be asked twice and what may not."""
    api, page = _host("backend"), _host("frontend")
    ready = [Question(f"{api}/ready"), Question(f"{page}/api/ready")]
    task = {"text": "request"}
    writes = [Question(f"{api}/tasks", "POST", task), Question(f"{page}/api/tasks", "POST", task)]
    return [*ready, _slow(_ROUNDS // 10), *ready, writes[0], *ready, *ready, *ready, writes[1]]


def _slow(rounds: int) -> Question:
    return Question(f"{_host('backend')}/digest?text=request&rounds={rounds}")


def _host(name: str) -> str:
    """Of the Ingress."""
    ingress = named(of_kind(documents("staging"), "Ingress"), "Ingress", name)
    return f"https://{ingress['spec']['rules'][0]['host']}"


def _restarted(deployment: Deployment) -> bool:
    return any(pod["status"]["containerStatuses"][0]["restartCount"] for pod in deployment.pods())


def _each(deployments: list[Deployment], do: Callable[[Deployment], None]) -> None:
    for deployment in deployments:
        do(deployment)


def _sent_all(sent: Load) -> None:
    """Every question has an answer, and there were as many as there should be, or nearly, on a machine that is busy."""
    seconds = max(answer.sent for answer in sent.answers) - sent.begin
    assert len(sent.answers) == sent.asked > 0.7 * _PER_SECOND * seconds
