"""Totals after each day or department: told from lines, left out, said, and written down."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan
from warehouse.errors import WarehouseError

# Two days of a till, three lines each; 2 × 3.00 + 4.00 + 1.50 = 11.50, 5.00 + 2.50 + 8.00 = 15.50.
LINES = """\
Bon,Date,Item,Qty,Price
1,2024-03-01,Rye loaf,2,3.00
1,2024-03-01,Total Repair Cream,1,4.00
2,2024-03-01,Croissant,1,1.50
{first}
3,2024-03-02,Rye loaf,1,5.00
4,2024-03-02,Total,1,2.50
4,2024-03-02,Roll,4,2.00
{second}
"""
SAID = "rows of totals are left out (line 5, 9)"


def dialect_of(scaffold: Scaffold) -> dict[str, Any]:
    (text,) = [t for p, t in scaffold.files.items() if p.name == "_bakery__sources.yml"]
    (table,) = yaml.safe_load(text)["sources"][0]["tables"]
    found: dict[str, Any] = table["config"]["meta"]["dialect"]
    return found


def check(found: Scaffold) -> None:
    """All six lines, each with its own order, and nothing else."""
    assert found.figures is not None and found.questions == []
    assert (found.figures.row_count, found.figures.order_count) == (6, 4)
    assert found.figures.revenue == {"EUR": Decimal("27.00")}
    assert found.figures.rejects == []
    assert found.design.lines.sample.row_count == 6


@pytest.mark.parametrize(
    ("first", "second", "words", "lack"),
    [
        ("Total,,,4,", "Total,,,6,", ["Total"], {"date", "item", "price"}),
        (",,Sub-total,4,", ",,Sub-total:,6,", ["Sub-total"], {"bon", "date", "price"}),
        (",2024-03-01,TOTAL,4", ",2024-03-02,TOTAL,6", ["TOTAL"], {"bon", "price"}),
        ("Total 1 March,,,4,", "Grand Total,,,10,", ["Grand Total", "Total"],
         {"date", "item", "price"}),
        (",Zwischensumme,,4,", ",,Summe,10,", ["Summe", "Zwischensumme"], {"bon", "price"}),
        ("小計,,,4,", "合計,,,10,", ["合計", "小計"], {"date", "item", "price"}),
    ],
)  # fmt: skip
def test_totals_are_no_lines(
    tmp_path: Path,
    project_dir: Path,
    first: str,
    second: str,
    words: list[str],
    lack: set[str],
) -> None:
    path = one_file(tmp_path, LINES.format(first=first, second=second))
    found = plan(project_dir, path, currency="EUR")
    check(found)
    assert SAID + "; they are the sums of the rows above them." in " ".join(found.design.said)
    dialect = dialect_of(found)
    assert sorted(dialect["total_rows"]) == sorted(words)
    assert set(dialect["total_rows_lack"]) == lack


def test_a_total_that_does_not_add_up_is_named(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, LINES.format(first="Total,,,4,", second="Total,,,7,"))
    found = plan(project_dir, path, currency="EUR")
    check(found)
    assert f"{SAID}; the one on line 9 is not the sum of the rows" in " ".join(found.design.said)


def test_totals_may_stand_in_one_of_several_files(tmp_path: Path, project_dir: Path) -> None:
    header, *rows = LINES.format(first="Total,,,4,", second="").splitlines(keepends=True)
    one_file(tmp_path, header + "".join(rows[:4]), "sales_1.csv")
    one_file(tmp_path, header + "".join(rows[4:7]), "sales_2.csv")
    found = plan(project_dir, tmp_path, currency="EUR")
    check(found)
    assert dialect_of(found)["total_rows"] == ["Total"]


def test_a_line_that_lacks_its_date_is_no_total(tmp_path: Path, project_dir: Path) -> None:
    rows = "".join(f"{i},2024-03-01,mug,1,2.00\n" for i in range(200))
    text = "Bon,Date,Item,Qty,Price\n" + rows + "900,,Total Repair Cream,1,4.00\n"
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert found.figures is not None
    assert found.figures.revenue == {"EUR": Decimal("400.00")}
    assert [reject.line for _, reject in found.figures.rejects] == [202]


def test_a_product_called_total_on_an_orders_second_row_is_a_line(
    tmp_path: Path, project_dir: Path
) -> None:
    text = """\
Bon,Date,Item,Qty,Price
1,2024-03-01,mug,2,3.00
,,Total Repair Cream,1,4.00
2,2024-03-02,cup,1,2.00
,,mug,1,3.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert found.figures is not None
    assert found.figures.row_count == 4 and found.figures.revenue == {"EUR": Decimal("15.00")}


def test_a_total_that_looks_like_a_line_is_refused(tmp_path: Path, project_dir: Path) -> None:
    """Qty and amount of the row are those of the two rows above it."""
    text = """\
Bon,Date,Item,Qty,Amount
1,2024-03-01,mug,2,6.00
,,cup,1,4.00
,,Total,3,10.00
2,2024-03-02,cup,1,4.00
,,mug,1,3.00
,,Total,2,7.00
"""
    with pytest.raises(WarehouseError, match="line 4 is the sum of the rows above it"):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")


def test_rows_under_headings_are_refused_by_name(tmp_path: Path, project_dir: Path) -> None:
    """A report of sales by customer, of which each row would lack its customer."""
    text = """\
Sales by Customer Detail,,,,,,,
,Date,Type,Num,Product,Qty,Sales Price,Amount
Bird Sanctuary,,,,,,,
,03/01/2024,Invoice,1001,Rose bush,2,10.00,20.00
,03/15/2024,Invoice,1002,Trowel,1,15.00,15.00
Total for Bird Sanctuary,,,,,,,35.00
Windsurf Shop,,,,,,,
,03/16/2024,Invoice,1003,Rose bush,3,10.00,30.00
Total for Windsurf Shop,,,,,,,30.00
TOTAL,,,,,,,65.00
"""
    with pytest.raises(WarehouseError, match="line 3 and 1 more have one cell alone, as headings"):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")


@pytest.mark.parametrize(("price", "back"), [("", ""), ("Price", ",")])
def test_totals_of_orders_that_look_like_lines_are_refused(
    tmp_path: Path, project_dir: Path, price: str, back: str
) -> None:
    """Each has its order's number and day; with or without a price, they are sums."""
    lines = [
        "1,2024-03-01,mug,4,{}20.00",
        "1,2024-03-01,cup,1,{}5.00",
        "1,2024-03-01,Total,5,*25.00",
        "2,2024-03-02,cup,1,{}5.00",
        "2,2024-03-02,Total,1,*5.00",
    ]
    own = "5.00," if price else ""
    header = f"Order,Date,Product,Qty,{price + ',' if price else ''}Amount\n"
    text = header + "".join(line.format(own).replace("*", back) + "\n" for line in lines)
    with pytest.raises(
        WarehouseError, match="line 4 is the sum of the rows above it, as 1 more is"
    ):
        plan(project_dir, one_file(tmp_path, text), currency="EUR")


def test_a_product_called_total_is_a_line_with_the_quantity_of_the_one_above(
    tmp_path: Path, project_dir: Path
) -> None:
    text = """\
Order,Date,Product,Qty,Amount
1,2024-03-01,mug,1,10.00
1,2024-03-01,Total,1,7.00
2,2024-03-02,cup,1,5.00
2,2024-03-02,Total,1,7.00
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert found.figures is not None and found.figures.revenue == {"EUR": Decimal("29.00")}
