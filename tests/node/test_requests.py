"""No request is lost, whatever is done to the pods that serve."""

from collections.abc import Callable, Iterator

import pytest

from ..charts.dist import documents, of_kind
from .conftest import Staging
from .deployments import Deployment
from .load import Load, Question, load

# The ingress controller would ask another pod for a connection that one refuses. Whoever asks the Service does not,
# so the manifests must not lean on it.
_NO_SECOND_TRY = "nginx.ingress.kubernetes.io/proxy-next-upstream"


@pytest.fixture
def web(staging: Staging) -> Iterator[list[Deployment]]:
    """backend and frontend with two pods each."""
    deployments = [Deployment(staging.environment, name) for name in ("backend", "frontend")]
    for deployment in deployments:
        deployment.scale(2)
    for deployment in deployments:
        deployment.settled(2)
    yield deployments
    for deployment in deployments:
        deployment.scale(1)
    for deployment in deployments:
        deployment.settled(1)
        deployment.give_back()


@pytest.fixture
def no_second_try(staging: Staging) -> Iterator[None]:
    deployer = staging.environment.deployer
    deployer("annotate", "ingress", "backend", "frontend", f"{_NO_SECOND_TRY}=off")
    yield
    deployer("annotate", "ingress", "backend", "frontend", f"{_NO_SECOND_TRY}-")


def _hosts() -> dict[str, str]:
    """By name of the Ingress."""
    return {o["metadata"]["name"]: o["spec"]["rules"][0]["host"] for o in of_kind(documents("staging"), "Ingress")}


def _users() -> list[Question]:
    """What they ask: both hosts, quick and slow, what may be asked twice and what may not."""
    hosts = _hosts()
    api, page = f"https://{hosts['backend']}", f"https://{hosts['frontend']}"
    ready = [Question(f"{api}/ready"), Question(f"{page}/api/ready")]
    slow = Question(f"{api}/digest?text=request&rounds=20000")
    task = {"text": "request"}
    writes = [Question(f"{api}/tasks", "POST", task), Question(f"{page}/api/tasks", "POST", task)]
    return [*ready, slow, *ready, writes[0], *ready, *ready, *ready, writes[1]]


def test_none_is_lost_while_pods_are_rolled_rolled_back_drained_and_taken_away(
    staging: Staging, web: list[Deployment], no_second_try: None
) -> None:
    with load(staging.cluster, *_users(), authority=staging.authority) as sent:
        sent.phase("rolling update")
        _each(web, Deployment.restart)
        _each(web, Deployment.rolled)
        sent.phase("rollback")
        _each(web, Deployment.undo)
        _each(web, Deployment.rolled)
        _each(web, lambda d: d.settled(2))
        sent.phase("drain")
        refusals = sum(deployment.evict(pod) for deployment in web for pod in sorted(deployment.names()))
        for deployment in web:
            deployment.settled(2)
        sent.phase("scale down")
        for deployment in web:
            deployment.scale(1)
        for deployment in web:
            deployment.settled(1)
    print(f"\n{sent}\n{refusals} evictions were refused until the pod before was replaced")
    assert refusals, "nothing held the drain back"
    assert not sent.failures
    _sent_all(sent)


def _each(deployments: list[Deployment], do: Callable[[Deployment], None]) -> None:
    for deployment in deployments:
        do(deployment)


def _sent_all(sent: Load) -> None:
    """The load was what it should be, and every question was answered."""
    seconds = max(answer.sent for answer in sent.answers) - sent.begin
    assert len(sent.answers) == pytest.approx(50 * seconds, abs=50)
