"""sales_daily and the marts over it stay what a full rebuild makes of them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse

MARTS = (
    "sales_daily",
    "branch_performance",
    "store_products",
    "branch_product_performance",
    "customer_products",
    "product_performance",
    "product_affinity",
    "customer_recommendations",
    "campaign_windows",
    "campaign_households",
    "campaign_products",
    "campaign_purchases",
    "campaign_product_sales",
    "campaign_performance",
    "coupon_performance",
)
HEADERS = {
    "transaction_data": "household_key,basket_id,day,product_id,quantity,sales_value,store_id,"
    "retail_disc,trans_time,week_no,coupon_disc,coupon_match_disc",
    "campaign_desc": "description,campaign,start_day,end_day",
    "campaign_table": "description,household_key,campaign",
    "coupon_redempt": "household_key,day,coupon_upc,campaign",
    "coupon": "coupon_upc,product_id,campaign",
}


def line(store: int, day: int, basket: int, household: int, product: int, sales: str) -> str:
    """A line of one piece of the grocery file, discounted by a dollar."""
    return f"{household},{basket},{day},{product},1,{sales},{store},-1.00,1200,{(day + 8) // 7},0,0"


@pytest.fixture
def load(empty_warehouse: BuiltWarehouse, tmp_path: Path) -> Callable[..., None]:
    """Loads lines as a file of the table that its name begins with."""

    def run(name: str, *lines: str) -> None:
        path = tmp_path / f"{name}.csv"
        header = next(header for table, header in HEADERS.items() if name.startswith(table))
        path.write_text("\n".join([header, *lines]) + "\n")
        empty_warehouse.load("grocery", path)

    return run


@pytest.fixture
def build(empty_warehouse: BuiltWarehouse) -> Callable[..., None]:
    """Builds the marts and what is under them, without tests; three purchases make a pair."""

    def run(*arguments: str) -> None:
        chosen = ["--select", *(f"+{mart}" for mart in MARTS)]
        settings = ("--vars", "{affinity_min_orders: 3}")
        empty_warehouse.dbt(*WITHOUT_TESTS, *chosen, *settings, *arguments)

    return run


def daily(shop: BuiltWarehouse) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Orders, customers, lines, gross and net per store and day of the panel."""
    rows = shop.frame(
        "select store_id, order_date, orders, customers, lines, gross_amount, net_amount"
        " from marts.sales_daily"
    )
    day_zero = dt.date(2004, 3, 22)
    return {
        (row.store_id, (row.order_date - day_zero).days): tuple(row[2:])
        for row in rows.itertuples(index=False)
    }


def writers(shop: BuiltWarehouse) -> dict[tuple[str, int], str]:
    """The transaction that wrote each row."""
    rows = shop.frame(
        "select store_id, order_date - date '2004-03-22', xmin::text from build_marts.sales_daily"
    )
    return {(row[0], int(row[1])): row[2] for row in rows.itertuples(index=False)}


@pytest.mark.slow
def test_late_corrected_and_unloaded_files(
    empty_warehouse: BuiltWarehouse, load: Callable[..., None], build: Callable[..., None]
) -> None:
    shop = empty_warehouse
    load("campaign_desc", "TypeA,1,310,320")
    load("campaign_table", "TypeA,7,1", "TypeA,9,1")
    load("coupon", "55,1,1", "55,2,1", "56,3,1")
    load("coupon_redempt", "7,312,55,1")
    load(
        "transaction_data_1",
        line(300, 300, 10, 7, 1, "5.00"),
        line(300, 300, 10, 7, 2, "2.00"),
        line(300, 300, 11, 7, 1, "5.00"),
        line(300, 300, 11, 7, 2, "2.00"),
        line(300, 315, 12, 8, 1, "4.00"),
        line(300, 315, 12, 8, 2, "4.00"),
        line(301, 300, 13, 9, 1, "3.00"),
    )
    build()
    assert daily(shop) == {
        ("300", 300): (2, 1, 4, Decimal(18), Decimal(14)),
        ("300", 315): (1, 1, 2, Decimal(10), Decimal(8)),
        ("301", 300): (1, 1, 1, Decimal(4), Decimal(3)),
    }
    assert len(shop.frame("select * from marts.product_affinity")) == 2
    before = writers(shop)

    # A day that comes late; basket 11 moves to another store, day and customer. The campaign ends
    # ahead of basket 12, whose lines count behind it from now on.
    load("campaign_desc_2", "TypeA,1,310,314")
    load(
        "transaction_data_2",
        line(301, 290, 14, 7, 3, "6.00"),
        line(302, 301, 11, 8, 1, "5.50"),
        line(302, 301, 11, 8, 2, "2.00"),
    )
    build()
    assert daily(shop) == {
        ("300", 300): (1, 1, 2, Decimal(9), Decimal(7)),
        ("300", 315): (1, 1, 2, Decimal(10), Decimal(8)),
        ("301", 300): (1, 1, 1, Decimal(4), Decimal(3)),
        ("301", 290): (1, 1, 1, Decimal(7), Decimal(6)),
        ("302", 301): (1, 1, 2, Decimal("9.50"), Decimal("7.50")),
    }
    after = writers(shop)
    campaign = (
        "select before_amount, during_amount, after_amount from aggregates.campaign_product_sales"
    )
    sold = shop.frame(f"{campaign} where product_id = '1' and not is_exposed")
    assert sold.to_numpy().tolist() == [[Decimal("5.50"), 0, 4]]
    untouched = {("300", 315), ("301", 300)}
    assert {key for key in before if after.get(key) == before[key]} == untouched

    incremental = {mart: shop.checksum(shop.relation(mart)) for mart in MARTS}
    assert all(rows > 0 for rows, _ in incremental.values())
    build("--full-refresh")
    assert {mart: shop.checksum(shop.relation(mart)) for mart in MARTS} == incremental

    shop.unload(
        shop.value("select max(load_id) from ops.load_files where file_name like '%data_1.csv'")
    )
    build()
    assert daily(shop) == {
        ("301", 290): (1, 1, 1, Decimal(7), Decimal(6)),
        ("302", 301): (1, 1, 2, Decimal("9.50"), Decimal("7.50")),
    }
