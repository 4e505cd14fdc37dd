"""Orders that repeat in another file when their lines have no key."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from ingest.counts import counted
from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.foreign_text import first_few
from ingest.loader_errors import Refusal
from ingest.loads.ledger import Load
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table

_NAMED = 10


def settle(
    connection: Session,
    table: Table,
    load_id: int,
    leaving: Sequence[Load],
    *,
    corrects: bool,
    adds: bool,
    rolling: Sequence[int] = (),
    prefix: str = "",
) -> list[int]:
    """Decide about the orders of a load that earlier live loads also hold; returns the loads it
    corrects.

    Only lines without a line key count. `rolling` are live loads with order_again: newest; no other
    file may add to their orders. Raises Refusal naming the orders unless the caller said what
    repeated orders mean; with `corrects`, also if an earlier load holds orders that the new file
    lacks, because those would be lost.
    """
    if table.order_id is None:
        return []
    if rolling:
        _check_rolling(connection, table, load_id, rolling, prefix)
    if adds or not can_come_again(table):
        return []
    engine = engine_of(connection)
    names = {
        "raw": table_name(table, prefix),
        "old": engine.as_text(sql.Identifier("o", table.order_id)),
        "new": engine.as_text(sql.Identifier("n", table.order_id)),
        "keyless": _keyless(table),
    }
    gone, gone_ids = engine.not_among([load.load_id for load in leaving])
    again = connection.execute(
        sql.SQL(
            """
            select distinct o.load_id, {old}
            from {raw} as o
            inner join {raw} as n on {old} = {new}
            where n.load_id = %s and o.load_id <> n.load_id and o.load_id {gone}
              and ({keyless})
            order by 1, 2
            """
        ).format(**names, gone=gone),
        (load_id, *gone_ids),
    ).fetchall()
    if not again:
        return []
    orders = sorted({str(row[1]) for row in again})
    if not corrects:
        raise Refusal(
            f"{counted(len(orders), 'order is', 'orders are')} also in earlier files, and their "
            f"lines have no key ({first_few(orders, _NAMED)}); pass --corrects if this file "
            "replaces the earlier one, --adds if both count, "
            "--order-again newest (for all files) if the newest has the whole order"
        )
    earlier = sorted({int(row[0]) for row in again})
    among, earlier_ids = engine.among(earlier)
    lost = connection.execute(
        sql.SQL(
            """
            select count(distinct {old}), min(o.load_id) from {raw} as o
            where o.load_id {among} and not exists (
                select 1 from {raw} as n
                where n.load_id = %s and {new} = {old})
            """
        ).format(**names, among=among),
        (*earlier_ids, load_id),
    ).fetchone()
    if lost and lost[0]:
        raise Refusal(
            f"load {lost[1]} would be corrected, but {counted(lost[0], 'order')} of the earlier "
            f"files {'is' if lost[0] == 1 else 'are'} not in this one and would be lost; load a "
            f"file with all of its orders, or unload load {lost[1]} first"
        )
    return earlier


def _check_rolling(
    connection: Session,
    table: Table,
    load_id: int,
    rolling: Sequence[int],
    prefix: str,
) -> None:
    assert table.order_id is not None
    engine = engine_of(connection)
    among, ids = engine.among(rolling)
    found = connection.execute(
        sql.SQL(
            """
            select count(distinct {old}), min({old}) from {raw} as o
            inner join {raw} as n on {old} = {new}
            where n.load_id = %s and o.load_id {among}
            """
        ).format(
            raw=table_name(table, prefix),
            old=engine.as_text(sql.Identifier("o", table.order_id)),
            new=engine.as_text(sql.Identifier("n", table.order_id)),
            among=among,
        ),
        (load_id, *ids),
    ).fetchone()
    if found and found[0]:
        raise Refusal(
            f"{counted(found[0], 'order')} of this file ({found[1]}, …) came in files loaded with "
            "--order-again newest; pass it for this file, too"
        )


def can_come_again(table: Table) -> bool:
    """Whether the table may hold lines without a key, so that `settle` has work to do.

    That is the case without a line key, or if files may omit a column of the key.
    """
    if table.order_id is None or table.mode != "append":
        return False
    return not table.line_key or bool(_optional_parts(table))


def _optional_parts(table: Table) -> list[str]:
    return [key for key in table.line_key if table.column(key).optional]


def _keyless(table: Table) -> sql.Composable:
    """Whether a line of either file has no line key."""
    if not table.line_key:
        return sql.SQL("true")
    tests = [
        sql.SQL("{}.{} is null").format(sql.SQL(alias), sql.Identifier(part))
        for part in _optional_parts(table)
        for alias in ("o", "n")
    ]
    return sql.SQL(" or ").join(tests)
