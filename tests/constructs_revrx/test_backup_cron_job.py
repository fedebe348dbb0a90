"""BackupCronJob: what its program is given, and what it refuses."""

from typing import Any

import pytest
from constructs_revrx import S3, Email, External, Image, Resources, Secret, Storage
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from .shop import (
    AWS_SECRET,
    MONITORING,
    POSTGRES_SECRET,
    REDIS_SECRET,
    SMTP_SECRET,
    Recipe,
    backup_cron_job,
    container,
    external,
    objects,
    pod_template,
    postgres,
    redis,
)


def test_minimal(chart: Chart, snapshot: SnapshotAssertion) -> None:
    backup_cron_job(chart)
    assert chart.to_json() == snapshot


def test_everything(chart: Chart, snapshot: SnapshotAssertion) -> None:
    backup_cron_job.everything(chart)
    assert chart.to_json() == snapshot


def env(backup: Any) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(backup)["env"]}


def test_emits_a_cron_job_its_account_and_its_policy(chart: Chart) -> None:
    backup = backup_cron_job(chart)
    assert sorted(o["kind"] for o in objects(backup)) == ["CronJob", "NetworkPolicy", "ServiceAccount"]
    assert backup.alerts is None


def test_runs_its_program_on_schedule_in_utc(chart: Chart) -> None:
    backup = backup_cron_job(chart, schedule="0 2 * * *")
    only, spec = container(backup), backup.cron_job.to_json()["spec"]
    assert (only["command"], only["args"]) == (["python", "-m", "postgres_backup"], ["backup"])
    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("0 2 * * *", "Etc/UTC", False)


def test_is_tried_three_times_within_three_hours(chart: Chart) -> None:
    job = backup_cron_job(chart).cron_job.to_json()["spec"]["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (2, 3 * 3600)


def test_has_a_minute_to_abort_an_upload_and_send_the_mail(chart: Chart) -> None:
    assert pod_template(backup_cron_job(chart))["spec"]["terminationGracePeriodSeconds"] == 60


def test_the_program_is_told_where_from_where_to_and_whom_to_tell(chart: Chart) -> None:
    assert env(backup_cron_job(chart, source=postgres(chart))) == {
        "PGHOST": "postgres",
        "PGPORT": "5432",
        "PGSSLMODE": "prefer",
        "POSTGRES_SECRET": "/run/secrets/postgres-secret",
        "AWS_SECRET": "/run/secrets/aws-secret",
        "SMTP_SECRET": "/run/secrets/smtp-secret",
        "MAIL_TO": "ops@example.com",
        "BACKUP_NAMESPACE": "shop",
        "BACKUP_PREFIX": "postgres",
        "BACKUP_ENCRYPTION": "AES256",
        "BACKUP_RETENTION_DAYS": "90",
        "BACKUP_KEEP_NEWEST": "7",
        "BACKUP_WORK_FOLDER": "/var/backup",
    }


def test_the_program_is_told_what_was_chosen(chart: Chart) -> None:
    told = env(
        backup_cron_job(
            chart,
            destination=S3(secret=AWS_SECRET, prefix="shop", encryption="aws:kms"),
            notify=Email(to="oncall@example.com", secret=SMTP_SECRET),
            retention_days=30,
            keep_newest=3,
        )
    )
    assert (told["BACKUP_PREFIX"], told["BACKUP_ENCRYPTION"]) == ("shop", "aws:kms")
    assert (told["BACKUP_RETENTION_DAYS"], told["BACKUP_KEEP_NEWEST"]) == ("30", "3")
    assert told["MAIL_TO"] == "oncall@example.com"


@pytest.mark.parametrize(
    ("options", "certificates"),
    [
        pytest.param({}, "system", id="system"),
        pytest.param({"ca_certificates": "/etc/ssl/rds.pem"}, "/etc/ssl/rds.pem", id="file"),
    ],
)
def test_a_server_outside_is_verified(chart: Chart, options: dict[str, Any], certificates: str) -> None:
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), **options)
    told = env(backup_cron_job(chart, source=external(chart, "db", address=address, port=6432)))
    assert (told["PGHOST"], told["PGPORT"]) == ("db.example.com", "6432")
    assert (told["PGSSLMODE"], told["PGSSLROOTCERT"]) == ("verify-full", certificates)


