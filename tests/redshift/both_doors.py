"""What two warehouses hold of the same files, so that it can be compared."""

from typing import Any

import psycopg

# Load ids depend on which table's files came first.
_ROWS = """
    with files as (
        select f.file_name, (to_jsonb(r) - 'load_id')::text as content
        from {table} as r inner join ops.load_files as f on r.load_id = f.load_id
    )
    select file_name, count(*), md5(string_agg(content, ' ' order by content)) from files
    group by 1 order by 1
"""
LEDGER = """
    select source_system, table_name, file_name, sha256, file_bytes, rows_in_file, rows_loaded,
        rows_rejected, as_of_date, status, left(file_order, 37)
    from ops.load_files order by 1, 2, 3
"""
_OF_LOADS = ("ops.load_totals", "ops.rejected_rows", "ops.rejected_orders")


def content(conninfo: str, table: str) -> list[tuple[Any, ...]]:
    """For each file: its rows in a table, counted and hashed."""
    return rows(conninfo, _ROWS.format(table=table))


def rows(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


def require_same(there: str, here: str, tables: list[str]) -> None:
    """Fails the test unless ledgers, totals, rejects and the raw tables are the same in both."""
    assert rows(there, LEDGER) == rows(here, LEDGER)
    for table in (*tables, *_OF_LOADS):
        assert content(there, table) == content(here, table), table
