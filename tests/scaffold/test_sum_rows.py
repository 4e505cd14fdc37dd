"""Rows that say what the other rows of their order add up to."""

from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError

# One order of a piece, one of three lines, one of two pieces of one thing.
AUCTIONS = """\
Order Number,Sale Date,Item Number,Item Title,Quantity,Sold For
1,2024-03-02,118,Candle,1,9.90
2,2024-03-02,,,4,109.50
2,2024-03-02,118,Candle,1,9.90
2,2024-03-02,111,Lamp,2,59.80
2,2024-03-02,113,Pot,1,20.00
3,2024-03-03,,,2,7.00
3,2024-03-03,112,Map,2,3.50
"""


def test_rows_of_sums_are_refused_by_line(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, AUCTIONS)
    told = (
        "sales.csv line 3 is the sum of the other rows of its order by Quantity and has no Item "
        "Number, and 1 more is: everything would count twice. Remove such rows"
    )
    with pytest.raises(WarehouseError, match=told):
        plan(project_dir, path, currency="EUR")
    without = "".join(line for line in AUCTIONS.splitlines(True) if ",,," not in line)
    found = plan(project_dir, one_file(tmp_path, without), currency="EUR")
    # 9.90 + 9.90 + 119.60 + 20.00 + 7.00
    assert found.figures is not None and str(found.figures.revenue["EUR"]) == "166.40000000"


def test_a_row_of_shipping_is_no_sum(tmp_path: Path, project_dir: Path) -> None:
    """It has one piece, as many as some orders have."""
    text = """\
Order,Date,SKU,Item,Qty,Price
1,2024-03-02,S1,Candle,1,9.90
1,2024-03-02,,Shipping,1,4.90
2,2024-03-02,S1,Candle,2,9.90
2,2024-03-02,,Shipping,1,4.90
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["product_id_else"] == "sales.Item"


def test_rows_that_count_for_nothing_may_be_sums(tmp_path: Path, project_dir: Path) -> None:
    text = """\
Order,Row Type,Date,SKU,Qty,Line Total
1,Order,2024-03-02,,3,13.00
1,Item,2024-03-02,S1,1,3.00
1,Item,2024-03-02,S2,2,10.00
"""
    path = one_file(tmp_path, text)
    with pytest.raises(WarehouseError, match="line 2 is the sum of the other rows of its order"):
        plan(project_dir, path, currency="EUR", roles={"line_type": "Row Type"})
    found = plan(
        project_dir, path, currency="EUR", roles={"line_type": "Row Type"},
        effects={"order": "void"},
    )  # fmt: skip
    assert found.figures is not None and found.figures.revenue is not None
    assert f"{found.figures.revenue['EUR']:.2f}" == "13.00"


def test_a_lines_sku_goes_before_its_number(tmp_path: Path, project_dir: Path) -> None:
    text = "order_id,order_date,item_id,item_name,item_sku,qty,price\n1,2024-03-02,77,Mug,M1,1,5\n"
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["product_id"] == "sales.item_sku"


def test_a_total_that_rounds_taxes_is_that_of_the_lines(tmp_path: Path, project_dir: Path) -> None:
    """12.50, and taxes of 2.37 that the total has as 2.38: what is stated is a cent off."""
    text = """\
order_id,order_date,sku,qty,price,shipping_total,tax_total,order_total
1,2024-03-02,M1,1,12.50,4.90,2.38,19.77
2,2024-03-02,M1,2,12.50,4.90,4.75,34.65
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    (orders,) = [t for p, t in found.files.items() if p.name == "int_bakery__orders.sql"]
    stated = "order_total_amount - coalesce(order_shipping_amount, 0) - coalesce(order_tax_amount"
    assert f"{stated}, 0) - lines_amount) <= 0.0151 then lines_amount" in " ".join(orders.split())


def test_a_personal_number_is_no_part_of_a_total(tmp_path: Path, project_dir: Path) -> None:
    """12180 is a town's, never stored; the total is 9.90 and shipping."""
    text = """\
Order,Sale Date,Buyer Zip,SKU,Qty,Price,Shipping,Total Price
1,2024-03-02,12180,S1,1,9.90,4.99,14.89
2,2024-03-03,12181,S1,2,9.90,4.99,24.79
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert found.figures is not None and found.figures.revenue is not None
    assert f"{found.figures.revenue['EUR']:.2f}" == "29.70"


@pytest.mark.parametrize(
    "header",
    ["settlement-id,transaction-type,order-id,amount-type,amount-description,amount,posted-date,"
     "sku",
     "date/time,settlement id,type,order id,sku,product sales,selling fees,total"],
)  # fmt: skip
def test_amounts_that_are_no_lines_are_refused_by_name(
    tmp_path: Path, project_dir: Path, header: str
) -> None:
    row = ",".join("1" for _ in header.split(","))
    with pytest.raises(WarehouseError, match=r"recognised: Amazon .* All orders instead"):
        plan(project_dir, one_file(tmp_path, f"{header}\n{row}\n"))
