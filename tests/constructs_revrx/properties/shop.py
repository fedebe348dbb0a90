"""The shop that these tests build: its values, and each construct from the fewest options and from every one."""

import base64
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from constructs_revrx import (
    S3,
    Acm,
    Affinity,
    AlbIngress,
    AppNamespace,
    Autoscaling,
    BackupCronJob,
    CertificateAuthority,
    ClusterIP,
    ConfigMap,
    Container,
    ContainerLimits,
    Datastore,
    DownwardAPI,
    Email,
    Engine,
    ExistingClaim,
    ExistingConfigMap,
    ExistingSecrets,
    ExistingStore,
    External,
    ExternalSecrets,
    Fallback,
    GatewayRoute,
    Headless,
    Heartbeat,
    Host,
    Image,
    Monitoring,
    NginxIngress,
    NodeRequirement,
    PodAffinityTerm,
    Pods,
    Probe,
    QueueScaling,
    Quota,
    RedisList,
    RemoteRef,
    RemoteSecret,
    Resources,
    RunAs,
    ScalingPolicy,
    ScalingRules,
    Sealed,
    SealedSecrets,
    Secret,
    SecretsTemplate,
    SecretStore,
    ServiceAccount,
    ServiceAccountToken,
    Shutdown,
    Singleton,
    StickyCookie,
    Storage,
    SuspendedCronJob,
    Tls,
    Toleration,
    TraefikIngress,
    Volume,
    WebService,
    Worker,
)
from cdk8s import ApiObject, App, Chart
from constructs import Construct

K8S = "app.kubernetes.io"

Object = dict[str, Any]
Options = dict[str, Any]

TAGGED = Image("ghcr.io/shop/app:1.4.2")
PINNED = Image("ghcr.io/shop/app:1.4.2@sha256:" + "0123456789abcdef" * 4)
SMALL = Resources(cpu=("100m", "500m"), memory=("256Mi", "1Gi"))
LARGE = Resources(cpu=("250m", "1000m"), memory=("512Mi", "2Gi"), ephemeral_storage=("1Gi", "2Gi"))
MONITORING = Monitoring(namespace="observability", labels={"prometheus": "shop"})

PODS = Pods(
    labels={"team": "checkout"},
    annotations={"example.com/scrape": "true"},
    service_account=ServiceAccount(annotations={"example.com/role": "shop"}),
    node_selector={"kubernetes.io/arch": "arm64"},
    tolerations=[Toleration(key="spot", value="true", effect="NoExecute"), Toleration(key="arm")],
    priority_class="important",
    affinity=Affinity(
        node=[
            NodeRequirement("node.kubernetes.io/instance-type", "In", ("m7g.large", "m7g.xlarge")),
            NodeRequirement("example.com/draining", "DoesNotExist"),
        ],
        preferred_node=[NodeRequirement("example.com/generation", "Gt", ("6",))],
        pod=[PodAffinityTerm(labels={"app": "cache"})],
        pod_anti=[
            PodAffinityTerm(labels={"app": "batch"}, topology_key="kubernetes.io/hostname", required=True),
            PodAffinityTerm(labels={"app": "noisy"}),
        ],
    ),
    spread="DoNotSchedule",
)
# Those of another team's ServiceAccount, that need not be apart.
BORROWED = Pods(service_account=ServiceAccount(existing="shared"), spread=None)

LOGS = Volume.empty_dir("32Mi")

