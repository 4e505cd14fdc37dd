"""Exports of shops go to facts and marts as they come, line by line of exports/EXPECTED.md."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import plan_scaffold, write_scaffold
from tests.marts.built_warehouse import BuiltWarehouse, database_on
from tests.scaffold.exports_of_shops import SHOPS
from warehouse.server import database
from warehouse.settings import Settings

# Revenue by source and currency.
REVENUE = {
    "shopify": {"AUD": "74.00", "USD": "16.00"},
    "woo_lines": {"EUR": "41.00"},
    "woo_orders": {"EUR": "41.00"},
    "amazon": {"EUR": "54.80"},
    "etsy": {"USD": "60.00"},
    "square": {"USD": "9.50"},
    "german": {"EUR": "2420.10"},
    "brazilian": {"BRL": "7.00"},
    "japanese": {"JPY": "3440.00"},
    "rolling": {"USD": "40.00"},
    "parquet_ids": {"EUR": "6.00"},
    "priced": {"USD": "1213.24"},
    "oneword": {"EUR": "14970.00"},
    "units": {"EUR": "15.00"},
    "both": {"EUR": "23.00"},
    "both2": {"EUR": "23.00"},
    "blankname": {"EUR": "30.00"},
    "spread": {"EUR": "18.00"},
    "paidstate": {"EUR": "5.00"},
    "colon": {"EUR": "10.00"},
    "month": {"EUR": "10.00"},
    "monthlong": {"EUR": "10.00"},
    "preamble": {"EUR": "5.00"},
    "sep": {"EUR": "5.00"},
    "trail": {"EUR": "5.00"},
    "repeated_header": {"EUR": "27.00"},
    "ragged": {"EUR": "5.00"},
    "longid": {"EUR": "10.00"},
    "jinja": {"EUR": "10.00"},
    "subtotals": {"EUR": "27.00"},
    "credits": {"EUR": "40.00"},
    "kinds": {"EUR": "10.00"},
    "returned": {"EUR": "28.00"},
    "refunded": {"EUR": "42.00"},
    "daily": {"EUR": "127.00"},
    "offer": {"EUR": "1169.36"},
    "sale": {"EUR": "37.50"},
    "apart": {"BRL": "67.50"},
}


@pytest.fixture(scope="module")
def shops(
    embedded: Settings, project_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """All exports scaffolded, loaded and built as far as customer_rfm, with every test."""
    for name, (paths, wishes) in SHOPS.items():
        plan = plan_scaffold(project_copy, name, paths, wishes)
        assert plan.questions == []
        write_scaffold(project_copy, plan)
    folder = tmp_path_factory.mktemp("dbt")
    with database_on(database.conninfo(embedded), project_copy, folder) as warehouse:
        for name, (paths, _) in SHOPS.items():
            warehouse.load(name, *paths)
        own = [f"path:{part}/{name}" for name in SHOPS
               for part in ("seeds", "models/staging", "models/intermediate")]  # fmt: skip
        warehouse.dbt(
            "build", "--vars", f"{{source_systems: [{', '.join(SHOPS)}]}}",
            "--select", "+customer_rfm", "+dim_customer", "+dim_product",
            "+sales_reconciliation", "+late_arrivals", "+load_history",
            "accepted_differences", *own,
            "every_file_reconciles", "stated_totals_equal_their_lines",
            "order_lines_add_up_to_orders", "lines_keep_the_rules_of_amounts",
        )  # fmt: skip
        yield warehouse


def _lines(shops: BuiltWarehouse, source: str, *columns: str) -> list[tuple[str, ...]]:
    found = shops.frame(
        f"select {', '.join(columns)} from core.fct_order_lines"
        f" where source_system = '{source}' order by order_id, line_number"
    )
    return [tuple(map(str, row)) for row in found.itertuples(index=False)]


@pytest.mark.slow
@pytest.mark.parametrize("source", REVENUE)
def test_revenue_is_right(shops: BuiltWarehouse, source: str) -> None:
    found = shops.frame(
        "select currency_code, sum(revenue_amount) from core.fct_orders"
        f" where source_system = '{source}' group by 1 having sum(revenue_amount) <> 0"
    )
    revenue = {row[0]: row[1] for row in found.itertuples(index=False)}
    assert revenue == {currency: Decimal(a) for currency, a in REVENUE[source].items()}


@pytest.mark.slow
def test_files_reconcile(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select count(distinct source_system), sum(abs(difference)),"
        " sum(abs(row_count_difference)) from marts.sales_reconciliation"
    )
    assert tuple(found.iloc[0]) == (len(SHOPS), 0, 0)


@pytest.mark.slow
def test_a_shopify_order_adds_up_to_its_subtotal(shops: BuiltWarehouse) -> None:
    columns = ("order_id", "line_number", "line_type", "product_id", "net_amount", "currency_code")
    assert _lines(shops, "shopify", *columns) == [
        # 6.00 off 60.00, by amount: 4.00 and 2.00.
        ("#2001", "1", "sale", "MUG-B", "36.0000", "AUD"),
        ("#2001", "2", "sale", "TRAY", "18.0000", "AUD"),
        ("#2002", "-1", "return", "None", "-10.0000", "AUD"),
        ("#2002", "1", "sale", "Candle", "30.0000", "AUD"),
        ("#2003", "1", "sale", "MUG-R", "16.0000", "USD"),
        ("#2004", "1", "void", "TRAY", "20.0000", "AUD"),
    ]
    stated = shops.frame(
        "select stated_total_amount, is_purchase, order_date from core.fct_orders"
        " where source_system = 'shopify' order by order_id"
    )
    assert [tuple(row) for row in stated.itertuples(index=False)] == [
        (Decimal("54.0000"), True, dt.date(2024, 3, 1)),
        (Decimal("30.0000"), True, dt.date(2024, 3, 2)),
        (Decimal("16.0000"), True, dt.date(2024, 4, 10)),
        (None, False, dt.date(2024, 4, 11)),
    ]
    customers = "select frequency, length(customer_id) from marts.customer_rfm where source_system"
    frame = shops.frame(f"{customers} = 'shopify' order by 1")
    assert [tuple(row) for row in frame.itertuples(index=False)] == [(1, 64), (2, 64)]


@pytest.mark.slow
def test_nothing_personal_of_shopify_is_stored(shops: BuiltWarehouse) -> None:
    columns = set(shops.frame("select * from raw_shopify.orders_export limit 1").columns)
    assert "email" in columns
    assert not columns & {"billing_name", "billing_street", "billing_phone", "shipping_name"}
    text = shops.value("select string_agg(o::text, ' ') from raw_shopify.orders_export as o")
    assert "example.com" not in text and "Kim" not in text and "Mill" not in text


@pytest.mark.slow
def test_days_are_those_of_the_shop(shops: BuiltWarehouse) -> None:
    def moments(source: str) -> list[str]:
        found = shops.frame(
            f"select ordered_at from core.fct_orders where source_system = '{source}'"
            " order by order_id"
        )
        return [str(value) for value in found["ordered_at"]]

    # 23:15 in UTC is a quarter past midnight in Berlin.
    assert moments("amazon")[0] == "2024-03-02 00:15:00"
    assert moments("colon") == ["2024-04-03 21:05:00", "2024-04-13 00:15:00"]
    assert moments("month") == ["2024-03-01 00:00:00", "2024-04-15 00:00:00"]
    assert moments("monthlong") == ["2026-09-24 00:00:00", "2026-05-01 00:00:00"]
    assert moments("square")[0] == "2024-05-01 09:05:10"
    assert moments("shopify")[0] == "2024-03-01 23:30:00"


@pytest.mark.slow
def test_products_are_named(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select source_system, product_id, product_name, category from core.dim_product"
        " where source_system in ('etsy', 'square', 'german', 'japanese', 'blankname', 'longid')"
        " and product_id is not null order by 1, 2"
    )
    assert [tuple(map(str, row)) for row in found.itertuples(index=False)] == [
        ("blankname", "S1", "Blue mug", "Mugs"),
        ("etsy", "150001", "Fox print, A4", "None"),
        ("etsy", "150002", "Mug", "None"),
        ("german", "0815", "Tasse „Blau“", "None"),
        ("german", "0816", "Käsebrett", "None"),
        ("japanese", "1001", "ほうじ茶①", "None"),
        ("japanese", "1002", "抹茶～100g", "None"),
        ("longid", "0400638133393", "0400638133393", "None"),
        ("longid", "4006381333931", "4006381333931", "None"),
        ("square", "Cold brew", "Cold brew", "None"),
        ("square", "EM", "Espresso machine", "None"),
        ("square", "OC-1", "Oat cookie", "None"),
    ]


@pytest.mark.slow
def test_an_order_in_two_exports_is_that_of_the_newest(shops: BuiltWarehouse) -> None:
    assert _lines(shops, "rolling", "order_id", "product_id", "net_amount") == [
        ("S1", "mug", "10.0000"),
        ("S2", "mug", "20.0000"),
        ("S2", "map", "5.0000"),
        ("S3", "map", "5.0000"),
    ]


@pytest.mark.slow
def test_numbers_with_gaps_are_one_customer(shops: BuiltWarehouse) -> None:
    customers = shops.frame(
        "select customer_id, frequency from marts.customer_rfm where source_system = 'parquet_ids'"
    )
    assert [tuple(row) for row in customers.itertuples(index=False)] == [("17850", 2)]


@pytest.mark.slow
def test_what_is_called_off_is_no_purchase(shops: BuiltWarehouse) -> None:
    assert _lines(shops, "paidstate", "line_type") == [("void",), ("sale",)]
    assert _lines(shops, "amazon", "line_type", "net_amount") == [
        ("sale", "54.8000"), ("void", "0.0000"),
    ]  # fmt: skip
    assert _lines(shops, "square", "line_type", "net_amount", "discount_amount") == [
        ("sale", "4.5000", "0.0000"), ("sale", "5.0000", "1.0000"),
        ("sale", "1149.0000", "0.0000"), ("return", "-1149.0000", "0.0000"),
    ]  # fmt: skip


@pytest.mark.slow
def test_what_is_given_back_lessens_its_line(shops: BuiltWarehouse) -> None:
    columns = ("line_type", "quantity", "gross_amount", "discount_amount", "net_amount")
    assert _lines(shops, "returned", *columns) == [
        ("sale", "1.0000", "10.0000", "0.0000", "10.0000"),
        ("sale", "1.0000", "12.5000", "0.5000", "12.0000"),
        ("sale", "2.0000", "6.0000", "0.0000", "6.0000"),
        ("void", "0.0000", "0.0000", "0.0000", "0.0000"),
    ]
    assert _lines(shops, "refunded", *columns) == [
        ("sale", "2.0000", "20.0000", "1.0000", "19.0000"),
        ("sale", "2.0000", "15.0000", "0.0000", "15.0000"),
        ("sale", "1.0000", "8.0000", "0.0000", "8.0000"),
        ("void", "1.0000", "0.0000", "0.0000", "0.0000"),
    ]


@pytest.mark.slow
def test_receipts_that_are_numbered_anew_each_day_are_orders_of_their_own(
    shops: BuiltWarehouse,
) -> None:
    found = shops.frame(
        "select order_id, revenue_amount from core.fct_orders where source_system = 'daily'"
        " order by order_id"
    )
    assert [(row[0], int(row[1])) for row in found.itertuples(index=False)] == [
        ("2024-05-01 T1 1", 1), ("2024-05-01 T1 2", 2), ("2024-05-01 T2 3", 4),
        ("2024-05-02 T1 1", 8), ("2024-05-02 T1 2", 16), ("2024-05-02 T1 3", 96),
    ]  # fmt: skip


@pytest.mark.slow
def test_rejects_name_their_line(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select f.file_name, r.line_number from ops.rejected_rows as r"
        " inner join ops.load_files as f on r.load_id = f.load_id order by 1"
    )
    names = [row[0] for row in found.itertuples(index=False)]
    assert names == ["oneword.csv", "ragged.csv"]
    assert found.iloc[1, 1] == 3
