"""Orders in one file and their lines in another: the first look joins them."""

from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError

# o2 is cancelled, o5 has no line, o4 and o1 are of one customer.
ORDERS = """\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at
o1,c1,delivered,2018-01-05 10:00:00,2018-01-05 10:10:00
o2,c2,canceled,2018-01-06 11:00:00,
o3,c3,shipped,2018-01-07 12:00:00,2018-01-07 12:10:00
o4,c1,delivered,2018-01-08 13:00:00,2018-01-08 13:10:00
o5,c5,delivered,2018-01-20 13:00:00,2018-01-20 13:10:00
o6,c6,delivered,2018-01-09 23:30:00,2018-01-09 23:40:00
"""
# Freight is no revenue: 10 + 20 + 7.50 + 20 + 10; o2's 10 does not count.
ITEMS = """\
order_id,order_item_id,product_id,seller_id,price,freight_value
o1,1,p1,s1,10.00,2.00
o1,2,p2,s1,20.00,2.50
o2,1,p1,s1,10.00,2.00
o3,1,p3,s2,7.50,1.00
o4,1,p2,s1,20.00,2.50
o6,1,p1,s1,10.00,2.00
"""
CUSTOMERS = """\
customer_id,customer_zip_code_prefix,customer_city,customer_state
c1,01001,sao paulo,SP
c2,01002,sao paulo,SP
c3,20001,rio de janeiro,RJ
c5,20001,rio de janeiro,RJ
c6,01001,sao paulo,SP
"""
PRODUCTS = "product_id,product_category_name\np1,perfumaria\np2,artes\np3,bebes\n"


def shop(folder: Path, orders: str = ORDERS, items: str = ITEMS) -> Path:
    one_file(folder, orders, "orders.csv")
    one_file(folder, items, "order_items.csv")
    one_file(folder, CUSTOMERS, "customers.csv")
    one_file(folder, PRODUCTS, "products.csv")
    return folder


def told(found: Scaffold) -> tuple[int, int, int | None, str, str, dict[str, Decimal] | None]:
    assert found.questions == [] and found.figures is not None
    figures = found.figures
    return (figures.row_count, figures.order_count, figures.customer_count, figures.first_day,
            figures.last_day, figures.revenue)  # fmt: skip


def test_days_customers_and_statuses_are_those_of_the_orders(
    tmp_path: Path, project_dir: Path
) -> None:
    found = plan(project_dir, shop(tmp_path), currency="BRL")
    assert {table.name: table.kind for table in found.design.tables} == {
        "orders": "orders", "order_items": "lines", "customers": "customers",
        "products": "products",
    }  # fmt: skip
    revenue = {"BRL": Decimal("67.50")}
    assert told(found) == (6, 6, 5, "2018-01-05", "2018-01-20", revenue)
    look = "\n".join(found.look)
    assert "Rows 6, orders 6, customers 5, days 2018-01-05 to 2018-01-20." in look
    assert "order_status canceled: no revenue." in look
    assert "1 of 6 orders has no line in order_items, such as o5: no revenue" in look


def test_an_order_again_is_what_its_last_row_says(tmp_path: Path, project_dir: Path) -> None:
    again = ORDERS + "o3,c3,canceled,2018-01-07 12:00:00,\n"
    found = plan(project_dir, shop(tmp_path, again), currency="BRL")
    revenue = {"BRL": Decimal("60.00")}
    assert told(found) == (6, 6, 5, "2018-01-05", "2018-01-20", revenue)


def test_lines_wait_for_their_order(tmp_path: Path, project_dir: Path) -> None:
    found = plan(project_dir, shop(tmp_path, items=ITEMS + "o7,1,p1,s1,99.00,2.00\n"),
                 currency="BRL")  # fmt: skip
    assert told(found)[5] == {"BRL": Decimal("67.50")}
    assert "1 order of order_items is not in orders, such as o7; lines count once" in (
        " ".join(found.design.advice)
    )


def test_each_order_has_its_own_currency(tmp_path: Path, project_dir: Path) -> None:
    header, *rows = ORDERS.splitlines()
    codes = ["BRL", "BRL", "USD", "BRL", "BRL", "USD"]
    orders = [f"{header},currency", *(f"{r},{c}" for r, c in zip(rows, codes, strict=True))]
    found = plan(project_dir, shop(tmp_path, "\n".join(orders) + "\n"))
    assert roles_of(found)["currency_code"] == "orders.currency"
    assert told(found)[5] == {"BRL": Decimal("50.00"), "USD": Decimal("17.50")}


def test_what_is_cancelled_by_its_day_is_no_revenue(tmp_path: Path, project_dir: Path) -> None:
    orders = ORDERS.replace("order_status,", "").replace("order_approved_at", "cancelled_at")
    for status in ("delivered,", "canceled,", "shipped,"):
        orders = orders.replace(status, "")
    lines = [line.rsplit(",", 1)[0] + "," for line in orders.splitlines()]
    lines[0] = orders.splitlines()[0]
    lines[3] += "2018-01-08 09:00:00"
    found = plan(project_dir, shop(tmp_path, "\n".join(lines) + "\n"), currency="BRL")
    # o3 was called off; o2 was not.
    assert told(found)[5] == {"BRL": Decimal("70.00")}


def test_files_of_different_orders_are_refused(tmp_path: Path, project_dir: Path) -> None:
    folder = shop(tmp_path, items=ITEMS.replace("\no", "\nX-"))
    with pytest.raises(WarehouseError, match=r"no order of orders has a line in order_items.*X-1"):
        plan(project_dir, folder, currency="BRL")