def test_a_server_outside_without_tls_is_not_verified(chart: Chart) -> None:
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), tls=False)
    told = env(backup_cron_job(chart, source=external(chart, "db", address=address)))
    assert told["PGSSLMODE"] == "prefer"
    assert "PGSSLROOTCERT" not in told


def test_secrets_are_files_and_never_variables(chart: Chart) -> None:
    backup = backup_cron_job(chart)
    only = container(backup)
    assert "envFrom" not in only
    assert [variable for variable in only["env"] if "valueFrom" in variable] == []
    mounted = {mount["mountPath"] for mount in only["volumeMounts"] if mount.get("readOnly")}
    assert mounted == {"/run/secrets/postgres-secret", "/run/secrets/aws-secret", "/run/secrets/smtp-secret"}


def test_the_dump_is_on_a_volume_that_goes_with_the_run(chart: Chart) -> None:
    backup = backup_cron_job(chart, work_volume=Storage(size="50Gi", storage_class="io2"))
    (volume,) = [each for each in pod_template(backup)["spec"]["volumes"] if "ephemeral" in each]
    template = volume["ephemeral"]["volumeClaimTemplate"]
    assert template["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "io2",
        "resources": {"requests": {"storage": "50Gi"}},
    }
    assert template["metadata"]["labels"] == backup.labels.all
    assert {"name": volume["name"], "mountPath": env(backup)["BACKUP_WORK_FOLDER"]} in container(backup)["volumeMounts"]


NO_SECRET = Secret("empty", ())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"retention_days": 0}, "retention_days: 0 is below 1", id="retention-days"),
        pytest.param({"keep_newest": 0}, "keep_newest: 0 is below 1", id="keep-newest"),
        pytest.param({"deadline": 0}, "deadline: 0 is below 1", id="deadline"),
        pytest.param(
            {"image": Image("b")}, "image: b can change under a running pod; give a version or a digest", id="image"
        ),
        pytest.param(
            {"resources": Resources(cpu=("2", "1"), memory=("1Gi", "1Gi"))},
            "resources: cpu request 2 exceeds its limit 1; raise the limit or lower the request",
            id="resources",
        ),
        pytest.param(
            {"destination": S3(secret=NO_SECRET)},
            "destination: empty has no keys; name those that the program reads",
            id="destination-secret",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, encryption="AES-256")},
            "destination: encryption 'AES-256' is not one that S3 knows; write AES256 or aws:kms",
            id="encryption",
        ),
        pytest.param(
            {"notify": Email(to="ops@example.com", secret=NO_SECRET)},
            "notify: empty has no keys; name those that the program reads",
            id="notify-secret",
        ),
        pytest.param(
            {"notify": Email(to="ops", secret=SMTP_SECRET)},
            "notify: to 'ops' is not an address; write e.g. devops@example.com",
            id="no-address",
        ),
        pytest.param(
            {"notify": Email(to="a@b.c, d@e.f", secret=SMTP_SECRET)},
            "notify: to 'a@b.c, d@e.f' is not an address; write e.g. devops@example.com",
            id="two-addresses",
        ),
        pytest.param(
            {"work_volume": Storage(size="huge")},
            "work_volume: size 'huge' is not a positive quantity; "
            "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="work-volume",
        ),
    ],
)
def test_refuses(chart: Chart, options: dict[str, object], problem: str) -> None:
    assert list(backup_cron_job(chart, **options).problems()) == [problem]


def test_one_of_everything_that_is_counted_is_enough(chart: Chart) -> None:
    assert list(backup_cron_job(chart, retention_days=1, keep_newest=1, deadline=1).problems()) == []


