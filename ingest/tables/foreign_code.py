"""Refuses code that others attached to tables which loads and erasing write. Of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg import sql

from ingest.engine.session import Session
from ingest.loader_errors import SchemaMismatch
from ingest.tables.table_definitions import Source

# Kind, name, schema and table of everything that runs code when a table is written or read; for an
# index, also the code.
_FOREIGN_CODE = """
    with tables as (
        select c.oid, n.nspname, c.relname
        from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm')
    ),
    found (kind, name, oid, code) as (
        select 'trigger', tgname, tgrelid, null from pg_trigger where not tgisinternal
        union all
        select
            case rulename when '_RETURN' then 'view' else 'rule' end, rulename, ev_class, null
        from pg_rewrite
        union all
        select 'policy', polname, polrelid, null from pg_policy
        union all
        select 'column', attname, adrelid, null
        from pg_attrdef inner join pg_attribute on attrelid = adrelid and attnum = adnum
        union all
        select 'constraint', conname, conrelid, null from pg_constraint where contype = 'c'
        union all
        select
            'index', relname, indrelid,
            concat_ws(' where ', pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid))
        from pg_index inner join pg_class on pg_class.oid = indexrelid
        where indexprs is not null or indpred is not null
    )
    select found.kind, found.name::text, tables.nspname::text, tables.relname::text, found.code
    from found inner join tables on found.oid = tables.oid
    order by 3, 4, 1, 2
"""


def refuse_foreign_code(
    connection: Session, definitions: Mapping[str, Source], prefix: str
) -> None:
    """Raise SchemaMismatch for anything that runs code when rows of raw tables or of the ledger
    change, and for a view in the place of a table."""
    tables = {
        (prefix + table.schema, table.name): table.order_id
        for source in definitions.values()
        for table in source.tables.values()
    }
    schemas = sorted({schema for schema, _ in tables} | {f"{prefix}ops"})
    for kind, name, schema, table, code in connection.execute(_FOREIGN_CODE, {"schemas": schemas}):
        if (schema, table) not in tables and schema != f"{prefix}ops":
            continue
        order = f"({tables.get((schema, table))})::character varying"
        is_of_orders = kind == "index" and code.replace('"', "") == order
        if not is_of_orders:
            where = sql.Identifier(schema, table).as_string(None)
            raise SchemaMismatch(_message(kind, name, where))


def refuse_foreign_rules(connection: Session, schemas: Sequence[str], prefix: str) -> None:
    """Raise SchemaMismatch for a trigger, rule or policy on a built table that erasing writes."""
    named = [prefix + schema for schema in schemas]
    for kind, name, schema, table, _ in connection.execute(_FOREIGN_CODE, {"schemas": named}):
        if kind in ("trigger", "rule", "policy"):
            where = sql.Identifier(schema, table).as_string(None)
            raise SchemaMismatch(_message(kind, name, where))


def _message(kind: str, name: str, where: str) -> str:
    if kind == "view":
        return (
            f"{where} is a view, but the loader needs a table there; find out who created it, then "
            f"run: drop view {where};"
        )
    quoted = sql.Identifier(name).as_string(None)
    change = {
        "column": f"alter table {where} alter column {quoted} drop default",
        "constraint": f"alter table {where} drop constraint {quoted}",
        "index": f"drop index {where.rpartition('.')[0]}.{quoted}",
    }.get(kind, f"drop {kind} {quoted} on {where}")
    what = "computed column or default" if kind == "column" else kind
    return (
        f"table {where} has the {what} {quoted}, which would run code with every load and is not "
        f"in any definition; find out who created it, then run: {change};"
    )
