"""BackupCronJob: what its program is given, and what it refuses."""

from typing import Any

import pytest
from constructs_revrx import (
    S3,
    BackupCronJob,
    CertificateAuthority,
    ConfigMap,
    Email,
    ExistingClaim,
    ExistingConfigMap,
    External,
    Image,
    Resources,
    Secret,
    Storage,
)
from cdk8s import App, Chart
from syrupy.assertion import SnapshotAssertion

from ...properties.shop import (
    AWS_SECRET,
    K8S,
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


def commands(backup: BackupCronJob) -> dict[str, Any]:
    """The client of each of the program's commands."""
    return {"backup": backup, "verify": backup.verify, "watch": backup.watch, "restore": backup.restore}


def job(client: Any) -> dict[str, Any]:
    spec: dict[str, Any] = client.cron_job.to_json()["spec"]
    return spec


def test_emits_a_cron_job_its_account_and_its_policy_for_each_command(chart: Chart) -> None:
    backup = backup_cron_job(chart)
    names = ["postgres-backup", "postgres-backup-verify", "postgres-backup-watch", "postgres-restore"]
    for kind in ("CronJob", "NetworkPolicy", "ServiceAccount"):
        assert sorted(o["metadata"]["name"] for o in objects(backup) if o["kind"] == kind) == names
    (claim,) = [o["metadata"]["name"] for o in objects(backup) if o["kind"] == "PersistentVolumeClaim"]
    assert claim == "postgres-backup-verify-data"
    assert len(objects(backup)) == 3 * len(names) + 1
    assert backup.alerts is None


@pytest.mark.parametrize("command", ["backup", "verify", "watch", "restore"])
def test_each_runs_its_command_as_itself(chart: Chart, command: str) -> None:
    client = commands(backup_cron_job(chart))[command]
    only = container(client)
    assert (only["command"], only["args"]) == (["python", "-m", "postgres_backup"], [command])
    assert pod_template(client)["spec"]["serviceAccountName"] == client.name
    assert env(client)["BACKUP_CRON_JOB"] == client.name
    assert job(client)["concurrencyPolicy"] == "Forbid"


def test_verify_runs_weekly_watch_daily_and_restore_when_a_person_starts_it(chart: Chart) -> None:
    backup = backup_cron_job(chart)
    assert {name: (job(client)["schedule"], job(client)["suspend"]) for name, client in commands(backup).items()} == {
        "backup": ("0 2 * * *", False),
        "verify": ("0 4 * * 0", False),
        "watch": ("0 6 * * *", False),
        "restore": ("0 0 1 1 *", True),
    }


def test_a_backup_of_another_name_has_a_restore_of_its_own(chart: Chart) -> None:
    assert backup_cron_job(chart, "nightly").restore.name == "nightly-restore"


def test_only_a_backup_is_tried_again(chart: Chart) -> None:
    retries = {
        name: job(client)["jobTemplate"]["spec"]["backoffLimit"]
        for name, client in commands(backup_cron_job(chart)).items()
    }
    assert retries == {"backup": 2, "verify": 0, "watch": 0, "restore": 0}


def egress(client: Any) -> list[Any]:
    """The peers that a client may reach, but for DNS, by port."""
    rules = client.network_policy.to_json()["spec"]["egress"]
    return sorted((rule["ports"][0]["port"], str(rule["to"])) for rule in rules if rule["ports"][0]["port"] != 53)


def test_only_backup_and_restore_reach_the_database(chart: Chart) -> None:
    source = postgres(chart)
    reached = {
        name: [port for port, _ in egress(client)]
        for name, client in commands(backup_cron_job(chart, source=source)).items()
    }
    assert reached == {
        "backup": [443, 587, 5432],
        "verify": [443, 587],
        "watch": [443, 587],
        "restore": [443, 587, 5432],
    }
    assert {
        rule["from"][0]["podSelector"]["matchLabels"][f"{K8S}/name"]
        for rule in source.network_policy.to_json()["spec"]["ingress"]
    } == {
        "postgres-backup",
        "postgres-restore",
    }


def test_a_store_and_a_mail_server_inside_are_reached_there_and_the_internet_is_not(chart: Chart) -> None:
    backup = backup_cron_job(
        chart,
        destination=S3(secret=AWS_SECRET, url="https://s3.shop.example", cidrs=("10.0.1.0/24",)),
        notify=Email(to="ops@example.com", secret=SMTP_SECRET, port=465, cidrs=("10.0.2.0/24", "10.0.3.0/24")),
    )
    assert egress(backup.verify) == [
        (443, "[{'ipBlock': {'cidr': '10.0.1.0/24'}}]"),
        (465, "[{'ipBlock': {'cidr': '10.0.2.0/24'}}, {'ipBlock': {'cidr': '10.0.3.0/24'}}]"),
    ]
    assert env(backup.verify)["AWS_ENDPOINT_URL_S3"] == "https://s3.shop.example"


def test_a_role_instead_of_keys_is_told_the_bucket_and_may_ask_for_its_credentials(chart: Chart) -> None:
    backup = backup_cron_job(chart, destination=S3(bucket="backups", region="eu-central-1"))
    assert list(backup.problems()) == []
    told = env(backup)
    assert (told["S3_BUCKET"], told["AWS_REGION"]) == ("backups", "eu-central-1")
    assert "AWS_SECRET" not in told
    assert (80, "[{'ipBlock': {'cidr': '169.254.170.23/32'}}]") in egress(backup)
    mounted = [mount["mountPath"] for mount in container(backup)["volumeMounts"]]
    assert mounted == ["/run/secrets/postgres-secret", "/run/secrets/smtp-secret", "/tmp"]


def test_verify_alone_has_a_volume_and_it_is_one_claim_that_every_run_uses_again(chart: Chart) -> None:
    backup = backup_cron_job(chart, verify_volume=Storage(size="200Gi", storage_class="io2"))
    claims = {name: dict(client.claims) for name, client in commands(backup).items()}
    assert {name: list(found) for name, found in claims.items()} == {
        "backup": [],
        "verify": ["data"],
        "watch": [],
        "restore": [],
    }
    claim = claims["verify"]["data"].to_json()
    assert claim["metadata"]["name"] == "postgres-backup-verify-data"
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "io2",
        "resources": {"requests": {"storage": "200Gi"}},
    }
    mounts = {mount["name"]: mount["mountPath"] for mount in container(backup.verify)["volumeMounts"]}
    mounted = {
        mounts[volume["name"]]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod_template(backup.verify)["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert mounted == {env(backup.verify)["BACKUP_WORK_FOLDER"]: "postgres-backup-verify-data"}
    assert [name for name, client in commands(backup).items() if "BACKUP_WORK_FOLDER" in env(client)] == ["verify"]


def test_no_pod_keeps_a_claim_of_its_own_when_it_has_ended(chart: Chart) -> None:
    kinds = {
        kind
        for client in commands(backup_cron_job(chart)).values()
        for volume in pod_template(client)["spec"]["volumes"]
        for kind in volume.keys() - {"name"}
    }
    assert kinds == {"emptyDir", "secret", "persistentVolumeClaim"}


def test_a_claim_that_waits_for_the_first_verification_keeps_no_sync_of_argo_cd_from_being_healthy(
    chart: Chart,
) -> None:
    claim = backup_cron_job(chart).verify.claims["data"].to_json()
    assert claim["metadata"]["annotations"] == {
        "argocd.argoproj.io/ignore-healthcheck": "true",
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    }


def test_verify_can_use_a_claim_that_exists(chart: Chart) -> None:
    backup = backup_cron_job(chart, verify_volume=ExistingClaim("scratch"))
    assert list(backup.problems()) == []
    assert backup.verify.claims == {}
    assert backup.verify.existing == {"PersistentVolumeClaim/shop/scratch"}
    volumes = pod_template(backup.verify)["spec"]["volumes"]
    assert {"name": "var-backup", "persistentVolumeClaim": {"claimName": "scratch"}} in volumes


@pytest.mark.parametrize(("schedule", "hours"), [("0 2 * * *", "26"), ("0 2 * * 0", "170")])
def test_the_watch_counts_hours_by_the_schedule(chart: Chart, schedule: str, hours: str) -> None:
    assert env(backup_cron_job(chart, schedule=schedule).watch)["BACKUP_MAX_AGE_HOURS"] == hours


def test_without_retention_the_program_deletes_nothing(chart: Chart) -> None:
    backup = backup_cron_job(chart, retention_days=None)
    assert list(backup.problems()) == []
    assert env(backup)["BACKUP_RETENTION_DAYS"] == "0"


def test_runs_its_program_on_schedule_in_utc(chart: Chart) -> None:
    backup = backup_cron_job(chart, schedule="0 2 * * *")
    only, spec = container(backup), backup.cron_job.to_json()["spec"]
    assert (only["command"], only["args"]) == (["python", "-m", "postgres_backup"], ["backup"])
    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("0 2 * * *", "Etc/UTC", False)


def test_is_tried_three_times_within_three_hours(chart: Chart) -> None:
    job = backup_cron_job(chart).cron_job.to_json()["spec"]["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (2, 3 * 3600)


def test_a_pod_that_was_killed_is_tried_again_and_what_the_program_ends_with_is_not(chart: Chart) -> None:
    jobs = {name: job(client)["jobTemplate"]["spec"] for name, client in commands(backup_cron_job(chart)).items()}
    codes = {"containerName": "postgres-backup", "operator": "In", "values": [1, 2, 3, 4, 5]}
    assert jobs["backup"]["podFailurePolicy"] == {
        "rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            {"action": "FailJob", "onExitCodes": codes},
        ]
    }
    assert [name for name, spec in jobs.items() if "podFailurePolicy" in spec] == ["backup"]


def test_the_failure_policy_names_the_backup_s_own_container(chart: Chart) -> None:
    backup = backup_cron_job(chart, "nightly")
    _, rule = job(backup)["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"]["containerName"] == container(backup)["name"] == "nightly"


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
        "BACKUP_CRON_JOB": "postgres-backup",
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


def config_maps(client: Any) -> list[tuple[str, dict[str, Any]]]:
    """Where each is mounted."""
    folders = {mount["name"]: mount["mountPath"] for mount in container(client)["volumeMounts"]}
    return [
        (folders[volume["name"]], volume["configMap"])
        for volume in pod_template(client)["spec"]["volumes"]
        if "configMap" in volume
    ]


def test_the_certificates_of_a_private_authority_are_mounted_where_libpq_looks(chart: Chart) -> None:
    authority = CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem")
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), ca_certificates=authority)
    backup = backup_cron_job(chart, source=external(chart, "db", address=address))
    assert list(backup.problems()) == []
    for name, client in commands(backup).items():
        if name in ("backup", "restore"):
            assert env(client)["PGSSLROOTCERT"] == "/run/certificates/rds-ca/global-bundle.pem"
            assert config_maps(client) == [("/run/certificates/rds-ca", {"name": "rds-ca"})]
            assert client.existing == {"ConfigMap/shop/rds-ca"}
        else:
            assert (env(client).get("PGSSLROOTCERT"), config_maps(client)) == (None, [])


