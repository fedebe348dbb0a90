"""celery --app=app.celery worker: no task that was accepted is lost."""

import hashlib
import signal
import time
from uuid import UUID

from .conftest import Backend, lines
from .servers import until


def test_a_task_is_done_once_with_the_id_of_its_request_in_the_log(migrated: Backend) -> None:
    migrated.web()
    worker = migrated.worker()
    answer = migrated.client.post("/tasks", json={"text": "t", "rounds": 3}, headers={"X-Request-ID": "mine-2"})
    done = migrated.status(answer.json()["id"], "done")
    assert done["result"] == hashlib.pbkdf2_hmac("sha256", b"t", b"revrx", 3).hex()
    assert done["runs"] == 1
    assert "mine-2" in {line["request_id"] for line in lines(worker)}


def test_sigterm_lets_the_task_in_hand_end_and_leaves_the_next_to_another(migrated: Backend) -> None:
    migrated.web()
    worker = migrated.worker()
    tasks = [migrated.send(seconds=4) for _ in range(5)]
    until(lambda: sum(migrated.state(t)["status"] == "running" for t in tasks) == 2)
    worker.terminate()
    worker.process.wait(30)
    states = [migrated.state(t) for t in tasks]
    assert sorted(s["status"] for s in states) == ["done", "done", "queued", "queued", "queued"]
    migrated.worker()
    assert [migrated.status(t, "done")["runs"] for t in tasks] == [1] * 5


def test_a_task_that_outlasts_the_shutdown_is_given_back_at_once(migrated: Backend) -> None:
    migrated.web()
    worker = migrated.worker(TASK_VISIBILITY_TIMEOUT="600")
    task = migrated.send(seconds=15)
    migrated.status(task, "running")
    worker.terminate()
    until(lambda: "Warm shutdown" in worker.output())
    # What the worker's own alarm sends after GIVE_BACK_AFTER.
    worker.process.send_signal(signal.SIGALRM)
    worker.process.wait(10)
    migrated.worker(TASK_VISIBILITY_TIMEOUT="600")
    until(lambda: migrated.state(task)["runs"] == 2, 20)
    migrated.status(task, "done")


def test_the_task_of_a_killed_worker_runs_again(migrated: Backend) -> None:
    migrated.web()
    worker = migrated.worker()
    task = migrated.send(seconds=3)
    migrated.status(task, "running")
    worker.kill()
    migrated.worker()
    assert migrated.status(task, "done", 90)["runs"] == 2


def test_redis_restarted_in_the_middle_loses_nothing(migrated: Backend) -> None:
    migrated.web()
    migrated.worker()
    tasks = [migrated.send(seconds=2) for _ in range(4)]
    until(lambda: any(migrated.state(t)["status"] == "running" for t in tasks))
    migrated.redis.stop()
    time.sleep(2)
    migrated.redis.start()
    for task in [*tasks, migrated.send()]:
        migrated.status(task, "done", 90)


def test_postgres_restarted_in_the_middle_loses_nothing(migrated: Backend) -> None:
    migrated.web()
    migrated.worker()
    task = migrated.send(seconds=3)
    migrated.status(task, "running")
    migrated.postgres.stop()
    time.sleep(4)
    migrated.postgres.start()
    assert migrated.status(task, "done", 90)["runs"] >= 1


def test_without_redis_a_task_is_answered_503_and_kept(migrated: Backend) -> None:
    migrated.web()
    migrated.redis.stop()
    assert migrated.client.post("/tasks", json={"text": "kept"}).status_code == 503
    rows = migrated.postgres.query("SELECT id, status FROM tasks WHERE text = 'kept'", migrated.database)
    assert [status for _, status in rows] == ["queued"]


def test_a_task_whose_message_redis_lost_is_sent_again(migrated: Backend) -> None:
    migrated.web()
    task = migrated.send()
    migrated.redis.stop()
    migrated.redis.start(empty=True)
    # As if a minute had passed.
    age = f"UPDATE tasks SET changed_at = now() - interval '2 minutes' WHERE id = '{UUID(task)}'"
    migrated.postgres.query(age, migrated.database)
    migrated.worker()
    assert migrated.status(task, "done", 90)["runs"] == 1


def test_the_heartbeat_stops_with_redis_and_goes_on_after_it(migrated: Backend) -> None:
    migrated.worker()
    first = until(lambda: migrated.heartbeat.stat().st_mtime)
    until(lambda: migrated.heartbeat.stat().st_mtime > first, 25)
    migrated.redis.stop()
    time.sleep(1)
    last = migrated.heartbeat.stat().st_mtime
    time.sleep(22)
    assert migrated.heartbeat.stat().st_mtime == last
    migrated.redis.start()
    until(lambda: migrated.heartbeat.stat().st_mtime > last, 60)