def test_one_secret_may_serve_several_purposes_and_is_mounted_once(chart: Chart) -> None:
    both = Secret("all", AWS_SECRET.keys + SMTP_SECRET.keys)
    backup = backup_cron_job(chart, destination=S3(secret=both), notify=Email(to="ops@example.com", secret=both))
    assert list(backup.problems()) == []
    paths = [mount["mountPath"] for mount in container(backup)["volumeMounts"]]
    assert paths == ["/var/backup", "/tmp", "/run/secrets/postgres-secret", "/run/secrets/all"]
    assert len(pod_template(backup)["spec"]["volumes"]) == 4


def missing(option: str, secret: Secret, keys: tuple[str, ...]) -> list[str]:
    return [f"{option}: {secret.name} has no key {key}, which is read; declare it" for key in keys]


OTHER = Secret("other", ("KEY",))


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        pytest.param(
            {"destination": S3(secret=OTHER)}, missing("destination", OTHER, AWS_SECRET.keys), id="destination"
        ),
        pytest.param(
            {"notify": Email(to="ops@example.com", secret=OTHER)},
            missing("notify", OTHER, SMTP_SECRET.keys),
            id="notify",
        ),
    ],
)
def test_a_secret_without_the_keys_that_the_program_reads_is_refused(
    chart: Chart, options: dict[str, object], problems: list[str]
) -> None:
    assert list(backup_cron_job(chart, **options).problems()) == problems


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        pytest.param("0 2 * * *", 26, id="daily"),
        pytest.param("0 */6 * * *", 8, id="six-hourly"),
        pytest.param("0 2 * * 0", 7 * 24 + 2, id="weekly"),
        pytest.param("0 2 * * MON-FRI", 3 * 24 + 2, id="not-at-weekends"),
        pytest.param("0 2 1 * *", 31 * 24 + 2, id="monthly"),
        pytest.param("30 1-3 * * *", 24, id="thrice-a-night"),
    ],
)
def test_a_backup_is_too_old_two_hours_after_the_longest_pause_of_its_schedule(
    chart: Chart, schedule: str, hours: int
) -> None:
    ((group,),) = backup_cron_job(chart, monitoring=MONITORING, schedule=schedule).alerts.to_json()["spec"].values()
    (rule,) = group["rules"]
    succeeded = 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="postgres-backup"}'
    assert rule["expr"] == f"time() - {succeeded} > {hours} * 3600 or absent({succeeded})"
    assert rule["annotations"]["summary"] == (
        f"the newest backup by postgres-backup is older than {hours} hours, or there is none"
    )


def test_a_monitored_backup_on_a_schedule_that_is_none_is_refused_and_nothing_breaks_before(chart: Chart) -> None:
    (problem,) = backup_cron_job(chart, monitoring=MONITORING, schedule="nightly").problems()
    assert problem.startswith("schedule: 'nightly' has 1 fields;")


@pytest.mark.parametrize("recipe", [redis, external], ids=["redis", "external"])
def test_a_source_without_the_keys_of_postgres_is_refused(chart: Chart, recipe: Recipe) -> None:
    source = recipe(chart, "source", secret=REDIS_SECRET)
    problems = list(backup_cron_job(chart, source=source).problems())
    assert problems == missing("source", REDIS_SECRET, POSTGRES_SECRET.keys)


def test_a_source_in_another_namespace_is_refused(app: App, chart: Chart) -> None:
    source = postgres(Chart(app, "elsewhere", namespace="elsewhere"))
    assert list(backup_cron_job(chart, source=source).problems()) == [
        "source: postgres is in the namespace elsewhere, as is its Secret, which the pod cannot read there; "
        "put the backup into that chart"
    ]


def test_a_source_outside_the_cluster_may_be_declared_in_any_chart(app: App, chart: Chart) -> None:
    source = external(Chart(app, "elsewhere", namespace="elsewhere"))
    assert list(backup_cron_job(chart, source=source).problems()) == []
