"""Empties personal columns of raw tables, and records that in ops.erasures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.erasure.old_snapshots import wait_until_unseen
from ingest.loader_errors import SchemaMismatch
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Column, Table

# Schemas that dbt and the risk models build and that erasing writes to.
ERASED_SCHEMAS = ("snapshots", "build_restricted", "ml", "build_marts", "published")
_STATISTICS = "pg_catalog.pg_statistic"


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


def is_kept(connection: psycopg.Connection[Any], table: Table, prefix: str) -> sql.Composable:
    """Condition on a raw table's row: a build has kept what facts need from its personal columns.

    True for every row, unless the definition names a restricted model (`kept_by`) that keeps it.
    """
    if table.kept_by is None:
        return sql.SQL("true")
    keeper = keeper_of(connection, table, prefix)
    if keeper is None:
        return sql.SQL("false")
    return sql.SQL(
        "exists (select 1 from {} as keeper where keeper.load_id = {}.load_id"
        " and keeper.file_line = {}.file_line)"
    ).format(keeper, table_name(table, prefix), table_name(table, prefix))


def keeper_of(
    connection: psycopg.Connection[Any], table: Table, prefix: str
) -> sql.Identifier | None:
    """The restricted model (`kept_by`) of a table, locked until the transaction ends; None before
    the first build.

    Raises SchemaMismatch for a view, which could return anything and run its creator's code.
    """
    keeper = sql.Identifier(f"{prefix}build_restricted", table.kept_by or "")
    name = keeper.as_string(connection)
    row = connection.execute("select to_regclass(%s) is not null", (name,)).fetchone()
    if not row or not row[0]:
        return None
    # Reads nothing, but nobody can replace the table from now on.
    connection.execute(sql.SQL("select 1 from {} limit 0").format(keeper))
    _require_tables(connection, [f"{prefix}build_restricted.{table.kept_by}"])
    return keeper


def empty_columns(
    connection: psycopg.Connection[Any],
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
    connection: psycopg.Connection[Any],
    table: Table,
    reason: str,
    rows: int,
    prefix: str,
    load_id: int | None = None,
) -> None:
    """Record in ops.erasures that rows were emptied or deleted, if there were any."""
    if rows:
        connection.execute(
            sql.SQL("insert into {} values (now(), %s, %s, %s, %s, %s)").format(
                sql.Identifier(f"{prefix}ops", "erasures")
            ),
            (reason, table.source, table.name, load_id, rows),
        )


def require_rewrite(
    connection: psycopg.Connection[Any], erased: Iterable[Erased], prefix: str
) -> None:
    """Record, in the transaction that erases, which tables `rewrite` must rewrite.

    Raises SchemaMismatch, so that nothing is erased, if somebody replaced a table that was written
    to by a view: the update would have gone through the view.
    """
    erased = list(erased)
    _require_tables(connection, [one.table for one in erased])
    insert = sql.SQL("insert into {} values (%s) on conflict do nothing").format(_pending(prefix))
    for name in sorted({one.table for one in erased if one.rows}):
        connection.execute(insert, (name,))


def pending_rewrites(connection: psycopg.Connection[Any], prefix: str) -> list[str]:
    """Names of the tables to rewrite, including those left by a failed run."""
    rows = connection.execute(sql.SQL("select table_name from {} order by 1").format(
        _pending(prefix)
    )).fetchall()  # fmt: skip
    return [row[0] for row in rows]


def rewrite(
    connection: psycopg.Connection[Any], prefix: str, notify: Callable[[str], None] | None = None
) -> list[NotRewritten]:
    """Rewrite the tables with erased values, and their statistics.

    An update leaves the old row in the table's file, and the most common values of a column in the
    statistics, until they are overwritten; rewriting removes both, once nobody can see the row any
    more. Commits. Returns what could not be rewritten; the next run tries again.
    """
    names = pending_rewrites(connection, prefix)
    connection.commit()
    if not names:
        return []
    connection.autocommit = True
    try:
        return _rewrite(connection, names, prefix, notify)
    finally:
        connection.autocommit = False


def _rewrite(
    connection: psycopg.Connection[Any],
    names: list[str],
    prefix: str,
    notify: Callable[[str], None] | None,
) -> list[NotRewritten]:
    if holders := wait_until_unseen(connection, notify):
        return [NotRewritten(name, tuple(holders)) for name in names]
    left = [name for name in names if not _is_rewritten(connection, name)]
    if _may_rewrite_statistics(connection):
        # The old statistics have just been deleted.
        if holders := wait_until_unseen(connection, notify, of_catalogue=True):
            return [NotRewritten(_STATISTICS, tuple(holders)), *map(NotRewritten, left)]
        connection.execute(f"vacuum (full) {_STATISTICS}".encode())
    done = sql.SQL("delete from {} where table_name = any(%s)").format(_pending(prefix))
    connection.execute(done, ([name for name in names if name not in left],))
    return [*map(NotRewritten, left)]


def _is_rewritten(connection: psycopg.Connection[Any], name: str) -> bool:
    """Rewrite the table; False if nothing happened because the role does not own it."""
    table = sql.Identifier(*name.split(".", 1))
    before = _file_of(connection, table)
    if before is None:
        return True
    connection.execute(sql.SQL("vacuum (full, analyze) {}").format(table))
    return _file_of(connection, table) != before


def _require_tables(connection: psycopg.Connection[Any], names: list[str]) -> None:
    row = connection.execute(
        "select nspname, relname, relkind = 'm'"
        " from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname || '.' || relname = any(%s) and relkind not in ('r', 'p') order by 1, 2",
        (names,),
    ).fetchone()
    if row is not None:
        where = sql.Identifier(*row[:2]).as_string(connection)
        kind = "materialized view" if row[2] else "view"
        raise SchemaMismatch(
            f"{where} is a {kind} where erasing reads or writes a table; find out "
            f"who created it, then run: drop {kind} {where};"
        )


def _pending(prefix: str) -> sql.Identifier:
    return sql.Identifier(f"{prefix}ops", "pending_rewrites")


def _file_of(connection: psycopg.Connection[Any], table: sql.Identifier) -> int | None:
    """Number of the table's file; None if the table no longer exists."""
    row = connection.execute(
        "select pg_relation_filenode(to_regclass(%s))", (table.as_string(connection),)
    ).fetchone()
    return row[0] if row else None


def _may_rewrite_statistics(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()"
    ).fetchone()
    return bool(row and row[0])


def _name(table: Table, prefix: str) -> str:
    return f"{prefix}{table.schema}.{table.name}"
