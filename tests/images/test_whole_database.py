"""A database of everything: dump, S3, restore, and the same data, row by row."""

import os
from pathlib import Path

import pytest

from .cluster import Cluster, quoted
from .places import give
from .pod import Pod

ROWS = 300_000

EVERYTHING = f"""
CREATE EXTENSION vector;
CREATE ROLE "app owner" NOLOGIN;
CREATE ROLE app_reader NOLOGIN;
CREATE SCHEMA "Odd Schema; --";
CREATE SCHEMA archive AUTHORIZATION "app owner";
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE event (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL, payload jsonb, raw bytea, tags text[], feeling mood
);
INSERT INTO event (at, payload, raw, tags, feeling)
    SELECT '2026-01-01'::timestamptz + n * interval '1 second', jsonb_build_object('n', n, 'md5', md5(n::text)),
        decode(md5(n::text), 'hex'), ARRAY['a' || n % 7, NULL], CASE n % 3 WHEN 0 THEN 'sad'::mood END
    FROM generate_series(1, {ROWS}) n;
CREATE INDEX ON event (at);
CREATE TABLE archive.parted (id int, year int) PARTITION BY RANGE (year);
CREATE TABLE archive.parted_2025 PARTITION OF archive.parted FOR VALUES FROM (2025) TO (2026);
CREATE TABLE archive.parted_2026 PARTITION OF archive.parted FOR VALUES FROM (2026) TO (2027);
INSERT INTO archive.parted SELECT n, 2025 + n % 2 FROM generate_series(1, 1000) n;
CREATE TABLE archive.parent (x int);
CREATE TABLE archive.child (y int) INHERITS (archive.parent);
INSERT INTO archive.parent SELECT generate_series(1, 10);
INSERT INTO archive.child SELECT n, n FROM generate_series(1, 20) n;
ALTER TABLE archive.parent OWNER TO "app owner";
GRANT SELECT ON archive.parent TO app_reader;
CREATE TABLE "Odd Schema; --"."a ""b'\\ ü 表 %s" ("from" text, "ü" text);
INSERT INTO "Odd Schema; --"."a ""b'\\ ü 表 %s" VALUES (E'tab\\t newline\\n \\\\. end', '\U0001f418'), (NULL, '');
CREATE TABLE "new
line" (x int);
INSERT INTO "new
line" VALUES (1);
CREATE TABLE secrets (owner text, what text);
INSERT INTO secrets VALUES ('keeper', 'x'), ('other', 'y');
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets TO app_reader USING (owner = current_user);
CREATE TABLE empty_table (x int);
CREATE UNLOGGED TABLE unlogged_table AS SELECT generate_series(1, 5) AS x;
CREATE TABLE embedding (id int, at vector(3));
INSERT INTO embedding SELECT n, ARRAY[n, n / 2.0, 1]::vector FROM generate_series(1, 100) n;
CREATE MATERIALIZED VIEW per_mood AS SELECT feeling, count(*) FROM event GROUP BY 1;
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * x';
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE "COPY a.b (c) FROM stdin;
\\." (x text);
INSERT INTO "COPY a.b (c) FROM stdin;
\\." VALUES ('COPY a.b (c) FROM stdin;'), (E'\\\\.'), ('');
CREATE TABLE by_mood (feeling mood, n int) PARTITION BY HASH (feeling);
CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_mood SELECT CASE n % 2 WHEN 0 THEN 'sad'::mood ELSE 'glad' END, n FROM generate_series(1, 50) n;
CREATE TABLE computed (x int, y int GENERATED ALWAYS AS (twice(x)) STORED);
INSERT INTO computed (x) VALUES (4);
"""


@pytest.fixture
def everything(cluster: Cluster, folder: Path) -> str:
    name = "every thing=1"
    cluster.create(name)
    cluster.sql(name, EVERYTHING)
    for number in range(3):
        file = folder / f"noise{number}"
        file.write_bytes(os.urandom(100_000 + number))
        cluster.sql(name, f"SELECT lo_import('{give(file)}')")
    cluster.sql(
        name,
        f'ALTER DATABASE {quoted(name)} SET search_path TO public, "Odd Schema; --";'
        f"ALTER DATABASE {quoted(name)} SET app.tenant TO 'it''s';"
        f"ALTER ROLE app_reader IN DATABASE {quoted(name)} SET work_mem TO '8MB';"
        f"COMMENT ON DATABASE {quoted(name)} IS 'of everything';"
        f"REVOKE CONNECT ON DATABASE {quoted(name)} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {quoted(name)} TO app_reader WITH GRANT OPTION;"
        f'ALTER DATABASE {quoted(name)} OWNER TO "app owner"',
    )
    return name


def test_everything_is_the_same_after_backup_verify_and_restore(pod: Pod, cluster: Cluster, everything: str) -> None:
    pod.secret("postgres", POSTGRES_DB=everything)
    rows, described = cluster.rows(everything), cluster.description(everything)
    assert len(rows["public.event"]) == ROWS
    pod.back_up()
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    cluster.sql(everything, "DROP TABLE event CASCADE; DELETE FROM archive.parted")
    result = pod.run("restore", "--replace")
    assert result.code == 0, (result.events, result.errors)
    assert cluster.rows(everything) == rows
    assert cluster.description(everything) == described


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "table", "text"),
    [("LATIN1", "tü", "'ü'"), ("EUC_JP", "t表", "'表'"), ("SQL_ASCII", "tü", "E'\\xff\\xfe ü'")],
)
def test_encodings(pod: Pod, cluster: Cluster, encoding: str, table: str, text: str) -> None:
    name = f"in_{encoding.lower()}"
    cluster.create(name, more=f"ENCODING '{encoding}' LOCALE 'C'")
    cluster.sql(name, f"CREATE TABLE {table} (x text); INSERT INTO {table} VALUES ({text})")
    pod.secret("postgres", POSTGRES_DB=name)
    rows, described = cluster.rows(name), cluster.description(name)
    pod.back_up()
    verified = pod.run("verify")
    assert verified.code == 0, (verified.events, verified.errors)
    assert pod.run("restore", "--replace").code == 0
    assert cluster.rows(name) == rows
    assert cluster.description(name) == described
