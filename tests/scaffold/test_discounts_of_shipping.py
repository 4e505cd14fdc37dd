"""Discounts of orders that hold shipping, too, and prices that have the minus of their quantity."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan

_HEADER = "order_id,date,sku,qty,price,order subtotal,shipping,tax,order discount,order total\n"
# Without a discount; 1.00 off the goods; free shipping of 5.00, thrice, once with 2.00 besides.
_ROWS = """\
A1,2024-05-01,mug,1,10.00,10.00,5.00,1.00,0,16.00
A2,2024-05-02,mug,2,10.00,19.00,5.00,2.00,1.00,26.00
A3,2024-05-03,mug,3,10.00,30.00,0.00,3.00,5.00,33.00
A4,2024-05-04,mug,4,10.00,38.00,0.00,4.00,7.00,42.00
A5,2024-05-05,mug,5,10.00,50.00,0.00,5.00,5.00,55.00
"""


@pytest.mark.parametrize("left_out", [{}, {"order_subtotal": ""}])
def test_only_what_the_goods_lack_is_taken_off(
    tmp_path: Path, project_dir: Path, left_out: dict[str, str]
) -> None:
    path = one_file(tmp_path, _HEADER + _ROWS)
    found = plan(project_dir, path, currency="EUR", roles=left_out)
    assert found.figures is not None
    # 10 + 19 + 30 + 38 + 50, by the subtotals and by total less shipping and tax alike.
    assert found.figures.revenue == {"EUR": Decimal(147)}
    models = found.files[Path("models/intermediate/bakery/_bakery__models.yml")]
    assert "between lines_amount - abs(coalesce(order_discount_amount, 0))" in models


def _revenue(folder: Path, project_dir: Path, text: str) -> Decimal:
    found = plan(project_dir, one_file(folder, text), currency="EUR")
    assert found.figures is not None and found.figures.revenue is not None
    return found.figures.revenue["EUR"]


def test_a_minus_before_pieces_and_price_is_one_return(tmp_path: Path, project_dir: Path) -> None:
    start = "order_id,date,sku,qty,price"
    rows = ("A1,2024-05-01,mug,3,10.00", "A2,2024-05-02,mug,-1,-10.00")
    text = "\n".join([start, *rows, ""])
    assert _revenue(tmp_path, project_dir, text) == 20
    # A coupon sold at a negative price, and taken back, is worth its price again.
    coupon = "\n".join([start, *rows, "A3,2024-05-03,off,1,-2.00", ""])
    assert _revenue(tmp_path, project_dir, coupon) == 38
    stated = "\n".join([f"{start},line total", f"{rows[0]},30.00", f"{rows[1]},-10.00", ""])
    assert _revenue(tmp_path, project_dir, stated) == 20
