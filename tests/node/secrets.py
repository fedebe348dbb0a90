"""What External Secrets and cert-manager would bring into the namespace."""

import secrets
from base64 import b64decode

import trustme

from ..charts.dist import Object, documents, of_kind
from ..e2e.kubectl import Kubectl
from ..images.smtp import PASSWORD, USER
from .internet import BUCKET, MAIL_HOST, REGION


def values(namespace: Kubectl) -> dict[str, dict[str, str]]:
    """Of every Secret of dist/secrets-template. Passwords are drawn, unless a namespace that was kept has them."""
    there = {o["metadata"]["name"]: o["data"] for o in namespace.get("secrets") if o["type"] == "Opaque"}
    if there:
        return {name: {key: b64decode(value).decode() for key, value in data.items()} for name, data in there.items()}
    database, broker = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    return {
        "postgres-secret": {"POSTGRES_USER": "revrx", "POSTGRES_PASSWORD": database, "POSTGRES_DB": "revrx"},
        "redis-secret": {"REDIS_PASSWORD": broker},
        "backend-secret": {
            "DATABASE_URL": f"postgresql://revrx:{database}@postgres:5432/revrx",
            "JWT_SECRET": secrets.token_urlsafe(32),
        },
        "aws-secret": {
            "AWS_ACCESS_KEY_ID": "backup",
            "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(24),
            "AWS_REGION": REGION,
            "S3_BUCKET": BUCKET,
        },
        "openai-secret": {"OPENAI_API_KEY": "none"},
        "smtp-secret": {
            "SMTP_HOST": MAIL_HOST,
            "SMTP_PORT": "587",
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "SMTP_FROM": "backups@example.com",
        },
    }


def opaque(namespace: str, given: dict[str, dict[str, str]]) -> list[Object]:
    """The Secrets, with the keys that the template says and no other."""
    made = []
    for template in of_kind(documents("secrets-template"), "Secret"):
        name, keys = template["metadata"]["name"], template["stringData"].keys()
        assert given[name].keys() == keys, f"{name}: the template has the keys {sorted(keys)}"
        made.append(_secret(namespace, name, "Opaque", given[name]))
    return made


def certificates(namespace: str, objects: list[Object], authority: trustme.CA) -> list[Object]:
    """One for each Ingress, under the name that it asks for."""
    made = []
    for ingress in of_kind(objects, "Ingress"):
        for tls in ingress["spec"]["tls"]:
            issued = authority.issue_cert(*tls["hosts"])
            chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems).decode()
            data = {"tls.crt": chain, "tls.key": issued.private_key_pem.bytes().decode()}
            made.append(_secret(namespace, tls["secretName"], "kubernetes.io/tls", data))
    return made


def _secret(namespace: str, name: str, kind: str, data: dict[str, str]) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "stringData": data}
