"""Empties personal columns of raw tables, and records that in ops.erasures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.loader_errors import SchemaMismatch
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Column, Table

# Schemas that dbt and the risk models build and that erasing writes to.
ERASED_SCHEMAS = ("snapshots", "build_restricted", "ml", "build_marts", "published")


@dataclass(frozen=True)
class Erased:
    """What was emptied, or would be: a table, its columns, and the number of rows with values.

    `waiting` counts rows left unchanged because facts still need them in the next build.
    """

    table: str
    columns: tuple[str, ...]
    rows: int
    waiting: int = 0


@dataclass(frozen=True)
class NotRewritten:
    """A table whose file still holds the old rows: `holders` can see them or, without holders, the
    role does not own the table."""

    table: str
    holders: tuple[str, ...] = ()


def holds_any(columns: tuple[Column, ...]) -> sql.Composable:
    """Condition on a raw table's row: one of the columns has a value."""
    tests = [sql.SQL("{} is not null").format(sql.Identifier(column.name)) for column in columns]
    return sql.SQL("({})").format(sql.SQL(" or ").join([*tests, sql.SQL("false")]))


def is_kept(connection: Session, table: Table, prefix: str) -> sql.Composable:
    """Condition on a raw table's row: a build has kept what facts need from its personal columns.

    True for every row, unless the definition names a restricted model (`kept_by`) that keeps it.
    """
    if table.kept_by is None:
        return sql.SQL("true")
    keeper = keeper_of(connection, table, prefix)
    if keeper is None:
        return sql.SQL("false")
    return sql.SQL("(load_id, file_line) in (select load_id, file_line from {})").format(keeper)


def keeper_of(connection: Session, table: Table, prefix: str) -> sql.Identifier | None:
    """The restricted model (`kept_by`) of a table, locked until the transaction ends; None before
    the first build.

    Raises SchemaMismatch for a view, which could return anything and run its creator's code.
    """
    relation = Relation(f"{prefix}build_restricted", table.kept_by or "")
    keeper = relation.quoted
    if not engine_of(connection).exists(connection, relation):
        return None
    # Reads nothing, but nobody can replace the table from now on.
    connection.execute(sql.SQL("select 1 from {} limit 0").format(keeper))
    _require_tables(connection, [f"{prefix}build_restricted.{table.kept_by}"])
    return keeper


def empty_columns(
    connection: Session,
    table: Table,
    condition: sql.Composable,
    prefix: str,
    parameters: Mapping[str, Any] | None = None,
) -> Erased:
    """Set the erasable columns of the rows that meet the condition to null."""
    columns = table.erasable_columns
    if not columns:
        return Erased(_name(table, prefix), (), 0)
    rows = connection.execute(
        sql.SQL("update {} set {} where {} and {}").format(
            table_name(table, prefix),
            sql.SQL(", ").join(
                sql.SQL("{} = null").format(sql.Identifier(column.name)) for column in columns
            ),
            condition,
            holds_any(columns),
        ),
        parameters,
    ).rowcount
    return Erased(_name(table, prefix), tuple(column.name for column in columns), rows)


def record(
    connection: Session,
    table: Table,
    reason: str,
    rows: int,
    prefix: str,
    load_id: int | None = None,
) -> None:
    """Record in ops.erasures that rows were emptied or deleted, if there were any."""
    if rows:
        connection.execute(
            sql.SQL("insert into {} values (%s, %s, %s, %s, %s, %s)").format(
                sql.Identifier(f"{prefix}ops", "erasures")
            ),
            (dt.datetime.now(dt.UTC), reason, table.source, table.name, load_id, rows),
        )


def require_rewrite(connection: Session, erased: Iterable[Erased], prefix: str) -> None:
    """Record, in the transaction that erases, which tables `rewrite` must rewrite.

    Raises SchemaMismatch, so that nothing is erased, if somebody replaced a table that was written
    to by a view: the update would have gone through the view.
    """
    erased = list(erased)
    _require_tables(connection, [one.table for one in erased])
    changed = {one.table for one in erased if one.rows}
    insert = sql.SQL("insert into {} values (%s)").format(_pending(prefix))
    for name in sorted(changed - {*pending_rewrites(connection, prefix)}):
        connection.execute(insert, (name,))


def pending_rewrites(connection: Session, prefix: str) -> list[str]:
    """Names of the tables to rewrite, including those left by a failed run."""
    query = sql.SQL("select table_name from {} order by 1").format(_pending(prefix))
    return [row[0] for row in connection.execute(query)]


def is_rewritten(connection: Session, names: list[str], prefix: str) -> None:
    """Record that tables were rewritten."""
    among, given = engine_of(connection).among(names)
    delete = sql.SQL("delete from {} where table_name {}").format(_pending(prefix), among)
    connection.execute(delete, given)


def _require_tables(connection: Session, names: list[str]) -> None:
    among, given = engine_of(connection).among(names)
    row = connection.execute(
        sql.SQL(
            "select nspname, relname, relkind = 'm'"
            " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
            " where nspname || '.' || relname {} and relkind not in ('r', 'p')"
            " order by nspname, relname"
        ).format(among),
        given,
    ).fetchone()
    if row is not None:
        where = sql.Identifier(*row[:2]).as_string(None)
        kind = "materialized view" if row[2] else "view"
        raise SchemaMismatch(
            f"{where} is a {kind} where erasing reads or writes a table; find out "
            f"who created it, then run: drop {kind} {where};"
        )


def _pending(prefix: str) -> sql.Identifier:
    return sql.Identifier(f"{prefix}ops", "pending_rewrites")


def _name(table: Table, prefix: str) -> str:
    return f"{prefix}{table.schema}.{table.name}"
