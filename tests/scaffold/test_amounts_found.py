"""Which amount is which, and which number of a date is the month, decided by values."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from scaffold import Scaffold
from scaffold.first_look import first_look
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError


def revenue(scaffold: Scaffold) -> Decimal:
    assert scaffold.questions == []
    found = scaffold.figures
    assert found is not None and found.revenue is not None
    return sum(found.revenue.values(), Decimal(0))


@pytest.mark.parametrize(
    "header",
    ["transaction_qty", "No. of Items", "Invoiced Quantity", "Line Qty", "Qty Shipped",
     "Units Ordered"],
)  # fmt: skip
def test_a_quantity_is_known_by_its_header(tmp_path: Path, project_dir: Path, header: str) -> None:
    # 2 × 3.00 + 1 × 4.00
    text = (
        f"Order,Date,Product,{header},Unit Price\n1,2024-03-01,mug,2,3.00\n1,2024-03-01,cup,1,4\n"
    )
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["quantity"] == f"sales.{header}"
    assert revenue(found) == Decimal("10.00")


@pytest.mark.parametrize("price", ["Unit Price", "Einzelpreis", "Prix unitaire", "単価"])
def test_a_price_of_one_piece_needs_a_quantity(
    tmp_path: Path, project_dir: Path, price: str
) -> None:
    text = f"Order,Date,Product,Gebinde,{price}\n1,2024-03-01,mug,2,3.00\n2,2024-03-02,cup,1,4.00\n"
    path = one_file(tmp_path, text)
    with pytest.raises(WarehouseError, match=f"{price} is the price of one piece.*quantity=COLUMN"):
        plan(project_dir, path, currency="EUR")
    # Each line is one piece, says the user; or where the number of pieces stands.
    ones = plan(project_dir, path, currency="EUR", roles={"quantity": ""})
    assert revenue(ones) == Decimal("7.00")
    named = plan(project_dir, path, currency="EUR", roles={"quantity": "Gebinde"})
    assert revenue(named) == Decimal("10.00")


def test_a_price_that_may_be_of_the_line_asks_for_nothing(
    tmp_path: Path, project_dir: Path
) -> None:
    text = "Order,Date,Product,Price\n1,2024-03-01,mug,3.00\n2,2024-03-02,cup,4.00\n"
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("7.00")


@pytest.mark.parametrize("extra", ["Shipping", "Sales Tax"])
def test_a_total_with_shipping_or_taxes_is_no_revenue(
    tmp_path: Path, project_dir: Path, extra: str
) -> None:
    text = f"""\
Order,Date,Product,Quantity,Unit Price,{extra},Line Total
1,2024-03-01,mug,2,10.00,4.50,24.50
2,2024-03-02,cup,1,5.00,2.00,7.00
3,2024-03-03,cup,3,5.00,0.00,15.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("40.00")
    assert "line_amount" not in roles_of(found)
    assert f"Line Total includes {extra}, which is not revenue; it is not used." in (
        found.design.said
    )


@pytest.mark.parametrize("price", ["", "Retail,"])
def test_a_total_with_taxes_is_no_revenue_where_no_price_is_known(
    tmp_path: Path, project_dir: Path, price: str
) -> None:
    # 18.00 + 10.00 + 5.50; with the taxes 36.85
    text = f"""\
Sale ID,Completed Time,Item,Qty,{price}Subtotal,Tax,Total
1,2024-03-01 10:00,mug,2,{price and "9,"}18.00,1.80,19.80
2,2024-03-02 11:00,cup,1,{price and "11,"}10.00,1.00,11.00
3,2024-03-04 12:00,jug,1,{price and "6,"}5.50,0.55,6.05
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("33.50")
    assert roles_of(found)["line_amount"] == "sales.Subtotal"
    assert "Total is Subtotal plus Tax; Subtotal is the revenue." in found.design.said
    idle = "Retail, Total" if price else "Total"
    assert f"  Stored, but not used: {idle}" in first_look(found.design, None)


def test_a_total_that_is_less_by_a_discount_is_what_was_paid(
    tmp_path: Path, project_dir: Path
) -> None:
    text = """\
Order,Date,Product,Quantity,Unit Price,Discount,Shipping,Line Total
1,2024-03-01,mug,2,10.00,1.00,4.50,19.00
2,2024-03-02,cup,1,5.00,0.00,2.00,5.00
3,2024-03-03,cup,3,5.00,3.00,0.00,12.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("36.00")
    assert roles_of(found)["line_amount"] == "sales.Line Total"


