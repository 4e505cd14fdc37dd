"""Headers, items and prices that come in any order, up to the facts and what waits for them."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.marts.built_warehouse import BuiltWarehouse, database_on
from tests.pipeline.data_tests import failing_rows

pytestmark = pytest.mark.slow

ONLY = ("--vars", "{source_systems: [ecommerce]}")
BUILD = (
    "build", *ONLY, "--select", "+late_arrivals", "+sales_reconciliation", "+members",
    "+dim_product", "+dim_customer",
    "--exclude-resource-type", "unit_test",
)  # fmt: skip
HEADERS = (
    "transaction_id,membership_id,transaction_at,total_items_price,total_items_weight_kg,status\n"
)
LINES = "transaction_id,item_id,quantity,unit_price\n"
ITEMS = "item_id,item_name,manufacturer_name,cost,weight_kg\n"
MEMBERS = "membership_id,first_name,last_name,email,date_of_birth,mobile_no,joined_at\n"


def write(folder: Path, files: dict[str, str]) -> list[Path]:
    """Writes files into a folder; returns their paths."""
    for name, content in files.items():
        (folder / name).write_text(content)
    return [folder / name for name in files]


def lines_of(shop: BuiltWarehouse) -> list[tuple[str, ...]]:
    """Order, product, price, net amount and weight of every line."""
    found = shop.frame(
        "select order_id, product_id, unit_price, net_amount, weight_kg"
        " from core.fct_order_lines order by order_id, line_number"
    )
    return [tuple(map(str, row)) for row in found.itertuples(index=False)]


@pytest.fixture(scope="module")
def shop(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """Items without headers, headers without items, and an item that no master knows."""
    files = write(
        tmp_path_factory.mktemp("shop"),
        {
            "items.csv": ITEMS + "a,Kettle,Hearthworks,10.00,0.250\n",
            "members.csv": MEMBERS
            + "Sample_6845c,Ann,Sample,ann@example.com,1987-05-17,81234567,2021-05-01\n",
            "transaction_items_1.csv": "transaction_id,item_id,quantity\nT1,a,3\nT2,a,1\nT4,z,1\n",
            "transactions_1.csv": HEADERS
            + "T1,Sample_6845c,2022-03-09 23:59:59,30.00,0.750,placed\n"
            + "T3,Nobody_00000,2022-03-09 10:00:00,9.00,,placed\n"
            + "T4,,2022-03-09 11:00:00,5.00,,placed\n",
        },
    )
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.load("ecommerce", *files, as_of=dt.date(2022, 1, 1))
        warehouse.dbt(*BUILD)
        yield warehouse


def test_what_has_not_come_is_waited_for(shop: BuiltWarehouse) -> None:
    assert lines_of(shop) == [("T1", "a", "10.0000", "30.0000", "0.7500")]
    waiting = shop.frame("select order_id, missing_part from marts.late_arrivals order by 1")
    assert [tuple(row) for row in waiting.itertuples(index=False)] == [
        ("T2", "header"),
        ("T3", "lines"),
        ("T4", "price"),
    ]


def test_prices_hold_from_their_day_on(shop: BuiltWarehouse, tmp_path: Path) -> None:
    files = write(
        tmp_path,
        {
            "items.csv": ITEMS + "a,Kettle,Hearthworks,12.50,0.300\nz,Lamp,Lumen,5.00,1\n",
            "transactions_2.csv": HEADERS
            + "T2,Sample_6845c,2022-03-10 00:00:00,12.50,0.300,placed\n"
            + "T1,Sample_6845c,2022-03-09 23:59:59,30.00,0.750,complete\n",
            "transaction_items_2.csv": LINES + "T3,unknown,2,4.50\n",
        },
    )
    shop.load("ecommerce", *files, as_of=dt.date(2022, 3, 10))
    shop.dbt(*BUILD)
    expected = [
        ("T1", "a", "10.0000", "30.0000", "0.7500"),
        ("T2", "a", "12.5000", "12.5000", "0.3000"),
        ("T3", "unknown", "4.5000", "9.0000", "nan"),
        ("T4", "z", "5.0000", "5.0000", "1.0000"),
    ]
    assert [tuple(cell.replace("None", "nan") for cell in row) for row in lines_of(shop)] == (
        expected
    )
    assert shop.value("select count(*) from marts.late_arrivals") == 0
    status = "select order_status from core.fct_orders where order_id = 'T1'"
    assert shop.value(status) == "complete"
    inferred = "select product_id from core.dim_product where is_inferred"
    assert shop.value(inferred) == "unknown"
    unknown = shop.frame("select customer_id from core.dim_customer where is_inferred")
    assert len(unknown) == 1 and len(unknown["customer_id"][0]) == 64
    members = shop.frame(
        "select last_name, order_count, revenue_amount from restricted.members order by is_inferred"
    )
    assert tuple(members.iloc[0]) == ("Sample", 2, Decimal("42.5"))
    assert len(members) == 2 and members["last_name"][1] is None


def test_nothing_personal_outside_raw_and_restricted(shop: BuiltWarehouse) -> None:
    names = shop.impersonal()
    assert len(names) > 50
    for word in ("Sample", "ann@example", "81234567", "1987-05-17", "Nobody_0"):
        pattern = f"%{word}%"
        found = [
            name
            for name in names
            if shop.value(f"select count(*) from {name} as t where t::text like '{pattern}'")
        ]
        assert found == [], word
    assert shop.value("select count(*) from restricted.members where last_name = 'Sample'") == 1


def test_a_total_that_is_not_its_lines_fails_the_build(
    shop: BuiltWarehouse, tmp_path: Path
) -> None:
    files = write(
        tmp_path,
        {
            "transactions_5.csv": HEADERS + "T5,,2022-03-11 09:00:00,31.00,,placed\n",
            "transaction_items_5.csv": LINES + "T5,a,3,10.00\n",
        },
    )
    shop.load("ecommerce", *files)
    with pytest.raises(AssertionError, match="stated_totals_equal_their_lines"):
        shop.dbt("build", *ONLY, "--select", "+stated_totals_equal_their_lines")
    (row,) = failing_rows(shop, "stated_totals_equal_their_lines").itertuples()
    assert (row.order_id, row.file_name, row.difference_amount) == (
        "T5",
        "transactions_5.csv",
        Decimal("1"),
    )


def test_a_price_that_comes_late_reaches_the_orders_of_its_days(
    shop: BuiltWarehouse, tmp_path: Path
) -> None:
    late = write(tmp_path, {"items_9.csv": ITEMS + "a,Kettle,Hearthworks,11.00,0.300\n"})
    shop.load("ecommerce", *late, as_of=dt.date(2022, 3, 9))
    lines = (*ONLY, "--select", "+fct_order_lines")
    shop.dbt("build", *lines, "--exclude-resource-type", "unit_test")
    prices = [row[2] for row in lines_of(shop) if row[0] in ("T1", "T2")]
    assert prices == ["11.0000", "11.0000"]
    incremental = shop.checksum("core.fct_order_lines")
    shop.dbt("run", *ONLY, "--full-refresh", "--select", "fct_order_lines")
    assert shop.checksum("core.fct_order_lines") == incremental