APP_SECRET = Secret("app-secret", ("DATABASE_URL", "API_KEY"))
CERTIFICATES = Secret("certificates", ("CA",), revision="2026-08", reload=True)
POSTGRES_SECRET = Secret("postgres-secret", ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"))
REDIS_SECRET = Secret("redis-secret", ("REDIS_PASSWORD",))
AWS_SECRET = Secret("aws-secret", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET"))
SMTP_SECRET = Secret("smtp-secret", ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM"))

PREPARATION = Container(
    name="prepare",
    image=PINNED,
    resources=SMALL,
    command=["alembic"],
    args=["upgrade", "head"],
    env_from=[APP_SECRET],
    volumes={"/var/shared": LOGS},
)
# For charts of Kubernetes 1.29 and later.
SIDECAR = Container(name="proxy", image=TAGGED, resources=SMALL, restart_policy="Always")


def log_shipper(scope: Construct) -> Container:
    return Container(
        name="log-shipper",
        image=TAGGED,
        resources=Resources(cpu=("10m", "50m"), memory=("32Mi", "64Mi")),
        command=["vector"],
        args=["--watch-config"],
        env={"SINK": "loki"},
        env_from=[ExistingConfigMap("loki")],
        secret_files=[CERTIFICATES],
        config_files={"/etc/vector": ConfigMap(scope, "log-shipper", data={"vector.yaml": "sources: {}"})},
        scratch={"/var/lib/vector": "16Mi"},
        volumes={"/logs": LOGS.read_only()},
        ports={"vector": 8686, "vector-metrics": 9598},
        startup=Probe.tcp(period=2),
        readiness=Probe.http("/health"),
        liveness=Probe.tcp(port="vector-metrics"),
        shutdown=Shutdown(pause=12, drain=50, command=["vector", "drain"]),
    )


@dataclass(frozen=True)
class Recipe:
    """How the tests make a construct: `recipe(chart, option=value)` from the fewest options and those given.

    fewest, every: the options; of `every`, none has its default but those of `at_default`.
    """

    make: Callable[..., Any]
    id: str
    fewest: Callable[[Construct], Options]
    every: Callable[[Construct], Options]
    namespaced: bool = True
    at_default: tuple[str, ...] = ()

    def __call__(self, scope: Construct, id: str | None = None, /, **options: Any) -> Any:
        return self.make(scope, id or self.id, **{**self.fewest(scope), **options})

    def everything(self, scope: Construct, /, **options: Any) -> Any:
        return self.make(scope, self.id, **{**self.every(scope), **options})

    def chart(self, app: App, id: str = "production", namespace: str = "shop", **labels: str) -> Chart:
        """A chart that it may stand in."""
        return Chart(app, id, namespace=namespace if self.namespaced else None, labels=labels)

    @property
    def options(self) -> dict[str, Any]:
        """The name of each option, and its default."""
        function = self.make.__init__ if inspect.isclass(self.make) else self.make
        parameters = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


web_service = Recipe(
    WebService,
    "backend",
    fewest=lambda _: {"image": TAGGED, "port": 8000, "health_path": "/health", "resources": SMALL, "replicas": 2},
    every=lambda scope: {
        "image": PINNED,
        "port": 9000,
        "health_path": "/health",
        "ready_path": "/ready",
        "startup": Probe.tcp(period=2, timeout=1, failures=90),
        "readiness": Probe.grpc("shop.Ready", port="grpc", period=4, timeout=2, failures=2),
        "liveness": Probe.exec("shop", "alive", period=20, timeout=9, failures=4),
        "resources": LARGE,
        "replicas": Autoscaling(
            minimum=3,
            maximum=9,
            cpu=55,
            memory=65,
            scale_up=ScalingRules(
                stabilization_window_seconds=15,
                policies=[ScalingPolicy(type="Pods", value=4, period_seconds=60)],
                select_policy="Min",
            ),
            scale_down=ScalingRules(stabilization_window_seconds=600, policies=[], select_policy="Disabled"),
        ),
        "command": ["gunicorn"],
        "args": ["--workers=4", "shop:app"],
        "env": {"ZONE": "eu", "ADDRESS": "$(ZONE).$(DOMAIN)"},
        "env_from": [ConfigMap(scope, "backend-settings", data={"DOMAIN": "example.com"}), APP_SECRET],
        "secret_files": [CERTIFICATES],
        "config_files": {"/etc/shop": ConfigMap(scope, "files", data={"shop.toml": "open = true"})},
        "scratch": {"/tmp": "128Mi", "/var/cache/shop": "256Mi"},
        "volumes": {
            "/var/log/shop": LOGS,
            "/dev/shm": Volume.empty_dir("64Mi", memory=True),
            "/var/lib/uploads": Volume.claim(
                Storage(size="10Gi", storage_class="efs"), name="uploads", access_mode="ReadWriteMany"
            ),
            "/var/lib/models": Volume.claim(ExistingClaim("models"), access_mode="ReadOnlyMany"),
            "/var/lib/index": Volume.ephemeral(Storage(size="1Gi")),
            "/etc/pki/shop": Volume.secret(CERTIFICATES),
            "/etc/regions": Volume.config_map(ExistingConfigMap("regions")),
            "/var/run/pod": Volume.projected(
                ServiceAccountToken(audience="vault", expiry=1800, path="vault-token"),
                DownwardAPI(files={"labels": "metadata.labels", "name": "metadata.name"}),
                APP_SECRET,
                ConfigMap(scope, "features", data={"features.toml": "new = true"}),
            ),
        },
        "ports": {"grpc": 9001, "metrics": 9090},
        "containers": [log_shipper(scope)],
        "init_containers": [PREPARATION],
        "hosts": [
            Host("shop.example.com"),
            Host("api.example.com", "/v2"),
            Host("api.example.com", "/v1", path_type="Exact"),
        ],
        "ingress": NginxIngress(
            class_name="public",
            tls=Tls.cert_manager("private-ca"),
            controller_namespace="edge",
            connect_timeout=3,
            read_timeout=120,
            send_timeout=90,
            body_size="50m",
            sticky=StickyCookie(name="pod", max_age=600),
        ),
        "metrics_port": "metrics",
        "protocol": "websocket",
        "cluster_ip": ClusterIP(session_affinity=600),
        "metrics_path": "/prometheus",
        "monitoring": MONITORING,
        "shutdown": Shutdown(pause=15, drain=45),
        "pods": PODS,
    },
)


def _reached(ingress: Any, *, at_default: tuple[str, ...] = (), **options: Any) -> Recipe:
    """A WebService that requests reach through another router."""
    every = web_service.every
    return replace(
        web_service, every=lambda scope: {**every(scope), "ingress": ingress, **options}, at_default=at_default
    )


CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
GRPC: Options = {
    "protocol": "grpc",
    "health_path": None,
    "ready_path": None,
    "hosts": [
        Host("shop.example.com"),
        Host("api.example.com", "/shop.Cart"),
        Host("api.example.com", "/shop.Cart/Pay"),
    ],
    "cluster_ip": Headless(),
}


def _grpc_reached(ingress: Any) -> Recipe:
    return _reached(ingress, **GRPC, at_default=("ready_path",))


# Each router with all that it can do. Traefik takes no gRPC with a limit on bodies.
ROUTERS = {
    "nginx": web_service,
    "nginx-secret": _grpc_reached(NginxIngress(tls=Tls.secret("shop-tls"))),
    "traefik": _reached(
        TraefikIngress(
            class_name="public",
            tls=Tls.secret("shop-tls"),
            controller_namespace="edge",
            http_entry_point="http",
            https_entry_point="https",
            connect_timeout=3,
            response_timeout=120,
            body_size="50Mi",
            sticky=StickyCookie(name="pod", max_age=600),
        )
    ),
    "traefik-grpc": _grpc_reached(TraefikIngress()),
    "alb": _reached(
        AlbIngress(
            cidrs=["10.0.0.0/20", "10.0.16.0/20"],
            class_name="public",
            tls=Acm.certificates(CERTIFICATE),
            scheme="internet-facing",
            group="shop",
            idle_timeout=300,
            sticky=600,
        )
    ),
    "alb-grpc": _grpc_reached(AlbIngress(cidrs=["10.0.0.0/20"])),
    "alb-plain": _reached(AlbIngress(cidrs=["10.0.0.0/20"], tls=Acm.none("CloudFront is before it"))),
    "gateway": _reached(
        GatewayRoute(
            gateway="public",
            namespace="gateways",
            listener="tls",
            redirect_listener="plain",
            proxy_namespace="envoy-gateway-system",
            proxy_labels={"app.kubernetes.io/name": "envoy"},
            request_timeout=120,
            backend_request_timeout=60,
            request_headers={"X-Forwarded-Prefix": "/api"},
            response_headers={"Strict-Transport-Security": "max-age=31536000"},
        ),
        protocol="http",
        at_default=("protocol",),
    ),
    "gateway-grpc": _grpc_reached(GatewayRoute(gateway="public", namespace="gateways")),
}

worker = Recipe(
    Worker,
    "mailer",
    fewest=lambda _: {
        "image": TAGGED,
        "command": ["celery", "worker"],
        "resources": SMALL,
        "replicas": 2,
        "heartbeat": Heartbeat(),
    },
    every=lambda scope: {
        "image": PINNED,
        "command": ["celery"],
        "resources": LARGE,
        "replicas": Autoscaling(minimum=2, maximum=20, cpu=75, memory=None),
        "heartbeat": Heartbeat(file="/var/run/mailer/alive", max_age_minutes=5),
        "startup": Probe.exec("mailer", "started", period=2, timeout=1, failures=90),
        "readiness": Probe.http("/ready", port="metrics", period=4, timeout=2, failures=2),
        "args": ["worker", "--concurrency=4"],
        "env": {"QUEUE": "mail"},
        "env_from": [APP_SECRET, ConfigMap(scope, "mailer-settings", data={"FROM": "shop@example.com"})],
        "secret_files": [CERTIFICATES],
        "config_files": {"/etc/shop": ConfigMap(scope, "files", data={"shop.toml": "open = true"})},
        "scratch": {"/var/run/mailer": "1Mi"},
        "volumes": {"/var/log/shop": LOGS},
        "containers": [log_shipper(scope)],
        "init_containers": [PREPARATION],
        "ports": {"metrics": 9808},
        "metrics_port": "metrics",
        "metrics_path": "/prometheus",
        "monitoring": MONITORING,
        "shutdown": Shutdown(pause=5, drain=300),
        "pods": BORROWED,
    },
)

# What starts the others' work, and must do so once.
scheduler = Recipe(
    Worker,
    "beat",
    fewest=lambda scope: {**worker.fewest(scope), "command": ["celery", "beat"], "replicas": Singleton()},
    every=lambda scope: {**worker.every(scope), "args": ["beat"], "replicas": Singleton()},
)

postgres = Recipe(
    Datastore.postgres,
    "postgres",
    fewest=lambda _: {
        "image": Image("postgres:16-alpine"),
        "resources": SMALL,
        "storage": Storage(size="20Gi"),
        "secret": POSTGRES_SECRET,
    },
    every=lambda _: {
        "image": PINNED,
        "resources": LARGE,
        "storage": Storage(size="100Gi", storage_class="io2"),
        "secret": POSTGRES_SECRET,
        "configuration": {"max_connections": "200", "shared_buffers": "512MB"},
        "shared_memory": "256Mi",
        "run_as": RunAs(user=70, group=70),
        "monitoring": MONITORING,
        "pods": PODS,
    },
)

redis = Recipe(
    Datastore.redis,
    "redis",
    fewest=lambda _: {
        "image": Image("redis:7-alpine"),
        "resources": SMALL,
        "storage": Storage(size="5Gi"),
        "secret": REDIS_SECRET,
    },
    every=lambda _: {
        "image": PINNED,
        "resources": LARGE,
        "storage": ExistingClaim("sessions"),
        "secret": REDIS_SECRET,
        "configuration": {"maxmemory-policy": "allkeys-lru", "save": ""},
        "run_as": RunAs(user=999, group=1000),
        "monitoring": MONITORING,
        "pods": PODS,
    },
)

RABBITMQ: Options = {
    "component": "broker",
    "port": 5672,
    "port_name": "amqp",
    "data_path": "/var/lib/rabbitmq",
    "ready": ("rabbitmq-diagnostics", "check_running"),
    "grace": 90,
    "keys": ("ERLANG_COOKIE",),
}

# A server that the library does not know.
rabbitmq = Recipe(
    Datastore,
    "rabbitmq",
    fewest=lambda _: {
        "engine": Engine(**RABBITMQ),
        "image": Image("rabbitmq:4.1"),
        "resources": SMALL,
        "storage": Storage(size="5Gi"),
        "secret": Secret("rabbitmq-secret", ("ERLANG_COOKIE",)),
    },
    every=lambda scope: {
        **{
            option: value
            for option, value in postgres.every(scope).items()
            if option not in ("configuration", "shared_memory")
        },
        "secret": Secret("rabbitmq-secret", ("ERLANG_COOKIE",)),
        "engine": Engine(
            **RABBITMQ,
            configuration={"quorum": "on"},
            rereads_secret=False,
            command=("rabbitmq-server",),
            args=("--quiet",),
            env={"RABBITMQ_NODENAME": "shop"},
            env_from=[ExistingConfigMap("rabbitmq")],
            secret_files=[CERTIFICATES],
            config_files={
                "/etc/rabbitmq": ConfigMap(scope, "rabbitmq-files", data={"rabbitmq.conf": "heartbeat = 60"})
            },
            scratch={"/tmp": "32Mi"},
            volumes={"/run/rabbitmq": Volume.empty_dir("8Mi", memory=True)},
        ),
    },
)

external = Recipe(
    Datastore.external,
    "rds",
    fewest=lambda _: {
        "address": External(host="shop.rds.amazonaws.com", cidrs=("10.20.0.0/20",)),
        "port": 5432,
        "secret": POSTGRES_SECRET,
    },
    every=lambda _: {
        "address": External(
            host="shop.rds.amazonaws.com",
            cidrs=("10.20.0.0/20", "10.20.16.0/20"),
            tls=False,
            ca_certificates=CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem"),
        ),
        "port": 6432,
        "secret": POSTGRES_SECRET,
    },
)

# Scaled by what there is to do: in a Redis in the cluster, and in one outside with users and a CA of its own.
queue_worker = Recipe(
    Worker,
    "crawler",
    fewest=lambda scope: {
        **worker.fewest(scope),
        "replicas": QueueScaling(redis=redis(scope), lists=[RedisList("celery", 10)], minimum=0, maximum=20),
    },
    every=lambda scope: {
        **worker.every(scope),
        "replicas": QueueScaling(
            redis=Datastore.external(
                scope,
                "elasticache",
                address=External(host="shop.cache.example.com", cidrs=("10.30.0.0/20",), ca_certificates="/etc/ca.pem"),
                port=6380,
                secret=Secret("elasticache-secret", ("USER", "PASSWORD", "CA")),
            ),
            lists=[RedisList("crawl", 5, activation=3), RedisList("mail", 50)],
            minimum=2,
            maximum=40,
            cpu=65,
            memory=None,
            polling_interval=15,
            cooldown_period=600,
            fallback=Fallback(replicas=4, failure_threshold=5),
            scale_up=ScalingRules(
                stabilization_window_seconds=30, policies=[ScalingPolicy(type="Percent", value=50, period_seconds=60)]
            ),
            scale_down=ScalingRules(stabilization_window_seconds=60, policies=[], select_policy="Disabled"),
            password_key="PASSWORD",
            username_key="USER",
            ca_key="CA",
            database=3,
            operator_namespace="autoscaling",
        ),
    },
)

backup_cron_job = Recipe(
    BackupCronJob,
    "postgres-backup",
    fewest=lambda scope: {
        "source": external(scope),
        "image": TAGGED,
        "resources": SMALL,
        "schedule": "0 2 * * *",
        "destination": S3(secret=AWS_SECRET),
        "notify": Email(to="ops@example.com", secret=SMTP_SECRET),
        "verify_volume": Storage(size="20Gi"),
    },
    every=lambda scope: {
        "source": postgres(scope),
        "image": PINNED,
        "resources": LARGE,
        "schedule": "30 1-3 * * mon-fri",
        "destination": S3(
            secret=AWS_SECRET,
            prefix="shop",
            encryption="aws:kms",
            kms_key="arn:aws:kms:eu-central-1:111122223333:key/shop",
            url="https://s3.shop.example:9000",
            ca_certificates=CertificateAuthority(config_map=ExistingConfigMap("private-ca"), key="ca.pem"),
            addressing="path",
            cidrs=("10.0.1.0/24",),
        ),
        "notify": Email(to="ops@example.com", secret=SMTP_SECRET, port=465, cidrs=("10.0.2.0/24",)),
        "verify_schedule": "0 5 1 * *",
        "verify_volume": Storage(size="300Gi", storage_class="io2"),
        "watch_schedule": "0 */6 * * *",
        "time_zone": "Europe/Berlin",
        "retention_days": 30,
        "keep_newest": 3,
        "deadline": 3600,
        "monitoring": MONITORING,
        "pods": PODS,
    },
)

suspended_cron_job = Recipe(
    SuspendedCronJob,
    "migrate",
    fewest=lambda _: {"image": TAGGED, "command": ["alembic", "upgrade", "head"], "resources": SMALL},
    every=lambda scope: {
        "image": PINNED,
        "command": ["alembic"],
        "resources": LARGE,
        "args": ["upgrade", "head"],
        "env": {"VERBOSE": "1"},
        "env_from": [ConfigMap(scope, "migrate-settings", data={"SCHEMA": "shop"}), APP_SECRET],
        "secret_files": [CERTIFICATES],
        "config_files": {"/etc/shop": ConfigMap(scope, "files", data={"shop.toml": "open = true"})},
        "scratch": {"/var/tmp": "1Gi"},
        "volumes": {
            "/var/lib/dumps": Volume.claim(Storage(size="5Gi"), name="dumps"),
            "/var/log/shop": LOGS,
            "/etc/api": Volume.secret(APP_SECRET, keys=("API_KEY",)),
        },
        "containers": [replace(PREPARATION, name="verify")],
        "init_containers": [PREPARATION],
        "deadline": 600,
        "retries": 2,
        "pods": PODS,
    },
)

config_map = Recipe(
    ConfigMap,
    "settings",
    fewest=lambda _: {"data": {}},
    every=lambda _: {"data": {"LEVEL": "debug", "motd.txt": "one\n---\ntwo\n"}},
)

external_secrets = Recipe(
    ExternalSecrets,
    "secret-store",
    fewest=lambda _: {"store": SecretStore.aws_secrets_manager(region="eu-central-1", prefix=""), "secrets": []},
    every=lambda _: {
        "store": SecretStore(provider={"vault": {"server": "https://vault.example.com", "path": "kv"}}, prefix="shop/"),
        "secrets": [
            RemoteSecret(APP_SECRET, {"API_KEY": RemoteRef("payments", property="live.key", version="3")}),
            REDIS_SECRET,
        ],
        "refresh_interval": "15m",
    },
)

# From a store of the platform's.
shared_store = Recipe(
    ExternalSecrets,
    "fetched",
    fewest=lambda _: {"store": ExistingStore(name="platform"), "secrets": [APP_SECRET]},
    every=lambda _: {
        "store": ExistingStore(name="shop-vault", kind="SecretStore", prefix="shop/"),
        "secrets": [APP_SECRET, REDIS_SECRET],
        "refresh_interval": "1h30m",
    },
)

# As long as what kubeseal makes of a value of eight characters, and nobody's secret.
SEALED_VALUE = base64.b64encode(b"\x02\x00" + bytes(512 + 16 + 8)).decode()

sealed_secrets = Recipe(
    SealedSecrets,
    "sealed",
    fewest=lambda _: {"secrets": []},
    every=lambda _: {
        "secrets": [
            Sealed(APP_SECRET, dict.fromkeys(APP_SECRET.keys, SEALED_VALUE)),
            Sealed(REDIS_SECRET, {"REDIS_PASSWORD": SEALED_VALUE}, scope="namespace-wide"),
            Sealed(CERTIFICATES, {"CA": SEALED_VALUE}, scope="cluster-wide"),
        ]
    },
)

existing_secrets = Recipe(
    ExistingSecrets,
    "given",
    fewest=lambda _: {"secrets": []},
    every=lambda _: {"secrets": [APP_SECRET, REDIS_SECRET]},
)

secrets_template = Recipe(
    SecretsTemplate,
    "template",
    fewest=lambda _: {"secrets": []},
    every=lambda _: {"secrets": [APP_SECRET, REDIS_SECRET]},
)

QUOTA = Quota(
    cpu=("16", "64"),
    memory=("32Gi", "128Gi"),
    ephemeral_storage=("20Gi", "80Gi"),
    pods=80,
    storage="600Gi",
    volume_claims=20,
)


def _deployed(scope: Construct, *recipes: Recipe) -> Chart:
    """What an AppNamespace guards: a chart beside its own."""
    app, beside = App.of(scope), f"{scope.node.id}-deployed"
    number = sum(child.node.id.startswith(beside) for child in app.node.children)
    chart = Chart(app, f"{beside}-{number}", namespace="shop")
    for recipe in recipes:
        recipe.everything(chart)
    return chart


app_namespace = Recipe(
    AppNamespace,
    "shop",
    fewest=lambda scope: {
        "deploys": _deployed(scope),
        "deployers": "shop-deployers",
        "viewers": "shop-viewers",
        "quota": QUOTA,
    },
    every=lambda scope: {
        "deploys": _deployed(scope, web_service, backup_cron_job, external_secrets),
        "deployers": "shop-deployers",
        "viewers": "shop-viewers",
        "quota": QUOTA,
        "limits": ContainerLimits(
            default=Resources(cpu=("10m", "100m"), memory=("16Mi", "64Mi"), ephemeral_storage=("8Mi", "32Mi")),
            cpu="3",
            memory="6Gi",
            ephemeral_storage="5Gi",
        ),
    },
    namespaced=False,
)

WORKERS = {"worker": worker, "scheduler": scheduler, "queue-worker": queue_worker}
SCALED = {"web-service": web_service, "worker": worker}
DATASTORES = {"postgres": postgres, "redis": redis, "rabbitmq": rabbitmq}
# Those that run a program of the user's.
PROGRAMS = {"web-service": web_service, "worker": worker, "suspended-cron-job": suspended_cron_job}
CRON_JOBS = {"backup-cron-job": backup_cron_job, "suspended-cron-job": suspended_cron_job}
CLIENTS = {**SCALED, **WORKERS, **CRON_JOBS}
WORKLOADS = {**CLIENTS, **DATASTORES}
SECRETS = {
    "external-secrets": external_secrets,
    "shared-store": shared_store,
    "sealed-secrets": sealed_secrets,
    "existing-secrets": existing_secrets,
    "secrets-template": secrets_template,
}
RECIPES = {
    **WORKLOADS,
    **{f"web-service-{router}": recipe for router, recipe in ROUTERS.items() if recipe is not web_service},
    "external": external,
    "config-map": config_map,
    **SECRETS,
    "app-namespace": app_namespace,
}


def objects(scope: Construct) -> list[Object]:
    """What a construct emits."""
    return [node.to_json() for node in scope.node.find_all() if isinstance(node, ApiObject)]


def pod_template(workload: Any) -> Object:
    for attribute in ("deployment", "stateful_set"):
        if manifest := getattr(workload, attribute, None):
            template: Object = manifest.to_json()["spec"]["template"]
            return template
    job: Object = workload.cron_job.to_json()["spec"]["jobTemplate"]
    return job["spec"]["template"]  # type: ignore[no-any-return]


def container(workload: Any) -> Object:
    """Its own, which comes first."""
    found: Object = pod_template(workload)["spec"]["containers"][0]
    return found


def containers(template: Object) -> list[Object]:
    """All of a pod's, also those that run before."""
    return [*template["spec"]["containers"], *template["spec"].get("initContainers", [])]