@pytest.mark.parametrize(
    ("total", "net"),
    [("Total", "Net Amount"), ("Total Amount", "Subtotal"), ("Amount", "Revenue"),
     ("Amount Paid", "Total")],
)  # fmt: skip
def test_the_subtotal_is_what_the_lines_add_up_to(
    tmp_path: Path, project_dir: Path, total: str, net: str
) -> None:
    """Both stand on every row of an order; one of them holds shipping, of 4.00, 6.00 and 4.00."""
    text = f"""\
Order,Date,Product,Quantity,Price,{total},{net}
1,2024-03-01,mug,2,10.00,29.00,25.00
1,2024-03-01,cup,1,5.00,29.00,25.00
2,2024-03-02,cup,1,5.00,41.00,35.00
2,2024-03-02,pot,1,30.00,41.00,35.00
3,2024-03-03,mug,1,10.00,74.00,70.00
3,2024-03-03,pot,2,30.00,74.00,70.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["order_subtotal"] == f"sales.{net}"
    assert f"{net} is for the whole order, not for a line." in found.design.said
    assert revenue(found) == Decimal("130.00")


@pytest.mark.parametrize(
    ("dates", "first", "day"),
    [
        # One to five March in America; the fifth of each of five months elsewhere.
        (["3/1/2024", "3/2/2024", "3/3/2024", "3/4/2024", "3/5/2024"], "month", "2024-03-01"),
        (["1/3/2024", "2/3/2024", "3/3/2024", "4/3/2024", "5/3/2024"], "day", "2024-03-01"),
        # Three days span three days or sixty.
        (["3/1/2024", "3/2/2024", "3/3/2024"], "month", "2024-03-01"),
        # Neither way is nearer: the first to the fourth of four months.
        (["1/1/2024", "2/2/2024", "3/3/2024", "4/4/2024"], "day", "2024-01-01"),
        # The turn of a year lies side by side, too.
        (["12/10/2023", "12/11/2023", "12/12/2023", "1/1/2024"], "month", "2023-12-10"),
    ],
)
def test_dates_are_read_so_that_sales_lie_side_by_side(
    tmp_path: Path, project_dir: Path, dates: list[str], first: str, day: str
) -> None:
    rows = "".join(f"{i},{date},mug,1,5.00\n" for i, date in enumerate(dates))
    path = one_file(tmp_path, "Order,Date,Product,Quantity,Price\n" + rows)
    found = plan(project_dir, path, currency="EUR")
    assert found.figures is not None and found.figures.first_day == day
    turn = {"month": "--day-first", "day": "--month-first"}[first]
    assert re.search(f"read {first} first.*\\. {turn} changes it.", " ".join(found.design.guessed))


def test_a_proof_beats_the_density_of_days(tmp_path: Path, project_dir: Path) -> None:
    dates = ["3/1/2024", "3/2/2024", "3/3/2024", "3/4/2024", "31/5/2024"]
    rows = "".join(f"{i},{date},mug,1,5.00\n" for i, date in enumerate(dates))
    path = one_file(tmp_path, "Order,Date,Product,Quantity,Price\n" + rows)
    found = plan(project_dir, path, currency="EUR")
    assert found.figures is not None and found.figures.last_day == "2024-05-31"
    assert found.design.guessed == []


@pytest.mark.parametrize(
    ("headers", "amounts"),
    [
        # Shipping and taxes together, and taxes on what is left after the discount.
        (
            "Discount,Shipping,Tax,Total",
            ["0,4.50,2.00,26.50", "0,2.00,0.50,7.50", "0,0,1.50,16.50"],
        ),
        ("Discount,Tax,Total", ["0,2.00,22.00", "0,0.50,5.50", "0,1.50,16.50"]),
    ],
)
def test_a_total_may_hold_several_extras(
    tmp_path: Path, project_dir: Path, headers: str, amounts: list[str]
) -> None:
    lines = ["1,2024-03-01,mug,2,10.00", "2,2024-03-02,cup,1,5.00", "3,2024-03-03,cup,3,5.00"]
    rows = "".join(f"{line},{more}\n" for line, more in zip(lines, amounts, strict=True))
    path = one_file(tmp_path, f"Order,Date,Product,Quantity,Unit Price,{headers}\n{rows}")
    assert revenue(plan(project_dir, path, currency="EUR")) == Decimal("40.00")


def test_of_two_totals_of_a_line_that_without_taxes_is_taken(
    tmp_path: Path, project_dir: Path
) -> None:
    text = """\
Sale ID,Completed Time,Item,Qty,Unit Price,Discount,Subtotal,Tax,Total
101,2024-05-01 09:05,Mug,2,10.00,2.00,18.00,1.80,19.80
101,2024-05-01 09:05,Map,1,5.00,0.00,5.00,0.50,5.50
102,2024-05-02 10:00,Map,-1,5.00,0.00,-5.00,-0.50,-5.50
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("18.00")
    assert roles_of(found)["line_amount"] == "sales.Subtotal"
    assert "Total is more than the lines' amounts; it is not used." in found.design.said


def test_a_total_less_than_the_subtotal_is_what_was_paid(tmp_path: Path, project_dir: Path) -> None:
    """No column has the discount: it is what is missing from the price."""
    text = """\
Order,Date,Item,Qty,Unit Price,Subtotal,Total
1,2024-05-01,Mug,2,10.00,20.00,18.00
2,2024-05-01,Map,1,5.00,5.00,5.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("23.00")


def test_the_subtotal_is_found_beside_an_orders_total(tmp_path: Path, project_dir: Path) -> None:
    text = """\
