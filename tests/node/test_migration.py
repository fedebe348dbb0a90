"""The Job of backend-migrate, on the databases that there are: each of its own, in the server of staging."""

from collections.abc import Iterator

import pytest

from ..charts.dist import Object
from . import jobs
from .conftest import Staging
from .psql import psql

_DATABASE = "schemas"
_REVISION = "SELECT version_num FROM alembic_version"
_COLUMNS = (
    "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns "
    "WHERE table_name = 'tasks'"
)


@pytest.fixture(autouse=True)
def database(staging: Staging) -> Iterator[None]:
    """One without a table."""
    psql(staging, f"CREATE DATABASE {_DATABASE}", database="postgres")
    yield
    jobs.delete_all(staging.environment)
    psql(staging, f"DROP DATABASE {_DATABASE} WITH (FORCE)", database="postgres")


def _migrate(staging: Staging, name: str, *, database: str = _DATABASE, to: str = "head") -> Object:
    """The Job, for another database than the application's and perhaps an older revision."""
    url = staging.secrets["backend-secret"]["DATABASE_URL"].rsplit("/", 1)[0]
    job = jobs.job(staging.environment, "backend-migrate", name, DATABASE_URL=f"{url}/{database}")
    return job if to == "head" else jobs.with_command(job, "alembic", "upgrade", to)


def _rows(staging: Staging, sql: str) -> str:
    return psql(staging, sql, database=_DATABASE)


def test_a_new_database_gets_the_schema_and_a_second_run_changes_nothing(staging: Staging) -> None:
    jobs.run(staging.environment, _migrate(staging, "first"))
    revision, columns = _rows(staging, _REVISION), _rows(staging, _COLUMNS)
    assert revision
    assert {"id", "status", "result", "runs"} <= set(columns.split(","))
    _rows(staging, "INSERT INTO tasks (id, text) VALUES (gen_random_uuid(), 'kept')")
    jobs.run(staging.environment, _migrate(staging, "second"))
    assert (_rows(staging, _REVISION), _rows(staging, _COLUMNS)) == (revision, columns)
    assert _rows(staging, "SELECT text FROM tasks") == "kept"


def test_an_old_schema_becomes_the_new_one_and_keeps_its_rows(staging: Staging) -> None:
    jobs.run(staging.environment, _migrate(staging, "old", to="0001"))
    assert _rows(staging, _REVISION) == "0001"
    old = _rows(staging, _COLUMNS)
    _rows(
        staging,
        "INSERT INTO tasks (id, text, runs) SELECT gen_random_uuid(), 't' || n, n FROM generate_series(1, 1000) n",
    )
    before = _rows(staging, "SELECT md5(string_agg(id || text || runs, ',' ORDER BY id)) FROM tasks")
    jobs.run(staging.environment, _migrate(staging, "new"))
    assert _rows(staging, _REVISION) > "0001"
    assert set(_rows(staging, _COLUMNS).split(",")) > set(old.split(","))
    assert _rows(staging, "SELECT md5(string_agg(id || text || runs, ',' ORDER BY id)) FROM tasks") == before
    # As pods of the release before write it, which know no newer column.
    _rows(staging, "INSERT INTO tasks (id, text) VALUES (gen_random_uuid(), 'of the release before')")


def test_two_at_once_both_succeed(staging: Staging) -> None:
    jobs.run(staging.environment, _migrate(staging, "one"), _migrate(staging, "other"))
    assert _rows(staging, "SELECT count(*) FROM alembic_version") == "1"


def test_a_database_that_is_not_there_ends_it_with_one_line_that_says_so(staging: Staging) -> None:
    environment = staging.environment
    environment.deployer.create([_migrate(staging, "lost", database="nowhere")])
    done = jobs.ended(environment, ["lost"], seconds=150)["lost"]
    assert (jobs.end(done), jobs.reason(done)) == ("Failed", "BackoffLimitExceeded")
    assert jobs.ends_of(environment, "lost") == [(1, "Error")]
    said = jobs.log(environment, "lost")
    assert "DATABASE_URL: no connection to Postgres within 60 s" in said
    assert 'database "nowhere" does not exist' in said
    assert "Traceback" not in said
    assert staging.secrets["postgres-secret"]["POSTGRES_PASSWORD"] not in said
