"""Every container of dist/staging, as a kubelet runs it."""

from ..charts.dist import K8S, containers, named
from .conftest import Staging


def test_every_container_is_ready_and_none_was_restarted_on_the_way(staging: Staging) -> None:
    pods = staging.first_pods
    names = {pod["metadata"]["labels"][f"{K8S}/name"] for pod in pods}
    assert names == {"backend", "celery-worker", "frontend", "postgres", "redis"}
    for pod in pods:
        for status in pod["status"]["containerStatuses"]:
            assert status["ready"], pod["metadata"]["name"]
            assert not status["restartCount"], (pod["metadata"]["name"], status["lastState"])


def test_containers_run_as_10001_and_write_to_their_mounts_only(staging: Staging) -> None:
    admin = staging.environment.admin
    for pod in staging.first_pods:
        name = pod["metadata"]["labels"][f"{K8S}/name"]
        kind = "StatefulSet" if name in ("postgres", "redis") else "Deployment"
        (container,) = containers(named(staging.objects, kind, name))
        folders = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
        script = "id -u; id -g; touch /not-there 2>/dev/null && echo the root is writable; "
        script += "; ".join(f"touch {folder}/.try && rm {folder}/.try && echo {folder}" for folder in folders)
        said = admin("exec", pod["metadata"]["name"], "--", "sh", "-c", script)
        assert said.split("\n")[:-1] == ["10001", "10001", *folders], pod["metadata"]["name"]
