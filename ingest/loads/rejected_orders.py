"""Orders with some lines accepted and others rejected in the same file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import psycopg
from psycopg import sql

from ingest.counts import counted
from ingest.foreign_text import first_few
from ingest.loads.ledger import Load
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table

_NAMED = 5


def note_rejected_orders(
    connection: psycopg.Connection[Any],
    table: Table,
    load_id: int,
    leaving: Sequence[Load],
    rejected: Collection[str],
    prefix: str = "",
) -> str:
    """Record the orders with rejected lines that a load holds in part. The message lists those that
    another file has complete, which then counts, and the others; it is empty if there are none."""
    orders = _held_in_part(connection, table, load_id, rejected, prefix)
    if not orders:
        return ""
    ledger = sql.Identifier(f"{prefix}ops", "rejected_orders")
    with connection.cursor().copy(sql.SQL("copy {} from stdin").format(ledger)) as copy:
        for order in orders:
            copy.write_row((load_id, order))
    gone = [load.load_id for load in leaving]
    kept = _whole_elsewhere(connection, table, load_id, gone, orders, prefix)
    parts = {
        "taken from another file, which has all lines": kept,
        "incomplete because of rejected lines": [order for order in orders if order not in kept],
    }
    return "; ".join(f"{counted(len(found), 'order')} {what}: {first_few(found, _NAMED)}"
                     for what, found in parts.items() if found)  # fmt: skip


def _held_in_part(
    connection: psycopg.Connection[Any],
    table: Table,
    load_id: int,
    rejected: Collection[str],
    prefix: str,
) -> list[str]:
    if table.order_id is None or table.mode != "append" or not rejected:
        return []
    query = sql.SQL(
        "select distinct {order}::varchar from {raw}"
        " where load_id = %s and {order}::varchar = any(%s) order by 1"
    ).format(order=sql.Identifier(table.order_id), raw=table_name(table, prefix))
    return [row[0] for row in connection.execute(query, (load_id, [*rejected]))]


def _whole_elsewhere(
    connection: psycopg.Connection[Any],
    table: Table,
    load_id: int,
    gone: list[int],
    orders: list[str],
    prefix: str,
) -> list[str]:
    """The orders that another live load holds without rejects and that are taken from one file
    only: all orders of rolling files, and those with a line in both files."""
    assert table.order_id is not None
    same_line: sql.Composable = sql.SQL("false")
    if table.order_again == "newest":
        same_line = sql.SQL("true")
    elif table.line_key:
        same_line = sql.SQL(" and ").join(
            sql.SQL("o.{0} = n.{0}").format(sql.Identifier(key)) for key in table.line_key
        )
    query = sql.SQL(
        """
        select distinct n.{order}::varchar
        from {raw} as n
        inner join {raw} as o on o.{order}::varchar = n.{order}::varchar and ({same_line})
        where n.load_id = %s and n.{order}::varchar = any(%s)
          and o.load_id <> n.load_id and o.load_id <> all(%s)
          and not exists (
              select 1 from {ledger} as r
              where r.load_id = o.load_id and r.order_id = o.{order}::varchar)
        order by 1
        """
    ).format(
        order=sql.Identifier(table.order_id),
        raw=table_name(table, prefix),
        same_line=same_line,
        ledger=sql.Identifier(f"{prefix}ops", "rejected_orders"),
    )
    return [row[0] for row in connection.execute(query, (load_id, orders, gone))]
