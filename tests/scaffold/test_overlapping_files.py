"""The first look at files that overlap: what an order's other files say of it does not count."""

from decimal import Decimal
from pathlib import Path

from scaffold import Scaffold
from tests.scaffold.planning import one_file, plan

HEADER = "Order,Date,Product,Qty,Price\n"
# A is changed between the exports, B has a line that cannot be read in the newer.
OLDER = HEADER + "A,2024-05-01,mug,3,10.00\nB,2024-05-02,mug,1,8.00\nB,2024-05-02,map,1,2.00\n"
NEWER = HEADER + "A,2024-05-01,mug,1,10.00\nB,2024-05-02,mug,1,8.00\nB,2024-05-02,map,?,2.00\n"


def revenue(found: Scaffold) -> Decimal:
    assert found.figures is not None and found.figures.revenue is not None
    return found.figures.revenue["EUR"]


def test_an_order_counts_as_the_newest_file_has_it_that_has_it_whole(
    tmp_path: Path, project_dir: Path
) -> None:
    more = "".join(f"C{n},2024-05-04,mug,1,1.00\n" for n in range(100))
    # By their names the first is the newer, whatever their order.
    one_file(tmp_path, NEWER + more, "a_2024-05-04.csv")
    one_file(tmp_path, OLDER, "b_2024-05-03.csv")
    found = plan(project_dir, tmp_path, currency="EUR")
    assert revenue(found) == Decimal("10.00") + Decimal("10.00") + 100
    assert found.figures is not None and found.figures.order_count == 102
    said = "2 orders are in several files; 2 rows do not count again."
    assert said in found.design.said


def numbered(*rows: str) -> str:
    return HEADER.replace("Product", "Line,Product") + "".join(f"{row}\n" for row in rows)


def test_a_file_that_repeats_a_numbered_line_has_the_whole_order(
    tmp_path: Path, project_dir: Path
) -> None:
    one_file(tmp_path, numbered("A,2024-05-01,1,mug,1,1.00", "A,2024-05-01,2,map,1,2.00",
                                "B,2024-05-01,1,mug,1,4.00"), "sales_1.csv")  # fmt: skip
    one_file(tmp_path, numbered("A,2024-05-01,2,map,1,8.00", "B,2024-05-01,2,map,1,16.00"),
             "sales_2.csv")  # fmt: skip
    found = plan(project_dir, tmp_path, currency="EUR")
    # A is the second file's; the lines of B add up.
    assert revenue(found) == Decimal("28.00")
    assert found.figures is not None and found.figures.row_count == 3
