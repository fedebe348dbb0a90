"""Extensions whose library must be loaded at the server's start: they restore where the image has them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import cluster as postgres
from .cluster import SMALL, Cluster
from .pod import Pod
from .postgres import Postgres, server, wheel

Pods = Callable[..., Pod]

_LIBRARIES = ("pg_cron", "pgaudit")


def debian() -> Postgres:
    """The system's own: of Debian 12 it is 15, of Ubuntu 24.04 it is 16."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda folder: int(folder.name), reverse=True)
    for folder in folders:
        if all((folder / f"lib/{name}.so").exists() for name in _LIBRARIES) and (folder / "bin/initdb").exists():
            return Postgres(int(folder.name), (folder / "bin",))
    pytest.skip("pg_cron and pgaudit are not here: apt-get install postgresql-VERSION-cron postgresql-VERSION-pgaudit")


@contextmanager
def with_libraries(programs: Postgres, libraries: str, **settings: str) -> Iterator[Cluster]:
    # cron.… as an argument is taken before its library is there.
    with postgres.cluster(programs, {"shared_preload_libraries": libraries, **settings}) as found:
        yield found


@pytest.fixture(scope="module")
def scheduling() -> Iterator[Cluster]:
    """A server with jobs and an audit in the database `small`."""
    with with_libraries(debian(), "pg_cron,pgaudit", **{"cron.database_name": SMALL}) as found:
        found.sql(
            SMALL,
            "CREATE EXTENSION pg_cron; CREATE EXTENSION pgaudit;"
            "SELECT cron.schedule('tidy', '0 3 * * *', 'DELETE FROM customer WHERE id < 0');"
            f"ALTER DATABASE {SMALL} SET pgaudit.log TO 'ddl'",
        )
        yield found


@pytest.fixture(scope="module")
def counting() -> Iterator[Cluster]:
    """A server whose library only counts and logs: its extension can be made without, and not be asked."""
    with with_libraries(wheel(17), "pg_stat_statements,auto_explain") as found:
        found.sql(
            SMALL,
            "CREATE EXTENSION pg_stat_statements; CREATE VIEW slow AS SELECT query FROM pg_stat_statements;"
            f"ALTER DATABASE {SMALL} SET auto_explain.log_min_duration TO '5s'",
        )
        yield found


def untried(pod: Pod) -> str:
    result = pod.run("verify")
    assert (result.code, len(result.mails)) == (5, 1), (result.events, result.errors)
    assert "could not be tried" in result.reason
    assert "does not restore" not in result.reason
    assert pod.leftovers() == []
    return result.reason


def test_a_library_of_the_image_is_loaded(pod_of: Pods, counting: Cluster) -> None:
    pod = pod_of(counting, SMALL, wheel(17))
    pod.back_up()
    [manifest] = pod.s3.manifests(pod.bucket)
    assert manifest["database"]["preload"] == ["pg_stat_statements", "auto_explain"]
    assert {"name": "pg_stat_statements", "version": "1.11"} in manifest["database"]["extensions"]
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    restored = pod.run("restore", RESTORE_INTO="counted")
    assert restored.code == 0, (restored.events, restored.errors)
    counting.sql("postgres", "DROP DATABASE counted")


@pytest.mark.slow
def test_an_image_without_an_extension_says_that_it_cannot_try(pod_of: Pods) -> None:
    with with_libraries(server(16), "pg_stat_statements") as lacking:
        lacking.sql(SMALL, "CREATE EXTENSION pg_stat_statements")
        pod = pod_of(lacking, SMALL, wheel(16))
        pod.back_up()
        assert "pg_stat_statements" in untried(pod)


@pytest.mark.slow
def test_a_library_that_no_object_needs_may_be_missing(pod_of: Pods) -> None:
    with with_libraries(server(16), "auto_explain") as explaining:
        explaining.sql(SMALL, f"ALTER DATABASE {SMALL} SET auto_explain.log_min_duration TO '5s'")
        pod = pod_of(explaining, SMALL, wheel(16))
        pod.back_up()
        verified = pod.run("verify")
        assert verified.code == 0, (verified.events, verified.errors)


@pytest.mark.slow
def test_what_must_be_preloaded_is_verified_where_the_image_has_it(pod_of: Pods, scheduling: Cluster) -> None:
    pod = pod_of(scheduling, SMALL, debian())
    pod.back_up()
    [manifest] = pod.s3.manifests(pod.bucket)
    assert manifest["database"]["preload"] == ["pg_cron", "pgaudit"]
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    assert pod.leftovers() == []


@pytest.mark.slow
def test_where_the_image_lacks_it_nothing_is_said_about_the_backup(pod_of: Pods, scheduling: Cluster) -> None:
    pod = pod_of(scheduling, SMALL, debian())
    pod.back_up()
    pod.postgres = wheel(16)
    reason = untried(pod)
    assert "pg_cron" in reason
    assert "pgaudit" in reason


@pytest.mark.slow
def test_a_library_without_its_extension_is_missed_by_name(pod_of: Pods, scheduling: Cluster) -> None:
    # An image that has the extension's script, and not the library.
    pod = pod_of(scheduling, SMALL, debian())
    pod.back_up()
    pod.replace_program("postgres", 'exec "$REAL" "$@" -c dynamic_library_path=/nowhere')
    untried(pod)


@pytest.mark.slow
def test_jobs_are_restored_into_the_database_that_has_them(pod_of: Pods, scheduling: Cluster) -> None:
    rows = scheduling.rows(SMALL)
    pod = pod_of(scheduling, SMALL, debian())
    pod.back_up()
    scheduling.sql(SMALL, "SELECT cron.unschedule('tidy'); DELETE FROM billing.invoice")
    restored = pod.run("restore", "--replace")
    assert restored.code == 0, (restored.events, restored.errors)
    assert scheduling.rows(SMALL) == rows
    assert scheduling.sql(SMALL, "SELECT jobname FROM cron.job") == "tidy"