def private_store(config_map: ConfigMap | ExistingConfigMap, key: str = "ca.pem") -> S3:
    authority = CertificateAuthority(config_map=config_map, key=key)
    return S3(secret=AWS_SECRET, url="https://minio.example.com:9000", ca_certificates=authority)


def test_certificates_of_the_stores_authority_are_mounted_for_every_command_where_boto3_looks(chart: Chart) -> None:
    backup = backup_cron_job(chart, destination=private_store(ExistingConfigMap("private-ca")))
    assert list(backup.problems()) == []
    for client in commands(backup).values():
        assert env(client)["AWS_CA_BUNDLE"] == "/run/certificates/private-ca/ca.pem"
        assert config_maps(client) == [("/run/certificates/private-ca", {"name": "private-ca"})]
        assert client.existing == {"ConfigMap/shop/private-ca"}


def test_one_config_map_may_have_the_certificates_of_both_and_is_mounted_once(chart: Chart) -> None:
    both = ConfigMap(chart, "authorities", data={"postgres.pem": "…", "store.pem": "…"})
    authority = CertificateAuthority(config_map=both, key="postgres.pem")
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), ca_certificates=authority)
    source, destination = external(chart, "db", address=address), private_store(both, "store.pem")
    backup = backup_cron_job(chart, source=source, destination=destination)
    assert list(backup.problems()) == []
    for client in (backup, backup.restore):
        assert env(client)["PGSSLROOTCERT"] == "/run/certificates/authorities/postgres.pem"
        assert env(client)["AWS_CA_BUNDLE"] == "/run/certificates/authorities/store.pem"
        assert [folder for folder, _ in config_maps(client)] == ["/run/certificates/authorities"]


