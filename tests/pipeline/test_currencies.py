"""A shop that sells in several currencies, one of them without a rate, builds and adds up.

Rates of the seed, in dollars: a pound 1.2829 in 2020 and 1.3764 in 2021, a euro 1.1830 in 2021;
the pound's first row is of 2000; the krona has none.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on

pytestmark = pytest.mark.slow

LINES = """\
order_id,ordered_at,customer_id,product_id,store_id,quantity,unit_price,unit_cost,currency_code
1,2020-12-31,anna,tea,north,1,100,40,GBP
2,2021-01-01,anna,tea,north,1,100,40,GBP
3,2021-06-01,anna,tea,south,2,25,10,EUR
4,2021-06-02,ben,tea,north,1,10,4,GBP
5,2021-06-03,carl,tea,north,1,200,80,SEK
6,1999-12-31,dora,tea,north,1,10,4,GBP
7,2021-06-04,ben,tea,north,-1,10,4,GBP
"""
FACTS = ("fct_order_lines", "fct_orders", "dim_product", "dim_customer", "dim_store")
CONVERTED = (
    *("reporting_rates", "customer_days", "customer_totals", "as_of_dates"),
    *("measured_currencies", "customer_totals_as_of"),
    *("sales_daily", "branch_performance", "store_products", "customer_products"),
    *("branch_product_performance", "product_performance"),
    *("customer_rfm", "customer_lifetime", "cohort_retention", "customer_rfm_history"),
)


@pytest.fixture(scope="module")
def shop(
    server: str,
    project_dir: Path,
    dbt_folder: Path,
    built: BuiltWarehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BuiltWarehouse]:
    """The shop's lines, built with every test that concerns them."""
    path = tmp_path_factory.mktemp("files") / "order_lines.csv"
    path.write_text(LINES)
    with database_on(server, project_dir, dbt_folder, built.conninfo) as warehouse:
        warehouse.load("standard", path)
        tests = ("--exclude-resource-type", "unit_test")
        warehouse.dbt("build", *tests, "--select", *FACTS, *CONVERTED)
        yield warehouse


def by_customer(shop: BuiltWarehouse, mart: str, *columns: str) -> dict[str, Any]:
    rows = shop.frame(
        f"select customer_id, {', '.join(columns)} from marts.{mart}"
        " where source_system = 'standard'"
    )
    return {row[0]: tuple(row[1:]) for row in rows.itertuples(index=False)}


def test_a_branch_has_a_row_for_each_currency(shop: BuiltWarehouse) -> None:
    """1999: no rate yet. 2020-12-31 and 2021-01-01: the year's edge. Krona: no rate at all."""
    rows = shop.frame(
        "select order_date::text, currency_code, net_amount, net_reporting_amount,"
        " profit_reporting_amount, reporting_currency_code from marts.sales_daily"
        " where source_system = 'standard' order by 1"
    )
    assert [tuple(row) for row in rows.itertuples(index=False)] == [
        ("1999-12-31", "GBP", 10, None, None, None),
        ("2020-12-31", "GBP", 100, Decimal("128.29"), Decimal("76.974"), "USD"),
        ("2021-01-01", "GBP", 100, Decimal("137.64"), Decimal("82.584"), "USD"),
        ("2021-06-01", "EUR", 50, Decimal("59.15"), Decimal("35.49"), "USD"),
        ("2021-06-02", "GBP", 10, Decimal("13.764"), Decimal("8.2584"), "USD"),
        ("2021-06-03", "SEK", 200, None, None, None),
        ("2021-06-04", "GBP", -10, Decimal("-13.764"), Decimal("-8.2584"), "USD"),
    ]


def test_products_are_converted_by_the_days_of_their_sales(shop: BuiltWarehouse) -> None:
    """Pounds: 10 of 1999 have no rate, so the sum has none; euros 50 × 1.1830."""
    rows = shop.frame(
        "select currency_code, net_amount, net_reporting_amount from marts.product_performance"
        " where source_system = 'standard' order by 1"
    )
    assert [tuple(row) for row in rows.itertuples(index=False)] == [
        ("EUR", 50, Decimal("59.15")),
        ("GBP", 210, None),
        ("SEK", 200, None),
    ]


def test_customers_of_several_currencies_are_measured_in_dollars(shop: BuiltWarehouse) -> None:
    """anna: 128.29 + 137.64 + 59.15; after the first day (137.64 + 59.15) ÷ 2. ben brings back."""
    assert by_customer(shop, "customer_rfm", "currency_code", "frequency", "monetary_amount") == {
        "anna": ("USD", 3, Decimal("325.08")),
        "ben": ("USD", 1, 0),
        "carl": ("USD", 1, None),
        "dora": ("USD", 1, None),
    }
    lifetime = by_customer(shop, "customer_lifetime", "repeat_days", "mean_repeat_amount")
    assert lifetime["anna"] == (2, Decimal("98.395"))
    scores = by_customer(shop, "customer_rfm", "m_score", "rfm_cell", "rfm_segment")
    assert scores["carl"][:2] == (None, None)
    assert all(score[2] for score in scores.values())


def test_shops_of_one_currency_keep_theirs(shop: BuiltWarehouse) -> None:
    rows = shop.frame(
        "select distinct source_system, currency_code from marts.customer_rfm order by 1"
    )
    assert [tuple(row) for row in rows.itertuples(index=False)] == [
        ("cafe", "GBP"),
        ("grocery", "USD"),
        ("standard", "USD"),
    ]


def test_a_new_rate_converts_its_days_anew(shop: BuiltWarehouse) -> None:
    """A euro becomes 1.20 dollars from June 2021 on: anna's 50 are 60, nobody else's day moves."""
    query = (
        "select order_date::text, currency_code, xmin::text from build_marts.sales_daily"
        " where source_system in ('standard', 'cafe')"
    )
    sums = (
        "select product_key, customer_key, currency_code, xmin::text"
        " from build_aggregates.customer_products"
        " union all select product_key, store_key, currency_code, xmin::text"
        " from build_aggregates.store_products"
    )
    before = set(shop.frame(query).itertuples(index=False, name=None))
    sums_before = set(shop.frame(sums).itertuples(index=False, name=None))
    shop.frame(
        "insert into build_reference.exchange_rates values ('EUR', '2021-06-01', 1.20) returning 1"
    )
    shop.dbt(*WITHOUT_TESTS, "--select", *CONVERTED)
    after = set(shop.frame(query).itertuples(index=False, name=None))
    assert {row[:2] for row in after - before} == {("2021-06-01", "EUR")}
    rebuilt = set(shop.frame(sums).itertuples(index=False, name=None)) - sums_before
    # The tea of shop south, and anna's, which she paid in pounds, too.
    assert sorted(row[2] for row in rebuilt) == ["EUR", "EUR", "GBP"]
    for mart in ("product_performance", "branch_product_performance"):
        found = shop.frame(
            f"select net_reporting_amount from marts.{mart} where currency_code = 'EUR'"
        )
        assert found["net_reporting_amount"].to_list() == [60]
    measured = by_customer(shop, "customer_rfm", "monetary_amount")
    assert measured["anna"] == (Decimal("325.93"),)
    assert measured["ben"] == (0,)
