"""What a database holds and is, asked of the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .counting import Counter, Name
from .manifest import Contents, Database, Extension, Table
from .server import Server, Session

# What pg_dump dumps the rows of: no partitioned or foreign tables, no views. What an extension makes is told apart: of
# such a table a dump has only the rows that the extension wants in it (PostgreSQL documentation, 36.17.3).
TABLES = """
    SELECT coalesce(jsonb_agg(jsonb_build_array(n.nspname, c.relname, format('%I.%I', n.nspname, c.relname),
        CASE WHEN c.relispartition THEN (
            SELECT jsonb_build_array(rn.nspname, r.relname)
            FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = pg_partition_root(c.oid)
        ) END)), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    ) = {of_extensions}
"""

# By way of JSON, which has the columns that this version has: datlocprovider came with 15, daticurules with 16, and
# 17 calls daticulocale datlocale.
_CREATE = """
    SELECT 'CREATE DATABASE {database} TEMPLATE template0 ENCODING ' || quote_literal(pg_encoding_to_char(d.encoding))
        || ' LC_COLLATE ' || quote_literal(d.datcollate) || ' LC_CTYPE ' || quote_literal(d.datctype)
        || CASE j->>'datlocprovider'
            WHEN 'c' THEN ' LOCALE_PROVIDER libc'
            WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE '
                || quote_literal(coalesce(j->>'datlocale', j->>'daticulocale'))
            WHEN 'b' THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ' || quote_literal(j->>'datlocale')
            ELSE '' END
        || coalesce(' ICU_RULES ' || quote_literal(j->>'daticurules'), '')
    FROM pg_database d, to_jsonb(d) AS j WHERE d.datname = current_database()
"""

# The owner last: whoever gives a database away may change it no more. As pg_dump --create writes them.
_PROPERTIES = """
    WITH db AS (SELECT * FROM pg_database WHERE datname = current_database()),
    setting AS (
        SELECT setrole, split_part(pair, '=', 1) AS name, substr(pair, strpos(pair, '=') + 1) AS value
        FROM pg_db_role_setting s JOIN db ON s.setdatabase = db.oid, unnest(s.setconfig) AS pair
    ),
    property AS (
        SELECT 1 AS rank, format('COMMENT ON DATABASE {database} IS %L', shobj_description(oid, 'pg_database')) AS sql
        FROM db WHERE shobj_description(oid, 'pg_database') IS NOT NULL
        UNION ALL
        SELECT 2, CASE setrole WHEN 0 THEN 'ALTER DATABASE {database}'
            ELSE format('ALTER ROLE %I IN DATABASE {database}', pg_get_userbyid(setrole)) END
            || format(' SET %I TO ', name)
            || CASE WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
                'session_preload_libraries') THEN coalesce(nullif(value, ''), $$''$$) ELSE quote_literal(value) END
        FROM setting
        UNION ALL
        SELECT 3, format('ALTER DATABASE {database} CONNECTION LIMIT %s', datconnlimit)
        FROM db WHERE datconnlimit <> -1
        UNION ALL
        SELECT 4, 'REVOKE ALL ON DATABASE {database} FROM PUBLIC' FROM db WHERE datacl IS NOT NULL
        UNION ALL
        SELECT 5, format('GRANT %s ON DATABASE {database} TO %s%s', privilege_type,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM db, aclexplode(datacl)
        UNION ALL
        SELECT 6, format('ALTER DATABASE {database} OWNER TO %I', pg_get_userbyid(datdba)) FROM db
    )
    SELECT jsonb_agg(sql ORDER BY rank, sql) FROM property
"""

_ROLES = "SELECT coalesce(jsonb_agg(rolname ORDER BY rolname), '[]') FROM pg_roles WHERE rolname !~ '^pg_'"

_EXTENSIONS = """
    SELECT coalesce(jsonb_agg(jsonb_build_array(extname, extversion) ORDER BY extname), '[]') FROM pg_extension
    WHERE extname <> 'plpgsql'
