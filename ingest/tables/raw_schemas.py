"""Creates the raw schemas and the loader's own tables from their definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ingest.loader_errors import SchemaMismatch
from ingest.lock import LOCK_CLASS, lock_key
from ingest.owners import LOADER, refuse_foreign_owners
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column, Source, Table

LEDGER = Path(__file__).with_name("ledger.sql")
LOADER_COLUMNS = ("load_id", "file_line")
_TABLE = re.compile(r"create table if not exists {ops}\.(\w+)")
_ADDED_COLUMN = re.compile(r"alter table {ops}\.(\w+) add column if not exists (\w+)")

Live = dict[str, tuple[str, bool]]

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


def ensure(
    connection: psycopg.Connection[Any], definitions: Mapping[str, Source], prefix: str = ""
) -> None:
    """Create the ledger and every raw table that is missing; add newly defined nullable columns.

    Runs in one transaction and does nothing if everything exists. Raises SchemaMismatch, with the
    statement to run, for any other difference between a live table and its definition, and for
    anything that would run code when rows change: triggers, rules, policies, defaults, checks,
    indexes on expressions. No definition has any. Also raises SchemaMismatch for a schema that
    another role created first, because that role would own what is loaded there.
    """
    with connection.transaction():
        connection.execute(
            "select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, lock_key("schema", prefix))
        )
        schemas = {f"{prefix}ops", *(prefix + source.schema for source in definitions.values())}
        refuse_foreign_owners(connection, sorted(schemas), LOADER)
        live = _live_columns(connection, prefix)
        if not _ledger_exists(connection, f"{prefix}ops"):
            connection.execute("set local client_min_messages = warning")
            statements = LEDGER.read_text(encoding="utf-8").replace("{ops}", _quoted(prefix, "ops"))
            connection.execute(statements.encode())
        for source in definitions.values():
            schema = prefix + source.schema
            missing = [name for name in source.tables if (schema, name) not in live]
            if missing and not any(key[0] == schema for key in live):
                create = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
                connection.execute(create)
            for table in source.tables.values():
                if table.name in missing:
                    _create(connection, table, schema)
                else:
                    _align(connection, table, schema, live[schema, table.name])
        _refuse_foreign_code(connection, definitions, prefix)


def table_name(table: Table, prefix: str = "") -> sql.Identifier:
    """The raw table as a quoted, schema-qualified name."""
    return sql.Identifier(prefix + table.schema, table.name)


def index_loads(connection: psycopg.Connection[Any], table: Table, prefix: str = "") -> None:
    """Create the indexes that find a load's rows, unless they exist.

    They are on load_id and on the order id, as text (as the models look it up). Called when a
    second file arrives: with one load, the indexes select nothing and cost a fifth of its COPY.
    """
    create = "create index if not exists {} on {} using brin (load_id)"
    name = sql.Identifier(f"{table.name}_load_id_idx")
    connection.execute(sql.SQL(create).format(name, table_name(table, prefix)))
    if table.order_id is not None:
        create = "create index if not exists {} on {} (({}::varchar))"
        name = sql.Identifier(f"{table.name}_order_id_idx")
        order = sql.Identifier(table.order_id)
        connection.execute(sql.SQL(create).format(name, table_name(table, prefix), order))


def _quoted(prefix: str, name: str) -> str:
    return '"' + (prefix + name).replace('"', '""') + '"'


def _ledger_exists(connection: psycopg.Connection[Any], schema: str) -> bool:
    statements = LEDGER.read_text(encoding="utf-8")
    tables = _TABLE.findall(statements)
    columns = [f"{table}.{column}" for table, column in _ADDED_COLUMN.findall(statements)]
    row = connection.execute(
        """
        select count(distinct relname) filter (where relname = any(%(tables)s)),
            count(*) filter (where relname || '.' || attname = any(%(columns)s)),
            count(*) filter (where relname in ('pending_changes', 'warehouse'))
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        inner join pg_attribute as a on c.oid = a.attrelid
        where n.nspname = %(schema)s and c.relkind = 'r' and not a.attisdropped
        """,
        {"schema": schema, "tables": tables, "columns": columns},
    ).fetchone()
    return row == (len(tables), len(columns), 0)


def _live_columns(connection: psycopg.Connection[Any], prefix: str) -> dict[tuple[str, str], Live]:
    rows = connection.execute(
        """
        select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        inner join pg_attribute as a on c.oid = a.attrelid
        where starts_with(n.nspname, %s) and c.relkind in ('r', 'p')
          and a.attnum > 0 and not a.attisdropped
        """,
        (f"{prefix}raw_",),
    ).fetchall()
    tables: dict[tuple[str, str], Live] = {}
    for schema, table, column, kind, not_null in rows:
        tables.setdefault((schema, table), {})[column] = (kind, not_null)
    return tables


def _refuse_foreign_code(
    connection: psycopg.Connection[Any], definitions: Mapping[str, Source], prefix: str
) -> None:
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
            where = sql.Identifier(schema, table).as_string(connection)
            raise SchemaMismatch(_foreign_code_message(connection, kind, name, where))


def refuse_foreign_rules(
    connection: psycopg.Connection[Any], schemas: Sequence[str], prefix: str
) -> None:
    """Raise SchemaMismatch for a trigger, rule or policy on a built table that erasing writes."""
    named = [prefix + schema for schema in schemas]
    for kind, name, schema, table, _ in connection.execute(_FOREIGN_CODE, {"schemas": named}):
        if kind in ("trigger", "rule", "policy"):
            where = sql.Identifier(schema, table).as_string(connection)
            raise SchemaMismatch(_foreign_code_message(connection, kind, name, where))


def _foreign_code_message(
    connection: psycopg.Connection[Any], kind: str, name: str, where: str
) -> str:
    if kind == "view":
        return (
            f"{where} is a view, but the loader needs a table there; find out who created it, then "
            f"run: drop view {where};"
        )
    quoted = sql.Identifier(name).as_string(connection)
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


def _column_sql(column: Column) -> sql.Composed:
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name),
        sql.SQL(column.type.sql),
        sql.SQL(" not null" if column.required else ""),
    )


def _create(connection: psycopg.Connection[Any], table: Table, schema: str) -> None:
    columns = [_column_sql(column) for column in table.stored_columns]
    columns += [sql.SQL("{} bigint not null").format(sql.Identifier(n)) for n in LOADER_COLUMNS]
    name = sql.Identifier(schema, table.name)
    connection.execute(sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(columns)))
    for column in table.stored_columns:
        _keep_out_of_statistics(connection, name, column)


def _keep_out_of_statistics(
    connection: psycopg.Connection[Any], name: sql.Identifier, column: Column
) -> None:
    """Keep the most common names and addresses out of the server's statistics."""
    if column.pii == "restrict":
        connection.execute(
            sql.SQL("alter table {} alter column {} set statistics 0").format(
                name, sql.Identifier(column.name)
            )
        )


