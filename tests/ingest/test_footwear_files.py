"""The shoe company's files: its dates and times, what counts as control, names that stay hidden."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.ingest.conftest import Shop

SALES = (
    "sale_id,branch_id,employee_id,sale_date,sale_time,sku_no,size,color_id,payment_method,"
    "sales_category,product_category,quantity,unit_price,unit_cost\n"
)
SALE = "S1,B1,E1,2024-05-01,09:30:00,BO000142A,9,1,EFTPOS,Sales,Boots,3,89.95,41.50\n"
BOOKS = "accounting_id,branch_id,employee_id,entry_date,accounting_type,amount\n"
STAFF = "employee_id,name,branch_id,full_time,status,multi_duty\n"


def totals(shop: Shop) -> list[tuple[str, str, int, Decimal]]:
    return [
        (str(day), currency, rows, amount)
        for day, currency, rows, amount in shop.query(
            "select business_date, currency_code, row_count, control_amount from ops.load_totals"
            " order by 1"
        )
    ]


def test_sales_are_controlled_by_quantity_times_price(shop: Shop) -> None:
    given_back = SALE.replace("S1", "S2").replace(",3,", ",-1,").replace("Sales", "Exchange")
    result = shop.load_one("footwear", "sales_2024-05.csv", SALES + SALE + given_back)
    assert result.status == "loaded", result.message
    # 3 × 89.95 − 89.95
    assert totals(shop) == [("2024-05-01", "AUD", 2, Decimal("179.90"))]


@pytest.mark.parametrize("clock", ["24:00", "9:30", "09:60", "09:30:00Z", "0930"])
def test_a_time_is_hours_and_minutes(shop: Shop, clock: str) -> None:
    good = "".join(SALE.replace("S1", f"G{number}") for number in range(100))
    bad = SALE.replace("09:30:00", clock)
    result = shop.load_one("footwear", "sales.csv", SALES + good + bad)
    (reject,) = result.rejects
    assert (reject.line, reject.column) == (102, "sale_time")


def test_a_sale_of_another_size_adds_to_the_sale(shop: Shop) -> None:
    shop.load_one("footwear", "sales_1.csv", SALES + SALE)
    second = shop.load_one("footwear", "sales_2.csv", SALES + SALE.replace(",9,1,", ",10,1,"))
    assert second.status == "loaded"
    assert shop.value("select count(*) from raw_footwear.sales") == 2


def test_books_are_month_first(shop: Shop) -> None:
    text = BOOKS + "A1,B1,,12/31/2023,Rent,-4500.00\nA2,B1,E1,01/02/2024,Sales,100.50\n"
    assert shop.load_one("footwear", "accounting.csv", text).status == "loaded"
    assert totals(shop) == [
        ("2023-12-31", "AUD", 1, Decimal("-4500")),
        ("2024-01-02", "AUD", 1, Decimal("100.5")),
    ]


@pytest.mark.parametrize("day", ["31/12/2023", "2023-12-31", "12-31-2023", "1/2/2024"])
def test_books_with_other_dates_are_refused(shop: Shop, day: str) -> None:
    result = shop.load_one("footwear", "accounting.csv", BOOKS + f"A1,B1,,{day},Rent,-1\n")
    assert result.status == "refused"
    assert "entry_date" in result.message


def test_a_name_stays_where_it_belongs(shop: Shop) -> None:
    rows = "".join(f"E{n},Jo O'Sample,B1,Yes,Active,No\n" for n in range(150))
    result = shop.load_one("footwear", "employees.csv", STAFF + rows + ",Max Mustard,B1,Yes,,\n")
    assert result.status == "loaded"
    (reject,) = result.rejects
    assert (reject.line, reject.column, reject.value) == (152, "employee_id", None)
    assert shop.value("select count(*) from raw_footwear.employees where name = %s", "Jo O'Sample")
    assert "Mustard" not in shop.everything()
