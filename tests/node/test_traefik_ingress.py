"""The charts' TraefikIngress, asked through Traefik as its users run it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ..charts.dist import of_kind
from ..e2e.waiting import until
from .conftest import Staging
from .ingress import TRAEFIK_ITSELF, controller, kinds
from .load import client
from .rendering import rendered

_PARTS = ("Ingress", "Middleware", "NetworkPolicy", "ServersTransport", "Service")


@pytest.fixture
def behind_traefik(staging: Staging, tmp_path: Path) -> Iterator[None]:
    """What of staging is another with `ingress=TraefikIngress()`; afterwards it is as it was."""
    admin = staging.cluster.admin
    objects = of_kind(rendered(tmp_path, "ingress=TraefikIngress()"), *_PARTS)
    parts = controller(TRAEFIK_ITSELF)
    admin.apply(kinds())
    admin("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")
    admin.apply(parts)
    # By the administrator: staging's deployer may not write what staging has none of.
    admin.apply(objects)
    rollout = ("rollout", "status", f"-n={TRAEFIK_ITSELF.namespace}", "deployment/ingress-controller")
    admin(*rollout, "--timeout=60s")
    yield
    staging.environment.deployer("apply", "-f=dist/staging")
    committed = {(o["kind"], o["metadata"]["name"]) for o in staging.objects}
    admin.delete(o for o in objects if (o["kind"], o["metadata"]["name"]) not in committed)
    admin.delete(parts)


@pytest.mark.usefixtures("behind_traefik")
def test_both_hosts_answer_by_tls_and_http_leads_there(staging: Staging) -> None:
    def missing() -> list[str]:
        return asyncio.run(_missing(staging))

    with staging.cluster.outside():
        # Traefik collects changes for some seconds before it takes them.
        until("answers through Traefik", missing, seconds=30)


async def _missing(staging: Staging) -> list[str]:
    http, https = TRAEFIK_ITSELF.http, TRAEFIK_ITSELF.https
    found = []
    async with client(staging.cluster.address, staging.authority) as users:
        for host, path in (("staging", "/"), ("api-staging", "/ready")):
            name = f"{host}.revrx.example.com"
            answer = await _status(users, f"https://{name}:{https}{path}")
            if answer != "200":
                found.append(f"https://{name}{path}: {answer}")
            answer = await _status(users, f"http://{name}:{http}{path}")
            if answer != f"301 https://{name}{path}":
                found.append(f"http://{name}{path}: {answer}")
    return found


async def _status(users: httpx.AsyncClient, url: str) -> str:
    try:
        answer = await users.get(url)
    except httpx.HTTPError as error:
        return repr(error)
    return f"{answer.status_code} {answer.headers.get('location', '')}".strip()
