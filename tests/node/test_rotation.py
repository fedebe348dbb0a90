"""New values of Secrets and ConfigMaps while users ask: the pods that read them roll, no other does, none is lost."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..charts.dist import K8S, ROOT
from . import jobs
from .conftest import Staging
from .letters import letters
from .load import Question, load
from .migration import migrate
from .psql import psql
from .rendering import rendered
from .secrets import opaque

_HOST = "https://api-staging.revrx.example.com"
_PAGE = "https://staging.revrx.example.com"
# None of these needs the database; the slow one is in hand when a pod ends.
_USERS = [Question(f"{_HOST}/ready"), Question(f"{_PAGE}/api/ready"), Question(f"{_HOST}/digest?text=x&rounds=20000")]


@pytest.fixture(autouse=True)
def as_committed(staging: Staging) -> Iterator[None]:
    """Afterwards staging is what it was, by its values and its objects."""
    yield
    environment = staging.environment
    _give(staging, staging.secrets)
    environment.deployer("apply", "-f=dist/staging")
    _rolled(staging)
    jobs.delete_all(environment)


def _give(staging: Staging, values: dict[str, dict[str, str]]) -> None:
    """As External Secrets would fetch it, and as the runbook has the role's password changed."""
    password = values["postgres-secret"]["POSTGRES_PASSWORD"]
    psql(staging, f"ALTER ROLE revrx PASSWORD '{password}'")
    staging.cluster.admin.apply(opaque(staging.environment.namespace, values))


def _deploy(staging: Staging, folder: Path) -> None:
    staging.environment.deployer("apply", f"-f={folder / 'staging'}")
    _rolled(staging)


def _rolled(staging: Staging) -> None:
    for name in ("backend", "celery-worker", "frontend"):
        staging.environment.deployer("rollout", "status", f"deployment/{name}", "--timeout=110s")


def _pods(staging: Staging) -> dict[str, set[str]]:
    """The pods that are there to stay, by workload."""
    found: dict[str, set[str]] = {}
    for pod in staging.pods():
        if "deletionTimestamp" not in pod["metadata"]:
            found.setdefault(pod["metadata"]["labels"][f"{K8S}/name"], set()).add(pod["metadata"]["name"])
    return found


def _rolled_since(staging: Staging, before: dict[str, set[str]]) -> set[str]:
    now = _pods(staging)
    assert now.keys() == before.keys()
    for name, pods in now.items():
        assert not (pods & before[name]) or pods == before[name], f"{name}: some pods are old, some new"
    return {name for name, pods in now.items() if pods != before[name]}


def _variable(staging: Staging, deployment: str, name: str) -> str:
    """What the program itself was given."""
    (pod,) = _pods(staging)[deployment]
    script = f"tr '\\0' '\\n' < /proc/1/environ | sed -n 's/^{name}=//p'"
    return staging.environment.admin("exec", pod, "--", "sh", "-c", script).strip()


def test_another_log_level_rolls_the_backend_and_its_workers_only(staging: Staging, tmp_path: Path) -> None:
    before = _pods(staging)
    assert _variable(staging, "backend", "LOG_LEVEL") == "DEBUG"
    rendered(tmp_path, "log_level='WARNING'")
    with load(staging.cluster, *_USERS, per_second=20, authority=staging.authority) as sent:
        _deploy(staging, tmp_path)
    print(f"\n{sent}")
    assert sent.failures == []
    assert _rolled_since(staging, before) == {"backend", "celery-worker"}
    assert _variable(staging, "backend", "LOG_LEVEL") == "WARNING"
    assert _variable(staging, "celery-worker", "LOG_LEVEL") == "WARNING"


def test_a_new_password_of_the_database_reaches_all_that_use_it_and_restarts_no_database(
    staging: Staging, tmp_path: Path
) -> None:
    migrate(staging.environment)
    before, password = _pods(staging), secrets.token_urlsafe(24)
    changed = {name: dict(values) for name, values in staging.secrets.items()}
    changed["postgres-secret"]["POSTGRES_PASSWORD"] = password
    changed["backend-secret"]["DATABASE_URL"] = f"postgresql://revrx:{password}@postgres:5432/revrx"
    rendered(tmp_path / "made", tree=_with_revisions(tmp_path, "postgres-secret", "backend-secret"))
    with load(staging.cluster, *_USERS, per_second=20, authority=staging.authority) as sent:
        # The values first, then the revision: pods must not start before they have arrived.
        _give(staging, changed)
        _deploy(staging, tmp_path / "made")
    print(f"\n{sent}")
    assert sent.failures == []
    assert _rolled_since(staging, before) == {"backend", "celery-worker"}
    # What External Secrets, which does not run here, fetches at once by.
    external = staging.environment.admin.get("externalsecrets")
    forced = {o["metadata"]["name"] for o in external if "force-sync" in o["metadata"].get("annotations", {})}
    assert forced == {"postgres-secret", "backend-secret"}
    for deployment in ("backend", "celery-worker"):
        assert password in _variable(staging, deployment, "DATABASE_URL")
    task = Question(f"{_HOST}/tasks", "POST", {"text": "x"})
    with load(staging.cluster, task, per_second=5, authority=staging.authority) as sent:
        psql(staging, "SELECT pg_sleep(2)")
    assert sent.answers
    assert sent.failures == []
    # With as many rows as other tests back up: one that is less than half as large as the last ends with 4.
    with letters(staging):
        jobs.run(staging.environment, jobs.job(staging.environment, "postgres-backup", "rotated"))


def _with_revisions(folder: Path, *names: str) -> Path:
    """A copy of charts/ in which these Secrets have another revision, as a person edits charts/secrets.py."""
    shutil.copytree(ROOT / "charts", folder / "charts")
    file = folder / "charts/secrets.py"
    lines = file.read_text().splitlines()
    for name in names:
        (number,) = (n for n, line in enumerate(lines) if f'Secret("{name}"' in line)
        lines[number] = lines[number].removesuffix(")") + ', revision="2026-11")'
    file.write_text("\n".join(lines) + "\n")
    return folder
