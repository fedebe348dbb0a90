"""What a database holds, asked of the server."""

from .manifest import Contents, Database, Table
from .server import Session

# What pg_dump dumps the rows of: no partitioned or foreign tables, no views, and nothing that an extension makes anew.
TABLES = """
    SELECT coalesce(jsonb_agg(jsonb_build_array(n.nspname, c.relname, format('%I.%I', n.nspname, c.relname))), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
"""

_CREATE = """
    SELECT 'CREATE DATABASE {database} TEMPLATE template0 ENCODING ' || quote_literal(pg_encoding_to_char(encoding))
        || ' LC_COLLATE ' || quote_literal(datcollate) || ' LC_CTYPE ' || quote_literal(datctype)
        || CASE datlocprovider WHEN 'i' THEN ' LOCALE_PROVIDER icu' ELSE ' LOCALE_PROVIDER libc' END
        || coalesce(' ICU_LOCALE ' || quote_literal(daticulocale), '')
        || coalesce(' ICU_RULES ' || quote_literal(daticurules), '')
    FROM pg_database WHERE datname = current_database()
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
                'session_preload_libraries') THEN value ELSE quote_literal(value) END
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


def contents(session: Session) -> Contents:
    """Rows of every table, and large objects: a scan of the whole database, in the session's snapshot."""
    tables = tuple(
        Table(schema, name, session.ask(f"SELECT count(*) FROM ONLY {quoted}"))
        for schema, name, quoted in session.ask(TABLES)
    )
    large_objects = session.ask("SELECT count(*) FROM pg_largeobject_metadata")
    return Contents(tables=tuple(sorted(tables)), large_objects=large_objects)


def database(session: Session) -> Database:
    return Database(
        name=session.ask("SELECT current_database()::text"),
        create=session.ask(_CREATE),
        properties=tuple(session.ask(_PROPERTIES)),
        roles=tuple(session.ask(_ROLES)),
    )