def test_each_authority_may_have_a_config_map_of_its_own(chart: Chart) -> None:
    authority = CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem")
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), ca_certificates=authority)
    source, destination = external(chart, "db", address=address), private_store(ExistingConfigMap("private-ca"))
    backup = backup_cron_job(chart, source=source, destination=destination)
    store, server = "/run/certificates/private-ca", "/run/certificates/rds-ca"
    assert [folder for folder, _ in config_maps(backup)] == [server, store]
    assert [folder for folder, _ in config_maps(backup.verify)] == [store]


def test_certificates_of_a_config_map_in_another_namespace_are_refused(app: App, chart: Chart) -> None:
    elsewhere = Chart(app, "elsewhere", namespace="elsewhere")
    authority = CertificateAuthority(config_map=ConfigMap(elsewhere, "rds-ca", data={"ca.pem": "…"}), key="ca.pem")
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), ca_certificates=authority)
    assert list(backup_cron_job(chart, source=external(chart, "db", address=address)).problems()) == [
        "source: its certificates are in rds-ca in the namespace elsewhere, where the pod cannot read them; make a "
        "ConfigMap in the backup's chart too"
    ]


def test_certificates_of_the_store_in_another_namespace_are_refused(app: App, chart: Chart) -> None:
    elsewhere = ConfigMap(Chart(app, "elsewhere", namespace="elsewhere"), "private-ca", data={"ca.pem": "…"})
    assert list(backup_cron_job(chart, destination=private_store(elsewhere)).problems()) == [
        "destination: its certificates are in private-ca in the namespace elsewhere, where the pod cannot read them; "
        "make a ConfigMap in the backup's chart too"
    ]


