"""uvicorn app.main:app."""

import hashlib
import subprocess
import threading
import time

import httpx
import pytest

from .conftest import Backend, lines
from .servers import IMAGE, python_program, until


def test_health_and_ready_answer_while_postgres_and_redis_are_away(migrated: Backend) -> None:
    migrated.redis.stop()
    migrated.postgres.stop()
    try:
        migrated.web()
        assert migrated.client.get("/ready").status_code == 200
        answer = migrated.client.get("/tasks")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    finally:
        migrated.postgres.start()


def test_a_request_in_flight_is_finished_after_sigterm_and_new_ones_are_refused(migrated: Backend) -> None:
    web, answers = migrated.web(), []
    url = f"http://127.0.0.1:{migrated.port}/digest?text=slow&rounds=5000000"
    asked = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=60)))
    asked.start()
    time.sleep(0.5)
    web.terminate()
    until(lambda: "Shutting down" in web.output(), 5)
    assert asked.is_alive(), "the request was too quick to be in flight"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert httpx.get(f"http://127.0.0.1:{migrated.metrics_port}/metrics").status_code == 200
    asked.join()
    assert answers[0].json() == {"result": hashlib.pbkdf2_hmac("sha256", b"slow", b"revrx", 5_000_000).hex()}
    web.process.wait(10)


def test_the_answer_has_the_id_of_the_request_and_so_has_its_line(migrated: Backend) -> None:
    web = migrated.web()
    assert migrated.client.get("/ready", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    made = migrated.client.get("/ready", headers={"X-Request-ID": 'a" forged {'}).headers["x-request-id"]
    assert len(made) == 32
    assert {"mine-1", made} <= {line["request_id"] for line in lines(web) if line["logger"] == "uvicorn.access"}


def test_metrics_are_on_a_port_of_their_own_by_route(migrated: Backend) -> None:
    migrated.web()
    task = migrated.send()
    migrated.state(task)
    migrated.client.get("/wp-login.php")
    assert migrated.client.get("/metrics").status_code == 404
    told = httpx.get(f"http://127.0.0.1:{migrated.metrics_port}/metrics").text
    assert 'http_requests_total{method="GET",route="/tasks/{id}",status="200"} 1.0' in told
    assert 'tasks_enqueued_total{outcome="sent"} 1.0' in told
    assert "wp-login" not in told


def test_a_page_of_a_named_origin_may_call_it_and_another_may_not(migrated: Backend) -> None:
    migrated.web()
    allowed = "access-control-allow-origin"
    answer = migrated.client.get("/ready", headers={"Origin": "https://app.example"})
    assert answer.headers[allowed] == "https://app.example"
    assert allowed not in migrated.client.get("/ready", headers={"Origin": "https://evil.example"}).headers


@pytest.mark.parametrize("body", [{"text": "nul\0"}, {"text": "x", "rounds": 0}, {"text": "x", "seconds": -1}, {}])
def test_what_it_cannot_do_is_refused(migrated: Backend, body: dict[str, object]) -> None:
    migrated.web()
    assert migrated.client.post("/tasks", json=body).status_code == 422


@pytest.mark.parametrize("command", [["uvicorn", "app.main:app"], ["celery", "--app=app.celery", "worker"]])
def test_a_bad_setting_is_one_line_without_the_password_and_exit_code_2(backend: Backend, command: list[str]) -> None:
    done = subprocess.run(
        [*python_program(command[0]), *command[1:]],
        cwd=IMAGE,
        env=backend.environment(DATABASE_URL="mysql://user:secret@host/db"),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
