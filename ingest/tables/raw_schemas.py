"""Creates the raw schemas and the loader's own tables from their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from psycopg import sql

from ingest.engine.engine import Engine
from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.loader_errors import SchemaMismatch
from ingest.owners import LOADER, refuse_foreign_owners
from ingest.tables.column_types import parse_type
from ingest.tables.foreign_code import refuse_foreign_code
from ingest.tables.table_definitions import Column, Source, Table

LEDGER = Path(__file__).with_name("ledger.sql")
LOADER_COLUMNS = ("load_id", "file_line")

Live = dict[str, tuple[str, bool]]


def ensure(connection: Session, definitions: Mapping[str, Source], prefix: str = "") -> None:
    """Create the ledger and every raw table that is missing; add newly defined nullable columns.

    Runs in one transaction and does nothing if everything exists. Raises SchemaMismatch, with the
    statement to run, for any other difference between a live table and its definition, and for
    anything that would run code when rows change: triggers, rules, policies, defaults, checks,
    indexes on expressions. No definition has any. Also raises SchemaMismatch for a schema that
    another role created first, because that role would own what is loaded there.
    """
    engine = engine_of(connection)
    with connection.transaction():
        engine.lock_schemas(connection, prefix)
        schemas = {prefix + source.schema for source in definitions.values()}
        if engine.has_foreign_code:
            refuse_foreign_owners(connection, sorted({*schemas, f"{prefix}ops"}), LOADER)
        live = _live_columns(engine, connection, schemas)
        ledger = LEDGER.read_text(encoding="utf-8")
        engine.create_tables(connection, f"{prefix}ops", ledger)
        for source in definitions.values():
            schema = prefix + source.schema
            missing = [name for name in source.tables if (schema, name) not in live]
            if missing and not any(key[0] == schema for key in live):
                create = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
                connection.execute(create)
            for table in source.tables.values():
                relation = Relation(schema, table.name)
                if table.name in missing:
                    _create(engine, connection, table, relation)
                else:
                    _align(engine, connection, table, relation, live[relation])
        if engine.has_foreign_code:
            refuse_foreign_code(connection, definitions, prefix)


def table_name(table: Table, prefix: str = "") -> sql.Identifier:
    """The raw table as a quoted, schema-qualified name."""
    return relation_of(table, prefix).quoted


def relation_of(table: Table, prefix: str = "") -> Relation:
    """The raw table's schema and name."""
    return Relation(prefix + table.schema, table.name)


def arrow_schema(table: Table) -> pa.Schema:
    """All columns of the raw table as Arrow has them, those of the loader first."""
    loader = [(name, pa.int64()) for name in LOADER_COLUMNS]
    return pa.schema([*loader, *((c.name, c.type.arrow) for c in table.stored_columns)])


def index_loads(connection: Session, table: Table, prefix: str = "") -> None:
    """Create the indexes that find a load's rows, unless they exist.

    They are on load_id and on the order id, as text (as the models look it up). Called when a
    second file arrives: with one load, the indexes select nothing and cost a fifth of its COPY.
    """
    engine_of(connection).index_loads(connection, relation_of(table, prefix), table.order_id)


def _live_columns(
    engine: Engine, connection: Session, schemas: set[str]
) -> dict[tuple[str, str], Live]:
    tables: dict[tuple[str, str], Live] = {}
    for schema, table, column, kind, not_null in engine.live_columns(connection, sorted(schemas)):
        tables.setdefault((schema, table), {})[column] = (kind, not_null)
    return tables


def _column_sql(engine: Engine, column: Column) -> sql.Composed:
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name),
        sql.SQL(engine.column_type(column.type.sql)),
        sql.SQL(" not null" if column.required else ""),
    )


def _create(engine: Engine, connection: Session, table: Table, relation: Relation) -> None:
    columns = [_column_sql(engine, column) for column in table.stored_columns]
    columns += [sql.SQL("{} bigint not null").format(sql.Identifier(n)) for n in LOADER_COLUMNS]
    connection.execute(
        sql.SQL("create table {} ({}){}").format(
            relation.quoted, sql.SQL(", ").join(columns), engine.storage(table.order_id)
        )
    )
    for column in table.stored_columns:
        _keep_out_of_statistics(engine, connection, relation, column)


def _keep_out_of_statistics(
    engine: Engine, connection: Session, relation: Relation, column: Column
) -> None:
    """Keep the most common names and addresses out of the server's statistics."""
    if column.pii == "restrict":
        engine.keep_out_of_statistics(connection, relation, column.name)


def _same_type(kind: str, live: str) -> bool:
    try:
        return parse_type(live) == parse_type(kind)
    except ValueError:
        return False


def _align(
    engine: Engine, connection: Session, table: Table, relation: Relation, live: Live
) -> None:
    where = f"{relation.schema}.{relation.name}"
    run = f"run: alter table {where} {{}};"
    defined = {column.name: column for column in table.stored_columns}
    wrong = [
        (f"column {name} is not defined", run.format(f"drop column {name}"))
        for name in live
        if name not in defined and name not in LOADER_COLUMNS
    ]
    for name, column in defined.items():
        wanted = engine.column_type(column.type.sql)
        if name not in live:
            if column.required:
                add = run.format(f"add column {name} {wanted} not null")
                wrong.append((f"required column {name} is missing", add))
            continue
        kind, not_null = live[name]
        if not _same_type(wanted, kind):
            change = run.format(f"alter column {name} type {wanted}")
            wrong.append((f"column {name} is {kind}, defined as {wanted}", change))
        elif not_null != column.required:
            change = engine.not_null_change(where, name, column.required)
            now, then = ("required", "optional") if not_null else ("optional", "required")
            wrong.append((f"column {name} is {now}, defined as {then}", change))
    if wrong:
        what, change = wrong[0]
        more = f" (and {len(wrong) - 1} more differences)" if len(wrong) > 1 else ""
        raise SchemaMismatch(
            f"table {where} does not match its definition: {what}{more}; "
            f"change the definition back, or {change}"
        )
    for name, column in defined.items():
        if name not in live:
            connection.execute(
                sql.SQL("alter table {} add column {}").format(
                    relation.quoted, _column_sql(engine, column)
                )
            )
            _keep_out_of_statistics(engine, connection, relation, column)