def test_certificates_that_nobody_verifies_with_are_not_mounted(chart: Chart) -> None:
    authority = CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem")
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), ca_certificates=authority, tls=False)
    backup = backup_cron_job(chart, source=external(chart, "db", address=address))
    assert [volume for volume in pod_template(backup)["spec"]["volumes"] if "configMap" in volume] == []


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


NO_SECRET = Secret("empty", ())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param({"retention_days": 0}, "retention_days: 0 is below 1", id="retention-days"),
        pytest.param(
            {"destination": S3()},
            [
                "destination: bucket is not given, and no Secret that tells it; give both, or the Secret with its keys",
                "destination: region is not given, and no Secret that tells it; give both, or the Secret with its keys",
            ],
            id="neither-keys-nor-bucket",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, bucket="b")},
            "destination: bucket and region are told by aws-secret already; leave them out, or the Secret",
            id="keys-and-bucket",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, kms_key="k")},
            "destination: kms_key 'k' has no effect with AES256; write encryption='aws:kms'",
            id="kms-key",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, url="http://minio")},
            "destination: url 'http://minio' does not begin with https://, and dumps and keys would cross the network "
            "in clear; write https://, or with store=… what answers there inside the cluster",
            id="url",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, cidrs=("10.0.0.0",))},
            "destination: '10.0.0.0' has no mask; write 10.0.0.0/32, or the subnet's mask",
            id="store-cidr",
        ),
        pytest.param(
            {"notify": Email(to="a@b.c", secret=SMTP_SECRET, cidrs=("10.0.0.0",))},
            "notify: '10.0.0.0' has no mask; write 10.0.0.0/32, or the subnet's mask",
            id="mail-cidr",
        ),
        pytest.param(
            {"verify_volume": Storage(size="0")},
            "verify_volume: size '0' is not a positive quantity; "
            "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="verify-volume",
        ),
        pytest.param(
            {"verify_schedule": "weekly", "watch_schedule": "daily"},
            [
                f"{option}: {schedule!r} has 1 field; "
                "write five fields: minute hour day month weekday, e.g. '0 2 * * *'"
                for option, schedule in (("verify_schedule", "weekly"), ("watch_schedule", "daily"))
            ],
            id="schedules",
        ),
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
            "destination: secret: empty has no keys; name those that the program reads",
            id="destination-secret",
        ),
        pytest.param(
            {"destination": S3(secret=AWS_SECRET, encryption="AES-256")},
            "destination: encryption 'AES-256' is not one that S3 knows; write AES256 or aws:kms, or None for none",
            id="encryption",
        ),
        pytest.param(
            {"notify": Email(to="ops@example.com", secret=NO_SECRET)},
            "notify: secret: empty has no keys; name those that the program reads",
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
    ],
)
def test_refuses(chart: Chart, options: dict[str, object], problem: str | list[str]) -> None:
    problems = [problem] if isinstance(problem, str) else problem
    assert list(backup_cron_job(chart, **options).problems()) == problems


def test_one_of_everything_that_is_counted_is_enough(chart: Chart) -> None:
    assert list(backup_cron_job(chart, retention_days=1, keep_newest=1, deadline=1).problems()) == []


