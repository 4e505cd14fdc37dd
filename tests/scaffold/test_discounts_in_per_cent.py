"""Discounts that are in per cent although no total proves it."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from tests.scaffold.test_amounts_found import revenue
from warehouse.errors import WarehouseError


def sales(header: str, *discounts: str) -> str:
    rows = "".join(f"{n};2024-03-0{n};soap;3;4.50;{d}\n" for n, d in enumerate(discounts, 1))
    return f"Order;Date;Product;Quantity;Price;{header}\n{rows}"


@pytest.mark.parametrize(
    "header",
    ["discount_pct", "Discount %", "Rabatt (%)", "Disc. %", "Rabattprozent", "Korting %",
     "% sconto", "Remise en %", "Taux de remise", "Dto %", "Rabat %", "割引率", "折扣率"],
)  # fmt: skip
def test_a_header_says_per_cent(tmp_path: Path, project_dir: Path, header: str) -> None:
    # 13.50 less an eighth, which is 1.69 in whole cents, and 13.50
    text = sales(header, "12.5", "0")
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["discount_amount"] == f"sales.{header}"
    assert revenue(found) == Decimal("25.31")
    assert any(f"{header} is read as per cent, according to its header; --discount amount" in told
               for told in found.design.guessed)  # fmt: skip


def test_the_sign_in_cells_says_per_cent(tmp_path: Path, project_dir: Path) -> None:
    # 13.50 less a tenth, and 13.50 twice; 0 and an empty cell are nothing of either
    text = sales("Discount", "10%", "0", "")
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("39.15")
    assert found.design.lines_reading.discount == "percent"


def test_money_and_per_cent_in_one_column_are_refused(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, sales("Discount", "10%", "1.00", "10%"))
    told = (
        r"Discount: 2 cells are in per cent, such as `10%` \(sales.csv line 2\), and 1 is not, "
        r"such as `1.00` \(sales.csv line 3\)"
    )
    with pytest.raises(WarehouseError, match=told):
        plan(project_dir, path, currency="EUR")
    # 13.50 less 1.35, 0.14 and 1.35
    found = plan(project_dir, path, currency="EUR", discount="percent")
    assert revenue(found) == Decimal("37.66")


def test_values_under_such_a_header_may_be_shares_or_money(
    tmp_path: Path, project_dir: Path
) -> None:
    shares = plan(
        project_dir, one_file(tmp_path, sales("discount_pct", "0.1", "0.2")), currency="EUR"
    )
    # 13.50 less a tenth and a fifth
    assert revenue(shares) == Decimal("22.95")
    money = plan(project_dir, one_file(tmp_path, sales("discount_pct", "120")), currency="EUR")
    assert money.questions == ["Is discount_pct money? Some are above 100: --discount amount"]


def test_per_cents_of_a_whole_order_are_refused(tmp_path: Path, project_dir: Path) -> None:
    text = """\
Order,Date,Customer ID,Product,Quantity,Price,Discount %
1,2024-03-01,7,mug,1,10.00,10
,,,cup,1,20.00,
2,2024-03-02,8,mug,1,10.00,5
,,,pot,1,30.00,
"""
    with pytest.raises(WarehouseError, match="Discount % is in per cent and for the whole order"):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")


@pytest.mark.parametrize(("value", "key", "most"), [("10", "percent", 100), ("0.1", "share", 1)])
def test_control_totals_know_such_discounts(
    tmp_path: Path, project_dir: Path, value: str, key: str, most: int
) -> None:
    path = one_file(tmp_path, sales("discount_pct", value, value))
    files = plan(project_dir, path, currency="EUR").files
    (definition,) = [text for p, text in files.items() if p.name == "_bakery__sources.yml"]
    assert f"discount_{key}: discount_pct" in definition
    assert f"minimum: -{most}, maximum: {most}" in definition
