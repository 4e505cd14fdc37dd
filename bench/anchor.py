"""The anchor: DuckDB does the core work from the same files, in a separate process."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from warehouse.errors import WarehouseError

# The warehouse's models for the same work; their ancestors belong to it.
MODELS = ("customer_rfm", "product_performance", "branch_product_performance")
_SCRIPT = Path(__file__).with_suffix(".sql")
_RANKED = """
    select
        count(*), count(product_name), sum(quantity), sum(net_amount), sum(orders), sum(customers),
        sum(cast(net_rank as bigint) * customers), sum(cast(quantity_rank as bigint) * orders)
    from
"""
# Both must give the same answers; otherwise they did not do the same work.
_QUESTIONS = {
    "lines": """
        select
            count(*), sum(line_number), sum(quantity), sum(gross_amount), sum(discount_amount),
            sum(net_amount), sum(manufacturer_coupon_amount), sum(unit_price),
            sum(case when line_type = 'return' then 1 else 0 end)
        from core.fct_order_lines
    """,
    "orders": """
        select
            count(*), sum(line_count), sum(revenue_amount), min(ordered_at), max(ordered_at),
            sum(case when is_purchase then 1 else 0 end)
        from core.fct_orders
    """,
    "RFM scores": """
        select
            cast(customer_id as varchar), recency_days, frequency, monetary_amount,
            r_score, f_score, m_score, rfm_segment
        from marts.customer_rfm
    """,
    "products": f"{_RANKED} marts.product_performance",
    "products of branches": f"{_RANKED} marts.branch_product_performance",
}


def measure(folder: Path, segments: Path, database: Path) -> float:
    """Seconds from the start of Python to a database file with facts and marts.

    folder: the grocery panel's files. segments: the seed of RFM segments.
    Raises WarehouseError if DuckDB fails.
    """
    database.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.anchor", str(folder), str(segments), str(database)]
    began = time.monotonic()
    result = subprocess.run(
        command,
        cwd=_SCRIPT.parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if result.returncode != 0:
        raise WarehouseError(f"DuckDB: {' '.join(result.stderr.split())[-500:]}")
    return seconds


def compare(connection: psycopg.Connection, database: Path) -> None:
    """Raise WarehouseError if the figures in the warehouse and in DuckDB's file differ."""
    with duckdb.connect(str(database), read_only=True) as anchor:
        for name, question in _QUESTIONS.items():
            ours: list[tuple[Any, ...]] = connection.execute(question.encode()).fetchall()
            theirs = anchor.execute(question).fetchall()
            if not ours or sorted(ours) != sorted(theirs):
                raise WarehouseError(
                    f"The warehouse and DuckDB differ in {name}; the times cannot be compared."
                )


def build(folder: str, segments: str, database: str) -> None:
    """Do the work with DuckDB's default settings, except that the server keeps its memory."""
    with duckdb.connect(database, config={"memory_limit": "50%"}) as anchor:
        anchor.execute("set variable folder = $1", [folder])
        anchor.execute("set variable segments = $1", [segments])
        anchor.execute(_SCRIPT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    build(*sys.argv[1:])
