"""Electronics from file to mart: what refers to nothing, what comes twice, stock below zero."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on

MODELS = ("+inventory_position", "+warranty_overview", "+warranty_quotes", "restricted")
ORDERS = "id,status,date,quantity,total_amt,id_customer,id_product"
FILES = {
    "product": ["id,type,price", "P1,block,1299", "P2,bundle,8900"],
    "customer": [
        "id,name,email,phone,email_prospect",
        "C1,Sample Mustard,mustard@example.com,555-0142,early@example.com",
        "C2,Sample Peacock,peacock@example.com,555-0143,",
    ],
    "prospect": ["name,email", "Sample Mustard,early@example.com"],
    "mailing_list": [
        "type,last_sent_date,total_emails,is_subscribed,email_prospect",
        "offers,2024-05-01,3,true,Early@example.com",
    ],
    "member": [
        "id_customer,join_date,expiration_date,status_tier",
        "C1,2023-02-01,2024-02-01,gold",
        "C4,2024-01-01,2025-01-01,bronze",
    ],
    "employee": ["id,name,salary,id_department", "E1,Sample Plum,9000050,D1"],
    "department": ["id,name", "D1,Design"],
    # C9 and P9 stand in no master; O5 came back; O6 has its number twice.
    "order": [
        ORDERS,
        "O1,filled,2024-05-01,1,1299,C1,P1",
        "O2,placed,2024-05-02,2,2599,C2,P1",
        "O3,filled,2024-05-03,1,8900,C9,P2",
        "O4,backorder,2024-05-03,1,1000,C1,P9",
        "O5,filled,2024-05-04,-1,1299,C1,P1",
        "O6,placed,2024-05-05,1,100,C2,P1",
        "O6,placed,2024-05-04,1,200,C2,P2",
    ],
    # W2 and W3 are for one order, W4 for none.
    "warranty": [
        "id,expiration_date,price,percentage,id_order,date_order",
        "W1,2025-05-01,129,10,O1,2024-05-01",
        "W2,2026-05-03,1780,20,O3,2024-05-03",
        "W3,2025-05-03,1780,20,O3,2024-05-03",
        "W4,2025-05-03,100,20,O99,2024-05-03",
    ],
    "inventory": ["location,quantity,id_product", "Austin,-4,P1", "Newark,500,P1", "Austin,3,P7"],
    "backorder": [
        "id,manufacturer,quantity,cost,status",
        "B1,North Ridge,100,50000,placed",
        "B2,North Ridge,10,7000,received",
    ],
    # B1 fills up two stocks; B3 is unknown.
    "inventory_backorder": [
        "location_inventory,id_product_inventory,id_backorder",
        "Austin,P1,B1",
        "Newark,P1,B1",
        "Austin,P7,B2",
        "Austin,P2,B3",
    ],
}


def write(folder: Path, table: str, lines: list[str]) -> Path:
    path = folder / f"{table}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def shop(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """The files above, loaded and built; C2 was scored as risky."""
    folder = tmp_path_factory.mktemp("electronics")
    with database_on(server, project_dir, dbt_folder) as warehouse:
        paths = [write(folder, table, lines) for table, lines in FILES.items()]
        warehouse.load("electronics", *paths)
        with psycopg.connect(warehouse.conninfo) as connection:
            connection.execute(
                """
                insert into ml.model_runs (
                    run_type, source_system, risk_type, status, model_version, as_of_date,
                    row_count, started_at, finished_at
                )
                select kind, 'electronics', 'warranty', status, 'one', '2024-05-06', 1, now(), now()
                from (values ('training', 'promoted'), ('scoring', 'scored')) as runs (kind, status)
                """
            )
            connection.execute(
                """
                insert into ml.risk_scores (
                    run_id, source_system, customer_id, risk_type, probability, risk_tier,
                    has_risk, is_outside_training_range
                )
                select max(run_id), 'electronics', 'C2', 'warranty', 0.7, 'high', true, false
                from ml.model_runs
                """
            )
        warehouse.dbt(*WITHOUT_TESTS, "--select", *MODELS)
        yield warehouse


def rows(shop: BuiltWarehouse, query: str) -> list[tuple[object, ...]]:
    return list(shop.frame(query).itertuples(index=False, name=None))


def test_orders_count_in_dollars_and_lose_nobody(shop: BuiltWarehouse) -> None:
    found = rows(
        shop,
        "select order_id, order_date, line_count, quantity, net_amount, stated_total_amount,"
        " is_purchase, customer_id from core.fct_orders order by order_id",
    )
    assert found == [
        ("O1", date(2024, 5, 1), 1, 1, Decimal("12.99"), Decimal("12.99"), True, "C1"),
        ("O2", date(2024, 5, 2), 1, 2, Decimal("25.99"), Decimal("25.99"), True, "C2"),
        ("O3", date(2024, 5, 3), 1, 1, Decimal("89"), Decimal("89"), True, "C9"),
        ("O4", date(2024, 5, 3), 1, 1, Decimal("10"), Decimal("10"), True, "C1"),
        ("O5", date(2024, 5, 4), 1, -1, Decimal("-12.99"), Decimal("-12.99"), False, "C1"),
        ("O6", date(2024, 5, 4), 2, 2, Decimal("3"), Decimal("3"), True, "C2"),
    ]
    lines = rows(
        shop,
        "select order_id, line_number, line_type, unit_price from core.fct_order_lines"
        " where order_id in ('O2', 'O5', 'O6') order by 1, 2",
    )
    assert lines == [
        ("O2", 1, "sale", Decimal("12.995")),
        ("O5", 1, "return", Decimal("12.99")),
        ("O6", 1, "sale", Decimal("1")),
        ("O6", 2, "sale", Decimal("2")),
    ]


def test_unknown_customers_and_products_are_members(shop: BuiltWarehouse) -> None:
    customers = rows(
        shop,
        "select customer_id, segment, joined_date, is_inferred from core.dim_customer"
        " where source_system = 'electronics' and customer_id is not null order by 1",
    )
    assert customers == [
        ("C1", "gold", date(2023, 2, 1), False),
        ("C2", None, None, False),
        ("C4", "bronze", date(2024, 1, 1), False),
        ("C9", None, None, True),
    ]
    products = rows(
        shop,
        "select product_id, product_name, list_price, is_inferred from core.dim_product"
        " where source_system = 'electronics' and product_id is not null order by 1",
    )
    assert products == [
        ("P1", "block P1", Decimal("12.99"), False),
        ("P2", "bundle P2", Decimal("89"), False),
        ("P7", None, None, True),
        ("P9", None, None, True),
    ]


def test_a_warranty_belongs_to_one_order_or_is_named(shop: BuiltWarehouse) -> None:
    found = rows(
        shop,
        "select order_id, warranty_id, customer_id, product_name, net_amount,"
        " warranty_price_amount, warranty_count from marts.warranty_overview order by 1",
    )
    assert found == [
        ("O1", "W1", "C1", "block P1", Decimal("12.99"), Decimal("1.29"), 1),
        ("O3", "W2", "C9", "bundle P2", Decimal("89"), Decimal("17.8"), 2),
    ]
    astray = rows(
        shop,
        "select warranty_id, order_id, has_order, order_date from core.fct_warranties"
        " where not is_valid order by 1",
    )
    assert astray == [
        ("W3", "O3", True, date(2024, 5, 3)),
        ("W4", "O99", False, date(2024, 5, 3)),
    ]


def test_quotes_for_orders_without_a_warranty(shop: BuiltWarehouse) -> None:
    """25.99 and 3.00 at 15 % of a risky customer: 3.8985 and 0.45; 10.00 at 20 % of an unknown."""
    found = rows(
        shop,
        "select order_id, has_risk, percentage, price_amount from marts.warranty_quotes order by 1",
    )
    assert found == [
        ("O2", True, 15, Decimal("3.89")),
        ("O4", None, 20, Decimal("2")),
        ("O6", True, 15, Decimal("0.45")),
    ]


def test_stock_below_zero_is_low_and_oversold(shop: BuiltWarehouse) -> None:
    found = rows(
        shop,
        "select product_id, location, is_stocked, quantity, open_backorder_count,"
        " open_backorder_quantity, is_oversold, is_low_with_open_backorder"
        " from marts.inventory_position order by 1, 2",
    )
    assert found == [
        ("P1", "Austin", True, -4, 1, 100, True, True),
        ("P1", "Newark", True, 500, 1, 0, False, False),
        ("P2", "Austin", False, 0, 1, 0, False, True),
        ("P7", "Austin", True, 3, 0, 0, False, False),
    ]


def test_names_lie_in_raw_and_restricted_alone(shop: BuiltWarehouse) -> None:
    people = rows(shop, "select customer_id, customer_name, email, phone from restricted.customers")
    assert ("C1", "Sample Mustard", "mustard@example.com", "555-0142") in people
    assert rows(
        shop,
        "select customer_id, prospect_name, mailing_list"
        " from restricted.mailing_list_subscriptions",
    ) == [("C1", "Sample Mustard", "offers")]
    assert rows(
        shop,
        "select employee_id, employee_name, department_name, salary_amount"
        " from restricted.employees",
    ) == [("E1", "Sample Plum", "Design", Decimal("90000.5"))]
    tables = shop.impersonal()
    assert len(tables) > 40
    query = " union all ".join(f"select t::text as line from {name} as t" for name in tables)
    named = "Mustard|Peacock|Plum|@example|555-014|9000050|90000\\.5"
    assert shop.value(f"select count(*) from ({query}) as lines where line ~ '{named}'") == 0


def test_a_new_file_of_orders_is_the_whole_table(shop: BuiltWarehouse, tmp_path: Path) -> None:
    """O1 is gone, O2 changed, O7 is new; the facts follow without a full refresh."""
    newer = [ORDERS, "O2,filled,2024-05-02,1,1300,C2,P1", "O7,placed,2024-05-06,1,500,C1,P2"]
    shop.load("electronics", write(tmp_path, "order", newer))
    shop.dbt(*WITHOUT_TESTS, "--select", "fct_order_lines", "fct_orders", "fct_warranties")
    found = rows(
        shop,
        "select orders.order_id, orders.net_amount, lines.net_amount, lines.quantity"
        " from core.fct_orders as orders"
        " full outer join core.fct_order_lines as lines on orders.order_key = lines.order_key"
        " order by 1",
    )
    assert found == [
        ("O2", Decimal("13"), Decimal("13"), 1),
        ("O7", Decimal("5"), Decimal("5"), 1),
    ]
    assert shop.value("select count(*) from core.fct_warranties where has_order") == 0
