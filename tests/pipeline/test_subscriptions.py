"""A mart that subscribes, as CONTRIBUTING shows it: what it rebuilds, and when it is made whole."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse
from tests.pipeline.history import write_lines

HEADER = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,retail_disc,trans_time,"
    "week_no,coupon_disc,coupon_match_disc"
)
META = "meta={'rebuilt_by': ['product_key', 'order_date'], 'after': ['fct_order_lines']}"


def line(basket: int, day: int, product: int, sales: str) -> str:
    """A line of one piece of the grocery file."""
    return f"7,{basket},{day},{product},1,{sales},300,0,1200,{(day + 8) // 7},0,0"


@pytest.fixture
def shop(own_project: BuiltWarehouse, project_dir: Path, tmp_path: Path) -> BuiltWarehouse:
    """Two baskets, not built, and a project with the mart that CONTRIBUTING shows."""
    text = (project_dir / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for kind, suffix in (("sql", "sql"), ("yaml", "yml")):
        [example] = re.findall(rf"^```{kind}\n(.*?)^```", text, flags=re.M | re.S)
        mart(own_project, suffix).write_text(example)
    assert META in mart(own_project).read_text()
    lines = [line(10, 300, 1, "5.00"), line(10, 300, 2, "2.00"), line(11, 300, 1, "4.00")]
    own_project.load("grocery", write_lines(tmp_path / "transaction_data_1.csv", HEADER, lines))
    return own_project


def mart(shop: BuiltWarehouse, suffix: str = "sql") -> Path:
    """A file of the mart."""
    return shop.project_dir / "models" / "marts" / "products" / f"product_days.{suffix}"


def rows(shop: BuiltWarehouse, schema: str = "build_marts") -> dict[tuple[str, int], Decimal]:
    """Net amount of each product and day of the panel, as it is built."""
    found = shop.frame(
        "select product_id, order_date - date '2004-03-22', sum(days.net_amount)"
        f" from {schema}.product_days as days inner join ("
        " select distinct product_key, product_id from core.fct_order_lines) as products"
        " using (product_key) group by 1, 2"
    )
    return {(row[0], int(row[1])): row[2] for row in found.itertuples(index=False)}


def writers(shop: BuiltWarehouse) -> set[Any]:
    """The transactions that wrote the rows of product 2."""
    key = "select product_key from core.fct_order_lines where product_id = '2'"
    found = shop.frame(
        f"select distinct xmin::text from build_marts.product_days where product_key in ({key})"
    )
    return set(found.iloc[:, 0])


@pytest.mark.slow
def test_the_mart_of_contributing(shop: BuiltWarehouse, tmp_path: Path) -> None:
    example = mart(shop).read_text()
    mart(shop).write_text(example.replace("'incremental'", "'table'").replace(META, "meta={}"))
    shop.dbt(*WITHOUT_TESTS, "--select", "+product_days")
    assert rows(shop) == {("1", 300): Decimal(9), ("2", 300): Decimal(2)}

    # A table that starts to subscribe is made whole, whatever stands in it.
    shop.execute("update build_marts.product_days set net_amount = 0")
    mart(shop).write_text(example)
    shop.dbt("run", "--select", "product_days")
    assert rows(shop) == {("1", 300): Decimal(9), ("2", 300): Decimal(2)}
    before = writers(shop)

    # Basket 11 moves to another day: product 1 is rebuilt on both, product 2 left alone.
    moved = write_lines(tmp_path / "transaction_data_2.csv", HEADER, [line(11, 301, 1, "3.00")])
    shop.load("grocery", moved)
    shop.dbt("run", "--select", "fct_order_lines")
    assert shop.value("select count(*) from changes.product_days") == 2
    shop.dbt("run", "--select", "product_days")
    expected = {("1", 300): Decimal(5), ("1", 301): Decimal(3), ("2", 300): Decimal(2)}
    assert rows(shop) == expected
    assert writers(shop) == before
    assert shop.value("select count(*) from changes.product_days") == 0

    # Other keys make it whole, too, and a run without news leaves it alone.
    shop.execute("update build_marts.product_days set net_amount = 0")
    shop.dbt("run", "--select", "product_days")
    assert set(rows(shop).values()) == {Decimal(0)}
    mart(shop).write_text(
        example.replace("['product_key', 'order_date'], 'after'", "['product_key'], 'after'")
    )
    shop.dbt("run", "--select", "product_days")
    assert rows(shop) == expected

    # What its producer rebuilds whole, it rebuilds whole, and readers see it.
    shop.execute("update build_marts.product_days set net_amount = 0")
    shop.dbt("run", "--full-refresh", "--select", "fct_order_lines")
    shop.dbt("run", "--select", "product_days")
    assert rows(shop) == rows(shop, "marts") == expected

    # Its queue goes with it.
    for suffix in ("sql", "yml"):
        mart(shop, suffix).unlink()
    shop.dbt("run", "--select", "dim_date")
    assert shop.value("select to_regclass('changes.product_days')") is None
    assert shop.value("select to_regclass('changes.sales_daily')") is not None
