"""Worker: a Deployment without a port, alive as long as its heartbeat is young."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from constructs_revrx import Autoscaling, Heartbeat, Probe, Shutdown
from cdk8s import Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import MONITORING, WORKERS, Recipe, container, objects, pod_template, scheduler, worker

every_worker = pytest.mark.parametrize("recipe", WORKERS.values(), ids=WORKERS)


@every_worker
def test_minimal(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe(chart)
    assert chart.to_json() == snapshot


@every_worker
def test_everything(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe.everything(chart)
    assert chart.to_json() == snapshot


KINDS = ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"]


@pytest.mark.parametrize(
    ("options", "more"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"replicas": Autoscaling(minimum=1, maximum=2)}, ["HorizontalPodAutoscaler"], id="autoscaler"),
        pytest.param({"monitoring": MONITORING}, ["PrometheusRule"], id="monitoring"),
    ],
)
def test_emits_what_is_asked_for_and_no_more(chart: Chart, options: dict[str, object], more: list[str]) -> None:
    assert sorted(o["kind"] for o in objects(worker(chart, **options))) == sorted(KINDS + more)


def test_what_was_not_asked_for_is_none(chart: Chart) -> None:
    mailer = worker(chart)
    assert mailer.autoscaler is None
    assert mailer.alerts is None


def test_listens_on_no_port_and_so_is_never_asked_whether_it_is_ready(chart: Chart) -> None:
    only = container(worker(chart))
    assert not {"ports", "readinessProbe"} & only.keys()


def test_ports_are_its_containers_and_no_one_may_connect(chart: Chart) -> None:
    mailer = worker(chart, ports={"debug": 9000})
    assert container(mailer)["ports"] == [{"name": "debug", "containerPort": 9000, "protocol": "TCP"}]
    assert "Service" not in [o["kind"] for o in objects(mailer)]
    assert mailer.network_policy.to_json()["spec"].get("ingress") is None


def test_the_command_runs_without_a_shell_between(chart: Chart) -> None:
    only = container(worker(chart, command=["celery", "worker"], args=["--beat"]))
    assert (only["command"], only["args"]) == (["celery", "worker"], ["--beat"])


def test_is_alive_while_the_heartbeat_is_young_and_has_three_minutes_to_start(chart: Chart) -> None:
    only = container(worker(chart, heartbeat=Heartbeat(file="/tmp/alive", max_age_minutes=5)))
    command = {"command": ["sh", "-c", 'test -n "$(find /tmp/alive -mmin -5)"']}
    live, start = only["livenessProbe"], only["startupProbe"]
    assert live == {"exec": command, "timeoutSeconds": 5, "periodSeconds": 30, "failureThreshold": 3}
    assert start == {"exec": command, "timeoutSeconds": 5, "periodSeconds": 5, "failureThreshold": 36}


def test_is_alive_as_long_as_a_probe_says_which_has_three_minutes_for_its_first_answer(chart: Chart) -> None:
    asked = Probe.exec("celery", "status", period=60, timeout=20, failures=2)
    only = container(worker(chart, heartbeat=asked))
    question = {"exec": {"command": ["celery", "status"]}, "timeoutSeconds": 20}
    assert only["livenessProbe"] == {**question, "periodSeconds": 60, "failureThreshold": 2}
    assert only["startupProbe"] == {**question, "periodSeconds": 5, "failureThreshold": 36}


def test_nothing_is_asked_when_that_is_said_with_the_reason(chart: Chart) -> None:
    mailer = worker(chart, heartbeat=Probe.none("ends by itself when it hangs"))
    assert list(mailer.problems()) == []
    assert not {"livenessProbe", "startupProbe", "readinessProbe"} & container(mailer).keys()


def test_start_and_readiness_may_be_asked_otherwise(chart: Chart) -> None:
    mailer = worker(
        chart,
        ports={"metrics": 9808},
        startup=Probe.exec("mailer", "started", period=2, failures=9),
        readiness=Probe.http("/ready"),
    )
    assert list(mailer.problems()) == []
    only = container(mailer)
    assert only["startupProbe"]["exec"] == {"command": ["mailer", "started"]}
    assert (only["startupProbe"]["periodSeconds"], only["startupProbe"]["failureThreshold"]) == (2, 9)
    assert only["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "metrics"}
    assert "find" in only["livenessProbe"]["exec"]["command"][-1]


def test_the_heartbeat_is_in_tmp_and_two_minutes_old_at_most_by_default(chart: Chart) -> None:
    command = container(worker(chart))["livenessProbe"]["exec"]["command"]
    assert command == ["sh", "-c", 'test -n "$(find /tmp/heartbeat -mmin -2)"']


@pytest.mark.parametrize(
    ("age", "alive"), [pytest.param(0, True, id="young"), pytest.param(180, False, id="old"), (None, False)]
)
def test_the_probe_succeeds_when_the_heartbeat_is_young(
    chart: Chart, tmp_path: Path, age: float | None, alive: bool
) -> None:
    file = tmp_path / "the $heart's beat"
    if age is not None:
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    command = container(worker(chart, heartbeat=Heartbeat(file=str(file))))["livenessProbe"]["exec"]["command"]
    assert (subprocess.run(command, check=False, capture_output=True).returncode == 0) == alive


def test_by_default_it_has_a_minute_to_finish_its_task_and_no_pause(chart: Chart) -> None:
    mailer = worker(chart)
    assert pod_template(mailer)["spec"]["terminationGracePeriodSeconds"] == 65
    assert "lifecycle" not in container(mailer)


def test_the_grace_period_is_longer_than_pause_and_drain(chart: Chart) -> None:
    mailer = worker(chart, shutdown=Shutdown(pause=5, drain=300))
    assert pod_template(mailer)["spec"]["terminationGracePeriodSeconds"] == 310
    assert container(mailer)["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "5"]}}}


def test_a_singleton_is_gone_before_its_successor_starts(chart: Chart) -> None:
    beat = scheduler(chart)
    spec = beat.deployment.to_json()["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert beat.autoscaler is None


def test_a_singleton_is_kept_apart_from_nobody(chart: Chart) -> None:
    spec = pod_template(scheduler(chart))["spec"]
    assert not {"affinity", "topologySpreadConstraints"} & spec.keys()


def test_a_singleton_holds_up_no_drain(chart: Chart) -> None:
    spec = scheduler(chart).disruption_budget.to_json()["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


@pytest.mark.parametrize("folder", ["/var/run/mailer", "/var/run/mailer/", "/var/run"])
def test_the_heartbeat_is_in_a_folder_of_scratch(chart: Chart, folder: str) -> None:
    mailer = worker(chart, heartbeat=Heartbeat(file="/var/run/mailer/alive"), scratch={folder: "1Mi", "/tmp": "1Mi"})
    assert list(mailer.problems()) == []


NOT_IN_SCRATCH = "is in no folder of scratch, where alone the worker can write; add its folder"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"heartbeat": Heartbeat(file="/var/run/alive")},
            f"heartbeat: file /var/run/alive {NOT_IN_SCRATCH}",
            id="heartbeat-elsewhere",
        ),
        pytest.param(
            {"heartbeat": Heartbeat(file="/tmpfile")},
            f"heartbeat: file /tmpfile {NOT_IN_SCRATCH}",
            id="heartbeat-beside",
        ),
        pytest.param(
            {"heartbeat": Probe.exec()}, "heartbeat: exec has no command; give it, a text an argument", id="exec"
        ),
        pytest.param(
            {"heartbeat": Probe.tcp()},
            "heartbeat: tcp asks a port, and the container declares none; give it `ports`, or ask with Probe.exec",
            id="heartbeat-without-port",
        ),
        pytest.param(
            {"heartbeat": Probe.none(" ")},
            "heartbeat: none has no reason; say why nothing need be asked",
            id="no-reason",
        ),
        pytest.param(
            {"startup": Probe.exec()}, "startup: exec has no command; give it, a text an argument", id="startup"
        ),
        pytest.param(
            {"readiness": Probe.http("/ready")},
            "readiness: http asks a port, and the container declares none; give it `ports`, or ask with Probe.exec",
            id="readiness-without-port",
        ),
        pytest.param(
            {"heartbeat": Probe.exec("alive"), "readiness": Probe.exec("alive")},
            "heartbeat: it asks what readiness asks, so what makes pods unready would also restart them; ask less",
            id="heartbeat-is-readiness",
        ),
        pytest.param(
            {"heartbeat": Heartbeat(max_age_minutes=0)},
            "heartbeat: max_age_minutes 0 is below 1, the unit of find -mmin",
            id="heartbeat",
        ),
        pytest.param(
            {"metrics_port": "metrics", "ports": {"debug": 9000}},
            "metrics_port: 'metrics' is no port of its, which has debug; add it to `ports`",
            id="metrics-port",
        ),
        pytest.param(
            {"metrics_port": "metrics"},
            "metrics_port: 'metrics' is no port of its, which has none; add it to `ports`",
            id="no-port",
        ),
        pytest.param({"metrics_path": "m"}, "metrics_path: 'm' does not begin with '/'", id="metrics-path"),
        pytest.param(
            {"ports": {"debug": 80}},
            "ports: debug 80 is not from 1024 to 65535; below that a program needs privileges it does not have",
            id="port",
        ),
        pytest.param(
            {"replicas": Autoscaling(minimum=5, maximum=3)},
            "replicas: minimum 5 exceeds maximum 3; raise maximum or lower minimum",
            id="replicas",
        ),
        pytest.param(
            {"shutdown": Shutdown(pause=-1, drain=1)},
            "shutdown: pause -1 is negative; give seconds, 0 for none",
            id="shutdown",
        ),
    ],
)
def test_refuses(chart: Chart, options: dict[str, object], problem: str) -> None:
    assert list(worker(chart, **options).problems()) == [problem]
