"""DuckDB's side of the comparison, on files of a few lines."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import cast

import duckdb
import psycopg
import pytest

from bench import anchor
from warehouse.errors import WarehouseError

PRODUCTS = """\
product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,curr_size_of_product
9,1,GROCERY,National,BREAD,RYE BREAD,500 G
10,1, ,Private,MILK,WHOLE MILK,
"""
HEADER = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,retail_disc,trans_time,"
    "week_no,coupon_disc,coupon_match_disc\n"
)
# Household 1 buys three pieces and brings one back; a line of household 2 is kept out for its
# minute.
HISTORY = """\
1,100,1,9,2,5.00,7,-1.00,1430,1,0.00,-0.50
1,100,1,10,1,2.00,7,0.00,1430,1,-0.25,0.00
1,101,3,9,-1,-2.50,7,0.00,905,1,0.00,0.00
2,102,2,10,1,2.00,8,0.00,1000,1,0.00,0.00
2,102,2,9,1,2.50,8,0.00,1075,1,0.00,0.00
"""
# The basket again, whole: its milk was two.
NEXT_DAY = """\
2,102,2,10,2,4.00,8,0.00,1000,1,0.00,0.00
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, project_dir: Path) -> Path:
    folder = tmp_path_factory.mktemp("anchor")
    (folder / "product.csv").write_text(PRODUCTS)
    (folder / "transaction_data.csv").write_text(HEADER + HISTORY)
    (folder / "transaction_data_day_2.csv").write_text(HEADER + NEXT_DAY)
    file = folder / "anchor.duckdb"
    assert anchor.measure(folder, project_dir / "seeds" / "rfm_segments.csv", file) > 0
    return file


@pytest.fixture
def built(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


def test_lines_follow_the_rules_of_the_warehouse(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select order_id, line_number, line_type, quantity, gross_amount, discount_amount,"
        " net_amount, manufacturer_coupon_amount from core.fct_order_lines order by 1, 2"
    ).fetchall()
    assert rows == [
        (100, 1, "sale", 2, Decimal("6.5"), Decimal("1.5"), Decimal("5"), 0),
        (100, 2, "sale", 1, Decimal("2"), 0, Decimal("2"), Decimal("0.25")),
        (101, 1, "return", -1, Decimal("-2.5"), 0, Decimal("-2.5"), 0),
        (102, 1, "sale", 2, Decimal("4"), 0, Decimal("4"), 0),
    ]


def test_customers_are_scored_as_of_the_day_after_the_last_order(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rows = built.execute(
        "select customer_id, recency_days, frequency, monetary_amount, r_score, f_score, m_score,"
        " rfm_segment from marts.customer_rfm order by 1"
    ).fetchall()
    # The last order is of day 3, so recency is 4 - 1 and 4 - 2 days; the return is no purchase but
    # counts in the money, 7.00 - 2.50. Of two values the edges lie between, and equal ones are
    # below none.
    assert rows == [
        (1, 3, 1, Decimal("4.5"), 1, 1, 5, "hibernating"),
        (2, 2, 1, Decimal("4"), 5, 1, 1, "new"),
    ]


def test_products_are_ranked_over_all_stores_and_in_each(
    built: duckdb.DuckDBPyConnection,
) -> None:
    columns = "product_name, quantity, net_amount, orders, customers, net_rank, quantity_rank"
    everywhere = built.execute(
        f"select {columns} from marts.product_performance order by product_id"
    ).fetchall()
    assert everywhere == [
        ("RYE BREAD, 500 G", 1, Decimal("2.5"), 2, 1, 2, 2),
        ("WHOLE MILK", 3, Decimal("6"), 2, 2, 1, 1),
    ]
    in_store_7 = built.execute(
        f"select {columns} from marts.branch_product_performance where store_id = 7"
        " order by product_id"
    ).fetchall()
    # By money bread leads; of each was sold one, and of equal pieces the dearer comes first.
    assert in_store_7 == [
        ("RYE BREAD, 500 G", 1, Decimal("2.5"), 2, 1, 1, 1),
        ("WHOLE MILK", 1, Decimal("2"), 1, 1, 2, 2),
    ]


class Copy:
    """A warehouse that answers as DuckDB does, but for the questions that hold a word."""

    def __init__(self, built: duckdb.DuckDBPyConnection, word: str) -> None:
        self._built = built
        self._word = word

    def execute(self, question: bytes) -> duckdb.DuckDBPyConnection:
        differs = self._word and self._word in question.decode()
        return self._built.execute("select 0" if differs else question.decode())


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("fct_order_lines", "lines"),
        ("fct_orders", "orders"),
        ("customer_rfm", "RFM scores"),
        ("marts.product_performance", "products"),
        ("branch_product_performance", "products of branches"),
    ],
)
def test_other_figures_end_the_comparison(
    built: duckdb.DuckDBPyConnection, database: Path, word: str, named: str
) -> None:
    anchor.compare(cast(psycopg.Connection, Copy(built, "")), database)
    with pytest.raises(WarehouseError, match=f"differ in {named};"):
        anchor.compare(cast(psycopg.Connection, Copy(built, word)), database)


def test_what_duckdb_says_is_told(tmp_path: Path, project_dir: Path) -> None:
    with pytest.raises(WarehouseError, match=r"DuckDB: .*product\.csv"):
        anchor.measure(tmp_path, project_dir / "seeds", tmp_path / "anchor.duckdb")
