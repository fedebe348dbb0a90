"""RevRx's Secrets: each declared once. The ExternalSecrets and the template are made from this."""

from constructs_revrx import Secret

POSTGRES = Secret("postgres-secret", ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"))
REDIS = Secret("redis-secret", ("REDIS_PASSWORD",))
BACKEND = Secret("backend-secret", ("DATABASE_URL", "JWT_SECRET"))
AWS = Secret("aws-secret", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET"))
OPENAI = Secret("openai-secret", ("OPENAI_API_KEY",))
SMTP = Secret("smtp-secret", ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_FROM"))

SECRETS = (POSTGRES, REDIS, BACKEND, AWS, OPENAI, SMTP)
