"""PostgreSQL 13 to 18: the same database after backup, verify and restore, and no dump by a client that is too old."""

import itertools
from collections.abc import Callable

import pytest

from .cluster import SMALL, Cluster, quoted
from .pod import Pod
from .postgres import Postgres, server, wheel

Clusters = Callable[[Postgres], Cluster]
Pods = Callable[..., Pod]

# What belongs to a database and is not in it, in the catalogue of each major version.
LOCALE = {
    13: "NULL, NULL, NULL",
    14: "NULL, NULL, NULL",
    15: "datlocprovider, daticulocale, NULL",
    16: "datlocprovider, daticulocale, daticurules",
    17: "datlocprovider, datlocale, daticurules",
    18: "datlocprovider, datlocale, daticurules",
}

# Databases whose texts are ordered by other rules than the server's own.
ICU_16 = "LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' ICU_RULES '&a < g' LOCALE 'C'"
PROVIDERS = {
    (15, "icu"): "LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' LOCALE 'C'",
    (16, "icu with rules"): ICU_16,
    (17, "icu with rules"): ICU_16,
    (17, "builtin"): "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    (18, "icu with rules"): ICU_16,
    (18, "builtin"): "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'",
}

# No extension, which not all of the builds have.
ROLES = ("owner_of_shop", "reader_of_shop")
SHOP = """
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, tags text[], at timestamptz DEFAULT now()
);
INSERT INTO item (name, tags) SELECT md5(n::text), ARRAY['a' || n % 7] FROM generate_series(1, 5000) n;
CREATE TABLE parted (id int, year int) PARTITION BY RANGE (year);
CREATE TABLE parted_2025 PARTITION OF parted FOR VALUES FROM (2025) TO (2026);
INSERT INTO parted SELECT n, 2025 FROM generate_series(1, 100) n;
CREATE MATERIALIZED VIEW per_tag AS SELECT tags[1] AS tag, count(*) FROM item GROUP BY 1;
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * x';
CREATE TABLE computed (x int, y int GENERATED ALWAYS AS (twice(x)) STORED);
INSERT INTO computed (x) VALUES (4);
SELECT lo_from_bytea(0, decode(repeat('00ff10', 1000), 'hex'));
ALTER TABLE item OWNER TO owner_of_shop;
GRANT SELECT ON item TO reader_of_shop
"""

_number = itertools.count(1)


def shop(cluster: Cluster, locale: str = "") -> str:
    """The name of a new database."""
    name = f"shop of version {next(_number)}"
    cluster.create(name, more=locale)
    there = cluster.sql("postgres", "SELECT rolname FROM pg_roles").splitlines()
    cluster.sql("postgres", ";".join(f"CREATE ROLE {role}" for role in ROLES if role not in there))
    cluster.sql(name, SHOP)
    database = quoted(name)
    cluster.sql(
        name,
        f"ALTER DATABASE {database} SET search_path TO public, pg_catalog;"
        f"ALTER DATABASE {database} SET app.tenant TO 'it''s';"
        f"ALTER ROLE reader_of_shop IN DATABASE {database} SET work_mem TO '8MB';"
        f"COMMENT ON DATABASE {database} IS 'of a shop';"
        f"REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {database} TO reader_of_shop WITH GRANT OPTION;"
        f"ALTER DATABASE {database} CONNECTION LIMIT 90;"
        f"ALTER DATABASE {database} OWNER TO owner_of_shop",
    )
    return name


def same_after_restore(pod: Pod) -> None:
    """Backs up, verifies, loses a table, restores in its place, and compares."""
    cluster, database = pod.cluster, pod.database
    rows, described = (
        cluster.rows(database),
        cluster.description(database, "datconnlimit", LOCALE[cluster.postgres.major]),
    )
    assert len(rows["public.item"]) == 5000
    pod.back_up()
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    cluster.sql(database, "DROP TABLE item CASCADE")
    result = pod.run("restore", "--replace")
    assert result.code == 0, (result.events, result.errors)
    assert cluster.rows(database) == rows
    assert cluster.description(database, "datconnlimit", LOCALE[cluster.postgres.major]) == described


@pytest.mark.parametrize("major", [18, *(pytest.param(major, marks=pytest.mark.slow) for major in (16, 17))])
def test_a_server_of_the_images_own_version(clusters: Clusters, pod_of: Pods, major: int) -> None:
    cluster = clusters(wheel(major))
    same_after_restore(pod_of(cluster, shop(cluster), wheel(major)))


