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
