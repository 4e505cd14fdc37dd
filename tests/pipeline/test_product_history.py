"""Prices and regions that change, members that go and come back, files out of order.

One warehouse goes through all of it, step by step; what each step left is read into `seen`.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.marts.built_warehouse import WITHOUT_TESTS, BuiltWarehouse, database_on
from tests.platform.checksums import checksums

pytestmark = pytest.mark.slow

FIRST, LAST = dt.date(1900, 1, 1), dt.date(9999, 12, 31)
FEBRUARY = dt.date(2022, 2, 1)
TENTH, FIFTEENTH = dt.date(2022, 3, 10), dt.date(2022, 3, 15)
APRIL = dt.date(2022, 4, 1)
SELECT = (
    *("ecommerce__products", "standard__customers", "standard__products"),
    # A table that is built anew takes the views over it with it.
    *("int_ecommerce__item_versions", "int_ecommerce__order_lines"),
    *("int_ecommerce__order_loads", "int_ecommerce__control_rows"),
    *("fct_order_lines", "fct_orders"),
    *("dim_product", "dim_customer", "dim_product_history", "dim_customer_history"),
)
FILES = {
    "items": "item_id,item_name,manufacturer_name,cost,weight_kg",
    "customers": "customer_id,region",
    "transactions": "transaction_id,membership_id,transaction_at,total_items_price,"
    "total_items_weight_kg,status",
    "transaction_items": "transaction_id,item_id,quantity",
}
# A product that a build saw before the raw tables were lost, and not loaded again since.
SEEN_BEFORE = (
    "insert into snapshots.standard__products"
    " (source_system, product_id, load_id, captured_at, dbt_scd_id, dbt_valid_from, dbt_is_deleted)"
    " values ('standard', 'lost', 1, '2021-01-01', 'seen', '2021-01-01', 'False')"
)


def write(folder: Path, table: str, *lines: str) -> Path:
    """A file of the table with these lines, under a new name."""
    path = folder / f"{table}_{len(list(folder.iterdir()))}.csv"
    path.write_text("\n".join([FILES[table], *lines]) + "\n")
    return path


def history(shop: BuiltWarehouse, kind: str, member: str, attribute: str) -> list[tuple[Any, ...]]:
    """The versions of a product or customer: from, to, is_current, attribute, is_deleted."""
    rows = shop.frame(
        f"select valid_from, valid_to, is_current, {attribute}, is_deleted"
        f" from core.dim_{kind}_history where {kind}_id = '{member}' order by valid_from"
    )
    return [tuple(row) for row in rows.itertuples(index=False)]


def look(shop: BuiltWarehouse) -> dict[str, Any]:
    """Versions of the items a, b and c and of the customer, and what each transaction came to."""
    paid = shop.frame(
        "select order_id, sum(gross_amount) from core.fct_order_lines"
        " where source_system = 'ecommerce' group by order_id"
    )
    return {
        **{item: history(shop, "product", item, "list_price") for item in "abc"},
        "customer": history(shop, "customer", "c1", "region"),
        "paid": dict(paid.itertuples(index=False, name=None)),
    }


@pytest.fixture(scope="module")
def shop(
    server: str, project_dir: Path, dbt_folder: Path, built: BuiltWarehouse
) -> Iterator[BuiltWarehouse]:
    with database_on(server, project_dir, dbt_folder, built.conninfo) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def seen(shop: BuiltWarehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step left: start, next_file, come_back, back_dated, nothing_new."""
    folder = tmp_path_factory.mktemp("files")
    found: dict[str, Any] = {}

    def step(name: str, *deliveries: tuple[dt.date, str, Path]) -> None:
        for as_of, source, path in deliveries:
            shop.load(source, path, as_of=as_of)
        shop.dbt(*WITHOUT_TESTS, "--select", *SELECT)
        found[name] = look(shop)

    first_items = write(folder, "items", "a,Apple,M,10.00,0.25", "b,Bread,M,2.00,0.5")
    region = write(folder, "customers", "c1,north")
    sold = [("t9", "2022-03-09T23:59:59"), ("t10", "2022-03-10T00:00:00"), ("t20", "2022-03-20")]
    headers = write(folder, "transactions", *(f"{number},,{at},,,done" for number, at in sold))
    lines = write(folder, "transaction_items", "t9,a,2", "t10,a,2", "t20,b,3")
    shop.frame(SEEN_BEFORE + " returning 1")
    step(
        "start",
        (FEBRUARY, "ecommerce", first_items),
        (FEBRUARY, "ecommerce", headers),
        (FEBRUARY, "ecommerce", lines),
        (FEBRUARY, "standard", region),
    )
    found["never_loaded"] = history(shop, "product", "lost", "product_name")

    second_items = write(folder, "items", "a,Apple,M,12.50,0.25", "c,Cake,M,5.00,0.5")
    moved = write(folder, "customers", "c1,south")
    step("next_file", (TENTH, "ecommerce", second_items), (TENTH, "standard", moved))

    back = write(folder, "items", "a,Apple,M,12.50,0.25", "b,Bread,M,2.20,0.5", "c,Cake,M,5.00,0.5")
    step("come_back", (APRIL, "ecommerce", back))

    late = write(folder, "items", "a,Apple,M,11.00,0.25", "b,Bread,M,2.20,0.5", "c,Cake,M,5.00,0.5")
    step("back_dated", (FIFTEENTH, "ecommerce", late))

    before = checksums(shop.conninfo, with_memory=True)
    step("nothing_new")
    found["unchanged"] = checksums(shop.conninfo, with_memory=True) == before
    return found


