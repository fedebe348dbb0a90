"""Whether tables, types, functions were changed while pg_dump read them.

pg_dump reads a part of its definitions in its snapshot and a part as they are now (PostgreSQL documentation, pg_dump,
Notes), and locks each table somewhat later than it takes the snapshot. In between a migration can give it a view that
does not fit its table, and a table that was rewritten or truncated looks empty to it (13.6 Caveats) while those that
refer to it are full. Such a dump ends with 0 and does not restore.
"""

from .server import Session

# Of each object a line that is another one when it was changed. Of a table its file too, which every rewrite replaces;
# not of a materialized view, which each REFRESH rewrites and whose rows are in no dump.
_STATE = """
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
relation AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours) AND relkind <> 't')
SELECT coalesce(jsonb_agg(line), '[]') FROM (
    SELECT concat_ws(' ', 'relation', relnamespace::regnamespace, quote_ident(relname), oid, relkind, relowner,
        relpersistence, relispartition, relrowsecurity, relforcerowsecurity, reloptions, relacl,
        CASE relkind WHEN 'r' THEN relfilenode END) FROM relation
    UNION ALL
    SELECT concat_ws(' ', 'columns', attrelid, md5(string_agg(concat_ws(' ', attnum, xmin), ',' ORDER BY attnum)))
    FROM pg_attribute WHERE attrelid IN (SELECT oid FROM relation) GROUP BY attrelid
    UNION ALL
    SELECT concat_ws(' ', 'default', oid, xmin) FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'index', indexrelid, indisvalid) FROM pg_index WHERE indrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'child', inhrelid, inhparent, xmin) FROM pg_inherits
    WHERE inhrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'rule', oid, xmin) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'policy', oid, xmin) FROM pg_policy WHERE polrelid IN (SELECT oid FROM relation)
    UNION ALL
    SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' ', 'type', oid, xmin) FROM pg_type WHERE typnamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' ', 'function', oid, md5(p::text)) FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' ', 'schema', oid, quote_ident(nspname)) FROM pg_namespace WHERE oid IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' ', 'enum', oid, quote_literal(enumlabel)) FROM pg_enum
    UNION ALL
    {others}
) AS state (line)
"""

# Of the rest whatever changes them.
_OTHERS = (
    "pg_cast",
    "pg_collation",
    "pg_conversion",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_publication",
    "pg_statistic_ext",
    "pg_ts_config",
    "pg_ts_dict",
)
_ALL = _STATE.format(
    others="\n    UNION ALL\n    ".join(f"SELECT concat_ws(' ', '{name}', oid, xmin) FROM {name}" for name in _OTHERS)
)


def definitions(session: Session) -> frozenset[str]:
    """What there is in the session's snapshot.

    Two of them may be compared: what the earlier one has and the later one lacks was changed or dropped. What is new
    is none of pg_dump's concern.
    """
    return frozenset(session.ask(_ALL))


def by_which_rows_are_named(state: frozenset[str]) -> frozenset[str]:
    """What pg_dump locks not, and asks anew with the rows of each table: schemas, by whose names it finds the table,
    and the values of enumerations, as it writes them."""
    return frozenset(line for line in state if line.startswith(("schema ", "enum ")))
