"""Production.

On RDS and ElastiCache instead of in the cluster: postgres=External(host="…rds.amazonaws.com", cidrs=("10.0.0.0/16",))
and redis likewise, with the subnets of the servers. No image knows RDS' authority, so the backup is given it:
ca_certificates=CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem").
These names are imported from constructs_revrx.
"""

from constructs_revrx import Autoscaling, Quota, SecretStore, Storage

from .environment import Environment

PRODUCTION = Environment(
    name="production",
    namespace="revrx",
    app_host="app.revrx.com",
    api_host="api.revrx.com",
    log_level="INFO",
    backend=Autoscaling(minimum=2, maximum=10, cpu=70, memory=80),
    frontend=Autoscaling(minimum=2, maximum=10, cpu=70, memory=80),
    celery_worker=Autoscaling(minimum=2, maximum=20, cpu=75, memory=85),
    postgres=Storage(size="100Gi"),
    redis=Storage(size="5Gi"),
    verify_volume=Storage(size="100Gi"),
    quota=Quota(
        cpu=("16", "64"),
        memory=("32Gi", "128Gi"),
        ephemeral_storage=("20Gi", "80Gi"),
        pods=80,
        # Room for a new volume of Postgres beside the one that it replaces.
        storage="320Gi",
        volume_claims=5,
    ),
    deployers="revrx-production-deployers",
    viewers="revrx-production-viewers",
    secret_store=SecretStore.aws_secrets_manager(region="us-east-1", prefix="revrx/production/"),
)