"""

# Through the view, which hides it from who may not see it; SHOW would be an error.
_PRELOAD = """
    SELECT coalesce((SELECT to_jsonb(regexp_split_to_array(nullif(setting, ''), '[ ,"]+')) FROM pg_settings
        WHERE name = 'shared_preload_libraries' AND setting <> ''), '[]')
"""

# hex is ASCII in every encoding.
_IN_TEXT = """
    SELECT jsonb_agg(convert_from(decode(name, 'hex'), getdatabaseencoding()) ORDER BY place)
    FROM unnest('{{{names}}}'::text[]) WITH ORDINALITY AS n (name, place)
"""


@dataclass(frozen=True)
class Restored:
    """What a database holds, and how that may be called otherwise in a dump.

    roots: of a partition, the table that it is part of: where a row belongs may be found anew when it is restored
        (pg_dump --load-via-partition-root), and then the dump names that one.
    of_extensions: tables of which a dump has some rows only.
    """

    contents: Contents
    roots: Mapping[tuple[str, str], tuple[str, str]]
    of_extensions: frozenset[tuple[str, str]]

    def as_in(self, dump: Contents, *, without: str | None = None) -> tuple[Contents, Contents]:
        """The contents of the dump and of this database, as far as they can be compared.

        without: a schema that was not restored.
        """
        named = {(table.schema, table.name) for table in dump.tables if table.schema != without} - self.of_extensions
        rows = dict.fromkeys(named & set(self.roots.values()), 0)
        for table in self.contents.tables:
            name = (table.schema, table.name)
            root = self.roots.get(name, name)
            name = root if name not in named and root in named else name
            rows[name] = rows.get(name, 0) + table.rows
        here = tuple(Table(*name, count) for name, count in sorted(rows.items()))
        there = tuple(table for table in dump.tables if (table.schema, table.name) in named)
        return (
            Contents(tables=there, large_objects=dump.large_objects),
            Contents(tables=here, large_objects=self.contents.large_objects),
        )


def counted(server: Server, counter: Counter) -> Contents:
    """What was counted in a dump, with names as text; the server is asked only where they are not ASCII."""
    names = list(counter.rows)
    tables = tuple(
        Table(schema, name, rows)
        for (schema, name), rows in zip(_texts(server, names), counter.rows.values(), strict=True)
    )
    return Contents(tables=tuple(sorted(tables)), large_objects=counter.large_objects)


def _texts(server: Server, names: Sequence[Name]) -> Sequence[tuple[str, str]]:
    flat = [part for name in names for part in name]
    if all(part.isascii() for part in flat):
        texts = [part.decode() for part in flat]
    else:
        with server.session() as session:
            texts = session.ask(_IN_TEXT.format(names=",".join(part.hex() for part in flat)))
    return list(zip(texts[::2], texts[1::2], strict=True))


def restored(session: Session) -> Restored:
    """Rows of every table, and large objects: a scan of the whole database."""
    tables = session.ask(TABLES.format(of_extensions="false"))
    return Restored(
        contents=Contents(
            tables=tuple(
                Table(schema, name, session.ask(f"SELECT count(*) FROM ONLY {quoted}"))
                for schema, name, quoted, _ in tables
            ),
            large_objects=session.ask("SELECT count(*) FROM pg_largeobject_metadata"),
        ),
        roots={(schema, name): (root[0], root[1]) for schema, name, _, root in tables if root},
        of_extensions=frozenset(
            (schema, name) for schema, name, *_ in session.ask(TABLES.format(of_extensions="true"))
        ),
    )


def database(session: Session) -> Database:
    return Database(
        name=session.ask("SELECT current_database()::text"),
        create=session.ask(_CREATE),
        properties=tuple(session.ask(_PROPERTIES)),
        roles=tuple(session.ask(_ROLES)),
        extensions=tuple(Extension(name, version) for name, version in session.ask(_EXTENSIONS)),
        preload=tuple(library for library in session.ask(_PRELOAD) if library),
    )
