"""Prices before and after a discount, side by side."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from tests.scaffold.test_amounts_found import revenue


def sales(header: str, *rows: str) -> str:
    lines = [f"{n},2024-03-0{n},mug,{row}\n" for n, row in enumerate(rows, 1)]
    return f"Order,Date,Product,Qty,{header}\n{''.join(lines)}"


@pytest.mark.parametrize(
    ("header", "rows", "paid", "expected"),
    [
        # 2 × 8.80 + 1 × 4.50 + 3 × 3.30
        ("original_price,sale_price,discount",
         ["2,10.00,8.80,1.20", "1,4.50,4.50,0.00", "3,4.50,3.30,1.20"], "sale_price", "32.00"),
        ("list_price,discount,price_paid",
         ["2,10.00,1.20,8.80", "1,4.50,,4.50", "3,4.50,1.20,3.30"], "price_paid", "32.00"),
        # The price before is the one whose header is known.
        ("price,discount,reduced_price",
         ["2,10.00,1.20,8.80", "1,4.50,,4.50", "3,4.50,1.20,3.30"], "reduced_price", "32.00"),
        # 2 × 9.00 + 1 × 4.28, a share and per cent.
        ("regular,sale_price,discount", ["2,10.00,9.00,0.1", "1,4.50,4.28,0.05"], "sale_price",
         "22.28"),
        ("regular,sale_price,discount", ["2,10.00,9.00,10", "1,4.50,4.28,5"], "sale_price",
         "22.28"),
        ("regular,sale_price,unit_discount", ["2,10.00,9.00,1", "1,4.50,3.50,1"], "sale_price",
         "21.50"),
        # The line's total says it again.
        ("regular,sale_price,discount,line_total", ["2,10.00,9.00,1,18.00", "1,4.50,3.50,1,3.50"],
         "sale_price", "21.50"),
    ],
)  # fmt: skip
def test_a_price_after_discount_is_what_was_paid(
    tmp_path: Path, project_dir: Path, header: str, rows: list[str], paid: str, expected: str
) -> None:
    found = plan(project_dir, one_file(tmp_path, sales(header, *rows)), currency="EUR")
    assert revenue(found) == Decimal(expected)
    assert roles_of(found)["unit_price"] == f"sales.{paid}"
    assert not {"discount_amount", "unit_discount"} & set(roles_of(found))
    assert any(f"{paid} is " in said and "nothing more is subtracted" in said
               for said in found.design.said)  # fmt: skip


def test_every_load_is_held_to_it(tmp_path: Path, project_dir: Path) -> None:
    text = sales("unit_price,discount,reduced_price", "2,10.00,10,9.00", "1,4.00,25,3.00")
    files = plan(project_dir, one_file(tmp_path, text), currency="EUR").files
    (models,) = [t for p, t in files.items() if p.name == "_bakery__models.yml"
                 and "staging" in p.parts]  # fmt: skip
    condition = (
        "abs(unit_price_as_given - unit_price_as_given * abs(coalesce(discount, 0)) / 100 - "
        "unit_price) <= 0.0151"
    )
    assert condition in " ".join(models.split())


def test_a_discount_that_explains_no_price_is_taken_off(tmp_path: Path, project_dir: Path) -> None:
    # 2 × 10.00 - 1.20 and 4.50
    text = sales("price,discount,cost", "2,10.00,1.20,4.00", "1,4.50,0.00,2.00")
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert revenue(found) == Decimal("23.30")
