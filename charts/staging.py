"""Staging."""

from constructs_revrx import Autoscaling, Quota, SecretStore, Storage

from .environment import Environment

STAGING = Environment(
    name="staging",
    namespace="revrx-staging",
    app_host="staging.revrx.example.com",
    api_host="api-staging.revrx.example.com",
    log_level="DEBUG",
    backend=Autoscaling(minimum=1, maximum=3, cpu=70, memory=80),
    frontend=Autoscaling(minimum=1, maximum=3, cpu=70, memory=80),
    celery_worker=Autoscaling(minimum=1, maximum=5, cpu=75, memory=85),
    single_pods="no user notices when a pod of staging moves to another node",
    postgres=Storage(size="20Gi"),
    redis=Storage(size="5Gi"),
    verify_volume=Storage(size="20Gi"),
    quota=Quota(
        cpu=("6", "24"),
        memory=("12Gi", "48Gi"),
        ephemeral_storage=("8Gi", "32Gi"),
        pods=30,
        # Room for a new volume of Postgres beside the one that it replaces.
        storage="70Gi",
        volume_claims=5,
    ),
    deployers="revrx-staging-deployers",
    viewers="revrx-staging-viewers",
    secret_store=SecretStore.aws_secrets_manager(region="us-east-1", prefix="revrx/staging/"),
)