increment_id,created_at,status,sku,qty_ordered,price,subtotal,shipping_amount,grand_total
100001,2024-03-01 10:00:00,complete,S1,2.0000,10.0000,35.0000,5.0000,40.0000
100001,2024-03-01 10:00:00,complete,S2,1.0000,15.0000,35.0000,5.0000,40.0000
100002,2024-03-02 11:00:00,canceled,S1,1.0000,10.0000,10.0000,5.0000,15.0000
100003,2024-03-03 11:00:00,complete,S2,3.0000,15.0000,45.0000,5.0000,50.0000
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("80.00")
    assert roles_of(found)["order_subtotal"] == "sales.subtotal"


@pytest.mark.parametrize(
    ("header", "sold", "back"),
    [
        ("Quantity,Unit Price,Line Total", "2,10.00,20.00", "1,10.00,10.00"),
        ("Quantity,Unit Price,Line Total", "2,10.00,20.00", "-1,10.00,-10.00"),
        ("Quantity,Unit Price,Line Total", "2,10.00,20.00", "-1,10.00,10.00"),
        ("Quantity,Unit Price,Line Total", "2,10.00,20.00", "1,-10.00,-10.00"),
        ("Quantity,Unit Price", "2,10.00", "1,10.00"),
        ("Quantity,Unit Price", "2,10.00", "1,-10.00"),
        ("Quantity,Unit Price", "2,10.00", "-1,10.00"),
        ("Line Total", "20.00", "10.00"),
        ("Line Total", "20.00", "-10.00"),
    ],
)
def test_a_credit_note_gives_back_however_it_is_written(
    tmp_path: Path, project_dir: Path, header: str, sold: str, back: str
) -> None:
    text = f"Invoice No,Type,Date,Item,{header}\n"
    text += f"1,Invoice,2024-03-01,mug,{sold}\n2,Credit Note,2024-03-02,mug,{back}\n"
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["line_type"] == "sales.Type"
    assert revenue(found) == Decimal("10.00")


def test_a_discount_that_is_a_line_of_its_own_is_told(tmp_path: Path, project_dir: Path) -> None:
    text = """\
Order,Date,Customer ID,Item,Qty,Price,Amount
1,2024-03-01,C1,Mug,2,10.00,20.00
,,,Map,1,5.00,5.00
,,,Discount,,,-5.00
2,2024-03-02,C2,Map,2,5.00,10.00
,,,Discount,,,-2.00
"""
    path = one_file(tmp_path, text)
    found = plan(project_dir, path, currency="EUR")
    assert "Qty is empty in 2 rows; they are rejected, although they have Amount" in (
        " ".join(found.design.advice)
    )
    assert "More than 1 % of the rows are rejected: `warehouse load` refuses" in "\n".join(
        found.look
    )
    by_amount = plan(project_dir, path, currency="EUR", roles={"quantity": "", "unit_price": ""})
    assert revenue(by_amount) == Decimal("28.00")


def test_a_line_that_payments_repeat_is_refused(tmp_path: Path, project_dir: Path) -> None:
    text = """\
Order,Date,Line,Product,Qty,Price,Payment Type,Payment Amount
1,2024-03-01,1,mug,2,10.00,Card,15.00
1,2024-03-01,1,mug,2,10.00,Gift,5.00
2,2024-03-02,1,cup,1,5.00,Card,5.00
"""
    path = one_file(tmp_path, text)
    with pytest.raises(
        WarehouseError, match=r"sales.csv line 2 and line 3 are the same line of an"
    ):
        plan(project_dir, path, currency="EUR")
    both = plan(project_dir, path, currency="EUR", roles={"line_number": ""})
    assert revenue(both) == Decimal("45.00")
    # What comes back of a line may have its number.
    back = text.replace("mug,2,10.00,Gift", "mug,-1,10.00,Gift")
    given_back = plan(project_dir, one_file(tmp_path, back), currency="EUR")
    assert revenue(given_back) == Decimal("15.00")


@pytest.mark.parametrize(("one", "other"), [("$10.00", "€5.00"), ("€10.00", "£5.00")])
def test_amounts_in_several_currencies_are_refused(
    tmp_path: Path, project_dir: Path, one: str, other: str
) -> None:
    text = f"Order,Date,Product,Qty,Price\n1,2024-03-01,mug,2,{one}\n2,2024-03-02,cup,1,{other}\n"
    path = one_file(tmp_path, text)
    for currency in ("EUR", None):
        with pytest.raises(WarehouseError, match="amounts are in several currencies"):
            plan(project_dir, path, currency=currency)


def test_a_sign_may_stand_for_its_own_currency(tmp_path: Path, project_dir: Path) -> None:
    text = "Order,Date,Product,Qty,Price\n1,2024-03-01,mug,2,$10.00\n2,2024-03-02,cup,1,A$5.00\n"
    found = plan(project_dir, one_file(tmp_path, text))
    assert found.figures is not None and found.figures.revenue == {"AUD": Decimal("25.00")}