def test_the_first_version_holds_since_ever(seen: dict[str, Any]) -> None:
    assert seen["start"]["a"] == [(FIRST, LAST, True, Decimal(10), False)]
    assert seen["start"]["b"] == [(FIRST, LAST, True, Decimal(2), False)]
    assert seen["start"]["c"] == []
    assert seen["start"]["customer"] == [(FIRST, LAST, True, "north", False)]


def test_a_change_holds_from_the_business_date_of_its_file(seen: dict[str, Any]) -> None:
    assert seen["next_file"]["a"] == [
        (FIRST, TENTH, False, Decimal(10), False),
        (TENTH, LAST, True, Decimal("12.5"), False),
    ]
    assert seen["next_file"]["c"] == [(FIRST, LAST, True, Decimal(5), False)]
    assert seen["next_file"]["customer"] == [
        (FIRST, TENTH, False, "north", False),
        (TENTH, LAST, True, "south", False),
    ]


def test_what_a_file_drops_is_deleted_and_can_come_back(seen: dict[str, Any]) -> None:
    assert seen["next_file"]["b"] == [
        (FIRST, TENTH, False, Decimal(2), False),
        (TENTH, LAST, True, Decimal(2), True),
    ]
    assert seen["come_back"]["b"] == [
        (FIRST, TENTH, False, Decimal(2), False),
        (TENTH, APRIL, False, Decimal(2), True),
        (APRIL, LAST, True, Decimal("2.2"), False),
    ]
    assert seen["come_back"]["a"] == seen["next_file"]["a"]


def test_a_back_dated_file_is_right_from_its_date_on(seen: dict[str, Any]) -> None:
    """It takes the place of what was said of later days, also where it says the same."""
    assert seen["back_dated"]["a"] == [
        (FIRST, TENTH, False, Decimal(10), False),
        (TENTH, FIFTEENTH, False, Decimal("12.5"), False),
        (FIFTEENTH, LAST, True, Decimal(11), False),
    ]
    assert seen["back_dated"]["b"] == [
        (FIRST, TENTH, False, Decimal(2), False),
        (TENTH, FIFTEENTH, False, Decimal(2), True),
        (FIFTEENTH, LAST, True, Decimal("2.2"), False),
    ]


def test_sales_take_the_price_of_their_day(seen: dict[str, Any]) -> None:
    """Two pieces of a before and on the day its price rose, three of b while it was dropped."""
    assert seen["start"]["paid"] == {"t9": 20, "t10": 20, "t20": 6}
    assert seen["next_file"]["paid"] == {"t9": 20, "t10": 25, "t20": 6}
    assert seen["back_dated"]["paid"] == {"t9": 20, "t10": 25, "t20": Decimal("6.6")}


def test_nothing_new_changes_nothing(seen: dict[str, Any]) -> None:
    assert seen["nothing_new"] == seen["back_dated"]
    assert seen["unchanged"]


def test_a_table_that_was_never_loaded_deletes_nobody(seen: dict[str, Any]) -> None:
    assert seen["never_loaded"] == [(FIRST, LAST, True, None, False)]


@pytest.mark.parametrize(
    ("fact", "kind"),
    [("fct_order_lines", "product"), ("fct_order_lines", "customer"), ("fct_orders", "customer")],
)
def test_every_fact_finds_exactly_one_version(
    shop: BuiltWarehouse, seen: dict[str, Any], fact: str, kind: str
) -> None:
    versions: pd.DataFrame = shop.frame(
        f"select count(*) as found, count(*) filter (where versions is null) as missing,"
        f" (select count(*) from core.{fact}) as facts"
        f" from core.{fact} as fact left join core.dim_{kind}_history as versions"
        f" on fact.{kind}_key = versions.{kind}_key"
        f" and fact.order_date >= versions.valid_from and fact.order_date < versions.valid_to"
    )
    found, missing, facts = versions.iloc[0]
    assert facts > 1000 or fact == "fct_orders"
    assert (found, missing) == (facts, 0)
    assert seen["back_dated"]["a"]
