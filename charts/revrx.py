"""RevRx: the whole of it, for any environment."""

from constructs_revrx import (
    S3,
    BackupCronJob,
    ConfigMap,
    Email,
    ExternalSecrets,
    Heartbeat,
    Host,
    Internet,
    Shutdown,
    SuspendedCronJob,
    WebService,
    Worker,
)
from cdk8s import Chart
from constructs import Construct

from . import datastores
from .environment import Environment
from .secrets import AWS, BACKEND, OPENAI, REDIS, SECRETS, SMTP
from .sizes import MEDIUM, SMALL

PART_OF = {"app.kubernetes.io/part-of": "revrx"}

# Not the port that hosts lead to, where the world would read them.
METRICS = 9090


class RevRx(Chart):
    """Everything that a deployer applies. Names that the images must match are explained in docs/contract.md."""

    def __init__(self, scope: Construct, env: Environment) -> None:
        super().__init__(
            scope,
            env.name,
            namespace=env.namespace,
            labels={**PART_OF, "app.kubernetes.io/instance": env.namespace},
        )
        ExternalSecrets(self, "secret-store", store=env.secret_store, secrets=SECRETS)

        postgres, redis = datastores.postgres(self, env), datastores.redis(self, env)
        celery_shutdown = Shutdown(pause=0, drain=300)
        settings = ConfigMap(
            self,
            "backend-config",
            data={
                "ENVIRONMENT": env.name,
                "LOG_LEVEL": env.log_level,
                "CORS_ORIGINS": f"https://{env.app_host}",
                # Seconds until a killed worker's task is begun again, and one that still runs for a second time: twice
                # the longest that surely ends in a drain.
                "TASK_VISIBILITY_TIMEOUT": str(2 * celery_shutdown.drain),
            },
        )
        backend_environment = (settings, BACKEND, AWS, OPENAI, REDIS)
        scheme = "rediss" if redis.tls else "redis"
        redis_url = {"REDIS_URL": f"{scheme}://:$(REDIS_PASSWORD)@{redis.host}:{redis.port}/0"}

        backend = WebService(
            self,
            "backend",
            image=env.images["backend"],
            command=["uvicorn", "app.main:app", "--host=0.0.0.0", "--port=8000"],
            # Longer than nginx keeps its own end open (60 s), or it would send into a connection just closed.
            args=["--timeout-keep-alive=75", "--timeout-graceful-shutdown=30"],
            port=8000,
            health_path="/health",
            ready_path="/ready",
            resources=MEDIUM,
            replicas=env.backend,
            env={**redis_url, "METRICS_PORT": str(METRICS)},
            env_from=backend_environment,
            scratch={"/tmp": "256Mi"},
            ports={"metrics": METRICS},
            metrics_port="metrics",
            hosts=[Host(env.api_host)],
            ingress=env.ingress,
            monitoring=env.monitoring,
        )
        frontend = WebService(
            self,
            "frontend",
            image=env.images["frontend"],
            port=3000,
            health_path="/api/health",
            ready_path="/api/ready",
            resources=SMALL,
            replicas=env.frontend,
            # Next.js listens on $HOSTNAME, which would be the pod's name: not on every address.
            env={"HOSTNAME": "0.0.0.0", "PORT": "3000", "METRICS_PORT": str(METRICS)},
            env_from=[
                ConfigMap(
                    self,
                    "frontend-config",
                    data={"API_URL": backend.url, "PUBLIC_API_URL": f"https://{env.api_host}"},
                )
            ],
            scratch={"/tmp": "64Mi", "/app/.next/cache": "256Mi"},
            ports={"metrics": METRICS},
            metrics_port="metrics",
            hosts=[Host(env.app_host)],
            ingress=env.ingress,
            monitoring=env.monitoring,
        )
        heartbeat = Heartbeat(file="/tmp/celery-heartbeat", max_age_minutes=2)
        celery_worker = Worker(
            self,
            "celery-worker",
            image=env.images["backend"],
            command=["celery", "--app=app.celery", "worker"],
            # Celery would start a process for each core of the node, and one that leaks never gives memory back.
            args=["--loglevel=INFO", "--concurrency=4", "--max-tasks-per-child=1000"],
            resources=MEDIUM,
            replicas=env.celery_worker,
            heartbeat=heartbeat,
            env={**redis_url, "HEARTBEAT_FILE": heartbeat.file},
            env_from=backend_environment,
            scratch={"/tmp": "256Mi"},
            shutdown=celery_shutdown,
            monitoring=env.monitoring,
        )
        for workload in (backend, frontend, celery_worker):
            if env.single_pods and workload.autoscaler:
                workload.autoscaler.metadata.add_annotation("kube-score/ignore", "horizontalpodautoscaler-replicas")
                workload.autoscaler.metadata.add_annotation("kube-score/reason", env.single_pods)
        migrate = SuspendedCronJob(
            self,
            "backend-migrate",
            image=env.images["backend"],
            command=["alembic", "upgrade", "head"],
            resources=SMALL,
            env_from=[BACKEND],
        )
        for consumer in (backend, celery_worker):
            consumer.connect_to(postgres, redis, Internet(443))
        frontend.connect_to(backend)
        migrate.connect_to(postgres)

        BackupCronJob(
            self,
            "postgres-backup",
            source=postgres,
            image=env.images["postgres-backup"],
            resources=SMALL,
            schedule=env.backup_schedule,
            watch_schedule=env.watch_schedule,
            retention_days=90,
            destination=S3(secret=AWS),
            notify=Email(to="devops@revrx.com", secret=SMTP),
            verify_volume=env.verify_volume,
            monitoring=env.monitoring,
        )
