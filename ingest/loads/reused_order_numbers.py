"""Order numbers that restart, such as a till's receipts 1, 2, 3 each day: different orders with the
same numbers."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from ingest.counts import counted
from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from ingest.loads.ledger import Load
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table

# How many orders of a file are looked up, and how many must be shared; fewer may be chance.
_MOST_ASKED, _LEAST_SHARED = 200, 5
_NEARLY_ALL = 0.9


def refuse_reused_numbers(
    connection: Session,
    table: Table,
    load_id: int,
    leaving: Sequence[Load],
    prefix: str = "",
) -> None:
    """Raise Refusal if nearly all orders that a load shares with earlier live loads have another
    day and another customer there: they are different orders, and would replace the earlier ones
    or be added to them."""
    day = table.control.business_date
    if table.order_id is None or table.mode != "append" or day is None or table.numbers_restart:
        return
    of_day = sql.SQL("cast({} as date)") if table.control.day_zero is None else sql.SQL("{}")
    customer = next((link.column for link in table.customer if link.to is None), None)
    who = sql.Identifier(customer) if customer else sql.SQL("cast(null as varchar)")
    engine = engine_of(connection)
    gone, ids = engine.not_among([load.load_id for load in leaving])
    row = connection.execute(
        sql.SQL(
            """
            with asked as (
                select {order} as number, min({day}) as day, min({who}::varchar) as who
                from {raw} where load_id = %s
                group by 1 order by 1 limit {most}
            ),
            earlier as (
                select {of_earlier} as number, min({day}) as first_day,
                    max({day}) as last_day, min({who}::varchar) as who
                from {raw} as o
                where o.load_id <> %s and o.load_id {gone}
                  and {of_earlier} in (select number from asked)
                group by 1
            )
            select count(*), count(case
                when (a.day < e.first_day or a.day > e.last_day)
                  and (a.who is null or e.who is null or a.who <> e.who) then 1
            end), min(a.number), min(e.first_day)::varchar, min(a.day)::varchar
            from asked as a inner join earlier as e on a.number = e.number
            """
        ).format(
            order=engine.as_text(sql.Identifier(table.order_id)),
            of_earlier=engine.as_text(sql.Identifier("o", table.order_id)),
            gone=gone,
            day=of_day.format(sql.Identifier(day)),
            who=who,
            raw=table_name(table, prefix),
            most=sql.Literal(_MOST_ASKED),
        ),
        (load_id, load_id, *ids),
    ).fetchone()
    shared, others, number, before, now = row or (0, 0, "", "", "")
    if shared < _LEAST_SHARED or others < _NEARLY_ALL * shared:
        return
    raise Refusal(
        f"{others:,} of {counted(shared, 'order')} that are also in earlier files, such as "
        f"{shown(str(number))}, have another day there (from {before}; here from {now}) and no "
        "customer in common: the order numbers restart, and these orders would replace the "
        "others. Scaffold the source again from files of several days, so that the day becomes "
        "part of the order's id (scaffold --order-numbers restart), or pass --corrects if these "
        "are the same orders"
    )
