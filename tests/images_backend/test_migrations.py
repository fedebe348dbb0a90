"""alembic upgrade head."""

from concurrent.futures import ThreadPoolExecutor

from .conftest import Backend


def test_two_at_once_bring_an_empty_database_to_the_newest_schema(backend: Backend) -> None:
    with ThreadPoolExecutor() as threads:
        both = list(threads.map(lambda _: backend.migrate(), range(2)))
    assert [done.returncode for done in both] == [0, 0], [done.stderr for done in both]
    assert backend.postgres.query("SELECT version_num FROM alembic_version", backend.database) == [("0002",)]


def test_an_older_schema_keeps_its_rows_and_the_release_before_can_still_write(backend: Backend) -> None:
    assert backend.migrate("0001").returncode == 0
    insert = "INSERT INTO tasks (id, text) VALUES (gen_random_uuid(), 'of the release before')"
    backend.postgres.query(insert, backend.database)
    assert backend.migrate().returncode == 0
    backend.postgres.query(insert, backend.database)
    found = backend.postgres.query("SELECT count(*) FROM tasks WHERE changed_at IS NOT NULL", backend.database)
    assert found == [(2,)]
