"""Orders with some lines accepted and others rejected in the same file."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
from psycopg import sql

from ingest.counts import counted
from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.foreign_text import first_few
from ingest.loads.ledger import Load
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table

_NAMED = 5
_ORDERS = pa.schema([("load_id", pa.int64()), ("order_id", pa.string())])


def note_rejected_orders(
    connection: Session,
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
    rows = ((load_id, order) for order in orders)
    engine_of(connection).write_rows(
        connection, _ledger(prefix), _ORDERS, rows, load_id=load_id, prefix=prefix
    )
    gone = [load.load_id for load in leaving]
    kept = _whole_elsewhere(connection, table, load_id, gone, orders, prefix)
    parts = {
        "taken from another file, which has all lines": kept,
        "incomplete because of rejected lines": [order for order in orders if order not in kept],
    }
    return "; ".join(f"{counted(len(found), 'order')} {what}: {first_few(found, _NAMED)}"
                     for what, found in parts.items() if found)  # fmt: skip


def _held_in_part(
    connection: Session,
    table: Table,
    load_id: int,
    rejected: Collection[str],
    prefix: str,
) -> list[str]:
    if table.order_id is None or table.mode != "append" or not rejected:
        return []
    engine = engine_of(connection)
    among, orders = engine.among([*rejected])
    query = sql.SQL(
        "select distinct {order} from {raw} where load_id = %s and {order} {among} order by 1"
    ).format(
        order=engine.as_text(sql.Identifier(table.order_id)),
        raw=table_name(table, prefix),
        among=among,
    )
    return [row[0] for row in connection.execute(query, (load_id, *orders))]


def _ledger(prefix: str) -> Relation:
    return Relation(f"{prefix}ops", "rejected_orders")


def _whole_elsewhere(
    connection: Session,
    table: Table,
    load_id: int,
    gone: list[int],
    orders: list[str],
    prefix: str,
) -> list[str]:
    """The orders that another live load holds without rejects and that are taken from one file
    only: all orders of rolling files, and those with a line in both files."""
    assert table.order_id is not None
    engine = engine_of(connection)
    among, order_ids = engine.among(orders)
    apart, gone_ids = engine.not_among(gone)
    same_line: sql.Composable = sql.SQL("false")
    if table.order_again == "newest":
        same_line = sql.SQL("true")
    elif table.line_key:
        same_line = sql.SQL(" and ").join(
            sql.SQL("o.{0} = n.{0}").format(sql.Identifier(key)) for key in table.line_key
        )
    query = sql.SQL(
        """
        select distinct {new}
        from {raw} as n
        inner join {raw} as o on {old} = {new} and ({same_line})
        where n.load_id = %s and {new} {among}
          and o.load_id <> n.load_id and o.load_id {apart}
          and not exists (
              select 1 from {ledger} as r
              where r.load_id = o.load_id and r.order_id = {old})
        order by 1
        """
    ).format(
        new=engine.as_text(sql.Identifier("n", table.order_id)),
        old=engine.as_text(sql.Identifier("o", table.order_id)),
        raw=table_name(table, prefix),
        same_line=same_line,
        among=among,
        apart=apart,
        ledger=_ledger(prefix).quoted,
    )
    return [row[0] for row in connection.execute(query, (load_id, *order_ids, *gone_ids))]