def test_one_secret_may_serve_several_purposes_and_is_mounted_once(chart: Chart) -> None:
    both = Secret("all", AWS_SECRET.keys + SMTP_SECRET.keys)
    backup = backup_cron_job(chart, destination=S3(secret=both), notify=Email(to="ops@example.com", secret=both))
    assert list(backup.problems()) == []
    paths = [mount["mountPath"] for mount in container(backup)["volumeMounts"]]
    assert paths == ["/run/secrets/postgres-secret", "/run/secrets/all", "/tmp"]
    assert len(pod_template(backup)["spec"]["volumes"]) == 3


def read(client: Any) -> dict[str, list[str] | str]:
    """The keys of each Secret that its pods see."""
    return {
        volume["secret"]["secretName"]: [item["key"] for item in volume["secret"].get("items", [])] or "all"
        for volume in pod_template(client)["spec"]["volumes"]
        if "secret" in volume
    }


def test_the_password_is_for_those_that_connect(chart: Chart) -> None:
    everything = {"postgres-secret": "all", "aws-secret": "all", "smtp-secret": "all"}
    name_only = {**everything, "postgres-secret": ["POSTGRES_DB"]}
    assert {name: read(client) for name, client in commands(backup_cron_job(chart)).items()} == {
        "backup": everything,
        "verify": name_only,
        "watch": name_only,
        "restore": everything,
    }


def test_a_key_is_a_file_of_its_own_name(chart: Chart) -> None:
    volumes = pod_template(backup_cron_job(chart).watch)["spec"]["volumes"]
    (volume,) = [v["secret"] for v in volumes if v.get("secret", {}).get("secretName") == "postgres-secret"]
    assert volume == {
        "secretName": "postgres-secret",
        "defaultMode": 0o440,
        "items": [{"key": "POSTGRES_DB", "path": "POSTGRES_DB"}],
    }


def test_keys_that_no_command_reads_are_not_mounted(chart: Chart) -> None:
    database = Secret("postgres-secret", ("DATABASE_URL", *POSTGRES_SECRET.keys))
    shared = Secret("shared", ("JWT_SECRET", *AWS_SECRET.keys, *SMTP_SECRET.keys))
    backup = backup_cron_job(
        chart,
        source=postgres(chart, secret=database),
        destination=S3(secret=shared),
        notify=Email(to="ops@example.com", secret=shared),
    )
    assert list(backup.problems()) == []
    assert read(backup) == {
        "postgres-secret": [*POSTGRES_SECRET.keys],
        "shared": [*AWS_SECRET.keys, *SMTP_SECRET.keys],
    }


def test_a_secret_of_all_purposes_shows_to_each_command_what_that_reads(chart: Chart) -> None:
    everything = Secret("all", (*POSTGRES_SECRET.keys, *AWS_SECRET.keys, *SMTP_SECRET.keys))
    backup = backup_cron_job(
        chart,
        source=postgres(chart, secret=everything),
        destination=S3(secret=everything),
        notify=Email(to="ops@example.com", secret=everything),
    )
    assert list(backup.problems()) == []
    assert read(backup) == {"all": "all"}
    assert read(backup.verify) == {"all": ["POSTGRES_DB", *AWS_SECRET.keys, *SMTP_SECRET.keys]}


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
        pytest.param("@weekly", 7 * 24 + 2, id="macro"),
    ],
)
def test_a_backup_is_too_old_two_hours_after_the_longest_pause_of_its_schedule(
    chart: Chart, schedule: str, hours: int
) -> None:
    ((group,),) = backup_cron_job(chart, monitoring=MONITORING, schedule=schedule).alerts.to_json()["spec"].values()
    rule, verified = group["rules"]
    succeeded = 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="postgres-backup"}'
    assert rule["expr"] == f"time() - {succeeded} > {hours} * 3600 or absent({succeeded})"
    assert rule["annotations"]["summary"] == (
        f"the newest backup by postgres-backup is older than {hours} hours, or there is none"
    )
    succeeded = 'kube_cronjob_status_last_successful_time{namespace="shop",cronjob="postgres-backup-verify"}'
    assert verified["expr"] == f"time() - {succeeded} > 170 * 3600 or absent({succeeded})"


def test_a_monitored_backup_on_a_schedule_that_is_none_is_refused_and_nothing_breaks_before(chart: Chart) -> None:
    (problem,) = backup_cron_job(chart, monitoring=MONITORING, schedule="nightly").problems()
    assert problem.startswith("schedule: 'nightly' has 1 field;")


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
