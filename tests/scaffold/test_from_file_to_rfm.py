"""Two new sources go from files to marts without an edit in core or marts."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import Wishes, plan_scaffold, write_scaffold
from tests.marts.built_warehouse import BuiltWarehouse, database_on
from warehouse.server import database
from warehouse.settings import Settings

SOURCES = "{source_systems: [bakery, museum]}"


@pytest.fixture(scope="module")
def shops(
    embedded: Settings,
    project_copy: Path,
    bakery_files: Path,
    museum_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BuiltWarehouse]:
    """Both sources scaffolded, loaded and built as far as customer_rfm."""
    wishes = {
        "bakery": (bakery_files, Wishes(currency="EUR")),
        "museum": (museum_files, Wishes(roles={"customer_id": "email"})),
    }
    for source, (folder, wish) in wishes.items():
        write_scaffold(project_copy, plan_scaffold(project_copy, source, (folder,), wish))
    folder = tmp_path_factory.mktemp("dbt")
    with database_on(database.conninfo(embedded), project_copy, folder) as warehouse:
        warehouse.load("bakery", bakery_files)
        warehouse.load("museum", museum_files)
        warehouse.dbt(
            "build", "--vars", SOURCES,
            "--select", "+customer_rfm", "+dim_customer", "+dim_store", "+dim_product",
            "+dim_order_status",
            "+sales_reconciliation", "+unmapped_codes",
            "path:models/staging/bakery", "path:models/staging/museum",
            "path:models/intermediate/bakery", "path:models/intermediate/museum",
        )  # fmt: skip
        yield warehouse


@pytest.mark.slow
def test_customers_have_their_rfm(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select source_system, last_order_date, frequency, monetary_amount"
        " from marts.customer_rfm order by source_system, last_order_date, monetary_amount desc"
    )
    # Bakery: L1 bought 2 × 4.20 − 0.40 + 1.80 and gave back 1.80; L2 bought 6 × 0.3333.
    # Museum: ann paid 16.00 + 3.50 and got 8.00 back; bo paid 10.00.
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("bakery", dt.date(2024, 1, 3), 1, Decimal("8.0000")),
        ("bakery", dt.date(2024, 2, 5), 1, Decimal("1.9998")),
        ("museum", dt.date(2024, 5, 1), 1, Decimal("11.5000")),
        ("museum", dt.date(2024, 5, 1), 1, Decimal("10.0000")),
    ]


@pytest.mark.slow
def test_files_and_facts_agree(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select source_system, table_name, sum(control_row_count) as rows,"
        " sum(control_amount) as amount, sum(abs(difference)) + sum(abs(row_count_difference))"
        " from marts.sales_reconciliation group by 1, 2 order by 1, 2"
    )
    # 8.00 + 1.80 + 4.20 + 1.9998 − 1.80; 16.00 + 3.50 + 10.00 − 8.00. The currency of the museum
    # stands in another file than its amounts, so its rows alone are counted.
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("bakery", "tickets", 5, Decimal("14.1998"), 0),
        ("museum", "order_lines", 4, 0, 0),
        # 702 stands in the file twice; the last row holds.
        ("museum", "orders", 4, 0, 0),
    ]


@pytest.mark.slow
def test_lines_hold_what_the_files_say(shops: BuiltWarehouse) -> None:
    found = shops.frame(
        "select order_id, line_number, product_id, line_type, quantity, gross_amount,"
        " discount_amount, net_amount, currency_code from core.fct_order_lines"
        " where source_system = 'museum' order by order_id, line_number"
    )
    assert [tuple(map(str, row)) for row in found.itertuples(index=False)] == [
        ("700", "1", "mug", "sale", "2.0000", "20.0000", "4.0000", "16.0000", "EUR"),
        ("700", "2", "map", "sale", "1.0000", "3.5000", "0.0000", "3.5000", "EUR"),
        ("701", "1", "mug", "sale", "1.0000", "10.0000", "0.0000", "10.0000", "EUR"),
        # A negative amount gives money back, so the piece came back.
        ("702", "1", "mug", "return", "-1.0000", "-8.0000", "0.0000", "-8.0000", "EUR"),
    ]
    assert shops.value("select count(*) from marts.unmapped_codes") == 0
    statuses = shops.frame(
        "select orders.order_id, statuses.order_status, statuses.order_status_group"
        " from core.fct_orders as orders"
        " inner join core.dim_order_status as statuses using (order_status_key)"
        " where orders.source_system = 'museum' order by orders.order_id"
    )
    assert [tuple(row) for row in statuses.itertuples(index=False)] == [
        ("700", "paid", "open"),
        ("701", "paid", "open"),
        ("702", "refunded", "returned"),
    ]


@pytest.mark.slow
def test_members_come_from_masters_or_from_sales(shops: BuiltWarehouse) -> None:
    products = shops.frame(
        "select product_id, product_name, category, unit_cost from core.dim_product"
        " where product_id is not null order by product_id"
    )
    assert [tuple(row) for row in products.itertuples(index=False)] == [
        ("00101", "Rye loaf", "Bread", None),
        ("00102", "Croissant", "Pastry", None),
        ("00103", "Roll, seeds", "Rolls", None),
        ("map", "City map", "Paper", Decimal("0.9000")),
        ("mug", "Blue mug", "Kitchen", Decimal("3.1000")),
    ]
    stores = shops.frame(
        "select store_id, store_name, city, country_code, is_inferred from core.dim_store"
        " where source_system = 'museum' and store_id is not null order by store_id"
    )
    assert [tuple(row) for row in stores.itertuples(index=False)] == [
        ("north", "North hall", "Oslo", "NO", False),
        ("south", None, "Bergen", "NO", False),
    ]
    # The e-mail is a token in both files, so the master is found; bo is in no master.
    tiers = "select segment from core.dim_customer where length(customer_id) = 64 order by segment"
    assert shops.frame(tiers)["segment"].tolist()[:1] == ["gold"]
