"""The aggregates under the customer marts stay what a full rebuild makes of them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.marts.built_warehouse import BuiltWarehouse

AGGREGATES = ("customer_days", "customer_totals", "product_sections", "household_days")
MARTS = (
    "measured_currencies",
    "as_of_dates",
    *AGGREGATES,
    "customer_totals_as_of",
    "customer_rfm",
    "customer_rfm_history",
    "customer_lifetime",
    "cohort_retention",
    "household_profile",
)
CORE = ("fct_order_lines", "fct_orders", "dim_product", "dim_customer_profile")
LINES = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,retail_disc,trans_time,"
    "week_no,coupon_disc,coupon_match_disc"
)
PRODUCTS = (
    "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    "curr_size_of_product"
)
DEMOGRAPHICS = (
    "household_key,age_desc,marital_status_code,income_desc,homeowner_desc,hh_comp_desc,"
    "household_size_desc,kid_category_desc"
)
BEEF = "1,9,MEAT,National,BEEF,CHOICE BEEF,1 LB"
BEER = "1,9,MEAT,National,BEERS/ALES,BEERALEMALT LIQUORS,1 LB"
MILK = "2,9,GROCERY,Private,FLUID MILK PRODUCTS,FLUID MILK WHITE ONLY,1 GA"


def line(
    household: int | str, basket: int, day: int, product: int, quantity: int, sales: str
) -> str:
    """A basket line of the grocery file."""
    return (
        f"{household},{basket},{day},{product},{quantity},{sales},300,0,1200,{(day + 8) // 7},0,0"
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of a header and lines, under its name."""

    def file(name: str, header: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return file


@pytest.fixture
def build(empty_warehouse: BuiltWarehouse) -> Callable[..., None]:
    """Builds the marts and what of core they are made of, without tests."""
    made = [f"+{mart}" for mart in MARTS]
    empty_warehouse.dbt("build", "--resource-type", "seed", "snapshot", "model", "--select", *made)

    def run(*arguments: str) -> None:
        empty_warehouse.dbt("run", "--select", *CORE, *MARTS, *arguments)

    return run


@pytest.mark.slow
def test_late_corrected_and_unloaded_files_and_a_new_product_master(
    empty_warehouse: BuiltWarehouse, write: Callable[..., Path], build: Callable[..., None]
) -> None:
    shop = empty_warehouse
    shop.load("grocery", write("product.csv", PRODUCTS, BEEF, MILK))
    shop.load(
        "grocery",
        write("hh_demographic.csv", DEMOGRAPHICS, "7,65+,A,50-74K,Homeowner,2 Adults No Kids,2,1"),
    )
    first = write(
        "transaction_data_1.csv",
        LINES,
        line(7, 10, 300, 1, 1, "5.00"),
        line(7, 10, 300, 2, 1, "2.00"),
        line(7, 11, 310, 3, 1, "9.00"),
        line(8, 12, 310, 1, 2, "8.00"),
        line("", 13, 325, 1, 1, "4.00"),
    )
    shop.load("grocery", first)
    build()
    # Product 3 is not in the master, so day 310 does not count and one day is too few.
    assert shop.frame("select * from marts.household_profile").empty
    assert shop.value("select last_order_date from aggregates.as_of_dates") == dt.date(2005, 2, 10)

    # A day that comes late, a customer's return and a corrected basket; product 1 moves to another
    # section, product 3 becomes known.
    second = write(
        "transaction_data_2.csv",
        LINES,
        line(7, 14, 305, 2, 3, "6.00"),
        line(8, 15, 320, 1, -1, "-4.00"),
        line(7, 10, 300, 1, 1, "5.50"),
        line(7, 10, 300, 2, 1, "2.00"),
    )
    apples = "3,9,PRODUCE,Private,APPLES,APPLES GALA,"
    shop.load("grocery", second, write("product.csv", PRODUCTS, BEER, MILK, apples))
    build()
    profile = shop.frame("select meat, alcohol, dairy, produce from marts.household_profile")
    assert [float(amount) for amount in profile.iloc[0]] == [0.0, 5.5, 8.0, 9.0]
    # Household 8 bought for 8.00 and returned for 4.00 ten days later.
    totals = shop.frame("select * from aggregates.customer_totals where customer_id = '8'").iloc[0]
    assert (totals["purchases"], float(totals["revenue_amount"])) == (1, 4.0)
    assert totals["last_active_date"] == dt.date(2005, 2, 5)

    shop.unload(
        shop.value("select max(load_id) from ops.load_files where file_name like '%data_2.csv'")
    )
    build()
    assert shop.value("select count(*) from aggregates.customer_days where customer_id = '8'") == 1
    profile = shop.frame("select meat, alcohol, dairy, produce from marts.household_profile")
    assert [float(amount) for amount in profile.iloc[0]] == [0.0, 5.0, 2.0, 9.0]

    incremental = {mart: shop.checksum(shop.relation(mart)) for mart in MARTS}
    assert all(rows > 0 for rows, _ in incremental.values())
    build("--full-refresh")
    assert {mart: shop.checksum(shop.relation(mart)) for mart in MARTS} == incremental

    # A source that is off leaves no row.
    build("--vars", "{source_systems: [cafe]}")
    assert {mart: shop.checksum(shop.relation(mart))[0] for mart in MARTS} == dict.fromkeys(
        MARTS, 0
    )
