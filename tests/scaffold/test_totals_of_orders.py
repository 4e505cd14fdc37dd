"""Amounts that are of the whole order, where no column says what a line costs."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.scaffold.planning import one_file, plan, roles_of
from tests.scaffold.test_amounts_found import revenue
from warehouse.errors import WarehouseError

REPEATED = """\
order_no,order_date,sku,qty,total
1001,2024-03-02,pot,1,1149.00
1002,2024-03-02,tray,1,43.00
1002,2024-03-02,map,3,43.00
1003,2024-03-04,mug,2,25.00
1004,2024-03-04,mug,1,19.50
1004,2024-03-04,map,2,19.50
"""
ON_FIRST_ROWS = REPEATED.replace("map,3,43.00", "map,3,").replace("map,2,19.50", "map,2,")


@pytest.mark.parametrize("text", [REPEATED, ON_FIRST_ROWS])
def test_an_orders_total_is_not_what_a_line_costs(
    tmp_path: Path, project_dir: Path, text: str
) -> None:
    path = one_file(tmp_path, text)
    with pytest.raises(WarehouseError, match=r"^total is for the whole order.*--map unit_price="):
        plan(project_dir, path, currency="EUR")


def test_the_user_may_say_that_lines_cost_that_much(tmp_path: Path, project_dir: Path) -> None:
    # 1149 + 43 + 43 + 25 + 19.50 + 19.50
    found = plan(
        project_dir, one_file(tmp_path, REPEATED), currency="EUR", roles={"line_amount": "total"}
    )
    assert revenue(found) == Decimal("1299.00")


def test_goods_that_cost_the_same_are_no_total_of_their_order(
    tmp_path: Path, project_dir: Path
) -> None:
    """A mug and a cup cost 3.50 each in the only order of both, and in all others."""
    text = """\
order_no,order_date,sku,qty,total
1001,2024-03-02,mug,1,3.50
1002,2024-03-02,mug,1,3.50
1002,2024-03-02,cup,1,3.50
1003,2024-03-04,cup,1,3.50
"""
    found = plan(project_dir, one_file(tmp_path, text), currency="EUR")
    assert roles_of(found)["line_amount"] == "sales.total"
    assert revenue(found) == Decimal("14.00")


def test_a_known_export_without_its_orders_number_is_told_so(
    tmp_path: Path, project_dir: Path
) -> None:
    text = (Path(__file__).parent / "exports/shopify/orders_export_1.csv").read_text()
    path = one_file(tmp_path, text, "orders_export_1.csv")
    with pytest.raises(WarehouseError, match="has no known column for an order's number"):
        plan(project_dir, path, roles={"order_id": ""})
