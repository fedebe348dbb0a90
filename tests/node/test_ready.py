"""Every container of dist/staging, as a kubelet runs it."""

from ..charts.dist import K8S
from .conftest import Staging


def test_every_pod_is_ready_within_the_patience_of_its_probes_and_nothing_restarted(staging: Staging) -> None:
    pods = [pod for pod in staging.environment.admin.get("pods") if pod["status"]["phase"] != "Succeeded"]
    assert {pod["metadata"]["labels"][f"{K8S}/name"] for pod in pods} == {
        "backend",
        "celery-worker",
        "frontend",
        "postgres",
        "redis",
    }
    for pod in pods:
        for status in pod["status"]["containerStatuses"]:
            assert status["ready"], pod["metadata"]["name"]
            assert not status["restartCount"], (pod["metadata"]["name"], status["lastState"])