@pytest.mark.slow
@pytest.mark.parametrize("major", [13, 14, 15])
def test_an_older_server(clusters: Clusters, pod_of: Pods, major: int) -> None:
    cluster = clusters(server(major))
    same_after_restore(pod_of(cluster, shop(cluster), wheel(16)))


@pytest.mark.slow
@pytest.mark.parametrize(("major", "provider"), PROVIDERS)
def test_the_provider_of_a_databases_order_is_kept(clusters: Clusters, pod_of: Pods, major: int, provider: str) -> None:
    cluster = clusters(server(major))
    # The throw-away server has to have ICU as well, and that for 15 is of 16.
    image = server(max(major, 16))
    same_after_restore(pod_of(cluster, shop(cluster, PROVIDERS[major, provider]), image))


@pytest.mark.slow
@pytest.mark.parametrize("major", [16, 17, 18])
def test_an_image_without_icu_says_that_it_cannot_try(clusters: Clusters, pod_of: Pods, major: int) -> None:
    cluster = clusters(server(major))
    pod = pod_of(cluster, shop(cluster, ICU_16), wheel(major))
    pod.back_up()
    result = pod.run("verify")
    assert result.code == 5, (result.events, result.errors)
    assert "could not be tried" in result.reason
    assert "ICU" in result.reason


@pytest.mark.parametrize("major", [18, pytest.param(17, marks=pytest.mark.slow)])
def test_a_client_older_than_its_server_writes_nothing(clusters: Clusters, pod_of: Pods, major: int) -> None:
    cluster = clusters(wheel(major))
    pod = pod_of(cluster, SMALL, wheel(16))
    result = pod.run("backup")
    assert (result.code, len(result.mails)) == (2, 1), (result.events, result.errors)
    for told in (cluster.sql("postgres", "SHOW server_version"), "16.", f"postgres:{major}-alpine", "POSTGRES_MAJOR"):
        assert told in result.reason
    assert pod.s3.keys(pod.bucket) == []
    assert not [asked for asked in pod.s3.requests if asked[0] in ("PUT", "POST")]


@pytest.mark.slow
def test_a_backup_of_a_newer_server_is_not_tried_by_an_older_image(clusters: Clusters, pod_of: Pods) -> None:
    newer = pod_of(clusters(wheel(18)), SMALL, wheel(18))
    newer.back_up()
    newer.postgres = wheel(16)
    result = newer.run("verify")
    assert result.code == 5, (result.events, result.errors)
    assert "postgres:18-alpine" in result.reason


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("newer", [17, 18])
def test_a_newer_image_restores_into_the_server_that_it_backed_up(clusters: Clusters, pod_of: Pods, newer: int) -> None:
    # From 17 on pg_restore begins with a setting that 16 does not know.
    cluster = clusters(wheel(16))
    same_after_restore(pod_of(cluster, shop(cluster), wheel(newer)))


@pytest.mark.slow
def test_another_error_than_that_setting_is_an_error(clusters: Clusters, pod_of: Pods) -> None:
    cluster = clusters(wheel(16))
    name = shop(cluster)
    cluster.sql(name, "CREATE ROLE passing; CREATE TABLE of_one (x int); ALTER TABLE of_one OWNER TO passing")
    pod = pod_of(cluster, name, wheel(17))
    pod.back_up()
    cluster.sql(name, "DROP OWNED BY passing; DROP ROLE passing")
    result = pod.run("restore", "--replace")
    assert result.code == 3, (result.events, result.errors)
    assert 'role "passing" does not exist' in result.reason


@pytest.mark.parametrize(("older", "newer"), [(13, 16), (16, 17), (17, 18), (16, 18)])
def test_a_backup_restores_into_a_newer_server(clusters: Clusters, pod_of: Pods, older: int, newer: int) -> None:
    programs = server(older) if older < 16 else wheel(older)
    from_here, to_there = pod_of(clusters(programs), SMALL, wheel(max(older, 16))), clusters(wheel(newer))
    rows = from_here.cluster.rows(SMALL)
    # Which server says how a view is written.
    del rows["views"]
    key = from_here.back_up()
    from_here.cluster = to_there
    from_here.postgres = wheel(newer)
    into = f"of_{older}"
    result = from_here.run("restore", RESTORE_BACKUP=key, RESTORE_INTO=into, PGPORT=str(to_there.port))
    assert result.code == 0, (result.events, result.errors)
    restored = to_there.rows(into)
    assert restored.pop("views")
    assert restored == rows
    to_there.sql("postgres", f"DROP DATABASE {into}")