def _same_type(column: Column, live: str) -> bool:
    try:
        return parse_type(live) == column.type
    except ValueError:
        return False


def _align(connection: psycopg.Connection[Any], table: Table, schema: str, live: Live) -> None:
    where = f"{schema}.{table.name}"
    defined = {column.name: column for column in table.stored_columns}
    wrong = [
        (f"column {name} is not defined", f"drop column {name}")
        for name in live
        if name not in defined and name not in LOADER_COLUMNS
    ]
    for name, column in defined.items():
        if name not in live:
            if column.required:
                add = f"add column {name} {column.type.sql} not null"
                wrong.append((f"required column {name} is missing", add))
            continue
        kind, not_null = live[name]
        if not _same_type(column, kind):
            change = f"alter column {name} type {column.type.sql}"
            wrong.append((f"column {name} is {kind}, defined as {column.type.sql}", change))
        elif not_null != column.required:
            change = f"alter column {name} {'set' if column.required else 'drop'} not null"
            now, wanted = ("required", "optional") if not_null else ("optional", "required")
            wrong.append((f"column {name} is {now}, defined as {wanted}", change))
    if wrong:
        what, change = wrong[0]
        more = f" (and {len(wrong) - 1} more differences)" if len(wrong) > 1 else ""
        raise SchemaMismatch(
            f"table {where} does not match its definition: {what}{more}; "
            f"change the definition back, or run: alter table {where} {change};"
        )
    for name, column in defined.items():
        if name not in live:
            connection.execute(
                sql.SQL("alter table {} add column {}").format(
                    sql.Identifier(schema, table.name), _column_sql(column)
                )
            )
            _keep_out_of_statistics(connection, sql.Identifier(schema, table.name), column)
