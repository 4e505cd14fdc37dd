"""Numbers beyond any shop are rejected with their line, before a sum of them can overflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.conftest import grocery_file, grocery_line
from tests.ingest.reading import faults

OUT = "number out of range"


@pytest.mark.parametrize(
    ("column", "largest", "beyond"),
    [
        ("quantity", "9999999", "9000000000000000000"),
        ("quantity", "-9999999", "-10000000"),
        ("sales_value", "999999", "99999999999999.99"),
        ("retail_disc", "-999999", "-1000000"),
        ("coupon_match_disc", "-999999", "-1000000"),
        ("coupon_disc", "-999999", "-1000000"),
        # A coupon never makes a line dearer.
        ("coupon_disc", "0", "0.01"),
        ("coupon_match_disc", "0", "0.01"),
        ("week_no", "2441", "2000000000"),
    ],
)
def test_numbers_of_a_grocery_line(
    project_dir: Path, column: str, largest: str, beyond: str
) -> None:
    lines = [grocery_line(**{column: largest}), grocery_line(**{column: beyond})]
    found = faults(project_dir, "grocery.transaction_data", grocery_file(lines))
    assert found == [(3, column, OUT)]


@pytest.mark.parametrize(
    ("table", "header", "good", "bad", "column"),
    [
        (
            "grocery.causal_data",
            "product_id,store_id,week_no,display,mailer",
            "1,2,2441,0,A",
            "1,2,2000000000,0,A",
            "week_no",
        ),
        (
            "grocery.campaign_desc",
            "description,campaign,start_day,end_day",
            "TypeA,1,17085,17085",
            "TypeA,2,1,2147483647",
            "end_day",
        ),
        (
            "ecommerce.items",
            "item_id,item_name,manufacturer_name,cost,weight_kg",
            "1,Cup,Acme,999999,99999",
            "2,Cup,Acme,1,99999999999999",
            "weight_kg",
        ),
    ],
)
def test_numbers_of_other_tables(
    project_dir: Path, table: str, header: str, good: str, bad: str, column: str
) -> None:
    assert faults(project_dir, table, f"{header}\n{good}\n{bad}\n") == [(3, column, OUT)]


@pytest.mark.parametrize("tiny", ["1E-43", " 0.5e-43 ", "1e-0043", '"12E-43"'])
def test_a_number_near_nothing_is_no_zero(project_dir: Path, tiny: str) -> None:
    lines = [grocery_line(sales_value="1e-2"), grocery_line(sales_value=tiny)]
    found = faults(project_dir, "grocery.transaction_data", grocery_file(lines))
    assert found == [(3, "sales_value", "more than 4 decimals")]


LINES = "order_id,ordered_at,product_id,quantity,unit_price,unit_cost\n"


@pytest.mark.parametrize("filler", [0, 1])
def test_a_line_counts_at_most_a_hundred_billion(project_dir: Path, filler: int) -> None:
    """999,999 × 100,000 = 99,999,900,000; × 100,001 = 100,000,899,999. Costs alike.

    The file is judged by its columns, or row by row when one of its rows is bad anyway.
    """
    rows = ["A,2024-01-01,P,999999,100000,100000", "B,2024-01-01,P,-999999,100001,1"]
    rows += ["C,2024-01-01,P,999999,1,100001", "D,2024-01-01,P,1,99999999,", "E,2024-01-01,P,1,1,"]
    rows += ["F,2024-01-01,P,x,1,"] * filler
    found = faults(project_dir, "standard.order_lines", LINES + "\n".join(rows) + "\n")
    beyond = "out of range when multiplied by quantity"
    assert found[:2] == [(3, "unit_price", beyond), (4, "unit_cost", beyond)]
    assert len(found) == 2 + filler


def test_many_and_dear_lines_side_by_side_are_taken(project_dir: Path) -> None:
    rows = ["A,2024-01-01,P,999999,1,1", "B,2024-01-01,P,1,99999999,99999999"]
    assert faults(project_dir, "standard.order_lines", LINES + "\n".join(rows) + "\n") == []
