"""The facts of RevRx (DESIGN.md, 'What RevRx is'), read out of dist/."""

import pytest

from .dist import DIST, Object, containers, documents, guards, named, of_kind, pod_spec

MEDIUM = {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"cpu": "1000m", "memory": "2Gi"}}
SMALL = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "1Gi"}}

COMPONENTS = {
    # kind, image, port, resources
    "backend": ("Deployment", "ghcr.io/revrx/backend", 8000, MEDIUM),
    "frontend": ("Deployment", "ghcr.io/revrx/frontend", 3000, SMALL),
    "celery-worker": ("Deployment", "ghcr.io/revrx/backend", None, MEDIUM),
    "postgres": ("StatefulSet", "postgres:16-alpine", 5432, MEDIUM),
    "redis": ("StatefulSet", "redis:7-alpine", 6379, SMALL),
}
# Apart from the port that hosts lead to.
METRICS = {"backend": 9090, "frontend": 9090}
AUTOSCALERS = {
    # minimum, maximum, cpu, memory
    "production": {"backend": (2, 10, 70, 80), "frontend": (2, 10, 70, 80), "celery-worker": (2, 20, 75, 85)},
    "staging": {"backend": (1, 3, 70, 80), "frontend": (1, 3, 70, 80), "celery-worker": (1, 5, 75, 85)},
}
HOSTS = {
    "production": {"frontend": "app.revrx.com", "backend": "api.revrx.com"},
    "staging": {"frontend": "staging.revrx.example.com", "backend": "api-staging.revrx.example.com"},
}
VOLUMES = {
    "production": {"postgres-pvc": "100Gi", "redis-pvc": "5Gi"},
    "staging": {"postgres-pvc": "20Gi", "redis-pvc": "5Gi"},
}
NAMESPACES = {"production": "revrx", "staging": "revrx-staging"}
SECRETS = {
    "postgres-secret": {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"},
    "backend-secret": {"DATABASE_URL", "JWT_SECRET"},
    "aws-secret": {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET"},
    "openai-secret": {"OPENAI_API_KEY"},
    "redis-secret": {"REDIS_PASSWORD"},
    "smtp-secret": {"SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM"},
}


@pytest.fixture(params=["staging", "production"])
def environment(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def objects(environment: str) -> list[Object]:
    return documents(environment)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_its_image_port_and_resources(objects: list[Object], name: str) -> None:
    kind, image, port, resources = COMPONENTS[name]
    (container,) = containers(named(objects, kind, name))
    assert container["image"] == image or container["image"].startswith(f"{image}:")
    ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
    assert (ports.pop("metrics", None), list(ports.values())) == (METRICS.get(name), [port] if port else [])
    for side, expected in resources.items():
        assert expected.items() <= container["resources"][side].items()


def test_the_worker_runs_the_backend_s_image_with_another_command(objects: list[Object]) -> None:
    (backend,) = containers(named(objects, "Deployment", "backend"))
    (worker,) = containers(named(objects, "Deployment", "celery-worker"))
    assert worker["image"] == backend["image"]
    assert worker["command"][0] == "celery" != backend["command"][0]


@pytest.mark.parametrize(
    ("name", "health", "ready"), [("backend", "/health", "/ready"), ("frontend", "/api/health", "/api/ready")]
)
def test_readiness_asks_whether_it_can_serve_and_liveness_whether_the_process_works(
    objects: list[Object], name: str, health: str, ready: str
) -> None:
    (container,) = containers(named(objects, "Deployment", name))
    assert container["readinessProbe"]["httpGet"] == {"path": ready, "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": health, "port": "http"}


@pytest.mark.parametrize("name", METRICS)
def test_a_program_is_told_the_port_of_its_metrics(objects: list[Object], name: str) -> None:
    (container,) = containers(named(objects, "Deployment", name))
    assert {"name": "METRICS_PORT", "value": str(METRICS[name])} in container["env"]


def test_a_task_is_begun_again_later_than_any_that_a_drain_lets_end(objects: list[Object]) -> None:
    timeout = int(named(objects, "ConfigMap", "backend-config")["data"]["TASK_VISIBILITY_TIMEOUT"])
    assert timeout > pod_spec(named(objects, "Deployment", "celery-worker"))["terminationGracePeriodSeconds"]


def test_readiness_of_the_datastores_asks_the_server(objects: list[Object]) -> None:
    (postgres,) = containers(named(objects, "StatefulSet", "postgres"))
    (redis,) = containers(named(objects, "StatefulSet", "redis"))
    assert "pg_isready" in postgres["readinessProbe"]["exec"]["command"][-1]
    assert "redis-cli -h 127.0.0.1 ping" in redis["readinessProbe"]["exec"]["command"][-1]


def test_the_worker_lives_by_the_heartbeat_that_its_environment_names(objects: list[Object]) -> None:
    (worker,) = containers(named(objects, "Deployment", "celery-worker"))
    (heartbeat,) = (variable["value"] for variable in worker["env"] if variable["name"] == "HEARTBEAT_FILE")
    assert heartbeat in worker["livenessProbe"]["exec"]["command"][-1]


def test_autoscalers_have_their_bounds_and_targets(environment: str, objects: list[Object]) -> None:
    found = {}
    for autoscaler in of_kind(objects, "HorizontalPodAutoscaler"):
        spec = autoscaler["spec"]
        targets = {m["resource"]["name"]: m["resource"]["target"]["averageUtilization"] for m in spec["metrics"]}
        name = autoscaler["metadata"]["name"]
        found[name] = (spec["minReplicas"], spec["maxReplicas"], targets["cpu"], targets["memory"])
    assert AUTOSCALERS[environment].items() <= found.items()


def test_volumes_have_their_size_and_class(environment: str, objects: list[Object]) -> None:
    claims = of_kind(objects, "PersistentVolumeClaim")
    sizes = {claim["metadata"]["name"]: claim["spec"]["resources"]["requests"]["storage"] for claim in claims}
    assert VOLUMES[environment].items() <= sizes.items()
    assert {claim["spec"]["storageClassName"] for claim in claims} == {"gp3"}


def test_hosts_lead_to_their_service_over_tls(environment: str, objects: list[Object]) -> None:
    for name, host in HOSTS[environment].items():
        ingress = named(objects, "Ingress", name)
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert (rule["host"], path["path"], path["pathType"]) == (host, "/", "Prefix")
        assert path["backend"]["service"] == {"name": name, "port": {"name": "http"}}
        assert ingress["spec"]["tls"] == [{"hosts": [host], "secretName": f"{name}-tls"}]
        assert ingress["spec"]["ingressClassName"] == "nginx"


def test_everything_of_an_environment_is_in_its_namespace(environment: str, objects: list[Object]) -> None:
    assert {o["metadata"]["namespace"] for o in objects} == {NAMESPACES[environment]}
    guarded = {o["metadata"].get("namespace", o["metadata"]["name"]) for o in guards(environment)}
    assert guarded == {NAMESPACES[environment]}


def test_the_backup_runs_daily_at_two_utc_and_keeps_ninety_days(objects: list[Object]) -> None:
    backup = named(objects, "CronJob", "postgres-backup")
    (container,) = containers(backup)
    env = {variable["name"]: variable["value"] for variable in container["env"]}
    assert (backup["spec"]["schedule"], backup["spec"]["timeZone"]) == ("0 2 * * *", "Etc/UTC")
    assert backup["spec"]["suspend"] is False
    assert container["command"] + container["args"] == ["python", "-m", "postgres_backup", "backup"]
    assert container["image"].startswith("ghcr.io/revrx/postgres-backup:")
    assert env["BACKUP_RETENTION_DAYS"] == "90"
    assert env["BACKUP_ENCRYPTION"] == "AES256"
    assert env["MAIL_TO"] == "devops@revrx.com"


def test_the_migration_waits_to_be_started(objects: list[Object]) -> None:
    migrate = named(objects, "CronJob", "backend-migrate")
    (container,) = containers(migrate)
    assert migrate["spec"]["suspend"] is True
    assert container["command"] == ["alembic", "upgrade", "head"]
    assert container["image"].startswith("ghcr.io/revrx/backend:")


def test_secrets_are_declared_with_their_keys(objects: list[Object]) -> None:
    found = {
        o["spec"]["target"]["name"]: {entry["secretKey"] for entry in o["spec"]["data"]}
        for o in of_kind(objects, "ExternalSecret")
    }
    assert SECRETS.items() <= found.items()
    assert not of_kind(objects, "Secret")


def test_the_secrets_template_has_every_key_and_no_value() -> None:
    template = documents("secrets-template")
    found = {o["metadata"]["name"]: set(o["stringData"]) for o in template}
    assert SECRETS.items() <= found.items()
    declared = of_kind(documents("production"), "ExternalSecret")
    assert found.keys() == {o["spec"]["target"]["name"] for o in declared}
    assert {value for o in template for value in o["stringData"].values()} == {""}
    assert not any("data" in o for o in template)
    assert not any("namespace" in o["metadata"] for o in template)


def test_redis_is_reached_with_the_password_of_its_secret(objects: list[Object]) -> None:
    for name in ("backend", "celery-worker"):
        spec = pod_spec(named(objects, "Deployment", name))
        (container,) = spec["containers"]
        assert {"name": "REDIS_URL", "value": "redis://:$(REDIS_PASSWORD)@redis:6379/0"} in container["env"]
        assert {"secretRef": {"name": "redis-secret"}} in container["envFrom"]


def test_there_is_one_folder_an_environment_and_one_bootstrap_file() -> None:
    folders = {"argocd", "bootstrap", "production", "secrets-template", "staging"}
    assert {path.name for path in DIST.iterdir()} == folders
    assert {path.name for path in (DIST / "bootstrap").iterdir()} == {"production.k8s.yaml", "staging.k8s.yaml"}
    for environment in NAMESPACES:
        for path in (DIST / environment).iterdir():
            (o,) = documents(f"{environment}/{path.name}")
            assert path.name == f"{o['kind']}.{o['metadata']['name']}.k8s.yaml"
