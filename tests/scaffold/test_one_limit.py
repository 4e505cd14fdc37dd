"""What decides how amounts are read is tested on every load: with one limit, on the same rows."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan
from warehouse.errors import WarehouseError

HEADER = "Order,Date,Product,Status,Qty,Price,Discount,Total\n"
STAGED = ("order_status", "given_quantity", "unit_price", "given_discount_amount", "given_amount")


def sales(*rows: str) -> str:
    """Rows of status, quantity, price, discount and total."""
    return HEADER + "".join(f"{n},2024-03-{n:02},mug,{row}\n" for n, row in enumerate(rows, 1))


def shares_of_odd_rows(found: Scaffold, text: str) -> list[float]:
    """Of each generated test, the share of the file's rows that it finds odd."""
    (models,) = [t for p, t in found.files.items() if p.name == "_bakery__models.yml"
                 and "staging" in p.parts]  # fmt: skip
    (model,) = yaml.safe_load(models)["models"]
    tests = [test["holds_on_nearly_all"]["arguments"] for test in model["data_tests"]
             if "holds_on_nearly_all" in test]  # fmt: skip
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table sales ({', '.join(STAGED)})")
    for line in text.splitlines()[1:]:
        cells = line.split(",")[3:]
        numbers = [float(cell) if cell else 0 for cell in cells[1:]]
        connection.execute("insert into sales values (?, ?, ?, ?, ?)", [cells[0], *numbers])
    return [
        connection.execute(
            f"select avg(case when {test['condition']} then 0.0 else 1.0 end) from sales"
            f" where ({test['among']}) and ({test['condition']}) is not null"
        ).fetchone()[0]
        for test in tests
    ]


PLAIN = ("paid,2,10.00,,20.00", "paid,1,5.00,,5.00", "paid,3,4.00,,12.00", "paid,1,8.00,,8.00")


@pytest.mark.parametrize(
    ("rows", "odd"),
    [
        # One of seven without a discount costs more than its price; so does one that says nothing.
        (("paid,2,10.00,1.00,19.00", *PLAIN, "paid,1,6.00,,6.00", "paid,1,5.00,,9.00"), "line 8"),
        (("paid,2,10.00,1.00,19.00", *PLAIN, "paid,1,6.00,,6.00", "paid,1,5.00,,"), "line 8"),
        # Rows that sell nothing do not make an odd one rare.
        ((*PLAIN, *["paid,0,5.00,,0.00"] * 16, "paid,1,5.00,,9.00"), "line 22"),
    ],
)
def test_what_is_odd_too_often_is_refused(
    tmp_path: Path, project_dir: Path, rows: tuple[str, ...], odd: str
) -> None:
    path = one_file(tmp_path, sales(*rows))
    with pytest.raises(WarehouseError, match=rf"Total is unclear.*\(sales.csv {odd}: Qty × "):
        plan(project_dir, path, currency="EUR")


@pytest.mark.parametrize(
    ("rows", "revenue"),
    [
        # What was called off states no total.
        ((*PLAIN, "cancelled,1,30.00,,0.00", "cancelled,2,30.00,,0.00"), "45.00"),
        # Ten pieces at a price that was rounded; a surcharge; what came back less its discount.
        (("paid,10,0.33,,3.35", *PLAIN), "48.35"),
        (("paid,10,0.333,,3.38", *PLAIN), "48.38"),
        (("paid,1,9.00,-1.00,10.00", "paid,1,9.00,2.00,7.00", *PLAIN), "62.00"),
        (("paid,-1,9.00,1.00,-8.00", "paid,1,9.00,2.00,7.00", *PLAIN), "44.00"),
        # One of twenty-one is odd: 4.8 %.
        ((*PLAIN * 5, "paid,1,5.00,,9.00"), "234.00"),
    ],
)
def test_what_is_taken_passes_its_own_test(
    tmp_path: Path, project_dir: Path, rows: tuple[str, ...], revenue: str
) -> None:
    text = sales(*rows)
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert found.figures is not None
    assert found.figures.revenue == {"EUR": Decimal(revenue)}
    shares = shares_of_odd_rows(found, text)
    assert len(shares) == 1 and shares[0] <= 0.05
