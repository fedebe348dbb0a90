"""Datastore: one server with a volume that outlives it, or the address of a server outside the cluster."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import ExistingClaim, External, Image, Resources, RunAs, Secret, Storage
from cdk8s import Chart
from syrupy.assertion import SnapshotAssertion

from ..properties.shop import (
    DATASTORES,
    POSTGRES_SECRET,
    REDIS_SECRET,
    Object,
    Recipe,
    container,
    external,
    objects,
    pod_template,
    postgres,
    rabbitmq,
    redis,
    web_service,
)

every_datastore = pytest.mark.parametrize("recipe", DATASTORES.values(), ids=DATASTORES)


@every_datastore
def test_minimal(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe(chart)
    assert chart.to_json() == snapshot


@every_datastore
def test_everything(chart: Chart, recipe: Recipe, snapshot: SnapshotAssertion) -> None:
    recipe.everything(chart)
    assert chart.to_json() == snapshot


@every_datastore
def test_is_a_stateful_set_of_one_and_what_is_around_it(chart: Chart, recipe: Recipe) -> None:
    datastore = recipe(chart)
    assert sorted(o["kind"] for o in objects(datastore)) == [
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    ]
    spec = datastore.stateful_set.to_json()["spec"]
    assert spec["replicas"] == 1
    assert spec["updateStrategy"] == {"type": "RollingUpdate"}
    assert spec["revisionHistoryLimit"] == 10


@every_datastore
def test_the_service_is_headless_and_governs_the_stateful_set(chart: Chart, recipe: Recipe) -> None:
    datastore = recipe(chart)
    spec = datastore.service.to_json()["spec"]
    assert (spec["type"], spec["clusterIP"]) == ("ClusterIP", "None")
    assert datastore.stateful_set.to_json()["spec"]["serviceName"] == datastore.service.name == datastore.host


@pytest.mark.parametrize(
    ("recipe", "port", "name"), [(postgres, 5432, "postgres"), (redis, 6379, "redis"), (rabbitmq, 5672, "amqp")]
)
def test_service_container_and_attribute_have_the_servers_port(
    chart: Chart, recipe: Recipe, port: int, name: str
) -> None:
    datastore = recipe(chart)
    assert datastore.port == port
    assert datastore.service.to_json()["spec"]["ports"] == [
        {"name": name, "port": port, "targetPort": name, "protocol": "TCP"}
    ]
    assert container(datastore)["ports"] == [{"name": name, "containerPort": port, "protocol": "TCP"}]


@every_datastore
def test_inside_the_cluster_it_is_reached_without_tls(chart: Chart, recipe: Recipe) -> None:
    datastore = recipe(chart)
    assert datastore.tls is False
    assert datastore.ca_certificates is None


@every_datastore
def test_a_drain_evicts_it_whether_healthy_or_not(chart: Chart, recipe: Recipe) -> None:
    spec = recipe(chart).disruption_budget.to_json()["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


@every_datastore
def test_no_sync_prunes_or_deletes_the_volume(chart: Chart, recipe: Recipe) -> None:
    annotations = recipe(chart).claim.to_json()["metadata"]["annotations"]
    assert annotations == {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}


@every_datastore
def test_the_volume_is_a_claim_of_its_own_that_goes_with_no_stateful_set(chart: Chart, recipe: Recipe) -> None:
    datastore = recipe(chart, storage=Storage(size="100Gi", storage_class="io2"))
    assert datastore.claim.name == f"{recipe.id}-pvc"
    assert datastore.claim.to_json()["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "io2",
        "resources": {"requests": {"storage": "100Gi"}},
    }
    assert "volumeClaimTemplates" not in datastore.stateful_set.to_json()["spec"]
    data = container(datastore)["volumeMounts"][0]
    assert {"name": data["name"], "persistentVolumeClaim": {"claimName": f"{recipe.id}-pvc"}} in pod_template(
        datastore
    )["spec"]["volumes"]
    assert (
        data["mountPath"]
        == {
            "postgres": "/var/lib/postgresql/data",
            "redis": "/data",
            "rabbitmq": "/var/lib/rabbitmq",
        }[recipe.id]
    )


@every_datastore
def test_volumes_are_gp3_by_default(chart: Chart, recipe: Recipe) -> None:
    assert recipe(chart).claim.to_json()["spec"]["storageClassName"] == "gp3"


@every_datastore
def test_it_is_ready_when_it_answers_and_alive_when_it_listens(chart: Chart, recipe: Recipe) -> None:
    only = container(recipe(chart))
    ready, live, start = only["readinessProbe"], only["livenessProbe"], only["startupProbe"]
    assert ready["exec"]["command"]
    assert (ready["periodSeconds"], ready["timeoutSeconds"]) == (10, 5)
    port = only["ports"][0]["name"]
    assert live == {"tcpSocket": {"port": port}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}
    assert start == {"tcpSocket": {"port": port}, "periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 60}


@pytest.mark.parametrize(("recipe", "grace"), [(postgres, 120), (redis, 60), (rabbitmq, 90)])
def test_has_time_to_write_down_what_it_holds(chart: Chart, recipe: Recipe, grace: int) -> None:
    assert pod_template(recipe(chart))["spec"]["terminationGracePeriodSeconds"] == grace


@every_datastore
def test_secrets_are_files_and_never_variables(chart: Chart, recipe: Recipe) -> None:
    datastore = recipe(chart)
    only, secret = container(datastore), datastore.secret
    assert "envFrom" not in only
    assert [variable for variable in only.get("env", []) if "valueFrom" in variable] == []
    assert {
        "name": f"run-secrets-{secret.name}",
        "mountPath": f"/run/secrets/{secret.name}",
        "readOnly": True,
    } in only["volumeMounts"]
    assert {
        "name": f"run-secrets-{secret.name}",
        "secret": {"secretName": secret.name, "defaultMode": 0o440},
    } in pod_template(datastore)["spec"]["volumes"]


# Postgres


def env(workload: Any) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(workload)["env"]}


def test_postgres_has_its_data_below_the_mount_where_lost_and_found_is_not(chart: Chart) -> None:
    datastore = postgres(chart)
    (mount,) = [m for m in container(datastore)["volumeMounts"] if m["name"] == "var-lib-postgresql-data"]
    assert env(datastore)["PGDATA"] == f"{mount['mountPath']}/pgdata"


def test_postgres_reads_user_password_and_database_from_files(chart: Chart) -> None:
    assert env(postgres(chart)) == {
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "POSTGRES_USER_FILE": "/run/secrets/postgres-secret/POSTGRES_USER",
        "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres-secret/POSTGRES_PASSWORD",
        "POSTGRES_DB_FILE": "/run/secrets/postgres-secret/POSTGRES_DB",
    }


def volume(workload: Any, path: str) -> Object:
    (name,) = [mount["name"] for mount in container(workload)["volumeMounts"] if mount["mountPath"] == path]
    (found,) = [each for each in pod_template(workload)["spec"]["volumes"] if each["name"] == name]
    return {key: value for key, value in found.items() if key != "name"}


def test_postgres_has_shared_memory_for_parallel_queries(chart: Chart) -> None:
    assert volume(postgres(chart), "/dev/shm") == {"emptyDir": {"sizeLimit": "128Mi", "medium": "Memory"}}


def test_postgres_can_write_its_socket_and_temporary_files(chart: Chart) -> None:
    datastore = postgres(chart)
    assert volume(datastore, "/var/run/postgresql") == {"emptyDir": {"sizeLimit": "16Mi"}}
    assert volume(datastore, "/tmp") == {"emptyDir": {"sizeLimit": "64Mi"}}


def test_postgres_runs_the_images_own_entry_point(chart: Chart) -> None:
    assert not {"command", "args"} & container(postgres(chart)).keys()


def programs(folder: Path, **scripts: str) -> dict[str, str]:
    """An environment in which these stand for the programs of the image."""
    for name, script in scripts.items():
        program = folder / name.replace("_", "-").replace("pg-", "pg_")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def in_folder(command: list[str], folder: Path) -> list[str]:
    """The command, with the folders that it knows below another."""
    return [text.replace("/run/", f"{folder}/run/") for text in command]


def test_postgres_is_ready_when_it_answers_on_tcp_for_its_user_and_database(chart: Chart, tmp_path: Path) -> None:
    secret = tmp_path / "run/secrets/postgres-secret"
    secret.mkdir(parents=True)
    (secret / "POSTGRES_USER").write_text("shop owner\n")
    (secret / "POSTGRES_DB").write_text("shop")
    command = in_folder(container(postgres(chart))["readinessProbe"]["exec"]["command"], tmp_path)
    asked = programs(tmp_path, pg_isready='for word; do echo "$word"; done; exit 2')
    answer = subprocess.run(command, env=asked, check=False, capture_output=True, text=True)
    assert answer.stdout.splitlines() == ["--host=127.0.0.1", "--username=shop owner", "--dbname=shop"]
    assert answer.returncode == 2


# Redis


def test_redis_has_its_password_in_no_argument_or_variable(chart: Chart) -> None:
    only = container(redis(chart))
    assert "env" not in only
    assert not any("requirepass" in text for text in only["args"])
    # The command reads the file where it runs.
    assert "/run/secrets/redis-secret/REDIS_PASSWORD" in only["command"][2]


@pytest.mark.parametrize("password", ["secret", 'a "quoted" \\ one', "50%s\\n $HOME `id`", "#'x'"])
def test_redis_starts_with_the_password_in_a_file_that_only_it_can_read(
    chart: Chart, tmp_path: Path, password: str
) -> None:
    secret = tmp_path / "run/secrets/redis-secret"
    secret.mkdir(parents=True)
    (secret / "REDIS_PASSWORD").write_text(password)
    (tmp_path / "run/redis").mkdir()
    only = container(redis(chart))
    started = programs(tmp_path, redis_server='for word; do echo "$word"; done')
    command = in_folder([*only["command"], *only["args"]], tmp_path)
    words = subprocess.run(command, env=started, check=True, capture_output=True, text=True).stdout.splitlines()
    config = tmp_path / "run/redis/auth.conf"
    assert words == [str(config), *only["args"]]
    escaped = password.replace("\\", "\\\\").replace('"', '\\"')
    assert config.read_text() == f'requirepass "{escaped}"\n'
    assert config.stat().st_mode & 0o777 == 0o600
    assert volume(redis(chart, "other"), "/run/redis") == {"emptyDir": {"sizeLimit": "1Mi", "medium": "Memory"}}


def test_redis_does_not_start_without_its_password(chart: Chart, tmp_path: Path) -> None:
    (tmp_path / "run/redis").mkdir(parents=True)
    started = programs(tmp_path, redis_server="exit 0")
    command = in_folder(container(redis(chart))["command"], tmp_path)
    assert subprocess.run(command, env=started, check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize(("answer", "ready"), [("PONG", True), ("LOADING Redis is loading", False), ("", False)])
def test_redis_is_ready_when_it_answers_a_ping_with_the_password(
    chart: Chart, tmp_path: Path, answer: str, ready: bool
) -> None:
    secret = tmp_path / "run/secrets/redis-secret"
    secret.mkdir(parents=True)
    (secret / "REDIS_PASSWORD").write_text("open sesame")
    command = in_folder(container(redis(chart))["readinessProbe"]["exec"]["command"], tmp_path)
    client = f'[ "$REDISCLI_AUTH" = "open sesame" ] && [ "$*" = "-h 127.0.0.1 ping" ] && echo "{answer}"'
    asked = programs(tmp_path, redis_cli=client)
    assert (subprocess.run(command, env=asked, check=False, capture_output=True).returncode == 0) == ready


def redis_args(chart: Chart, **options: Any) -> dict[str, str]:
    words = container(redis(chart, **options))["args"]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_redis_logs_every_write_and_evicts_nothing(chart: Chart) -> None:
    args = redis_args(chart)
    assert (args["--appendonly"], args["--dir"], args["--maxmemory-policy"]) == ("yes", "/data", "noeviction")


@pytest.mark.parametrize(
    ("limit", "maxmemory"), [("1Gi", 805306368), ("512Mi", 402653184), ("1.5Gi", 1207959552), ("2G", 1500000000)]
)
def test_redis_may_use_three_quarters_of_the_memory_limit(chart: Chart, limit: str, maxmemory: int) -> None:
    resources = Resources(cpu=("100m", "1"), memory=("100Mi", limit))
    assert redis_args(chart, resources=resources)["--maxmemory"] == str(maxmemory)


@pytest.mark.parametrize("maxmemory", ["1073741823", "1000000kb", "1023MB", "1g", "1073741823b", "1073741k"])
def test_redis_may_have_a_maxmemory_below_its_memory_limit(chart: Chart, maxmemory: str) -> None:
    datastore = redis(chart, configuration={"maxmemory": maxmemory})
    assert list(datastore.problems()) == []
    assert maxmemory in container(datastore)["args"]


@pytest.mark.parametrize(
    ("maxmemory", "problem"),
    [
        *(
            (
                value,
                f"{value} is not below the memory limit 1Gi, where the server is killed; lower it, or raise the limit; "
                "left out, it is three quarters of that",
            )
            for value in ("1gb", "1073741824", "1024MB", "2g", "1048576kb", "1073742k")
        ),
        ("0", "0 is no bound, so the server would be killed at its memory limit; give one, or leave it out"),
        *(
            (value, f"{value!r} cannot be read; write bytes, or a number and kb, mb or gb, e.g. 512mb")
            for value in ("", "75%", "1.5gb", "512Mi", "-1", "512 mb", "\u0665mb")
        ),
    ],
)
def test_redis_with_more_maxmemory_than_its_container_holds_is_refused(
    chart: Chart, maxmemory: str, problem: str
) -> None:
    assert list(redis(chart, configuration={"maxmemory": maxmemory}).problems()) == [
        f"configuration: maxmemory {problem}"
    ]


# Any other server


def test_another_server_runs_as_its_engine_says(chart: Chart) -> None:
    only = container(rabbitmq.everything(chart))
    assert (only["command"], only["args"]) == (["rabbitmq-server"], ["--quiet"])
    assert only["env"] == [{"name": "RABBITMQ_NODENAME", "value": "shop"}]
    assert only["readinessProbe"]["exec"]["command"] == ["rabbitmq-diagnostics", "check_running"]
    assert [mount["mountPath"] for mount in only["volumeMounts"]] == [
        "/var/lib/rabbitmq",
        "/run/rabbitmq",
        "/tmp",
        "/run/secrets/rabbitmq-secret",
        "/run/secrets/certificates",
        "/etc/rabbitmq",
    ]


# Outside the cluster


def test_an_external_server_emits_nothing(chart: Chart) -> None:
    external.everything(chart)
    assert chart.to_json() == []


def test_an_external_server_is_reached_at_its_own_address(chart: Chart) -> None:
    address = External(host="db.example.com", cidrs=("10.0.0.0/16",), tls=False, ca_certificates="/etc/ca.pem")
    database = external(chart, address=address, port=6432)
    assert (database.host, database.port, database.secret) == ("db.example.com", 6432, POSTGRES_SECRET)
    assert (database.tls, database.ca_certificates) == (False, "/etc/ca.pem")


def test_an_external_server_is_reached_with_tls_and_the_systems_certificates_by_default(chart: Chart) -> None:
    database = external(chart)
    assert (database.tls, database.ca_certificates) == (True, "system")


# Refusals


@every_datastore
@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        pytest.param("image", Image("db"), "db can change under a running pod; give a version or a digest", id="image"),
        pytest.param(
            "resources",
            Resources(cpu=("2", "1"), memory=("1Gi", "1Gi")),
            "cpu request 2 exceeds its limit 1; raise the limit or lower the request",
            id="resources",
        ),
        pytest.param(
            "storage",
            Storage(size="20GB"),
            "size '20GB' is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="storage",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_option(
    chart: Chart, recipe: Recipe, option: str, value: object, problem: str
) -> None:
    assert list(recipe(chart, **{option: value}).problems()) == [f"{option}: {problem}"]


def missing(secret: str, key: str) -> str:
    return f"secret: {secret} has no key {key}, which is read; declare it"


@pytest.mark.parametrize(
    ("recipe", "secret", "problems"),
    [
        pytest.param(
            postgres, REDIS_SECRET, [missing("redis-secret", key) for key in POSTGRES_SECRET.keys], id="postgres"
        ),
        pytest.param(
            postgres,
            Secret("database", ("POSTGRES_USER", "POSTGRES_DB")),
            [missing("database", "POSTGRES_PASSWORD")],
            id="postgres-password",
        ),
        pytest.param(redis, POSTGRES_SECRET, [missing("postgres-secret", "REDIS_PASSWORD")], id="redis"),
        pytest.param(rabbitmq, REDIS_SECRET, [missing("redis-secret", "ERLANG_COOKIE")], id="rabbitmq"),
        pytest.param(
            redis,
            Secret("redis-secret", ()),
            ["secret: redis-secret has no keys; name those that the program reads"],
            id="no-keys",
        ),
    ],
)
def test_a_secret_without_the_keys_of_the_server_is_refused(
    chart: Chart, recipe: Recipe, secret: Secret, problems: list[str]
) -> None:
    assert list(recipe(chart, secret=secret).problems()) == problems


def test_redis_with_a_limit_that_is_no_quantity_is_refused_and_nothing_breaks_before(chart: Chart) -> None:
    broken = redis(chart, resources=Resources(cpu=("1", "1"), memory=("1Gi", "plenty")))
    assert list(broken.problems()) == [
        "resources: memory 'plenty' is not a positive quantity; "
        "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"address": External(host="localhost", cidrs=("10.0.0.0/16",))},
            "address: 'localhost' is not a host name; write lower-case labels with dots between, e.g. app.example.com",
            id="address",
        ),
        pytest.param(
            {"secret": Secret("database", ())},
            "secret: database has no keys; name those that the program reads",
            id="secret",
        ),
        pytest.param({"port": 0}, "port: 0 is not from 1 to 65535", id="no-port"),
        pytest.param({"port": 65536}, "port: 65536 is not from 1 to 65535", id="port"),
        pytest.param(
            {"address": External(host="10.1.2.3", cidrs=("10.2.0.0/16",))},
            "address: host 10.1.2.3 is in none of its cidrs, so no pod could reach it; leave them out, or add its own",
            id="address-outside",
        ),
    ],
)
def test_an_external_server_refuses(chart: Chart, options: dict[str, object], problem: str) -> None:
    assert list(external(chart, **options).problems()) == [problem]


def egress(chart: Chart, address: External) -> list[Object]:
    backend = web_service(chart)
    backend.connect_to(external(chart, address=address))
    rules = backend.network_policy.to_json()["spec"]["egress"]
    found: list[Object] = [rule["to"] for rule in rules if rule["ports"] == [{"port": 5432, "protocol": "TCP"}]]
    return found


def test_a_server_at_an_address_is_reached_at_that_alone(chart: Chart) -> None:
    address = External(host="10.1.2.3")
    assert list(address.problems()) == []
    assert egress(chart, address) == [[{"ipBlock": {"cidr": "10.1.2.3/32"}}]]


def test_a_server_at_an_address_may_be_in_a_subnet(chart: Chart) -> None:
    address = External(host="10.1.2.3", cidrs=("10.9.0.0/16", "10.1.0.0/16"))
    assert list(address.problems()) == []
    assert egress(chart, address) == [[{"ipBlock": {"cidr": cidr}} for cidr in address.cidrs]]


def test_a_redis_outside_is_reached_by_tls_as_well(chart: Chart) -> None:
    address = External(host="cache.example.com", cidrs=("10.0.0.0/16",))
    server = external(chart, address=address, port=6379, secret=REDIS_SECRET)
    assert (server.tls, server.ca_certificates) == (True, "system")


MASK = "write the subnet and its mask, e.g. 10.0.0.0/16"


@pytest.mark.parametrize(
    ("cidr", "problem"),
    [
        pytest.param("", f"'' is not a CIDR ('' does not appear to be an IPv4 or IPv6 network); {MASK}", id="empty"),
        pytest.param(
            "db.example.com/16",
            "'db.example.com/16' is not a CIDR "
            f"('db.example.com/16' does not appear to be an IPv4 or IPv6 network); {MASK}",
            id="name",
        ),
        pytest.param("10.0.0.1/16", f"'10.0.0.1/16' is not a CIDR (10.0.0.1/16 has host bits set); {MASK}", id="host"),
        pytest.param("10.0.0.7", "'10.0.0.7' has no mask; write 10.0.0.7/32, or the subnet's mask", id="no-mask"),
    ],
)
def test_an_external_server_at_what_is_no_cidr_is_refused(chart: Chart, cidr: str, problem: str) -> None:
    address = External(host="db.example.com", cidrs=("10.20.0.0/20", cidr, "fd00::/8"))
    assert list(external(chart, address=address).problems()) == [f"address: {problem}"]


# What the user may say of the server


def test_configuration_of_postgres_is_given_to_the_server(chart: Chart) -> None:
    only = container(postgres(chart, configuration={"max_connections": "200", "work_mem": "8MB"}))
    assert only["args"] == ["-c", "max_connections=200", "-c", "work_mem=8MB"]


def test_a_redis_that_is_a_cache_evicts(chart: Chart) -> None:
    args = container(redis(chart, configuration={"maxmemory-policy": "allkeys-lru"}))["args"]
    settings = dict(zip(args[::2], args[1::2], strict=True))
    assert settings["--maxmemory-policy"] == "allkeys-lru"
    assert settings["--appendonly"] == "yes"


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        pytest.param(
            {"Max Connections": "1"},
            "'Max Connections' is not a parameter's name; write it as the server's documentation does",
            id="name",
        ),
        pytest.param({"port": "5433"}, "port is what Service, probes and NetworkPolicies name; leave it", id="port"),
        pytest.param(
            {"requirepass": "x"},
            "requirepass would show in every process list; the password comes from the Secret",
            id="password",
        ),
        pytest.param({"data_directory": "/x"}, "data_directory is where the volume is mounted; leave it", id="data"),
        pytest.param({"dir": "/x"}, "dir is where the volume is mounted; leave it", id="dir"),
    ],
)
def test_configuration_that_cannot_be_is_refused(chart: Chart, configuration: dict[str, str], problem: str) -> None:
    assert list(postgres(chart, configuration=configuration).problems()) == [f"configuration: {problem}"]


@pytest.mark.parametrize("recipe", [postgres, redis], ids=["postgres", "redis"])
def test_data_of_another_uid_is_read_as_that_uid(chart: Chart, recipe: Recipe) -> None:
    security = pod_template(recipe(chart, run_as=RunAs(user=70, group=71)))["spec"]["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (70, 71, 71)
    assert security["runAsNonRoot"] is True


@pytest.mark.parametrize("name", ["user", "group"])
def test_root_is_refused(chart: Chart, name: str) -> None:
    assert list(postgres(chart, run_as=RunAs(**{name: 0})).problems()) == [
        f"run_as: {name} 0 is root or none, which Pod Security restricted refuses"
    ]


def test_an_existing_claim_is_mounted_and_none_is_emitted(chart: Chart) -> None:
    database = postgres(chart, storage=ExistingClaim("restored"))
    assert database.claim is None
    volumes = pod_template(database)["spec"]["volumes"]
    assert {"name": "var-lib-postgresql-data", "persistentVolumeClaim": {"claimName": "restored"}} in volumes
    assert list(database.problems()) == []


def test_an_existing_claim_of_a_name_that_kubernetes_refuses_is_refused(chart: Chart) -> None:
    assert list(postgres(chart, storage=ExistingClaim("Restored")).problems()) == [
        "storage: 'Restored' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]
